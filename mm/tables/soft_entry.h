/* SPDX-License-Identifier: MIT */
/*
 * Operations on software entries, for code that walks leaf tables
 * (lt/pte_ops.h).  A software entry is neither empty nor present: it tells
 * where the page is.  The operations are supplied by an extension
 * (topics/swap).  A kernel without the extension makes no such entry, so an
 * operation is called only where an entry was found.
 *
 * A move of an entry needs no call, as the reference moves with it.  A change
 * of rights needs none either, because the entry has no rights: the next fault
 * uses those of the VMA.
 */
#ifndef MM_TABLES_SOFT_ENTRY_H
#define MM_TABLES_SOFT_ENTRY_H

#include "pt.h"
#include <mm/vm.h>

struct fault;
struct mapping;
struct seq;

/* For /proc and sysinfo(2), in pages. */
struct swap_figures {
	unsigned long total, free;	/* slots */
	unsigned long cached;		/* slots whose page is in memory, too */
	unsigned long in, out;		/* pages moved since boot */
};

struct soft_entry_ops {
	/* Handle a fault on the page.  Context: as vm_fault_page(). */
	enum vm_fault (*fault)(struct fault *f, pte_t e);

	/* Context of the next two: [pt_lock] of a space that has the entry. */

	/* Note that e was copied, by fork or with a whole table. */
	void (*copy)(pte_t e);
	/* Note that one entry like e was removed from a table. */
	void (*zap)(pte_t e);

	/*
	 * Read page `index` of m, a file in memory, from swap into m's tree.
	 * Context: may sleep.
	 * Return: 0: no read was needed, or the page is no longer in swap; 1:
	 * the page was read; -ENOMEM, -EIO.
	 */
	int (*bring)(struct mapping *m, unsigned long index);
	/* Note that `item` has left m's tree.  Context: [m->lock]. */
	void (*left)(struct mapping *m, void *item);

	/* True if the page that e names is still in memory.  Context: any. */
	bool (*in_memory)(pte_t e);
	/*
	 * Count the pages of [at, end) that are in swap.  *share, unless share
	 * is NULL, is set to their bytes, each page divided by the number of
	 * spaces that have it.
	 * Context: [s->lock], shared.
	 */
	unsigned long (*out)(struct vm_space *s, uaddr_t at, uaddr_t end,
			     unsigned long *share);
	/*
	 * madvise(2): swap out the pages of v in [at, end); with cold, only
	 * make them the first that reclaim takes.
	 * Context: [s->lock], shared.
	 */
	void (*advise)(struct vma *v, uaddr_t at, uaddr_t end, bool cold);
	/*
	 * Write up to n pages out, to free their frames.
	 * Context: no lock; may sleep.
	 * Return: the number of frames freed.
	 */
	unsigned long (*make_room)(unsigned long n);
	/* Note that few frames are free (page_alloc()).  Context: any. */
	void (*memory_low)(void);
	void (*figures)(struct swap_figures *f);
	void (*show_areas)(struct seq *s);	/* print lines of /proc/swaps */
};

extern const struct soft_entry_ops *soft_entry;	/* const after boot; or NULL */

#endif
