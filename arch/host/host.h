/* SPDX-License-Identifier: MIT */
/* Functions of the host machine for tests, beyond the contract. */
#ifndef ARCH_HOST_HOST_H
#define ARCH_HOST_HOST_H

#include <lt/arch.h>

#define HOST_RAM_BASE	0x100000ul	/* physical; no frames below */

/* Give the machine `size` bytes of memory, a multiple of 4 MiB. */
void host_power_on(unsigned long size);
void host_power_off(void);

/*
 * Access memory as the program of the active space: translate va through its
 * TLB, walk on a miss, call the kernel's fault handler on a fault.
 * Return: the byte in host memory, or NULL: the access gets a signal.
 */
u8 *host_access(uaddr_t va, enum fault_access how);
/* The kernel's result for the last failed access: enum vm_fault. */
extern int host_fault_result;
/* The number of faults of the last access. */
extern unsigned host_faults;
/*
 * From now on use the TLB of another CPU, or the first one again.  Its old
 * entries are still there, as if no CPU had been asked to flush anything
 * meanwhile.
 */
void host_other_tlb(void);
/* Return: true if a load succeeds without a fault, with the current tables. */
bool host_mapped(uaddr_t va);

/*
 * True: software fills the TLB, and each refill is counted.  Set this only
 * while the TLB is empty.
 */
extern bool host_soft_tlb;
extern unsigned long host_refills;
extern unsigned host_asid_bits;		/* before asid_init */
extern struct vm_space *host_space;	/* address space that handles faults */

#endif
