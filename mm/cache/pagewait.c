/* SPDX-License-Identifier: MIT */
/*
 * Sleeping until a page has been read or written (row B11).  A page has no room
 * for a wait queue, so all pages share a few queues, chosen by the frame
 * number.
 */
#include <kernel/current.h>
#include <kernel/debug/tlb_check.h>
#include <kernel/wait/wait.h>
#include "pagecache.h"

#define QUEUES 16		/* a power of two */

static struct wait_queue queues[QUEUES];
static bool ready;		/* [boot] */

void pagewait_init(void)
{
	ASSERT(item_is_page(pfn_page(page_first)));
	for (unsigned k = 0; k < QUEUES; k++)
		wait_queue_init(&queues[k]);
	ready = true;
}

static struct wait_queue *queue_of(const struct page *p)
{
	ASSERT(ready);
	return &queues[page_pfn(p) & (QUEUES - 1)];
}

void page_wait(struct page *p, u32 bits)
{
	if (page_flags(p) & bits)
		wait_event(queue_of(p), !(page_flags(p) & bits));
}

void page_unbusy(struct page *p, u32 bits)
{
	if (bits & PG_READING)
		tlbcheck_written(p);
	page_clear_flags(p, bits);
	wake_up(queue_of(p));
}

static struct wait_queue *queue_of_mapping(const struct mapping *m)
{
	return &queues[(unsigned long)m >> 6 & (QUEUES - 1)];
}

void mapping_writeback_end(struct mapping *m)
{
	struct wait_queue *q = queue_of_mapping(m);

	if (!atomic_add(&m->writeback, -1))
		wake_up(q);
}

void mapping_writeback_wait(struct mapping *m)
{
	if (atomic_read(&m->writeback))
		wait_event(queue_of_mapping(m), !atomic_read(&m->writeback));
}

void mapping_direct_end(struct mapping *m)
{
	if (!atomic_add(&m->direct, -1))
		wake_up(queue_of_mapping(m));
}

void mapping_direct_wait(struct mapping *m)
{
	if (atomic_read(&m->direct))
		wait_event(queue_of_mapping(m), !atomic_read(&m->direct));
}
