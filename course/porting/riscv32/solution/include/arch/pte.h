/* SPDX-License-Identifier: MIT */
/*
 * Sv32 page-table entries: two levels of 1024 entries, a leaf allowed on both.
 * An entry is a leaf when R, W or X is set.  A leaf that permits no access has V
 * clear and G set, so the machine never uses it, but pte_present() is true.
 */
#ifndef ARCH_PTE_H
#define ARCH_PTE_H

#include <lt/types.h>
#include <mm/prot.h>

typedef struct { unsigned long v; } pte_t;

#define PT_LEVELS	2
#define PT_BITS		10
#define PT_ENTRIES	1024
#define PT_SHIFT(l)	(12 + 10 * (l))
#define PT_SUPER(l)	1
#define PT_KERNEL_FIRST	512

#define PTE_V		0x001ul
#define PTE_R		0x002ul
#define PTE_W		0x004ul
#define PTE_X		0x008ul
#define PTE_U		0x010ul
#define PTE_G		0x020ul
#define PTE_A		0x040ul
#define PTE_D		0x080ul
#define PTE_COW		0x100ul		/* software: copy on write */
#define PTE_SPECIAL	0x200ul		/* software: frame is not counted */
#define PTE_SOFT	(PTE_COW | PTE_SPECIAL)
#define PTE_HIDE	PTE_V		/* a table's entry cannot forbid stores */
#define PTE_PFN_SHIFT	10

/* W without R is reserved, so a writable page is readable. */
static inline pte_t pte_leaf(pfn_t pfn, unsigned prot, unsigned long soft)
{
	unsigned long v = pfn << PTE_PFN_SHIFT | soft | PTE_A;

	/* MAP_R, W, X, USER, GLOBAL are PTE_R, W, X, U, G shifted right by one */
	v |= (prot & (MAP_RWX | MAP_USER | MAP_GLOBAL)) << 1;
	if (prot & MAP_W)
		v |= PTE_R | PTE_D;
	return (pte_t){ v | (prot & MAP_RWX ? PTE_V : PTE_G) };
}

static inline pte_t pte_leaf_at(unsigned level, pfn_t pfn, unsigned prot,
				unsigned long soft)
{
	(void)level;
	return pte_leaf(pfn, prot, soft);
}

static inline pte_t pte_table(pfn_t pfn)
{
	return (pte_t){ pfn << PTE_PFN_SHIFT | PTE_V };
}

static inline pfn_t pte_pfn(pte_t p)
{
	return p.v >> PTE_PFN_SHIFT;
}

static inline unsigned pte_prot(pte_t p)
{
	unsigned prot = p.v >> 1 & MAP_RWX;

	if (p.v & PTE_U)
		prot |= MAP_USER;
	if ((p.v & (PTE_V | PTE_G)) == (PTE_V | PTE_G))
		prot |= MAP_GLOBAL;
	return prot;
}

static inline bool pte_present(pte_t p)
{
	return p.v & (PTE_V | PTE_G);
}

/* Context: p is present. */
static inline bool pte_is_leaf(pte_t p, unsigned level)
{
	(void)level;
	return p.v & (PTE_R | PTE_W | PTE_X | PTE_G);
}

#include <lt/pte_ops.h>

#endif
