/* SPDX-License-Identifier: MIT */
/*
 * Table roots and flushes (rows A12, C6).  TTBR1_EL1 has the kernel's root,
 * TTBR0_EL1 that of the address space, and its ASID.  A flush waits for earlier
 * stores to page tables first, as a walk may be anywhere in the tables, and its
 * effect begins with the second barrier.
 */
#include <lt/arch.h>

extern char empty_root[];		/* in boot.S */

void arch_mmu_activate(paddr_t root, unsigned asid)
{
	if (root == kernel_root) {
		write_sysreg(ttbr1_el1, root);
		root = virt_to_phys(empty_root);
	}
	write_sysreg(ttbr0_el1, root | (unsigned long)asid << TTBR_ASID_SHIFT);
	isb();
}

unsigned arch_asid_bits(void)
{
	return read_sysreg(id_aa64mmfr0_el1) >> MMFR0_ASIDBITS_SHIFT & 0xf ?
		16 : 8;
}

/* tlbi takes the page number in bits 0 to 43 and the ASID in bits 48 to 63. */
void arch_tlb_page(unsigned asid, vaddr_t va)
{
	__asm__ volatile("dsb nshst\n\ttlbi vae1, %0\n\tdsb nsh\n\tisb"
			 :: "r"((unsigned long)asid << TTBR_ASID_SHIFT |
				(va >> PAGE_SHIFT & 0xffffffffffful))
			 : "memory");
}

void arch_tlb_asid(unsigned asid)
{
	__asm__ volatile("dsb nshst\n\ttlbi aside1, %0\n\tdsb nsh\n\tisb"
			 :: "r"((unsigned long)asid << TTBR_ASID_SHIFT)
			 : "memory");
}

void arch_tlb_all(void)
{
	__asm__ volatile("dsb nshst\n\ttlbi vmalle1\n\tdsb nsh\n\tisb"
			 ::: "memory");
}

/*
 * The instruction cache forgets.  That is enough where a fetch sees the data
 * caches (CTR_EL0.IDC), as on emulators; on other CPUs the stores would have to
 * be cleaned to there by address, which no caller says (docs/roadmap.md).
 */
void arch_icache_sync(void)
{
	__asm__ volatile("dsb ish\n\tic iallu\n\tdsb nsh\n\tisb" ::: "memory");
}
