/* SPDX-License-Identifier: MIT */
/*
 * What CPUs cache of translations: shared by asid.c, which loads spaces, and
 * tlb.c, which flushes.
 *
 * Four bits for each CPU in space->cpus say what its TLB may hold.  These are
 * their positions for CPU 0.
 */
#ifndef MM_TABLES_TLB_H
#define MM_TABLES_TLB_H

#include <mm/vm.h>

#define CPU_SEEN	0	/* it has had the space loaded once */
#define CPU_LOADED	8	/* its root register holds the space's root */
#define CPU_ACTIVE	16	/* it also runs the program; else it borrows */
#define CPU_STALE	24	/* the space changed while it was not active */

/* One of the four sets in space->cpus: a bit for each CPU. */
static inline u32 cpu_bits(u32 word, unsigned which)
{
	return word >> which & 0xff;
}

extern unsigned asid_limit;	/* const: the first too large; 0: no ASIDs */

/* Kernel mappings were removed: every CPU flushes all.  Context: any. */
void tlb_flush_kernel(void);
/* If this CPU has the space arg loaded, load the kernel's table instead. */
void vm_space_let_go(void *arg);

#endif
