/* SPDX-License-Identifier: MIT */
/*
 * Statistics of malloc's memory in glibc's terms, and mallopt().  Blocks in a
 * thread's cache count as in use.
 */
#include <malloc.h>
#include <stdio.h>
#include "heap.h"

/* Add one arena's figures to *sum. */
static void add(struct arena *a, struct mallinfo2 *sum)
{
	mutex_lock(&a->lock);
	sum->arena += a->mapped;
	sum->uordblks += a->used;
	for (struct heap *h = a->heaps; h; h = h->next)
		sum->keepcost += h->free * PAGE_SIZE;
	mutex_unlock(&a->lock);
}

struct mallinfo2 mallinfo2(void)
{
	struct mallinfo2 sum = { 0 };

	for (int i = 0; i < ARENAS; i++)
		add(&malloc_state.arena[i], &sum);
	sum.hblks = __atomic_load_n(&malloc_state.large, __ATOMIC_RELAXED);
	sum.hblkhd = __atomic_load_n(&malloc_state.large_bytes,
				     __ATOMIC_RELAXED);
	sum.fordblks = sum.arena - sum.uordblks;
	return sum;
}

static void print(size_t system, size_t used)
{
	dprintf(STDERR_FILENO, "system bytes     = %10zu\n"
		"in use bytes     = %10zu\n", system, used);
}

void malloc_stats(void)
{
	struct mallinfo2 all = mallinfo2();

	for (int i = 0; i < ARENAS; i++) {
		struct mallinfo2 one = { 0 };

		add(&malloc_state.arena[i], &one);
		if (!one.arena)
			continue;
		dprintf(STDERR_FILENO, "Arena %d:\n", i);
		print(one.arena, one.uordblks);
	}
	dprintf(STDERR_FILENO, "Total (incl. mmap):\n");
	print(all.arena + all.hblkhd, all.uordblks + all.hblkhd);
	dprintf(STDERR_FILENO, "max mmap regions = %10zu\n"
		"max mmap bytes   = %10zu\n", malloc_state.large_most,
		malloc_state.large_bytes_most);
}

int malloc_trim(size_t pad)
{
	size_t bytes = 0;

	(void)pad;		/* a heap has no top where to leave memory */
	for (int i = 0; i < ARENAS; i++) {
		struct arena *a = &malloc_state.arena[i];

		mutex_lock(&a->lock);
		bytes += heap_trim(a);
		mutex_unlock(&a->lock);
	}
	return bytes > 0;
}

int mallopt(int what, int value)
{
	if (what == M_ARENA_MAX && value > 0) {
		mutex_lock(&malloc_state.lock);
		malloc_state.arenas_max = value < ARENAS ?
			(unsigned int)value : ARENAS;
		mutex_unlock(&malloc_state.lock);
		return 1;
	}
	if (what == M_MMAP_THRESHOLD && value > (int)SMALL_MAX &&
	    value <= (int)THRESHOLD_MAX) {
		__atomic_store_n(&malloc_state.threshold, (size_t)value,
				 __ATOMIC_RELAXED);
		return 1;
	}
	return 0;
}
