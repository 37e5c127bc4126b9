/* SPDX-License-Identifier: MIT */
/*
 * VMSAv8-64 descriptors with 4 KiB pages and 39-bit addresses (rows A4, C6):
 * three levels of 512 entries, a leaf allowed on each.  The manual (Arm
 * Architecture Reference Manual, DDI 0487, D8.3) counts levels from the root,
 * so level 0 here is its level 3.
 *
 * The two lowest bits say what an entry is:
 *
 *              level 0         above
 *   00         nothing, or a software entry
 *   01         (reserved)      leaf
 *   10         leaf without any permission: the machine sees nothing
 *   11         leaf            table
 *
 * The hardware neither sets accessed nor dirty.  Pure: tested on the host.
 */
#ifndef ARCH_PTE_H
#define ARCH_PTE_H

#include <lt/types.h>
#include <mm/prot.h>

typedef struct { unsigned long v; } pte_t;

#define PT_LEVELS	3
#define PT_BITS		9
#define PT_ENTRIES	512
#define PT_SHIFT(l)	(12 + 9 * (l))
#define PT_SUPER(l)	1
#define PT_KERNEL_FIRST	PT_ENTRIES	/* the kernel has a root of its own */

/* D8.3.1: what the entry is. */
#define PTE_V		0x001ul
#define PTE_T		0x002ul		/* with V: a table, or a leaf of
					   level 0; alone: no access */
#define PTE_KIND	(PTE_V | PTE_T)
/* D8.3.2: attributes of leaves. */
#define PTE_DEVICE	0x004ul		/* attribute 1 of MAIR_EL1 */
#define PTE_USER	0x040ul		/* AP[1]: EL0 may access */
#define PTE_SHARED	(3ul << 8)	/* SH: inner shareable */
#define PTE_A		0x400ul		/* AF: accessed */
#define PTE_NG		0x800ul		/* of one ASID */
#define PTE_PXN		0x0020000000000000ul	/* EL1 may not execute */
#define PTE_UXN		0x0040000000000000ul	/* EL0 may not execute */
/*
 * Read only: AP[2] of a leaf (bit 7), APTable[1] of a table (bit 62).  Each
 * kind of entry ignores the bit of the other, so pte_wrprotect() sets both.
 */
#define PTE_RO		(1ul << 7 | 1ul << 62)
#define PTE_D		0x0080000000000000ul	/* software: dirty */
#define PTE_SPECIAL	0x0100000000000000ul	/* software: not counted */
#define PTE_COW		0x0200000000000000ul	/* software: copy on write */
#define PTE_W		0x0400000000000000ul	/* software: not PTE_RO */
#define PTE_SOFT	(PTE_COW | PTE_SPECIAL)
#define PTE_HIDE	0ul		/* APTable forbids stores only */
#define PTE_PFN_SHIFT	12
#define PTE_PFN_MASK	0xffffffffful	/* 36 bits: D8.2, 48-bit addresses */
#define PTE_VALUE_BITS	43
#define PT_BREAK	1		/* D8.16.1 */

static inline pte_t pte_leaf_at(unsigned level, pfn_t pfn, unsigned prot,
				unsigned long soft)
{
	unsigned long v = pfn << PTE_PFN_SHIFT | soft | PTE_SHARED | PTE_A;

	if (!(prot & MAP_RWX))
		v |= PTE_T;
	else
		v |= level ? PTE_V : PTE_V | PTE_T;
	v |= prot & MAP_W ? PTE_W | PTE_D : PTE_RO;
	/* what one side may execute, the other may not */
	v |= prot & MAP_USER ? PTE_USER | PTE_PXN : PTE_UXN;
	if (!(prot & MAP_X))
		v |= PTE_PXN | PTE_UXN;
	if (!(prot & MAP_GLOBAL))
		v |= PTE_NG;
	if (prot & MAP_DEVICE)
		v |= PTE_DEVICE;
	return (pte_t){ v };
}

static inline pte_t pte_leaf(pfn_t pfn, unsigned prot, unsigned long soft)
{
	return pte_leaf_at(0, pfn, prot, soft);
}

static inline pte_t pte_table(pfn_t pfn)
{
	return (pte_t){ pfn << PTE_PFN_SHIFT | PTE_KIND };
}

static inline pfn_t pte_pfn(pte_t p)
{
	return p.v >> PTE_PFN_SHIFT & PTE_PFN_MASK;
}

static inline unsigned pte_prot(pte_t p)
{
	unsigned prot = p.v & PTE_USER ? MAP_USER : 0;

	if (!(p.v & PTE_V))
		return prot;
	prot |= MAP_R;
	if (p.v & PTE_W)
		prot |= MAP_W;
	if ((p.v & (PTE_PXN | PTE_UXN)) != (PTE_PXN | PTE_UXN))
		prot |= MAP_X;
	if (!(p.v & PTE_NG))
		prot |= MAP_GLOBAL;
	return prot;
}

static inline bool pte_present(pte_t p)
{
	return p.v & PTE_KIND;
}

/* Context: p is present. */
static inline bool pte_is_leaf(pte_t p, unsigned level)
{
	return !level || (p.v & PTE_KIND) != PTE_KIND;
}

#include <lt/pte_ops.h>

#endif
