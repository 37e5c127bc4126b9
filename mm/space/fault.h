/* SPDX-License-Identifier: MIT */
/*
 * Interface between fault.c and cow.c: the fault under way, and common steps.
 */
#ifndef MM_SPACE_FAULT_H
#define MM_SPACE_FAULT_H

#include <mm/cache/pagecache.h>
#include <mm/vm_internal.h>

/* One page fault, passed to all functions that handle it. */
struct fault {
	struct vm_space *space;
	struct vma *vma;
	uaddr_t at;		/* page aligned */
	pte_t *slot;		/* in the leaf table */
	unsigned prot;		/* effective rights of the VMA, and MAP_USER */
	bool write;
};

/*
 * Note that v may have private pages: fork must copy them, and munmap() clear
 * entries.  Two threads may be here with the lock shared, so the flag is set
 * atomically.  It is set before the entry is made, and never cleared.
 */
static inline void fault_mark_private(struct vma *v)
{
	if (unlikely(!(v->flags & VM_ANONED)))
		__atomic_fetch_or(&v->flags, VM_ANONED, __ATOMIC_RELAXED);
}

/*
 * Mark p dirty, as the fault allows a store to it.
 * Context: a reference to p, which may have left the mapping meanwhile.
 */
static inline void fault_note_store(const struct fault *f, struct page *p)
{
	if (f->vma->mapping)
		mapping_dirty(f->vma->mapping, p);
	else
		page_set_flags(p, PG_DIRTY);
}

/*
 * cow.c: handle a store to f->slot, which has the read-only entry e: in a
 * private VMA; in a shared one, whose file may refuse.
 * Context: [space->lock], shared; may sleep.
 */
enum vm_fault cow_private_write(struct fault *f, pte_t e);
enum vm_fault cow_shared_write(struct fault *f, pte_t e);

#endif
