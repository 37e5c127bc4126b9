/* SPDX-License-Identifier: MIT */
/* The kernel's own mappings (rows A3, D6). */
#ifndef MM_KMAP_H
#define MM_KMAP_H

#include <arch/page.h>
#include <arch/pte.h>
#include <lt/boot.h>
#include <lt/types.h>

/*
 * Build the kernel's page table: direct map with the largest superpages, the
 * image W^X at 4 KiB edges, every root entry of the kernel half filled; then
 * activate it.
 */
void kmap_init(void);
/*
 * Tables of the vmap window, and shadow of it in a checking kernel: they grow
 * with the most stacks ever in use.
 */
unsigned long kmap_tables(void);
/* kstack_cache=0: freed stacks wait for nobody, to see what that is worth. */
void kstack_init(void);
/*
 * A kernel stack of KSTACK_SIZE with an unmapped guard page below it.
 * => lowest address, or NULL
 */
void *kstack_alloc(void);
void kstack_free(void *stack);
unsigned long kstack_room(void);	/* for so many in the window */
unsigned long kstack_count(void);	/* in use */
unsigned long kstack_cached(void);	/* mapped, waiting for reuse */
/* Unmap the waiting ones.  => pages freed */
unsigned long kstack_shrink(void);
/* Does va lie in the guard page of a kernel stack? */
bool kstack_is_guard(vaddr_t va);

#endif
