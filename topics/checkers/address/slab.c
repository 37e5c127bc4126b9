/* SPDX-License-Identifier: MIT */
/*
 * The checker `address` and the allocators.  Memory that is free, or beyond the
 * requested size, is poisoned.  A freed object waits in a queue before it may
 * be allocated again, so that a late access still finds it free.
 */
#include "address.h"

#include <kernel/lock/lock.h>
#include <mm/frames/page.h>

#define KEPT_MAX	2048	/* objects in the queue */

static struct spinlock kept_lock = SPIN_INIT("quarantine", IPL_HIGH);
static struct {
	void *cache, *obj;
} kept[KEPT_MAX];				/* [kept_lock] a ring */
static unsigned kept_first, kept_count;		/* [kept_lock] */

void address_slab(void *slab, size_t size)
{
	address_poison(slab, size, WHY_BEHIND);
}

void address_asked(void *obj, size_t asked, size_t size)
{
	address_poison(obj, size, WHY_BEHIND);
	address_allow(obj, asked);
}

void address_asked_pages(struct page *p, size_t asked)
{
	address_poison(page_virt(p), PAGE_SIZE << page_order(p), WHY_TAIL);
	address_allow(page_virt(p), asked);
}

void address_free(void *obj, size_t size, struct check_note *note)
{
	if (!note->live)
		address_bad_free("double free", obj, note);
	note->live = 0;
	note->freed = origin_here();
	address_poison(obj, size, WHY_FREED);
}

bool address_delayed(void **cache, void **obj)
{
	bool any;

	spin_lock(&kept_lock);
	any = kept_count != 0;
	if (any) {
		*cache = kept[kept_first].cache;
		*obj = kept[kept_first].obj;
		kept_first = (kept_first + 1) % KEPT_MAX;
		kept_count--;
	}
	spin_unlock(&kept_lock);
	return any;
}

bool address_delay(void **cache, void **obj)
{
	void *c = *cache, *o = *obj;
	bool full;

	spin_lock(&kept_lock);
	full = kept_count == KEPT_MAX;
	if (full) {
		*cache = kept[kept_first].cache;
		*obj = kept[kept_first].obj;
		kept_first = (kept_first + 1) % KEPT_MAX;
		kept_count--;
	}
	kept[(kept_first + kept_count++) % KEPT_MAX] =
		(typeof(kept[0])){ c, o };
	spin_unlock(&kept_lock);
	return full;
}

static struct address_pages *slab_pages_of(struct page *p)
{
	return &address_pages[page_pfn(p) - page_first];
}

void address_page_alloc(struct page *p)
{
	u32 here;

	if (!address_on)
		return;
	here = origin_here();
	address_allow(page_virt(p), PAGE_SIZE << p->order);
	for (unsigned i = 0; i < 1u << p->order; i++)
		slab_pages_of(p)[i].allocated = here;
}

void address_page_free(struct page *p, unsigned order)
{
	u32 here;

	if (!address_on)
		return;
	here = origin_here();
	address_poison(page_virt(p), PAGE_SIZE << order, WHY_PAGE);
	for (unsigned i = 0; i < 1u << order; i++)
		slab_pages_of(p)[i].freed = here;
}
