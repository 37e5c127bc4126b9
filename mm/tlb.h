/* SPDX-License-Identifier: MIT */
/*
 * What CPUs remember of translations: between asid.c, which loads spaces, and
 * tlb.c, which makes them forgotten.
 *
 * Four bits a CPU in space->cpus say what its TLB may hold.
 */
#ifndef MM_TLB_H
#define MM_TLB_H

#include <mm/vm.h>

#define CPU_SEEN	0	/* it had the space once */
#define CPU_LOADED	8	/* its root register names the space */
#define CPU_ACTIVE	16	/* and its program runs; else it is borrowed */
#define CPU_STALE	24	/* the space changed while it was not active */

extern unsigned asid_limit;	/* const: first number too large; 0: none */

/* Kernel mappings were removed: every CPU flushes all.  => any context */
void tlb_flush_kernel(void);
/* If this CPU has the space arg loaded, take the kernel's table instead. */
void vm_space_let_go(void *arg);

#endif
