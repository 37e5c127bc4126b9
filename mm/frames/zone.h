/* SPDX-License-Identifier: MIT */
/* What the files of the page allocator share. */
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
	unsigned long free_frames;	/* [lock] not counting hot ones */
	unsigned long total;		/* [lock] grows by page_adopt */
	unsigned long reserve;		/* const after init */
	unsigned long low;		/* const after init */
	unsigned hot_max;		/* const after init */
};
extern struct zone zone;

/* What a CPU uses without the zone's lock: hot frames, by page->link. */
struct hot {
	struct magazine mag;
	/*
	 * This CPU's share of the frames in use.  It may be negative: many
	 * frames are freed on another CPU than the one that took them.
	 */
	long kinds[PAGE_KINDS];		/* [mag] */
} __aligned(MAGAZINE_LINE);
extern struct hot hot[MAX_CPUS];

/* Return: p, after the event is told and p is charged; NULL: p is freed. */
struct page *page_told(struct page *p);
/* The number of hot frames on all CPUs.  Context: [zone.lock]. */
unsigned long page_hot_frames(void);

/* ---- page_boot.c; Context: boot ------------------------------------------ */

/*
 * Make room for the records of all frames: page_records, page_first, page_end.
 * They hold anything yet.
 * Return: the bytes of them; refuses to boot if there is no room.
 */
unsigned long page_array_make(void);
/* Call fn on every run of frames that nothing occupies, until it is true. */
typedef bool (*page_range_fn)(paddr_t from, paddr_t to, void *arg);
bool page_each_free(page_range_fn fn, void *arg);

#endif
