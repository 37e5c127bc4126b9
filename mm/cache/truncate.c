/* SPDX-License-Identifier: MIT */
/*
 * Remove pages from the page cache: by truncating a file or punching a hole, on
 * request, or together with the mapping.
 *
 *   file    | 0 | 1 | 2 | 3 | 4 |      mapping_truncate() to 2.5 pages:
 *                       ^ new end
 *   1  remove_pages     3 and 4 leave the tree; page->mapping becomes NULL
 *   2  unmap_pages      every VMA of the reverse map loses its entries
 *
 * Invariant: the steps are done in this order.  A fault that found page 3
 * before the first step checks page->mapping, under pt_lock, before it maps the
 * page; a later fault finds no page.  So after the second step no entry is
 * left.
 */
#include <kernel/current.h>
#include <lib/mem.h>
#include <lt/bug.h>
#include <mm/frames/page.h>
#include "pagecache.h"
#include <mm/frames/slab.h>
#include <mm/tables/soft_entry.h>
#include <mm/vm_internal.h>

#define BATCH 32		/* pages looked up at once */

bool pagecache_hunted;

/*
 * Keeps a dirty page even if reading it failed, as it holds data that is not
 * written yet.
 */
void mapping_forget(struct mapping *m, struct page *p)
{
	bool mine;

	spin_lock(&m->lock);
	mine = p->mapping == m && !(READ_ONCE(p->flags) & PG_DIRTY);
	if (mine)
		mapping_evict_locked(m, p);
	spin_unlock(&m->lock);
	if (mine)
		page_put(p);
}

/* Drop a page that is in swap.  Context: [m->lock]. */
static void evict_item(struct mapping *m, unsigned long index, void *item)
{
	radix_remove(&m->tree, index);
	m->nr_pages--;
	m->nr_out--;
	soft_entry->left(m, item);
}

/*
 * Take pages [first, last] out of the tree, a batch at a time, so that the lock
 * is not held for long.  Wait for pages being written, because their blocks are
 * freed next, and another file may soon get those blocks.
 */
static void remove_pages(struct mapping *m, unsigned long first,
			 unsigned long last)
{
	struct page *batch[BATCH];
	unsigned n, out;

	do {
		n = out = 0;
		spin_lock(&m->lock);
		while (n < BATCH) {
			struct page *p = radix_next(&m->tree, &first);

			if (unlikely(!item_is_page(p))) {
				if (!p || first > last)
					break;
				evict_item(m, first, p);
				if (++out == BATCH)
					break;
				continue;
			}
			if (first > last)
				break;
			mapping_evict_locked(m, p);
			batch[n++] = p;
		}
		spin_unlock(&m->lock);
		if (n + out && m->ops && m->ops->unreserve)
			m->ops->unreserve(m, n + out);
		if (!mapping_no_writeback(m))
			for (unsigned k = 0; k < n; k++)
				page_wait(batch[k], PG_WRITEBACK);
		page_put_many(batch, n);
	} while (n == BATCH || out == BATCH);
}

/*
 * True if only the tree has a reference to p, and the disk has its contents.
 * Context: [mapping's lock].
 */
static bool droppable(const struct page *p)
{
	return READ_ONCE(p->flags) & PG_IN_TREE && ref_read(&p->refs) == 1 &&
		!(READ_ONCE(p->flags) & (PG_DIRTY | PG_WRITEBACK | PG_READING));
}

/* Best effort, for posix_fadvise(POSIX_FADV_DONTNEED) and similar calls. */
void mapping_drop_clean(struct mapping *m, unsigned long first,
			unsigned long last)
{
	struct page *batch[BATCH], *p;
	unsigned n, seen;

	do {
		n = seen = 0;
		spin_lock(&m->lock);
		while (n < BATCH && seen < 8 * BATCH && first <= last) {
			p = radix_next(&m->tree, &first);
			if (!p || first > last)
				break;
			seen++;
			if (item_is_page(p) && droppable(p)) {
				mapping_evict_locked(m, p);
				batch[n++] = p;
			}
			if (!++first)
				break;
		}
		spin_unlock(&m->lock);
		page_put_many(batch, n);
	} while (n == BATCH || seen == 8 * BATCH);
}

/*
 * A reclaimer that found one of the pages before it left the tree may still use
 * m.  It holds the gate meanwhile, so pagecache_gate_wait() waits for it.
 */
void mapping_destroy(struct mapping *m)
{
	ASSERT(list_empty(&m->vmas));
	if (m->nr_pages)
		remove_pages(m, 0, ~0ul);
	ASSERT(!m->nr_pages && !m->nr_dirty);
	if (!mapping_no_writeback(m) || READ_ONCE(pagecache_hunted))
		pagecache_gate_wait();
}

/* Unmap pages [first, last] everywhere; with `copies` also private copies. */
static void unmap_pages(struct mapping *m, unsigned long first,
			unsigned long last, bool copies)
{
	if (list_empty(&m->vmas))
		return;
	mutex_lock(&m->map_lock);
	vm_unmap_mapping(m, first, last, copies);
	mutex_unlock(&m->map_lock);
}

/*
 * Zeroes the rest of the last page: if the file grows again, the new part must
 * read as zeros, also through existing mappings.
 */
void mapping_truncate(struct mapping *m, loff_t size)
{
	unsigned long first = (size + PAGE_SIZE - 1) >> PAGE_SHIFT;
	unsigned tail = size & ~PAGE_MASK;
	struct page *p;

	remove_pages(m, first, ~0ul);
	if (tail) {
		p = mapping_find(m, size >> PAGE_SHIFT);
		if (p) {
			memset((char *)page_virt(p) + tail, 0,
			       PAGE_SIZE - tail);
			page_stored(p);
			page_put(p);
		}
	}
	unmap_pages(m, first, ~0ul, true);
}

void mapping_punch(struct mapping *m, unsigned long first, unsigned long last)
{
	remove_pages(m, first, last);
	unmap_pages(m, first, last, false);
}

void mapping_refault_page(struct mapping *m, unsigned long index)
{
	/* count before entries are changed: see cow_shared_write() */
	__atomic_fetch_add(&m->truncate_seq, 1, __ATOMIC_SEQ_CST);
	mapping_wrprotect(m, index, index);
}
