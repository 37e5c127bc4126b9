/* SPDX-License-Identifier: MIT */
/* The kernel's allocator over the C library's, which fails when it is told to. */
#ifndef TEST_HOST_HEAP_H
#define TEST_HOST_HEAP_H

#include <mm/frames/slab.h>
#include <stdlib.h>
#include <string.h>

static int allocations = -1;		/* so many succeed; -1: all */

void *kmalloc(size_t size)
{
	if (!allocations)
		return NULL;
	allocations -= allocations > 0;
	return malloc(size);
}

void *kzalloc(size_t size)
{
	void *p = kmalloc(size);

	return p ? memset(p, 0, size) : p;
}

void kfree(void *p)
{
	free(p);
}

#endif
