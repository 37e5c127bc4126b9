/* SPDX-License-Identifier: MIT */
/* The dirty pages of a file, for code that writes them to a disk. */
#ifndef TOPICS_DISK_DIRTY_H
#define TOPICS_DISK_DIRTY_H

#include <mm/cache/pagecache.h>

/*
 * Take up to n dirty pages from *index to last, in order, each with a
 * reference.  They become PG_WRITEBACK, and clean.  The search stops at a dirty
 * page that is PG_WRITEBACK already.
 * Return: the number of pages found; *index is where to continue.
 */
unsigned mapping_take_dirty(struct mapping *m, unsigned long *index,
			    unsigned long last, struct page **out, unsigned n);

#endif
