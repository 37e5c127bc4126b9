/* SPDX-License-Identifier: MIT */
/*
 * The generic page-table walker (rows A4, A5) over the port's PTE codec.
 */
#ifndef MM_PT_H
#define MM_PT_H

#include <arch/pte.h>
#include <lt/types.h>

/* A new root with the kernel half filled in.  => 0: no memory */
paddr_t pt_root_create(void);
/* Free the root and all tables of the user half (their leaves are gone). */
void pt_root_destroy(paddr_t root);

/*
 * The PTE slot for va at `level`; tables above are allocated when `create`.
 * A superpage leaf above that level ends the walk: *level is set to where.
 * => NULL: no table there (create: no memory)
 */
pte_t *pt_walk(paddr_t root, vaddr_t va, unsigned *level, bool create);

/*
 * Map [va, va + len) to pa with prot, superpages wherever aligned.  A page
 * mapped already is a bug: panic (the deck's "remap").
 * => 0 or -ENOMEM, nothing undone (caller unmaps)
 */
int pt_map(paddr_t root, vaddr_t va, paddr_t pa, unsigned long len,
	   unsigned prot);

/* Call fn on every present leaf in [va, end). */
void pt_each(paddr_t root, vaddr_t va, vaddr_t end,
	     void (*fn)(void *arg, vaddr_t va, unsigned level, pte_t *pte),
	     void *arg);

#endif
