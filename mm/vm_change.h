/* SPDX-License-Identifier: MIT */
/* The engine under mprotect, madvise and mlock. */
#ifndef MM_VM_CHANGE_H
#define MM_VM_CHANGE_H

#include <mm/vm.h>

struct vm_change {
	bool set_prot;		/* take prot, or leave it */
	unsigned prot;		/* MAP_R/W/X */
	unsigned set, clear;	/* VM_ flags */
};

/*
 * Change all that is mapped in [start, end); holes are passed over.
 * => [s->lock] for writing; 0, or -ENOMEM with nothing changed
 */
int vm_change_range(struct vm_space *s, uaddr_t start, uaddr_t end,
		    const struct vm_change *c);
/* Is every page of the range in some VMA?  => [s->lock] */
bool vm_covered(struct vm_space *s, uaddr_t start, uaddr_t end);
/* The first address of [start, end) that no VMA covers; end or more: none. */
uaddr_t vm_first_hole(struct vm_space *s, uaddr_t start, uaddr_t end);

#endif
