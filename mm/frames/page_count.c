/* SPDX-License-Identifier: MIT */
/*
 * Count the free frames, and the frames in use by kind; charge new frames to an
 * owner (row A5).
 */
#include <kernel/lock/lock.h>
#include "zone.h"

unsigned long page_kept;
const struct page_owners *page_owners;

unsigned long page_hot_frames(void)
{
	unsigned long n = 0;

	spin_must_hold(&zone.lock);
	for (unsigned i = 0; i < MAX_CPUS; i++)
		n += HINT(hot[i].mag.count);
	return n;
}

struct page *page_report_charge(struct page *p)
{
	event_note(EVENT_PAGE_ALLOC, page_pfn(p), p->order, p->kind);
	return p->kind < PAGE_SLAB ? p : page_charge(p);
}

unsigned long page_total(void)
{
	return zone.total;
}

unsigned long page_reserve(void)
{
	return zone.reserve;
}

unsigned long page_low_mark(void)
{
	return zone.low;
}

unsigned long page_free_count(void)
{
	unsigned long n;

	spin_lock(&zone.lock);
	n = zone.free_frames + page_hot_frames();
	spin_unlock(&zone.lock);
	return n;
}

bool page_is_low(void)
{
	return unlikely(HINT(zone.free_frames) < zone.low) &&
		page_free_count() < zone.low;
}

unsigned long page_count_kind(enum page_kind kind)
{
	long n = 0;

	for (unsigned i = 0; i < MAX_CPUS; i++)
		n += HINT(hot[i].kinds[kind]);
	return (unsigned long)max(n, 0l);
}

void page_free_blocks(unsigned long count[PAGE_MAX_ORDER + 1])
{
	spin_lock(&zone.lock);
	for (unsigned o = 0; o <= PAGE_MAX_ORDER; o++)
		count[o] = zone.blocks[o];
	count[0] += page_hot_frames();
	spin_unlock(&zone.lock);
}
