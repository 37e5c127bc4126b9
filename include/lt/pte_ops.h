/* SPDX-License-Identifier: MIT */
/*
 * The parts of page-table entries that are the same on every machine.  A port's
 * <arch/pte.h> includes this header at its end.  Before that it has defined
 * pte_t, a struct with one word `v`, and the bits PTE_A, PTE_D, PTE_W, PTE_COW,
 * PTE_HIDE and PTE_SOFT.  A machine whose entries have a bit against stores
 * defines it as PTE_RO; then PTE_W is a software bit and its opposite.  A
 * machine whose software bits lie above the frame number defines PTE_VALUE_BITS,
 * the bits between.  A machine that may not see a valid entry replaced by one
 * of another frame or size defines PT_BREAK as 1.
 * Pure: tested on the host.
 */
#ifndef LT_PTE_OPS_H
#define LT_PTE_OPS_H

#ifndef PT_BREAK
#define PT_BREAK	0
#endif

static inline unsigned long pte_soft(pte_t p)
{
	return p.v & PTE_SOFT;
}

static inline bool pte_none(pte_t p)
{
	return p.v == 0;
}

static inline bool pte_dirty(pte_t p)
{
	return p.v & PTE_D;
}

static inline bool pte_accessed(pte_t p)
{
	return p.v & PTE_A;
}

static inline bool pte_writable(pte_t p)
{
	return p.v & PTE_W;
}

/*
 * Write-protect p.  The dirty bit stays: the page must still be written back.
 */
static inline pte_t pte_wrprotect(pte_t p)
{
	p.v &= ~(__typeof__(p.v))PTE_W;
#ifdef PTE_RO
	p.v |= PTE_RO;
#endif
	return p;
}

static inline pte_t pte_set_accessed(pte_t p)
{
	p.v |= PTE_A;
	return p;
}

static inline pte_t pte_set_soft(pte_t p, unsigned long bits)
{
	p.v |= (__typeof__(p.v))bits;
	return p;
}

static inline pte_t pte_clear_soft(pte_t p, unsigned long bits)
{
	p.v &= ~(__typeof__(p.v))bits;
	return p;
}

/* ---- software entries ---------------------------------------------------- */

/*
 * A software entry is neither empty nor present: the machine faults on it, and
 * its value tells the kernel where the page is.
 *
 *   | value                        | PTE_SPECIAL | kind | 000 |
 *                           PTE_PFN_SHIFT          4..3
 *
 * Bits 3 and 4 make no machine's entry present, writable, accessed or dirty.
 * PTE_SPECIAL says that no frame is counted.  So a table walk finds software
 * entries in its branch for uncounted frames, and needs no further test for all
 * other entries.
 */
enum pte_kind {
	PTE_KIND_SWAP = 1,	/* value: a slot of swap (topics/swap) */
	PTE_KIND_MARKER = 2,
};

#define PTE_KIND_SHIFT	3
#ifndef PTE_VALUE_BITS
#define PTE_VALUE_BITS	(8 * sizeof(pte_t) - PTE_PFN_SHIFT)
#endif

static inline pte_t pte_soft_entry(enum pte_kind kind, unsigned long value)
{
	return (pte_t){ (__typeof__(((pte_t *)0)->v))value << PTE_PFN_SHIFT |
			PTE_SPECIAL | (unsigned)kind << PTE_KIND_SHIFT };
}

static inline bool pte_is_soft_entry(pte_t p)
{
	return !pte_none(p) && !pte_present(p);
}

/*
 * pte_soft_kind(), pte_soft_value(): return the parts of a software entry.
 * Context: p is a software entry.
 */
static inline enum pte_kind pte_soft_kind(pte_t p)
{
	return p.v >> PTE_KIND_SHIFT & 3;
}

static inline unsigned long pte_soft_value(pte_t p)
{
	return p.v >> PTE_PFN_SHIFT &
		(__typeof__(p.v))~0ull >> (8 * sizeof(p.v) - PTE_VALUE_BITS);
}

/* ---- tables that are shared ---------------------------------------------- */

/*
 * Make the entry for a leaf table that several address spaces share
 * (topics/sharedtables): it permits no store.  If shown is false, or if an
 * upper entry of the machine cannot forbid only stores, the entry permits no
 * load either.
 */
static inline pte_t pte_shared_table(pfn_t pfn, bool shown)
{
	pte_t p = pte_set_soft(pte_wrprotect(pte_table(pfn)), PTE_COW);

	if (!shown)
		p.v &= ~(__typeof__(p.v))PTE_HIDE;
	return p;
}

/* For an entry above level 0: true if it is a superpage or a shared table. */
static inline bool pte_ends_walk(pte_t p, unsigned level)
{
	return pte_is_leaf(p, level) || p.v & PTE_COW;
}

static inline bool pte_shared(pte_t p)
{
	return p.v & PTE_COW && !pte_is_leaf(p, 1);
}

/* ---- slots --------------------------------------------------------------- */

static inline pte_t pte_read(const pte_t *slot)
{
	return (pte_t){ __atomic_load_n(&slot->v, __ATOMIC_RELAXED) };
}

/*
 * Store p with release order: a table walk that reads p then sees the filled
 * table.
 */
static inline void pte_write(pte_t *slot, pte_t p)
{
	__atomic_store_n(&slot->v, p.v, __ATOMIC_RELEASE);
}

/* Like pte_write(), but for an entry that publishes no other stores. */
static inline void pte_write_relaxed(pte_t *slot, pte_t p)
{
	*(volatile __typeof__(p.v) *)&slot->v = p.v;
}

static inline pte_t pte_xchg(pte_t *slot, pte_t p)
{
	return (pte_t){ __atomic_exchange_n(&slot->v, p.v, __ATOMIC_ACQ_REL) };
}

#endif
