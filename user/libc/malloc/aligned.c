/* SPDX-License-Identifier: MIT */
/*
 * Blocks with an alignment.  Runs begin at a page, so for alignments up to a
 * page a class is used whose block size is a multiple of the alignment.
 */
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include "heap.h"

static void *take(size_t align, size_t size)
{
	size_t least = size > align ? size : align;

	if (align <= 16)
		return malloc(size);
	if (align <= PAGE_SIZE && least <= SMALL_MAX) {
		unsigned int class = class_of(least);

		while (class < CLASSES && class_size(class) % align)
			class++;
		if (class < CLASSES)
			return malloc_class(class);
	}
	return malloc_own_arena() ? large_take(size, align) : NULL;
}

static int power_of_two(size_t n)
{
	return n && !(n & (n - 1));
}

int posix_memalign(void **where, size_t align, size_t size)
{
	int was = errno;
	void *p;

	if (!power_of_two(align) || align % sizeof(void *))
		return EINVAL;
	p = take(align, size);
	errno = was;
	if (!p)
		return ENOMEM;
	*where = p;
	return 0;
}

void *aligned_alloc(size_t align, size_t size)
{
	if (!power_of_two(align)) {
		errno = EINVAL;
		return NULL;
	}
	return take(align, size);
}

/* Like glibc, round the alignment up to a power of two. */
void *memalign(size_t align, size_t size)
{
	size_t n = 1;

	while (n < align && n <= SIZE_MAX / 2)
		n *= 2;
	if (n < align) {
		errno = EINVAL;
		return NULL;
	}
	return take(n, size);
}
