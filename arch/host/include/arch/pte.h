/* SPDX-License-Identifier: MIT */
/*
 * Page-table entries of the host machine: the simplest codec, in two shapes (3
 * levels of 512 entries, or with HOST_TWO_LEVELS 2 of 1024), so that the walker
 * is tested on both.  The lowest byte contains MAP_R to MAP_GLOBAL unchanged;
 * MAP_DEVICE is not stored.
 */
#ifndef ARCH_PTE_H
#define ARCH_PTE_H

#include <lt/types.h>
#include <mm/prot.h>

#ifdef HOST_TWO_LEVELS
typedef struct { u32 v; } pte_t;
#define PT_LEVELS	2
#define PT_BITS		10
#define PT_SUPER(l)	((l) == 1)
#define PT_KERNEL_FIRST	768
#else
typedef struct { u64 v; } pte_t;
#define PT_LEVELS	3
#define PT_BITS		9
#define PT_SUPER(l)	1
#define PT_KERNEL_FIRST	256
#endif
#define PT_ENTRIES	(1 << PT_BITS)
#define PT_SHIFT(l)	(12 + PT_BITS * (l))

#define PTE_PROT	0x1f		/* MAP_RWX | MAP_USER | MAP_GLOBAL */
#define PTE_W		MAP_W
#define PTE_PRESENT	0x020
#define PTE_LEAF	0x040
#define PTE_A		0x080
#define PTE_D		0x100
#define PTE_COW		0x200		/* software: copy on write */
#define PTE_SPECIAL	0x400		/* software: frame is not counted */
#define PTE_SOFT	(PTE_COW | PTE_SPECIAL)
#define PTE_HIDE	PTE_PRESENT
#define PTE_PFN_SHIFT	12

static inline pte_t pte_leaf(pfn_t pfn, unsigned prot, unsigned long soft)
{
	pte_t p = { 0 };

	p.v = pfn << PTE_PFN_SHIFT | (prot & PTE_PROT) | soft | PTE_PRESENT |
		PTE_LEAF | PTE_A;
	if (prot & MAP_W)
		p.v |= PTE_D;
	return p;
}

static inline pte_t pte_leaf_at(unsigned level, pfn_t pfn, unsigned prot,
				unsigned long soft)
{
	return pte_leaf(pfn, prot, soft);
}

static inline pte_t pte_table(pfn_t pfn)
{
	pte_t p = { pfn << PTE_PFN_SHIFT | PTE_PRESENT };

	return p;
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
