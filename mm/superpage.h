/* SPDX-License-Identifier: MIT */
/*
 * Superpages of anonymous memory, which an extension supplies
 * (ext/hugepage): one leaf above the lowest level.  A kernel without it makes
 * none, so all but the first of these are called only where one has been seen.
 */
#ifndef MM_SUPERPAGE_H
#define MM_SUPERPAGE_H

#include <mm/pt.h>
#include <mm/vm.h>

struct superpage_ops {
	/*
	 * A first write, where v has no table yet.
	 * Return: true: a superpage is there; false: do it page by page
	 */
	bool (*fault)(struct vm_space *s, struct vma *v, uaddr_t at);

	/* Context of the rest: [s->pt_lock], of fork the source's. */

	/* Replace the leaf by a table of single pages. */
	void (*split)(struct vm_space *s, pte_t *slot, uaddr_t at);
	/* Unmap the whole superpage; flush unless dead. */
	void (*zap)(struct vm_space *s, pte_t *slot, uaddr_t at, bool dead);
	/*
	 * A write to a read-only one.
	 * Return: true: writable now; false: it was split
	 */
	bool (*write)(struct vm_space *s, struct vma *v, pte_t *slot,
		      uaddr_t at);
	/* Give the whole superpage the rights of v. */
	void (*protect)(struct vm_space *s, struct vma *v, pte_t *slot);
	/* Share it with dst, copy on write.  Return: false: no memory */
	bool (*fork)(struct vm_space *dst, struct vm_space *src, pte_t *slot,
		     uaddr_t at);
};

extern const struct superpage_ops *superpage;	/* const after boot; or NULL */

#endif
