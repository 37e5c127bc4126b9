/* SPDX-License-Identifier: MIT */
/*
 * Making translations forgotten, on this CPU and on others.  A CPU that asks
 * others waits for their answer and meanwhile serves those who ask it, so two
 * may ask each other with interrupts off.
 */
#ifndef MM_TLB_H
#define MM_TLB_H

#include <mm/vm.h>

/* Called for IRQ_IPI: serve what other CPUs ask of this one.  Any context. */
void tlb_ipi(void);
/* Kernel mappings were removed: every CPU flushes all.  No spin lock held that
 * a CPU takes with interrupts off. */
void tlb_flush_kernel(void);
/* Every CPU that has s loaded lets go of it.  => how many did */
unsigned tlb_let_go(struct vm_space *s);

/* asid.c: are identifiers used at all? */
bool asid_in_use(void);
/* If this CPU has s loaded, load the kernel's table.  => it had; the reference
 * is the caller's now */
bool vm_space_let_go(struct vm_space *s);

#endif
