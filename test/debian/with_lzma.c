/* SPDX-License-Identifier: MIT */
/*
 * Debian's xz library on our C library: with_lzma c|d.  Several threads
 * compress, with a timeout, so that they use locks and conditions.
 */
#include <stdint.h>
#include "all.h"

struct lzma_stream {
	const char *next_in;
	size_t avail_in;
	uint64_t total_in;
	char *next_out;
	size_t avail_out;
	uint64_t total_out;
	void *rest[32];
};

struct lzma_mt {
	uint32_t flags, threads;
	uint64_t block_size;
	uint32_t timeout, preset;
	const void *filters;
	int check;
	uint64_t rest[32];
};

enum { OK, STREAM_END, RUN = 0, FINISH = 3, CRC64 = 4 };

int lzma_stream_encoder_mt(struct lzma_stream *s, const struct lzma_mt *o);
int lzma_stream_decoder(struct lzma_stream *s, uint64_t limit, uint32_t flags);
int lzma_code(struct lzma_stream *s, int action);
void lzma_end(struct lzma_stream *s);
uint64_t lzma_physmem(void);
uint32_t lzma_cputhreads(void);

int main(int argc, char **argv)
{
	static const struct lzma_mt options = {
		.threads = 3, .block_size = 100000, .timeout = 50,
		.preset = 3, .check = CRC64
	};
	struct lzma_stream s = { 0 };
	char out[5000];
	int r;

	if (argc != 2)
		return 2;
	dprintf(2, "memory %d, threads %d\n", lzma_physmem() > 1 << 20,
		lzma_cputhreads() > 0);
	r = *argv[1] == 'c' ? lzma_stream_encoder_mt(&s, &options) :
	    lzma_stream_decoder(&s, UINT64_MAX, 0);
	if (r != OK)
		fail("lzma's beginning");
	s.next_in = read_input(&s.avail_in);
	do {
		s.next_out = out;
		s.avail_out = sizeof(out);
		r = lzma_code(&s, FINISH);
		write_output(out, sizeof(out) - s.avail_out);
	} while (r == OK);
	lzma_end(&s);
	if (r != STREAM_END) {
		dprintf(2, "lzma_code: %d\n", r);
		return 1;
	}
	return 0;
}
