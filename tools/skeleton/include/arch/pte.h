/* SPDX-License-Identifier: MIT */
/*
 * Page-table entries in a form that no machine walks: MAP_R to MAP_GLOBAL
 * unchanged in the lowest bits, the frame number from bit 12.  The port
 * replaces them by its machine's codec.
 */
#ifndef ARCH_PTE_H
#define ARCH_PTE_H

#include <lt/types.h>
#include <mm/prot.h>

typedef struct { unsigned long v; } pte_t;

#define PT_LEVELS	@levels@
#define PT_BITS		@index@
#define PT_ENTRIES	(1 << PT_BITS)
#define PT_SHIFT(l)	(12 + PT_BITS * (l))
#define PT_SUPER(l)	1
#define PT_KERNEL_FIRST	@kernel_first@

#define PTE_PROT	0x01ful		/* MAP_RWX | MAP_USER | MAP_GLOBAL */
#define PTE_W		((unsigned long)MAP_W)
#define PTE_PRESENT	0x020ul
#define PTE_LEAF	0x040ul
#define PTE_A		0x080ul
#define PTE_D		0x100ul
#define PTE_COW		0x200ul		/* software: copy on write */
#define PTE_SPECIAL	0x400ul		/* software: frame is not counted */
#define PTE_SOFT	(PTE_COW | PTE_SPECIAL)
#define PTE_HIDE	PTE_PRESENT	/* 0 if a table's entry can forbid stores */
#define PTE_PFN_SHIFT	12

static inline pte_t pte_leaf(pfn_t pfn, unsigned prot, unsigned long soft)
{
	unsigned long v = pfn << PTE_PFN_SHIFT | (prot & PTE_PROT) | soft |
		PTE_PRESENT | PTE_LEAF | PTE_A;

	return (pte_t){ prot & MAP_W ? v | PTE_D : v };
}

static inline pte_t pte_leaf_at(unsigned level, pfn_t pfn, unsigned prot,
				unsigned long soft)
{
	return pte_leaf(pfn, prot, soft);
}

static inline pte_t pte_table(pfn_t pfn)
{
	return (pte_t){ pfn << PTE_PFN_SHIFT | PTE_PRESENT };
}

static inline pfn_t pte_pfn(pte_t p)
{
	return p.v >> PTE_PFN_SHIFT;
}

static inline unsigned pte_prot(pte_t p)
{
	return p.v & PTE_PROT;
}

static inline bool pte_present(pte_t p)
{
	return p.v & PTE_PRESENT;
}

static inline bool pte_is_leaf(pte_t p, unsigned level)
{
	return p.v & PTE_LEAF;
}

#include <lt/pte_ops.h>

#endif
