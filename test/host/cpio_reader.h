/* SPDX-License-Identifier: MIT */
/*
 * All that lib/cpio.c hands out of any bytes is read: by test_cpio.c, which cuts
 * and damages an archive, and by fuzz_cpio.c, whose bytes the fuzzer chooses.
 */
#ifndef TEST_HOST_CPIO_READER_H
#define TEST_HOST_CPIO_READER_H

#include <lib/cpio.h>
#include <stdlib.h>

static void read_archives(const void *data, size_t size)
{
	struct cpio_reader r;
	struct cpio_entry e;
	enum cpio_result got;
	volatile unsigned sum = 0;
	size_t before = 0;

	cpio_open(&r, data, size);
	while ((got = cpio_next(&r, &e)) == CPIO_ENTRY || got == CPIO_TRAILER) {
		if (r.at <= before || r.at > size)
			abort();	/* it must get on */
		before = r.at;
		for (const char *s = e.name; *s; s++)
			sum += (unsigned)*s;
		for (unsigned k = 0; k < e.data_size; k++)
			sum += (unsigned char)e.data[k];
	}
	if ((got == CPIO_BAD) != (r.error != NULL))
		abort();
}

#endif
