/* SPDX-License-Identifier: MIT */
/* What fault.c and cow.c share: one fault, and what both do in its course. */
#ifndef MM_SPACE_FAULT_H
#define MM_SPACE_FAULT_H

#include <mm/cache/pagecache.h>
#include <mm/vm_internal.h>

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

/*
 * cow.c: a store to f->slot, which had the entry e and is not writable: of a
 * private VMA; of a shared one, whose file may object.
 * Context: [space->lock], shared; may sleep.
 */
enum vm_fault cow_private_write(struct fault *f, pte_t e);
enum vm_fault cow_shared_write(struct fault *f, pte_t e);

#endif
