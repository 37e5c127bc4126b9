/* SPDX-License-Identifier: MIT */
/*
 * The generic page-table walker (rows A4, A5) over the port's PTE codec.
 */
#ifndef MM_TABLES_PT_H
#define MM_TABLES_PT_H

#include <arch/page.h>
#include <arch/pte.h>
#include <kernel/debug/tlb_check.h>
#include <lt/atomic.h>
#include <lt/list.h>
#include <lt/types.h>

/* Create a root with the kernel half filled in.  Return: 0: no memory. */
paddr_t pt_root_create(void);
/*
 * Free the root and all tables of the user half.
 * Context: nothing is mapped in the user half any more, and no CPU has the root
 * loaded.
 */
void pt_root_destroy(paddr_t root);

/* Count the tables of root in *counter from now on; NULL: do not count. */
void pt_root_count(paddr_t root, atomic_t *counter);

/*
 * Purpose of a walk: to read entries, or to change them.  PT_MAKE also
 * allocates missing tables.
 */
enum pt_walk_for { PT_READ, PT_MAKE, PT_CHANGE };

/*
 * Find the slot of the entry for va at *level.  The walk ends early at a
 * superpage leaf above that level.  A walk that is not PT_READ also ends early
 * at a table shared with other spaces (pte_shared()); to avoid that, call
 * vm_own() first.
 * Context: PT_READ in a space: [pt_lock], as shared tables may be freed.
 * Return: the slot at which the walk ended, with *level set to its level.
 * NULL: a table is missing (PT_MAKE: no memory), and *level is the level of the
 * empty entry.
 */
pte_t *pt_walk(paddr_t root, vaddr_t va, unsigned *level, unsigned for_what);

/*
 * Inline version for a change of a page's entry, for the usual case that no
 * table is missing.
 * Return: the slot at level 0; NULL: use pt_walk().
 */
static inline pte_t *pt_slot(paddr_t root, vaddr_t va)
{
	pte_t *table = phys_to_virt(root);

#pragma GCC unroll 4
	for (unsigned l = PT_LEVELS - 1; l > 0; l--) {
		pte_t e = pte_read(&table[va >> PT_SHIFT(l) &
					  (PT_ENTRIES - 1)]);

		if (unlikely(pte_none(e) || pte_ends_walk(e, l)))
			return NULL;
		table = phys_to_virt((paddr_t)pte_pfn(e) << PAGE_SHIFT);
	}
	return &table[va >> PAGE_SHIFT & (PT_ENTRIES - 1)];
}

/*
 * Map [va, va + len) to pa with prot, using superpages where alignment allows.
 * A page that is already mapped is a bug, and causes a panic (the deck's
 * "remap").
 * Return: 0; -ENOMEM: the caller unmaps the part mapped so far.
 */
int pt_map(paddr_t root, vaddr_t va, paddr_t pa, unsigned long len,
	   unsigned prot);

/*
 * Call fn on every present leaf in [va, end), with the address where the leaf
 * begins: that of a superpage may lie before va.
 */
void pt_each(paddr_t root, vaddr_t va, vaddr_t end,
	     void (*fn)(void *arg, vaddr_t va, unsigned level, pte_t *pte),
	     void *arg);

/* Bytes that one leaf table maps: also the size of the smallest superpage. */
#define PT_LEAF_SPAN	(1ul << PT_SHIFT(1))

/*
 * The first part of a range: entries of one leaf table, a superpage, a shared
 * leaf table (pte_shared()), or a hole.
 */
struct pt_run {
	pte_t *slot;		/* first entry; NULL: a hole */
	unsigned level;		/* level of slot; 0: entries of a leaf table */
	unsigned long span;	/* bytes that the table or superpage maps */
	unsigned long len;	/* bytes of span that lie in the range */
};

/* Return: the run at the start of [va, end); loops advance by its len. */
static inline struct pt_run pt_run_at(paddr_t root, vaddr_t va, vaddr_t end)
{
	struct pt_run r;

	r.level = 0;
	r.slot = pt_walk(root, va, &r.level, PT_CHANGE);
	r.span = 1ul << PT_SHIFT(r.level ? r.level : 1);
	r.len = min(r.span - (va & (r.span - 1)), end - va);
	return r;
}

/*
 * Operations on superpage leaves and shared tables, in slots above level 0.
 * pt_super_set() enters one in an empty slot, and pt_super_clear() removes one.
 * pt_table_set() replaces one by a filled table, and calls flush(arg) while the
 * slot is empty.
 * Context: pt_super_clear(), pt_table_set(): [pt_lock of the space].
 * Return: pt_super_set(): false: the slot is not empty.
 */
bool pt_super_set(pte_t *slot, pte_t leaf);
void pt_super_clear(pte_t *slot);
struct page;
void pt_table_set(pte_t *slot, struct page *table, void (*flush)(void *),
		  void *arg);

/*
 * Free the leaf tables that lie completely in [start, end), and tables above
 * them that become empty.  If any table is freed, forget(arg) is called once,
 * after all have left the tree and before one can be used again.  forget() must
 * make every CPU drop the entries of the tree that the CPU has cached.  forget
 * may be NULL if no CPU has the root loaded.
 * Context: no page in the range is mapped.
 */
void pt_free_range(paddr_t root, vaddr_t start, vaddr_t end,
		   void (*forget)(void *), void *arg);

/*
 * Reserve n tables, so that walks of root that make up to n tables cannot fail
 * until pt_unreserve().
 * Context: nobody else makes tables below root meanwhile.
 * Return: false: no memory.
 */
bool pt_reserve(paddr_t root, struct list *reserve, unsigned n);
void pt_unreserve(paddr_t root, struct list *reserve);

/*
 * pt_table_alloc() allocates a table of zeros; pt_table_free() frees a table
 * that is all zeros again.
 * Return: NULL: no memory.
 */
struct page *pt_table_alloc(void);
void pt_table_free(struct page *p);

/*
 * Return: the number of zeroed tables kept for reuse; pt_shrink() frees them.
 */
unsigned long pt_spare_tables(void);
unsigned long pt_shrink(void);

#endif
