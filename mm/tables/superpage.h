/* SPDX-License-Identifier: MIT */
/*
 * Superpages: leaves above the lowest level, for anonymous memory and files in
 * memory.  Supplied by an extension (topics/superpages).  A kernel without it
 * makes no superpage, so all operations but fault() are called only for an
 * existing superpage.
 */
#ifndef MM_TABLES_SUPERPAGE_H
#define MM_TABLES_SUPERPAGE_H

#include "pt.h"
#include <mm/vm.h>

struct seq;

struct superpage_ops {
	/*
	 * Handle a first access where the space has no leaf table yet: a store,
	 * or any access to a file.
	 * Return: true: a superpage is mapped now; false: map a single page.
	 */
	bool (*fault)(struct vm_space *s, struct vma *v, uaddr_t at,
		      bool write);

	/* Context of the following: [s->pt_lock]; for fork: [src->pt_lock]. */

	/* Replace the leaf by a table of single pages. */
	void (*split)(struct vm_space *s, pte_t *slot, uaddr_t at);
	/*
	 * Unmap the whole superpage; the caller flushes.
	 * Return: its first frame, for put() after the flush.
	 */
	struct page *(*zap)(struct vm_space *s, pte_t *slot);
	void (*put)(struct page **heads, unsigned n);
	/*
	 * Handle a write to a read-only superpage.
	 * Return: true: it is writable now; false: it was split.
	 */
	bool (*write)(struct vm_space *s, struct vma *v, pte_t *slot,
		      uaddr_t at);
	/* Give the whole superpage the rights of v. */
	void (*protect)(struct vm_space *s, struct vma *v, pte_t *slot);
	/*
	 * Share the superpage with dst, copy on write.
	 * Return: false: no memory.
	 */
	bool (*fork)(struct vm_space *dst, struct vm_space *src, pte_t *slot,
		     uaddr_t at);
	/* True if v may have superpages.  Context: [v->space->lock]. */
	bool (*eligible)(const struct vma *v);

	/* Context of the following: no lock; may sleep. */

	/* MADV_COLLAPSE of [at, end), whole pages.  Return: 0 or -errno. */
	int (*collapse)(struct vm_space *s, uaddr_t at, uaddr_t end);
	/*
	 * Free tables and frames kept for reuse, and drop references to spaces.
	 */
	void (*shrink)(void);
	/* Print the lines for /proc/meminfo and /proc/vmstat. */
	void (*show_meminfo)(struct seq *s);
	void (*show_vmstat)(struct seq *s);
};

extern const struct superpage_ops *superpage;	/* const after boot; or NULL */

#endif
