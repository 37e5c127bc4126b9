/* SPDX-License-Identifier: MIT */
/*
 * i386 page-table entries without PAE (rows A4, C6): two levels of 1024
 * entries, 4 MiB leaves in the upper one.  The machine has no "execute" bit,
 * so MAP_X is kept in a software bit and everything readable can be executed.
 * A leaf that permits no access has P clear and G set: the machine does not use
 * such a leaf, but pte_present() is true for it.  Pure: tested on the host.
 */
#ifndef ARCH_PTE_H
#define ARCH_PTE_H

#include <lt/types.h>
#include <mm/prot.h>

typedef struct { u32 v; } pte_t;

#define PT_LEVELS	2
#define PT_BITS		10
#define PT_ENTRIES	1024
#define PT_SHIFT(l)	(12 + 10 * (l))
#define PT_SUPER(l)	((l) == 1)
#define PT_KERNEL_FIRST	768

#define PTE_P		0x001u
#define PTE_W		0x002u
#define PTE_U		0x004u
#define PTE_PWT		0x008u
#define PTE_PCD		0x010u
#define PTE_A		0x020u
#define PTE_D		0x040u
#define PTE_PS		0x080u		/* upper level: a 4 MiB leaf */
#define PTE_G		0x100u
#define PTE_COW		0x200u		/* software: copy on write */
#define PTE_SPECIAL	0x400u		/* software: frame is not counted */
#define PTE_X		0x800u		/* software: MAP_X */
#define PTE_SOFT	(PTE_COW | PTE_SPECIAL)
#define PTE_HIDE	0u		/* not needed: here an upper entry can
					   forbid stores alone */
#define PTE_PFN_SHIFT	12

/* A and D are set from the start, so a hardware walk need not write. */
static inline pte_t pte_leaf(pfn_t pfn, unsigned prot, unsigned long soft)
{
	u32 v = (u32)pfn << PTE_PFN_SHIFT | (u32)soft | PTE_A;

	if (prot & MAP_RWX)
		v |= PTE_P | (prot & MAP_GLOBAL ? PTE_G : 0);
	else
		v |= PTE_G;
	if (prot & MAP_W)
		v |= PTE_W | PTE_D;
	if (prot & MAP_X)
		v |= PTE_X;
	if (prot & MAP_USER)
		v |= PTE_U;
	if (prot & MAP_DEVICE)
		v |= PTE_PCD | PTE_PWT;
	return (pte_t){ v };
}

static inline pte_t pte_leaf_at(unsigned level, pfn_t pfn, unsigned prot,
				unsigned long soft)
{
	pte_t p = pte_leaf(pfn, prot, soft);

	if (level > 0)
		p.v |= PTE_PS;
	return p;
}

/* The leaf alone decides the permissions. */
static inline pte_t pte_table(pfn_t pfn)
{
	return (pte_t){ (u32)pfn << PTE_PFN_SHIFT | PTE_P | PTE_W | PTE_U };
}

static inline pfn_t pte_pfn(pte_t p)
{
	return p.v >> PTE_PFN_SHIFT;
}

static inline unsigned pte_prot(pte_t p)
{
	unsigned prot = 0;

	if (p.v & PTE_P)
		prot |= MAP_R | (p.v & PTE_G ? MAP_GLOBAL : 0);
	if (p.v & PTE_W)
		prot |= MAP_W;
	if (p.v & PTE_X)
		prot |= MAP_X;
	if (p.v & PTE_U)
		prot |= MAP_USER;
	if (p.v & PTE_PCD)
		prot |= MAP_DEVICE;
	return prot;
}

static inline bool pte_present(pte_t p)
{
	return p.v & (PTE_P | PTE_G);
}

/* Context: p is present. */
static inline bool pte_is_leaf(pte_t p, unsigned level)
{
	return level == 0 || (p.v & PTE_PS);
}

#include <lt/pte_ops.h>

#endif
