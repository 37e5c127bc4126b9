/* SPDX-License-Identifier: MIT */
/*
 * What those who walk leaf tables do about a software entry (lt/pte_ops.h): one
 * that is neither none nor present, but says where the page is.  An extension
 * supplies it (topics/swap).  A kernel without it makes no such entry, so these
 * are called only where one was found.
 *
 * Whoever moves an entry moves its reference with it, and calls nothing; nor
 * does a change of rights, as the entry has none: the next fault takes those of
 * the VMA.
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
	unsigned long cached;		/* in memory and in a slot */
	unsigned long in, out;		/* pages moved since the start */
};

struct soft_entry_ops {
	/* The program touched the page.  Context: as vm_fault_page(). */
	enum vm_fault (*fault)(struct fault *f, pte_t e);

	/* Context of these two: [pt_lock] of a space that has the entry. */

	/* A second entry like e is made: by fork, or in a table copied. */
	void (*copy)(pte_t e);
	/* One like e is no longer in any table. */
	void (*zap)(pte_t e);

	/*
	 * The page of m, a file in memory, at index is out: have it in the tree
	 * again.  Context: may sleep.
	 * Return: 0: so it was, or it is out no more; 1: it was read; -ENOMEM,
	 * -EIO.
	 */
	int (*bring)(struct mapping *m, unsigned long index);
	/* This item has left m's tree.  Context: [m->lock]. */
	void (*left)(struct mapping *m, void *item);

	/* Is the page in memory all the same?  Context: any. */
	bool (*in_memory)(pte_t e);
	/*
	 * Pages of [at, end) that are out; *share, unless it is NULL: bytes of
	 * them, each page divided among those who have it.
	 * Context: [s->lock], shared.
	 */
	unsigned long (*out)(struct vm_space *s, uaddr_t at, uaddr_t end,
			     unsigned long *share);
	/*
	 * madvise(2): those of v's [at, end) go out; cold: are next to go.
	 * Context: [s->lock], shared.
	 */
	void (*advise)(struct vma *v, uaddr_t at, uaddr_t end, bool cold);
	/*
	 * Write up to n pages out, to have their frames.
	 * Context: no lock; may sleep.
	 * Return: the frames won.
	 */
	unsigned long (*make_room)(unsigned long n);
	/* Few frames are free (page_alloc()).  Context: any. */
	void (*memory_low)(void);
	void (*figures)(struct swap_figures *f);
	void (*show_areas)(struct seq *s);	/* the lines of /proc/swaps */
};

extern const struct soft_entry_ops *soft_entry;	/* const after boot; or NULL */

#endif
