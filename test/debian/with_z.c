/* SPDX-License-Identifier: MIT */
/* Debian's zlib on our C library: with_z c|d, as a filter for gzip's format. */
#include "all.h"

void *gzdopen(int fd, const char *mode);
int gzwrite(void *f, const void *buf, unsigned int n);
int gzread(void *f, void *buf, unsigned int n);
int gzclose(void *f);
const char *gzerror(void *f, int *err);
unsigned long crc32(unsigned long crc, const void *buf, unsigned int n);

static void compress(void)
{
	size_t n;
	char *all = read_input(&n);
	void *f = gzdopen(1, "wb9");

	dprintf(2, "crc %08lx\n", crc32(0, all, (unsigned int)n));
	if (!f || gzwrite(f, all, (unsigned int)n) != (int)n || gzclose(f))
		fail("gzwrite");
}

static void decompress(void)
{
	void *f = gzdopen(0, "rb");
	char buf[5000];
	int n;

	if (!f)
		fail("gzdopen");
	while ((n = gzread(f, buf, sizeof(buf))) > 0)
		write_output(buf, (size_t)n);
	if (n < 0) {
		dprintf(2, "%s\n", gzerror(f, &n));
		exit(1);
	}
	if (gzclose(f))
		fail("gzclose");
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	if (*argv[1] == 'c')
		compress();
	else
		decompress();
	return 0;
}
