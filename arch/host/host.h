/* SPDX-License-Identifier: MIT */
/* What tests may ask of the host machine beyond the contract. */
#ifndef ARCH_HOST_HOST_H
#define ARCH_HOST_HOST_H

#include <lt/arch.h>

#define HOST_RAM_BASE	0x100000ul	/* physical; no frames below */

/* Give the machine `size` bytes of memory, a multiple of 4 MiB. */
void host_power_on(unsigned long size);
void host_power_off(void);

/*
 * What the program of the active space sees at va: translated through its TLB,
 * walked on a miss, the kernel's fault handler called on a fault.  Return: the
 * byte in host memory, or NULL: the access gets a signal.
 */
u8 *host_access(uaddr_t va, enum fault_access how);
/* The kernel's answer to the last access that failed: enum vm_fault. */
extern int host_fault_result;
/* How often it was asked for the last access. */
extern unsigned host_faults;
/*
 * From here on use the TLB of another CPU, or the first one again: it has what
 * it had, as if no CPU had been asked to forget anything meanwhile.
 */
void host_other_tlb(void);
/* Does a load succeed without a fault, as the tables stand? */
bool host_mapped(uaddr_t va);

/* Software fills the TLB, by so many refills.  Set with nothing in the TLB. */
extern bool host_soft_tlb;
extern unsigned long host_refills;
extern unsigned host_asid_bits;		/* before asid_init */
extern struct vm_space *host_space;	/* whom faults are charged to */

#endif
