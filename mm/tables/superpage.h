/* SPDX-License-Identifier: MIT */
/*
 * Superpages, each one leaf above the lowest level, of anonymous memory and of
 * files in memory.  An extension supplies them (topics/superpages).  A kernel
 * without it makes none, so all but the first of these are called only for a
 * superpage that is there.
 */
#ifndef MM_TABLES_SUPERPAGE_H
#define MM_TABLES_SUPERPAGE_H

#include "pt.h"
#include <mm/vm.h>

struct seq;

struct superpage_ops {
	/*
	 * A first access, where the space has no leaf table yet: a store, or
	 * any to a file.
	 * Return: true: a superpage is there now; false: map a single page.
	 */
	bool (*fault)(struct vm_space *s, struct vma *v, uaddr_t at,
		      bool write);

	/* Context of the rest: [s->pt_lock]; of fork: [src->pt_lock]. */

	/* Replace the leaf by a table of single pages. */
	void (*split)(struct vm_space *s, pte_t *slot, uaddr_t at);
	/*
	 * Take the whole superpage out; the caller flushes.
	 * Return: its first frame, for put() after the flush.
	 */
	struct page *(*zap)(struct vm_space *s, pte_t *slot);
	void (*put)(struct page **heads, unsigned n);
	/*
	 * A write to a read-only one.
	 * Return: true: it is writable now; false: it was split.
	 */
	bool (*write)(struct vm_space *s, struct vma *v, pte_t *slot,
		      uaddr_t at);
	/* Give the whole superpage the rights of v. */
	void (*protect)(struct vm_space *s, struct vma *v, pte_t *slot);
	/* Share it with dst, copy on write.  Return: false: no memory. */
	bool (*fork)(struct vm_space *dst, struct vm_space *src, pte_t *slot,
		     uaddr_t at);
	/* Could v have any?  Context: [v->space->lock]. */
	bool (*eligible)(const struct vma *v);

	/* Context of the rest: no lock; may sleep. */

	/* MADV_COLLAPSE of [at, end), whole pages.  Return: 0 or -errno. */
	int (*collapse)(struct vm_space *s, uaddr_t at, uaddr_t end);
	/* Give back what is kept for reuse, and let go of spaces. */
	void (*shrink)(void);
	/* Their lines of /proc/meminfo, and of /proc/vmstat. */
	void (*show_meminfo)(struct seq *s);
	void (*show_vmstat)(struct seq *s);
};

extern const struct superpage_ops *superpage;	/* const after boot; or NULL */

#endif
