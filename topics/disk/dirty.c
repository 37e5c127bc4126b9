/* SPDX-License-Identifier: MIT */
/*
 * The dirty pages of a file, and which of them write-back takes (row E8).
 * In the drawing, D stands for PG_DIRTY and W for PG_WRITEBACK.
 *
 *   dirty_from          index               dirty_to
 *     | D |   | D | D |   | D |   |  W, D  | D |
 *                           |         |
 *                           taken     the search stops: it is being written
 *
 * Invariant: every dirty page of the file lies between dirty_from and dirty_to.
 */
#include "dirty.h"
#include <mm/frames/page.h>

/*
 * Take dirty pages.  PG_WRITEBACK is set before PG_DIRTY is cleared, so a page
 * that is newer than the disk always has one of the two, and is never taken for
 * clean.  A page that has become dirty again while it is being written stops
 * the search: two writes of one block could reach the disk in either order.
 */
unsigned mapping_take_dirty(struct mapping *m, unsigned long *index,
			    unsigned long last, struct page **out, unsigned n)
{
	unsigned got = 0;

	spin_lock(&m->lock);
	*index = max(*index, m->dirty_from);
	last = min(last, m->dirty_to);
	while (got < n && m->nr_dirty) {
		struct page *p = *index <= last ?
			radix_next(&m->tree, index) : NULL;

		if (!p || *index > last) {
			*index = last + 1;
			break;
		}
		if (READ_ONCE(p->flags) & PG_DIRTY) {
			if (READ_ONCE(p->flags) & PG_WRITEBACK)
				break;
			page_get(p);
			page_set_flags(p, PG_WRITEBACK);
			page_clear_flags(p, PG_DIRTY);
			m->nr_dirty--;
			atomic_add(&dirty_pages, -1);
			atomic_add(&m->writeback, 1);
			out[got++] = p;
		}
		++*index;
	}
	spin_unlock(&m->lock);
	return got;
}
