/* SPDX-License-Identifier: MIT */
/*
 * Files that are cut short, or have a byte that is not theirs.  A reader is
 * called with a copy of exact size: the sanitizer sees a byte that is read
 * behind it.
 */
#ifndef TEST_HOST_DAMAGE_H
#define TEST_HOST_DAMAGE_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef void reader(const void *file, size_t n);

static inline void read_copy(const void *file, size_t n, reader *read)
{
	void *copy = malloc(n ? n : 1);

	memcpy(copy, file, n);
	read(copy, n);
	free(copy);
}

/* Each beginning of the file, but not the whole. */
static inline void read_cut(const void *file, size_t size, reader *read)
{
	for (size_t n = 0; n < size; n++)
		read_copy(file, n, read);
}

/* The byte at that place is each of the values in turn, and then itself. */
static inline void read_damaged(void *file, size_t size, size_t at,
				const uint8_t *values, size_t count,
				reader *read)
{
	uint8_t *byte = (uint8_t *)file + at, was = *byte;

	for (size_t v = 0; v < count; v++) {
		*byte = values[v];
		read_copy(file, size, read);
	}
	*byte = was;
}

#endif
