/* SPDX-License-Identifier: MIT */
/* Internals that the files of the page allocator share. */
#ifndef MM_FRAMES_ZONE_H
#define MM_FRAMES_ZONE_H

#include <kernel/events.h>
#include <lt/list.h>
#include "magazine.h"
#include "page.h"

/* The buddy allocator's free blocks. */
struct zone {
	struct spinlock lock;
	struct list free[PAGE_MAX_ORDER + 1];		/* [lock] */
	unsigned long blocks[PAGE_MAX_ORDER + 1];	/* [lock] */
	unsigned long free_frames;	/* [lock] without hot frames */
	unsigned long total;		/* [lock] grows in page_adopt() */
	unsigned long reserve;		/* const after init */
	unsigned long low;		/* const after init */
	unsigned hot_max;		/* const after init */
};
extern struct zone zone;

/*
 * Per-CPU state, used without the zone's lock: hot frames, linked by
 * page->link.
 */
struct hot {
	struct magazine mag;
	/*
	 * Frames in use, by kind: allocated minus freed on this CPU.  A number
	 * may be negative, as many frames are freed on another CPU than the one
	 * that allocated them.
	 */
	long kinds[PAGE_KINDS];		/* [mag] */
} __aligned(MAGAZINE_LINE);
extern struct hot hot[MAX_CPUS];

/*
 * Report the allocation of p and charge p.
 * Return: p; NULL: p is freed, it could not be charged.
 */
struct page *page_report_charge(struct page *p);
/* Return: the number of hot frames on all CPUs.  Context: [zone.lock]. */
unsigned long page_hot_frames(void);

/* ---- page_boot.c; Context: boot ------------------------------------------ */

/*
 * Make room for the records of all frames, uninitialized: sets page_records,
 * page_first and page_end.
 * Return: the size in bytes; refuses to boot if there is no room.
 */
unsigned long page_array_make(void);
/* Call fn on every run of unoccupied frames, until it returns true. */
typedef bool (*page_range_fn)(paddr_t from, paddr_t to, void *arg);
bool page_each_free(page_range_fn fn, void *arg);

#endif
