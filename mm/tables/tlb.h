/* SPDX-License-Identifier: MIT */
/*
 * State of the CPUs' TLBs, shared by asid.c, which loads spaces, and tlb.c,
 * which flushes.
 *
 * Four bits for each CPU in space->cpus tell what the CPU's TLB may hold.  The
 * constants are the positions for CPU 0.
 */
#ifndef MM_TABLES_TLB_H
#define MM_TABLES_TLB_H

#include <mm/vm.h>

#define CPU_SEEN	0	/* the CPU has had the space loaded at least
				 * once */
#define CPU_LOADED	8	/* the CPU's root register has the space's
				 * root */
#define CPU_ACTIVE	16	/* the CPU also runs a task of the space;
				 * CPU_LOADED alone: it borrows the space */
#define CPU_STALE	24	/* the space changed while the CPU was not
				 * active */

/* Return: one of the four sets in space->cpus, a bit for each CPU. */
static inline u32 cpu_bits(u32 word, unsigned which)
{
	return word >> which & 0xff;
}

extern unsigned asid_limit;	/* const: first invalid ASID; 0: no ASIDs */

/* Flush all on every CPU, after kernel mappings were removed.  Context: any. */
void tlb_flush_kernel(void);
/* If this CPU has the space `arg` loaded, load the kernel's table instead. */
void vm_space_unload(void *arg);

#endif
