/* SPDX-License-Identifier: MIT */
/*
 * Pages of heaps.  A heap is divided into runs and free stretches without gaps.
 * The entry of a stretch's first page has its length, and that of its last page
 * the distance to the first, so neighbours are found in both directions.
 * Invariant: no two free stretches are neighbours.
 */
#include <errno.h>
#include <sys/mman.h>
#include "heap.h"

/* Map at a multiple of UNIT: try once, else map UNIT too much and trim. */
void *heap_map(size_t length)
{
	const int prot = PROT_READ | PROT_WRITE;
	const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
	char *p = mmap(NULL, length, prot, flags, -1, 0);
	size_t before;

	if (p == MAP_FAILED)
		return NULL;
	if (!((uintptr_t)p % UNIT))
		return p;
	munmap(p, length);
	p = mmap(NULL, length + UNIT, prot, flags, -1, 0);
	if (p == MAP_FAILED)
		return NULL;
	before = -(uintptr_t)p % UNIT;
	if (before)
		munmap(p, before);
	if (before < UNIT)
		munmap(p + before + length, UNIT - before);
	return p + before;
}

/* Write the entries of a stretch of free pages. */
static void set_free(struct run *r, unsigned int pages)
{
	r->class = FREE;
	r->pages = (uint16_t)pages;
	r->back = 0;
	r[pages - 1].back = (uint16_t)(pages - 1);
}

static struct heap *heap_new(struct arena *a)
{
	struct heap *h = heap_map(UNIT);

	if (!h)
		return NULL;
	h->mark = mark_of(h);
	h->arena = a;
	h->length = UNIT;
	h->free = PAGES - FIRST;
	set_free(&h->page[FIRST], h->free);
	h->next = a->heaps;
	if (h->next)
		h->next->prev = h;
	a->heaps = a->spare = h;
	a->mapped += UNIT;
	return h;
}

static void heap_unmap(struct arena *a, struct heap *h)
{
	if (h->prev)
		h->prev->next = h->next;
	else
		a->heaps = h->next;
	if (h->next)
		h->next->prev = h->prev;
	a->mapped -= UNIT;
	munmap(h, UNIT);
}

/* Make the first pages of a free stretch a run. */
static struct run *split(struct heap *h, struct run *r, unsigned int pages)
{
	if (r->pages > pages)
		set_free(r + pages, r->pages - pages);
	for (unsigned int i = 0; i < pages; i++) {
		r[i].class = r->class;
		r[i].back = (uint16_t)i;
	}
	r->pages = (uint16_t)pages;
	h->free -= pages;
	if (h->arena->spare == h)
		h->arena->spare = NULL;
	return r;
}

static struct run *take_from(struct heap *h, unsigned int pages)
{
	for (struct run *r = &h->page[FIRST]; r < &h->page[PAGES];
	     r += r->pages)
		if (r->class == FREE && r->pages >= pages)
			return split(h, r, pages);
	return NULL;
}

struct run *heap_take_run(struct arena *a, unsigned int pages)
{
	struct run *r = NULL;
	struct heap *h;

	for (h = a->heaps; h && !r; h = h->next)
		if (h->free >= pages)
			r = take_from(h, pages);
	if (!r && (h = heap_new(a)))
		r = take_from(h, pages);
	return r;
}

/* Keep one empty heap, or a single block could map and unmap it repeatedly. */
static void now_empty(struct heap *h)
{
	struct arena *a = h->arena;

	if (a->spare)
		heap_unmap(a, h);
	else
		a->spare = h;
}

void heap_give_run(struct heap *h, struct run *r)
{
	unsigned int pages = r->pages;
	struct run *next = r + pages, *before = r - 1;

	h->free += pages;
	if (next < &h->page[PAGES] && next->class == FREE)
		pages += next->pages;
	if (before >= &h->page[FIRST]) {
		before -= before->back;
		if (before->class == FREE) {
			pages += before->pages;
			r->class = FREE;
			r = before;
		}
	}
	set_free(r, pages);
	if (h->free == PAGES - FIRST)
		now_empty(h);
}

/* Give the memory of free pages to the kernel.  Return: bytes. */
size_t heap_trim(struct arena *a)
{
	size_t bytes = 0;

	if (a->spare) {
		heap_unmap(a, a->spare);
		a->spare = NULL;
		bytes += UNIT;
	}
	for (struct heap *h = a->heaps; h; h = h->next)
		for (struct run *r = &h->page[FIRST]; r < &h->page[PAGES];
		     r += r->pages)
			if (r->class == FREE && !madvise(run_start(h, r),
					r->pages * PAGE_SIZE, MADV_DONTNEED))
				bytes += r->pages * PAGE_SIZE;
	return bytes;
}
