/* SPDX-License-Identifier: MIT */
/* Statistics and settings of malloc, in addition to <stdlib.h>. */
#ifndef LIBC_MALLOC_H
#define LIBC_MALLOC_H

#include <stddef.h>

#define M_MMAP_THRESHOLD	-3
#define M_ARENA_MAX		-8

struct mallinfo2 {
	size_t arena;		/* bytes of heaps */
	size_t ordblks, smblks;	/* not counted */
	size_t hblks, hblkhd;	/* large blocks: number, bytes */
	size_t usmblks, fsmblks;
	size_t uordblks;	/* bytes of heaps in use */
	size_t fordblks;	/* bytes of heaps not in use */
	size_t keepcost;	/* bytes that malloc_trim could give back */
};

void *memalign(size_t align, size_t size);
size_t malloc_usable_size(void *p);
struct mallinfo2 mallinfo2(void);
void malloc_stats(void);		/* on standard error */
int malloc_trim(size_t pad);		/* 1: some memory was given back */
int mallopt(int what, int value);	/* 0: not supported */

#endif
