/* SPDX-License-Identifier: MIT */
/* The engine under mprotect, madvise and mlock. */
#ifndef MM_SPACE_VM_CHANGE_H
#define MM_SPACE_VM_CHANGE_H

#include <mm/vm.h>

struct vm_change {
	bool set_prot;		/* change the rights to prot */
	unsigned prot;		/* MAP_R/W/X */
	unsigned set, clear;	/* VM_ flags */
};

/*
 * Change all VMAs in [start, end); holes are skipped.
 * Context: [s->lock] for writing.
 * Return: 0; -ENOMEM: nothing has changed.
 */
int vm_change_range(struct vm_space *s, uaddr_t start, uaddr_t end,
		    const struct vm_change *c);
/* True if VMAs cover every page of the range.  Context: [s->lock]. */
bool vm_covered(struct vm_space *s, uaddr_t start, uaddr_t end);
/*
 * Context: [s->lock].
 * Return: the first address of [start, end) that no VMA covers; end or more:
 * there is none.
 */
uaddr_t vm_first_hole(struct vm_space *s, uaddr_t start, uaddr_t end);
/*
 * True if any VMA in the range is VM_SEALED.  Then munmap(2), an mmap(2) over
 * it and similar calls must fail with EPERM and change nothing in the whole
 * range.
 * Context: [s->lock].
 */
bool vm_sealed(struct vm_space *s, uaddr_t start, uaddr_t end);

#endif
