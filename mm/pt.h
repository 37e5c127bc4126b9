/* SPDX-License-Identifier: MIT */
/*
 * The generic page-table walker (rows A4, A5) over the port's PTE codec.
 */
#ifndef MM_PT_H
#define MM_PT_H

#include <arch/pte.h>
#include <kernel/tlb_check.h>
#include <lt/atomic.h>
#include <lt/list.h>
#include <lt/types.h>

/* A new root with the kernel half filled in.  => 0: no memory */
paddr_t pt_root_create(void);
/* Free the root and all tables of the user half (their leaves are gone). */
void pt_root_destroy(paddr_t root);

/* Count the tables made and freed below root in *counter (NULL: do not). */
void pt_root_count(paddr_t root, atomic_t *counter);

/*
 * The PTE slot for va at `level`; tables above are allocated when `create`.
 * A superpage leaf above that level ends the walk: *level is set to where.
 * => NULL: no table there, *level tells of which level the empty entry is
 * (create: no memory)
 */
pte_t *pt_walk(paddr_t root, vaddr_t va, unsigned *level, bool create);

/*
 * Map [va, va + len) to pa with prot, superpages wherever aligned.  A page
 * mapped already is a bug: panic (the deck's "remap").
 * => 0 or -ENOMEM, nothing undone (caller unmaps)
 */
int pt_map(paddr_t root, vaddr_t va, paddr_t pa, unsigned long len,
	   unsigned prot);

/* Call fn on every present leaf in [va, end). */
void pt_each(paddr_t root, vaddr_t va, vaddr_t end,
	     void (*fn)(void *arg, vaddr_t va, unsigned level, pte_t *pte),
	     void *arg);

/* What one leaf table maps, bytes: also the size of the lowest superpage. */
#define PT_LEAF_SPAN	(1ul << PT_SHIFT(1))

/* What a range begins with: entries of one leaf table, a superpage, a hole. */
struct pt_run {
	pte_t *slot;		/* its first entry; NULL: a hole */
	unsigned level;		/* of the slot: above 0 it is a superpage */
	unsigned long span;	/* bytes the whole of it covers */
	unsigned long len;	/* those of them in the range */
};

/* => the run that [va, end) begins with; for loops that go on by its len */
static inline struct pt_run pt_run_at(paddr_t root, vaddr_t va, vaddr_t end)
{
	struct pt_run r = { .level = 0 };

	r.slot = pt_walk(root, va, &r.level, false);
	r.span = 1ul << PT_SHIFT(r.level ? r.level : 1);
	r.len = min(r.span - (va & (r.span - 1)), end - va);
	return r;
}

/*
 * Put a superpage leaf into a slot above level 0 (=> false: it is not empty);
 * take it out; put a filled table in its place, calling flush in between.
 */
bool pt_super_set(pte_t *slot, pte_t leaf);
void pt_super_clear(pte_t *slot);
struct page;
void pt_super_split(pte_t *slot, struct page *table, void (*flush)(void *),
		    void *arg);

/*
 * Free the leaf tables all of whose addresses lie in [start, end), and the
 * tables above that hold nothing more.  If there are any, forget(arg) is
 * called once, when they are out of the tree and before anyone else can have
 * them: it sees that no CPU goes through what it remembers of the tree.
 * => no page in there is mapped; forget NULL: no CPU has the root loaded
 */
void pt_free_range(paddr_t root, vaddr_t start, vaddr_t end,
		   void (*forget)(void *), void *arg);

/*
 * Set n tables aside, so that walks of root that make tables cannot fail,
 * until pt_unreserve.  => nobody else makes tables there; false: no memory
 */
bool pt_reserve(paddr_t root, struct list *reserve, unsigned n);
void pt_unreserve(paddr_t root, struct list *reserve);

/* Zeroed tables kept for reuse; give them back.  => how many there were */
unsigned long pt_spare_tables(void);
unsigned long pt_shrink(void);

#endif
