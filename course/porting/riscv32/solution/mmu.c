/* SPDX-License-Identifier: MIT */
/*
 * satp and fences.  sfence.vma orders earlier stores to page tables before the
 * walks that follow it, so no other barrier is needed.
 */
#include <lib/mem.h>
#include <lt/arch.h>

void arch_mmu_activate(paddr_t root, unsigned asid)
{
	csr_write(satp, SATP_SV32 | (unsigned long)asid << SATP_ASID_SHIFT |
		  (unsigned long)(root >> PAGE_SHIFT));
}

/* Write ones to the ASID field, and count the bits that are implemented. */
unsigned arch_asid_bits(void)
{
	static unsigned bits = ~0u;
	unsigned long satp, field, flags;

	if (bits != ~0u)
		return bits;
	flags = arch_irq_save();
	satp = csr_read(satp);
	csr_write(satp, satp | ((1ul << SATP_ASID_BITS) - 1) << SATP_ASID_SHIFT);
	field = csr_read(satp) >> SATP_ASID_SHIFT;
	csr_write(satp, satp);
	arch_tlb_all();
	arch_irq_restore(flags);
	for (bits = 0; bits < SATP_ASID_BITS && field & 1; field >>= 1)
		bits++;
	return bits;
}

void arch_tlb_page(unsigned asid, vaddr_t va)
{
	__asm__ volatile("sfence.vma %0, %1" :: "r"(va), "r"(asid) : "memory");
}

void arch_tlb_asid(unsigned asid)
{
	__asm__ volatile("sfence.vma zero, %0" :: "r"(asid) : "memory");
}

void arch_tlb_all(void)
{
	__asm__ volatile("sfence.vma" ::: "memory");
}

void arch_icache_sync(void)
{
	__asm__ volatile("fence.i" ::: "memory");
}

void arch_clear_page(void *page)
{
	memset(page, 0, PAGE_SIZE);
}

void arch_copy_page(void *to, const void *from)
{
	memcpy(to, from, PAGE_SIZE);
}
