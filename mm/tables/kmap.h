/* SPDX-License-Identifier: MIT */
/* The kernel's own mappings (rows A3, D6). */
#ifndef MM_TABLES_KMAP_H
#define MM_TABLES_KMAP_H

#include <arch/page.h>
#include <arch/pte.h>
#include <lt/boot.h>
#include <lt/types.h>

/*
 * Build the kernel's page table and activate it.  The direct map uses the
 * largest superpages possible.  In the image no page is both writable and
 * executable.  Every root entry of the kernel half is filled.
 * Context: boot.
 */
void kmap_init(void);
/*
 * Return: the page tables of the vmap window, and in a checking kernel the
 * pages of its shadow.  Both grow with the largest number of stacks used so
 * far.
 */
unsigned long kmap_tables(void);
/* Read boot option kstack_cache; 0: keep no freed stacks, for measurements. */
void kstack_init(void);
/*
 * Allocate a kernel stack of KSTACK_SIZE bytes, with as much unmapped below it.
 * Context: no lock held, interrupts on; may wait for other CPUs.
 * Return: its lowest address; NULL: no memory.
 */
void *kstack_alloc(void);
void kstack_free(void *stack);
unsigned long kstack_room(void);	/* number that fits into the window */
unsigned long kstack_count(void);	/* number in use */
unsigned long kstack_cached(void);	/* mapped, waiting for reuse */
/*
 * Unmap the stacks that wait for reuse.
 * Context: as kstack_alloc().
 * Return: the number of pages freed.
 */
unsigned long kstack_shrink(void);
/* True if va lies in the unmapped half below a kernel stack. */
bool kstack_is_guard(vaddr_t va);

/* ---- the window for devices and kernel stacks ---------------------------- */

extern vaddr_t kmap_device_low;		/* devices are mapped from here up */
vaddr_t kstack_area_end(void);		/* all stacks lie below */

#endif
