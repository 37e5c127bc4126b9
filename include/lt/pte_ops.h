/* SPDX-License-Identifier: MIT */
/*
 * What is the same for page-table entries of every machine.  A port's
 * <arch/pte.h> ends by including this; before that it has defined pte_t, a
 * struct with one word `v`, and the bits PTE_A, PTE_D, PTE_W and PTE_SOFT.
 * Pure: tested on the host.
 */
#ifndef LT_PTE_OPS_H
#define LT_PTE_OPS_H

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

/* D stays: what was written is still to be written back. */
static inline pte_t pte_wrprotect(pte_t p)
{
	p.v &= ~(__typeof__(p.v))PTE_W;
	return p;
}

static inline pte_t pte_mksoft(pte_t p, unsigned long bits)
{
	p.v |= (__typeof__(p.v))bits;
	return p;
}

static inline pte_t pte_clsoft(pte_t p, unsigned long bits)
{
	p.v &= ~(__typeof__(p.v))bits;
	return p;
}

static inline pte_t pte_read(const pte_t *slot)
{
	return (pte_t){ __atomic_load_n(&slot->v, __ATOMIC_RELAXED) };
}

/* Release: pairs with the table walk, which sees the filled table. */
static inline void pte_write(pte_t *slot, pte_t p)
{
	__atomic_store_n(&slot->v, p.v, __ATOMIC_RELEASE);
}

static inline pte_t pte_xchg(pte_t *slot, pte_t p)
{
	return (pte_t){ __atomic_exchange_n(&slot->v, p.v, __ATOMIC_ACQ_REL) };
}

#endif
