/* SPDX-License-Identifier: MIT */
/* Debian's zstd library on our C library: with_zstd c|d, with two workers. */
#include "all.h"

enum { LEVEL = 100, WORKERS = 400 };

void *ZSTD_createCCtx(void);
size_t ZSTD_freeCCtx(void *c);
size_t ZSTD_CCtx_setParameter(void *c, int what, int value);
size_t ZSTD_compress2(void *c, void *to, size_t room, const void *from,
		      size_t n);
size_t ZSTD_compressBound(size_t n);
size_t ZSTD_decompress(void *to, size_t room, const void *from, size_t n);
unsigned int ZSTD_isError(size_t r);
const char *ZSTD_getErrorName(size_t r);
size_t ZDICT_trainFromBuffer(void *dict, size_t room, const void *samples,
			     const size_t *sizes, unsigned int n);

static size_t checked(size_t r)
{
	if (ZSTD_isError(r)) {
		dprintf(2, "%s\n", ZSTD_getErrorName(r));
		exit(1);
	}
	return r;
}

/* Pieces of 100 bytes are samples, which sorting makes a dictionary of. */
static void train(const char *all, size_t n)
{
	static char dict[4096];
	static size_t sizes[1000];
	unsigned int k;

	for (k = 0; k < 1000 && k * 100 + 100 <= n; k++)
		sizes[k] = 100;
	checked(ZDICT_trainFromBuffer(dict, sizeof(dict), all, sizes, k));
	dprintf(2, "trained\n");
}

int main(int argc, char **argv)
{
	size_t n, room, made;
	char *all = read_input(&n), *to;
	void *c;

	if (argc != 2)
		return 2;
	room = *argv[1] == 'c' ? ZSTD_compressBound(n) : 64 << 20;
	to = malloc(room);
	if (*argv[1] == 'c') {
		train(all, n);
		c = ZSTD_createCCtx();
		checked(ZSTD_CCtx_setParameter(c, LEVEL, 7));
		checked(ZSTD_CCtx_setParameter(c, WORKERS, 2));
		made = checked(ZSTD_compress2(c, to, room, all, n));
		ZSTD_freeCCtx(c);
	} else {
		made = checked(ZSTD_decompress(to, room, all, n));
	}
	write_output(to, made);
	return 0;
}
