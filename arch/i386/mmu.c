/* SPDX-License-Identifier: MIT */
/*
 * Address translation of this CPU (rows A4, A12).  There are no address-space
 * identifiers: every write of cr3 drops all but global entries.
 */
#include <arch/i386.h>
#include <lt/arch.h>

void arch_mmu_activate(paddr_t root, unsigned asid)
{
	i386_self()->root = root;
	write_cr(3, root);
}

unsigned arch_asid_bits(void)
{
	return 0;
}

/*
 * The clobber makes the compiler keep stores to PTEs before the flush; the CPU
 * itself keeps that order.
 */
void arch_tlb_page(unsigned asid, vaddr_t va)
{
	__asm__ volatile("invlpg (%0)" :: "r"(va) : "memory");
}

void arch_tlb_asid(unsigned asid)
{
	write_cr(3, read_cr(3));
}

/* A change of PGE drops all entries, also global ones (volume 3, 4.10.4.1). */
void arch_tlb_all(void)
{
	unsigned long cr4 = read_cr(4);

	write_cr(4, cr4 & ~(unsigned long)CR4_PGE);
	write_cr(4, cr4);
}

/*
 * Instruction fetch is coherent on this machine: after a store to code, any
 * jump is enough, also the iret that returns to user mode.
 */
void arch_icache_sync(void)
{
	__asm__ volatile("" ::: "memory");
}
