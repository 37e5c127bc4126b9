/* SPDX-License-Identifier: MIT */
/*
 * The parts of pages that are the same on every machine.  A port's
 * <arch/page.h> includes this header at its end.  Before that it has defined
 * PAGE_SHIFT, KSTACK_SHIFT and KSTACK_HOLE.  KERNEL_OFFSET comes from the
 * machine's row of arch/machines.tbl.
 */
#ifndef LT_PAGE_OPS_H
#define LT_PAGE_OPS_H

#include <lt/types.h>

#define PAGE_SIZE	(1ul << PAGE_SHIFT)
#define PAGE_MASK	(~(PAGE_SIZE - 1))
#define KSTACK_SIZE	(1ul << KSTACK_SHIFT)
/* pages of a kernel stack that have memory */
#define KSTACK_PAGES	((KSTACK_SIZE - KSTACK_HOLE) / PAGE_SIZE)

static inline void *phys_to_virt(paddr_t pa)
{
	return (void *)(unsigned long)(pa + KERNEL_OFFSET);
}

/*
 * Return the physical address of p, which lies in the direct map, and so not in
 * the vmap window.
 */
static inline paddr_t virt_to_phys(const volatile void *p)
{
	return (paddr_t)(unsigned long)p - KERNEL_OFFSET;
}

/* Clear or copy one page-aligned page in the direct map.  Context: any. */
void arch_clear_page(void *page);
void arch_copy_page(void *to, const void *from);

#endif
