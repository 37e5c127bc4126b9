/* SPDX-License-Identifier: MIT */
/* What fault.c and cow.h share: one fault, and what both do in its course. */
#ifndef MM_FAULT_H
#define MM_FAULT_H

#include <mm/pagecache.h>
#include <mm/vm_internal.h>

/*
 * VM_FAULT_USER of the current task: ask user code for the page, or to allow
 * the store, and wait for the answer; then the access is made again.  An
 * extension supplies it (ext/userfaultfd), which alone makes such VMAs.
 * Context: [s->lock], shared, which it releases; may sleep.
 */
extern enum vm_fault (*vm_ask_user)(struct vm_space *s, struct vma *v,
				    uaddr_t at, bool write);

/* What one fault is about, so that the cases have one argument. */
struct fault {
	struct vm_space *space;
	struct vma *vma;
	uaddr_t at;		/* page aligned */
	pte_t *slot;		/* level 0 */
	unsigned prot;		/* the VMA's effective rights and USER */
	bool write;
};

/*
 * Is the access one that user code wants to answer?  Of a VMA where stores may
 * be its business, the entries that are read-only have PTE_COW, but for those
 * of pages that it has protected.
 */
static inline bool fault_asks_user(const struct vma *v, pte_t e, bool write)
{
	if (pte_none(e))
		return v->flags & VM_UFFD_MISSING;
	return write && v->flags & VM_UFFD_WP && pte_present(e) &&
		!pte_writable(e) && !(pte_soft(e) & PTE_COW);
}

/*
 * From now on fork has pages of v to copy, and munmap() entries to clear.  Two
 * threads may be here with the lock shared, so the flag is set atomically.  It
 * is set before the entry is made, and never cleared.
 */
static inline void fault_mark_private(struct vma *v)
{
	if (unlikely(!(v->flags & VM_ANONED)))
		__atomic_fetch_or(&v->flags, VM_ANONED, __ATOMIC_RELAXED);
}

/*
 * A store to p is allowed: mark it dirty.
 * Context: a reference to p, which may have left the mapping meanwhile.
 */
static inline void fault_note_store(const struct fault *f, struct page *p)
{
	if (f->vma->mapping)
		mapping_dirty(f->vma->mapping, p);
	else
		page_set_flags(p, PG_DIRTY);
}

#endif
