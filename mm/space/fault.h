/* SPDX-License-Identifier: MIT */
/* Shared by fault.c and cow.c: the state of one fault, and helpers. */
#ifndef MM_SPACE_FAULT_H
#define MM_SPACE_FAULT_H

#include <mm/cache/pagecache.h>
#include <mm/vm_internal.h>

/* The state of one page fault, passed to most functions that handle it. */
struct fault {
	struct vm_space *space;
	struct vma *vma;
	uaddr_t at;		/* page aligned */
	pte_t *slot;		/* level 0 */
	unsigned prot;		/* the VMA's effective rights and USER */
	bool write;
};

/*
 * Note that v gets pages of its own, which fork must copy and munmap() must
 * clear.  The flag is set atomically, because two threads may hold the lock
 * shared.  It is set before the entry is made, and never cleared.
 */
static inline void fault_mark_private(struct vma *v)
{
	if (unlikely(!(v->flags & VM_ANONED)))
		__atomic_fetch_or(&v->flags, VM_ANONED, __ATOMIC_RELAXED);
}

/*
 * Mark p dirty, because a store to it is allowed from now on.
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
 * cow.c: handle a store through f->slot, whose entry e is not writable:
 * cow_private_write() in a private VMA, cow_shared_write() in a shared one,
 * where the file may refuse the store.
 * Context: [space->lock], shared; may sleep.
 */
enum vm_fault cow_private_write(struct fault *f, pte_t e);
enum vm_fault cow_shared_write(struct fault *f, pte_t e);

#endif
