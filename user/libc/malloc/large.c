/* SPDX-License-Identifier: MIT */
/*
 * Large blocks: each is a mapping that begins with a heap's header, of which
 * only the first words are used.  A free unmaps it.
 *
 *	| header | block ...                |	aligned to 64
 *	| header | unused | block ...       |	aligned to less than a unit
 *	| header | unused | unit: block ... |	to more: the header's is before
 */
#include <errno.h>
#include <sys/mman.h>
#include "heap.h"

#define HEAD	64UL

/* Raise *most to now, atomically, if now is larger. */
static void keep_most(size_t *most, size_t now)
{
	size_t seen = __atomic_load_n(most, __ATOMIC_RELAXED);

	while (seen < now &&
	       !__atomic_compare_exchange_n(most, &seen, now, 1,
					    __ATOMIC_RELAXED,
					    __ATOMIC_RELAXED))
		;
}

static void count(size_t blocks, size_t bytes)
{
	struct malloc_state *m = &malloc_state;

	keep_most(&m->large_most, __atomic_add_fetch(&m->large, blocks,
						     __ATOMIC_RELAXED));
	keep_most(&m->large_bytes_most,
		  __atomic_add_fetch(&m->large_bytes, bytes,
				     __ATOMIC_RELAXED));
}

/*
 * Map a block with an alignment of a unit or more.  Its header is at the
 * beginning of the unit before, so map more than needed and trim.
 */
static void *map_behind(size_t size, size_t align, size_t *length)
{
	char *p = heap_map(UNIT + align + size);
	size_t lead;

	if (!p)
		return NULL;
	*length = UNIT + size;
	lead = -((uintptr_t)p + UNIT) % align;
	if (lead)
		munmap(p, lead);
	if (lead < align)
		munmap(p + lead + *length, align - lead);
	return p + lead;
}

void *large_take(size_t size, size_t align)
{
	size_t length, lead;
	struct heap *h;

	if (size > PTRDIFF_MAX - 4 * UNIT || align > PTRDIFF_MAX / 4 ||
	    size + 3 * align > PTRDIFF_MAX - 4 * UNIT) {
		errno = ENOMEM;
		return NULL;
	}
	lead = align >= UNIT ? UNIT : align > HEAD ? align : HEAD;
	size = (size + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);
	length = (lead + size + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);
	h = align < UNIT ? heap_map(length) : map_behind(size, align, &length);
	if (!h) {
		errno = ENOMEM;
		return NULL;
	}
	h->mark = mark_of(h);
	h->length = length;
	h->block = (char *)h + lead;
	count(1, length);
	return h->block;
}

/*
 * Unmap a block, and raise the threshold: a program that frees a block often
 * needs one of that size again, which then comes from a heap.
 */
void large_give(struct heap *h)
{
	size_t *threshold = &malloc_state.threshold, length = h->length;
	int was = errno;

	if (length <= THRESHOLD_MAX &&
	    length > __atomic_load_n(threshold, __ATOMIC_RELAXED))
		__atomic_store_n(threshold, length, __ATOMIC_RELAXED);
	count(-1UL, -length);
	h->mark = 0;
	munmap(h, length);
	errno = was;
}

size_t large_size(struct heap *h, const void *p)
{
	return h->length - (size_t)((const char *)p - (char *)h);
}

int large_resize(struct heap *h, void *p, size_t size)
{
	size_t old = h->length, new;
	int was = errno;

	if (size > PTRDIFF_MAX - 4 * UNIT)
		return 0;
	new = ((size_t)((char *)p - (char *)h) + size + PAGE_SIZE - 1) &
	      ~(PAGE_SIZE - 1);
	if (new < old)
		munmap((char *)h + new, old - new);
	else if (new > old && mremap(h, old, new, 0) == MAP_FAILED) {
		errno = was;
		return 0;
	}
	h->length = new;
	count(0, new - old);
	return 1;
}
