/* SPDX-License-Identifier: MIT */
/*
 * What is the same for pages of every machine.  A port's <arch/page.h> ends
 * by including this; before that it has defined PAGE_SHIFT, KSTACK_SHIFT,
 * KSTACK_HOLE and KERNEL_OFFSET.
 */
#ifndef LT_PAGE_OPS_H
#define LT_PAGE_OPS_H

#include <lt/types.h>

#define PAGE_SIZE	(1ul << PAGE_SHIFT)
#define PAGE_MASK	(~(PAGE_SIZE - 1))
#define KSTACK_SIZE	(1ul << KSTACK_SHIFT)
#define KSTACK_PAGES	((KSTACK_SIZE - KSTACK_HOLE) / PAGE_SIZE) /* with memory */

static inline void *phys_to_virt(paddr_t pa)
{
	return (void *)(unsigned long)(pa + KERNEL_OFFSET);
}

/* p: an address in the direct map, so not one of the vmap window. */
static inline paddr_t virt_to_phys(const volatile void *p)
{
	return (paddr_t)(unsigned long)p - KERNEL_OFFSET;
}

/* One page, page aligned, in the direct map.  Context: any. */
void arch_clear_page(void *page);
void arch_copy_page(void *to, const void *from);

#endif
