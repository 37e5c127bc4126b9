/* SPDX-License-Identifier: MIT */
/*
 * Table roots and flushes (rows A12, C6).  TTBR1_EL1 has the kernel's root,
 * TTBR0_EL1 that of the address space, and its ASID.  A flush waits for earlier
 * stores to page tables first, as a walk may be anywhere in the tables, and its
 * effect begins with the second barrier.
 */
#include <arch/cache.h>
#include <arch/machine.h>
#include <lt/arch.h>

extern char boot_table[], empty_root[];		/* in boot.S */
void replace_root(paddr_t root);	/* likewise; a physical address */

/* of the lower half while no address space is loaded; changed by arch_init() */
static char *lower_root = boot_table;

/*
 * A walk may begin with the new root at once, so everything that this CPU has
 * stored is visible before: the tables themselves, and that this CPU uses the
 * space, which the next CPU that changes the tables reads.
 */
void arch_mmu_activate(paddr_t root, unsigned asid)
{
	void (*replace)(paddr_t) = (void *)virt_to_phys(replace_root);

	if (root == kernel_root) {
		if (read_sysreg(ttbr1_el1) != root)
			replace(root);
		root = virt_to_phys(lower_root);
	}
	__asm__ volatile("dsb ish" ::: "memory");
	write_sysreg(ttbr0_el1, root | (unsigned long)asid << TTBR_ASID_SHIFT);
	isb();
}

void mmu_forget_boot(void)
{
	lower_root = empty_root;
	arch_mmu_activate(kernel_root, 0);
	arch_tlb_all();
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

/*
 * tlbi rvae1, which older assemblers do not know, takes the page number in bits
 * 0 to 36, the size of pages in 46 and 47, and NUM (39 to 43) and SCALE (44 and
 * 45) for (NUM + 1) * 2^(5 * SCALE + 1) pages: 64 and 2,048 at most for the two
 * scales that are used here.
 */
bool arch_tlb_range(unsigned asid, vaddr_t va, unsigned long pages)
{
	unsigned long scale = pages > 64;
	unsigned long num = (pages - 1) >> (5 * scale + 1);

	if (!arm64_has_range || num > 31)
		return false;
	__asm__ volatile("dsb nshst\n\tsys #0, c8, c6, #1, %0\n\tdsb nsh\n\tisb"
			 :: "r"((unsigned long)asid << TTBR_ASID_SHIFT |
				1ul << 46 | scale << 44 | num << 39 |
				(va >> PAGE_SHIFT & 0x1ffffffffful))
			 : "memory");
	return true;
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

static void clean_line(unsigned long va)
{
	__asm__ volatile("dc cvau, %0" :: "r"(va) : "memory");
}

static void forget_line(unsigned long va)
{
	__asm__ volatile("ic ivau, %0" :: "r"(va) : "memory");
}

static void forget_code(void)
{
	__asm__ volatile("ic ialluis" ::: "memory");
}

static void wait_caches(void)
{
	__asm__ volatile("dsb ish" ::: "memory");
}

void arch_code_stored(const void *at, unsigned long n)
{
	code_stored_by(read_sysreg(ctr_el0), (unsigned long)at, n,
		       &(const struct cache_ops){ clean_line, forget_line,
						  forget_code, wait_caches });
}

/* The caches of all CPUs know: this CPU drops what it has fetched already. */
void arch_icache_sync(void)
{
	isb();
}
