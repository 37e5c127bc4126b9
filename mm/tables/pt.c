/* SPDX-License-Identifier: MIT */
/*
 * The page-table walker (lecture rows A4 and A5 of docs/coverage.md), written
 * once over the port's PTE codec.  Levels count from the leaves (0) to the root
 * (PT_LEVELS - 1); with three of them:
 *
 *   va   | index 2 | index 1 | index 0 |   offset   |
 *             |         |         |            |
 *   root      |         |         |            |
 *   +-----+   |         |         |            |
 *   |     |   |  table  |         |            |
 *   | PTE |<--+ +-----+ |  table  |   frame    |
 *   |   --+---->| PTE |<+ +-----+ |   +-----+  |
 *   |     |     |   --+-->| PTE |<+   |byte |<-+
 *   +-----+     +-----+   |   --+---->|     |
 *    level 2    level 1   +-----+     +-----+
 *                         level 0
 *
 * A leaf above level 0 is a superpage, and the walk ends at it.
 *
 * Invariants: a table above level 0 has a counter of its entries that are not
 * empty, whether they lead to tables or are superpages.  Whoever fills or clears
 * such an entry changes the counter (used_entries()); at 0 the table can go.
 * The root of a program does not count the kernel's half, which is copied into
 * it.  A table on the list of spare tables, and the user half of a spare root,
 * is all zeros, so that reuse needs no clearing.
 */
#include <kernel/lock/lock.h>
#include <lib/mem.h>
#include <lt/bug.h>
#include "kmap.h"
#include <mm/frames/page.h>
#include "pt.h"
#include <uapi/errno.h>

#define SPARE_MAX	128	/* zeroed tables kept for reuse */
#define SPARE_ROOTS	16

/*
 * Guards the two lists below.  Also held to fill a slot above level 0 with a
 * table or a superpage, so that the caller of a walk that makes tables needs no
 * lock.
 */
static struct spinlock pt_lock = SPIN_INIT("tables", IPL_SOFT);
static struct list spare = LIST_INIT(spare);		/* [pt_lock] */
static struct list spare_roots = LIST_INIT(spare_roots); /* [pt_lock] */
static unsigned nr_spare, nr_spare_roots;		/* [pt_lock] */

/* Return: the index of the entry for va in a table at `level`. */
static inline unsigned index_at(vaddr_t va, unsigned level)
{
	/* lab walk: begin */
	return va >> PT_SHIFT(level) & (PT_ENTRIES - 1);
	/* lab walk: end, else return 0; */
}

static inline pte_t *pt_table_of(paddr_t table)
{
	return phys_to_virt(table);
}

static inline paddr_t entry_table(pte_t p)
{
	return (paddr_t)pte_pfn(p) << PAGE_SHIFT;
}

/*
 * Indexes of two words in the record of a root's frame (page->private).
 * ROOT_COUNTER: the address of the counter of the root's tables.  ROOT_RESERVE:
 * the address of the list of tables reserved for the root (pt_reserve()).  A
 * word is 0 if there is none.
 */
enum { ROOT_COUNTER, ROOT_RESERVE };

static unsigned long *root_word(paddr_t root, unsigned i)
{
	return &pfn_page(root >> PAGE_SHIFT)->private[i];
}

static void pt_count_tables(paddr_t root, int n)
{
	atomic_t *counter = (atomic_t *)*root_word(root, ROOT_COUNTER);

	if (counter)
		atomic_add(counter, n);
}

void pt_root_count(paddr_t root, atomic_t *counter)
{
	*root_word(root, ROOT_COUNTER) = (unsigned long)counter;
}

static struct page *pop_spare(struct list *from, unsigned *count)
{
	struct page *p = NULL;

	spin_lock(&pt_lock);
	if (*count) {
		p = list_first(from, struct page, link);
		list_remove(&p->link);
		--*count;
	}
	spin_unlock(&pt_lock);
	return p;
}

/* Return: false: the list is full. */
static bool push_spare(struct list *to, unsigned *count, unsigned max,
		       struct page *p)
{
	bool kept;

	spin_lock(&pt_lock);
	kept = *count < max;
	if (kept) {
		if (unlikely(p->order))
			page_owners->uncharge(p);
		list_push(to, &p->link);
		++*count;
	}
	spin_unlock(&pt_lock);
	return kept;
}

struct page *pt_table_alloc(void)
{
	struct page *p;

	if (fault_inject())
		return NULL;
	p = pop_spare(&spare, &nr_spare);
	return p ? page_charge(p) : page_alloc_zero(PAGE_TABLE);
}

/* Context: p is all zeros again, and no CPU walks it. */
void pt_table_free(struct page *p)
{
	tlbcheck_table_free(p, TLBCHECK_CALLER);
	if (!push_spare(&spare, &nr_spare, SPARE_MAX, p))
		page_put(p);
}

/* Take a table for the tree of `root`, from its reserve if there is one. */
static struct page *table_for(paddr_t root)
{
	struct list *reserve = (struct list *)*root_word(root, ROOT_RESERVE);
	struct page *p;

	if (likely(!reserve))
		return pt_table_alloc();
	ASSERT(!list_empty(reserve));
	p = list_first(reserve, struct page, link);
	list_remove(&p->link);
	return p;
}

bool pt_reserve(paddr_t root, struct list *reserve, unsigned n)
{
	list_init(reserve);
	while (n--) {
		struct page *p = pt_table_alloc();

		if (!p) {
			pt_unreserve(root, reserve);
			return false;
		}
		list_push(reserve, &p->link);
	}
	*root_word(root, ROOT_RESERVE) = (unsigned long)reserve;
	return true;
}

void pt_unreserve(paddr_t root, struct list *reserve)
{
	struct page *p, *tmp;

	*root_word(root, ROOT_RESERVE) = 0;
	list_for_each_safe(p, tmp, reserve, link) {
		list_remove(&p->link);
		pt_table_free(p);
	}
}

unsigned long pt_spare_tables(void)
{
	return nr_spare + nr_spare_roots;
}

unsigned long pt_shrink(void)
{
	unsigned long n = 0;
	struct page *p;

	while ((p = pop_spare(&spare, &nr_spare)) ||
	       (p = pop_spare(&spare_roots, &nr_spare_roots))) {
		page_put(p);
		n++;
	}
	return n;
}

/* A spare root still has its kernel half, which never changes after boot. */
paddr_t pt_root_create(void)
{
	struct page *p;

	if (fault_inject())
		return 0;
	p = page_charge(pop_spare(&spare_roots, &nr_spare_roots));
	if (!p) {
		p = pt_table_alloc();
		if (!p)
			return 0;
		memcpy((pte_t *)page_virt(p) + PT_KERNEL_FIRST,
		       pt_table_of(kernel_root) + PT_KERNEL_FIRST,
		       (PT_ENTRIES - PT_KERNEL_FIRST) * sizeof(pte_t));
	}
	p->private[ROOT_COUNTER] = p->private[ROOT_RESERVE] = 0;
	tlbcheck_root(page_phys(p));
	return page_phys(p);
}

/*
 * Return: the counter of the table that contains `slot`, which is above level 0
 * (see the invariants).  It is the mapcount of the table's frame.
 */
static inline atomic_t *used_entries(const pte_t *slot)
{
	return &virt_page(slot)->mapcount;
}

/* Fill an empty slot above level 0.  Return: false: another task was first. */
static bool fill_slot(pte_t *slot, pte_t e)
{
	/* lab walk: begin */
	bool mine;

	spin_lock(&pt_lock);
	mine = pte_none(pte_read(slot));
	if (mine) {
		atomic_add(used_entries(slot), 1);
		pte_write(slot, e);
	}
	spin_unlock(&pt_lock);
	return mine;
	/* lab walk: end, else return false; */
}

bool pt_super_set(pte_t *slot, pte_t leaf)
{
	return fill_slot(slot, leaf);
}

void pt_table_set(pte_t *slot, struct page *table, void (*flush)(void *),
		  void *arg)
{
	/*
	 * Clear, flush, then set: a TLB must never have entries of two sizes
	 * for one address.
	 */
	spin_lock(&pt_lock);
	pte_write(slot, (pte_t){ 0 });
	flush(arg);
	pte_write(slot, pte_table(page_pfn(table)));
	spin_unlock(&pt_lock);
}

void pt_super_clear(pte_t *slot)
{
	pte_write(slot, (pte_t){ 0 });
	atomic_add(used_entries(slot), -1);
}

/* Take an empty table out of its slot.  Return: the table. */
static struct page *pt_unhook(paddr_t root, pte_t *slot)
{
	pte_t e = pte_read(slot);

	pte_write(slot, (pte_t){ 0 });
	atomic_add(used_entries(slot), -1);
	pt_count_tables(root, -1);
	return pfn_page(pte_pfn(e));
}

/* Free the tables in n slots of level `level`, and all tables below them. */
static void free_tables(paddr_t root, pte_t *slot, unsigned n, unsigned level)
{
	const atomic_t *used = used_entries(slot);

	for (pte_t *end = slot + n; slot < end && atomic_read(used); slot++) {
		pte_t e = pte_read(slot);

		if (pte_none(e))
			continue;
		ASSERT(pte_present(e) && !pte_ends_walk(e, level));
		if (level > 1)
			free_tables(root, pt_table_of(entry_table(e)),
				    PT_ENTRIES, level - 1);
		pt_table_free(pt_unhook(root, slot));
	}
}

void pt_root_destroy(paddr_t root)
{
	struct page *p = pfn_page(root >> PAGE_SHIFT);

	free_tables(root, pt_table_of(root), PT_KERNEL_FIRST, PT_LEVELS - 1);
	tlbcheck_root_free(root, TLBCHECK_CALLER);
	if (!push_spare(&spare_roots, &nr_spare_roots, SPARE_ROOTS, p))
		page_put(p);
}

/*
 * Put a new table into an empty slot.  Two threads that fault in the same
 * region may both get here: the later one uses the other's table, and frees its
 * own, which is still all zeros.
 * Return: the entry in the slot now; 0: no memory.
 */
static pte_t make_table(paddr_t root, pte_t *slot)
{
	/* lab walk: begin */
	struct page *p = table_for(root);
	pte_t e;

	if (!p)
		return (pte_t){ 0 };
	e = pte_table(page_pfn(p));
	if (fill_slot(slot, e)) {
		pt_count_tables(root, 1);
		return e;
	}
	pt_table_free(p);
	return pte_read(slot);
	/* lab walk: end, else return (pte_t){ 0 }; */
}

/* Continue pt_walk() from an empty slot of level l, making tables. */
static __noinline pte_t *walk_and_make(paddr_t root, vaddr_t va,
				       unsigned *level, pte_t *slot, unsigned l)
{
	/* lab walk: begin */
	for (; l > *level; l--) {
		pte_t e = pte_read(slot);

		if (pte_none(e))
			e = make_table(root, slot);
		if (pte_none(e) || pte_ends_walk(e, l)) {
			*level = l;
			return pte_none(e) ? NULL : slot;
		}
		slot = pt_table_of(entry_table(e)) + index_at(va, l - 1);
	}
	return slot;
	/* lab walk: end, else return NULL; */
}

pte_t *pt_walk(paddr_t root, vaddr_t va, unsigned *level, unsigned for_what)
{
	/* lab walk: begin */
	pte_t *slot = pt_table_of(root) + index_at(va, PT_LEVELS - 1);

	for (unsigned l = PT_LEVELS - 1; l > *level; l--) {
		pte_t e = pte_read(slot);

		if (unlikely(pte_none(e))) {
			if (for_what == PT_MAKE)
				return walk_and_make(root, va, level, slot, l);
			*level = l;
			return NULL;
		}
		if (unlikely(pte_ends_walk(e, l)) &&
		    (for_what != PT_READ || pte_is_leaf(e, l))) {
			*level = l;
			return slot;
		}
		slot = pt_table_of(entry_table(e)) + index_at(va, l - 1);
	}
	return slot;
	/* lab walk: end, else return NULL; */
}

/*
 * Used for the kernel's half.  Each step makes the largest leaf that address,
 * frame and remaining length allow.
 */
int pt_map(paddr_t root, vaddr_t va, paddr_t pa, unsigned long len,
	   unsigned prot)
{
	/* lab walk: begin */
	while (len) {
		unsigned level = PT_LEVELS - 1, at;
		unsigned long size;
		pte_t *slot;

		for (; level > 0; level--) {
			size = 1ul << PT_SHIFT(level);
			if (PT_SUPER(level) && IS_ALIGNED(va | pa, size) &&
			    len >= size)
				break;
		}
		at = level;
		slot = pt_walk(root, va, &at, PT_MAKE);
		if (!slot)
			return -ENOMEM;
		if (at != level || !pte_none(pte_read(slot)))
			panic("pt_map: remap of %#lx", va);
		if (level)	/* tables above level 0 count their entries */
			atomic_add(used_entries(slot), 1);
		pte_write(slot, pte_leaf_at(level, pa >> PAGE_SHIFT, prot, 0));
		size = 1ul << PT_SHIFT(level);
		va += size;
		pa += size;
		len -= min(len, size);
	}
	return 0;
	/* lab walk: end, else return -ENOMEM; */
}

void pt_each(paddr_t root, vaddr_t va, vaddr_t end,
	     void (*fn)(void *arg, vaddr_t va, unsigned level, pte_t *pte),
	     void *arg)
{
	/* lab walk: begin */
	while (va < end) {
		unsigned level = 0;
		pte_t *slot = pt_walk(root, va, &level, PT_READ);
		unsigned long size = 1ul << PT_SHIFT(level);

		if (slot && pte_present(pte_read(slot)))
			fn(arg, ALIGN_DOWN(va, size), level, slot);
		va = ALIGN_DOWN(va, size) + size;
		/* end of the address space: va has wrapped around */
		if (va == 0)
			break;
	}
	/* lab walk: end */
}

/*
 * Unhook the leaf table for va, and the tables above it that become empty, and
 * put them on the list `gone`.
 * Return: the number of bytes from va on that are done.
 */
static unsigned long unhook_chunk(paddr_t root, vaddr_t va, struct list *gone)
{
	/* lab walk: begin */
	pte_t *path[PT_LEVELS];
	pte_t *t = pt_table_of(root);
	unsigned l;

	for (l = PT_LEVELS - 1; l > 0; l--) {
		pte_t e;

		path[l] = t + index_at(va, l);
		e = pte_read(path[l]);
		if (!pte_present(e) || pte_ends_walk(e, l))
			break;
		t = pt_table_of(entry_table(e));
	}
	if (l > 1)
		return (1ul << PT_SHIFT(l)) - (va & ((1ul << PT_SHIFT(l)) - 1));
	if (l == 0)
		list_push(gone, &pt_unhook(root, path[1])->link);
	for (l = 2; l < PT_LEVELS; l++) {
		if (atomic_read(used_entries(path[l - 1])))
			break;
		list_push(gone, &pt_unhook(root, path[l])->link);
	}
	return 1ul << PT_SHIFT(1);
	/* lab walk: end, else return 1ul << PT_SHIFT(1); */
}

/*
 * A CPU may have cached an entry that led to a table, and continue from there
 * without reading that entry again.  So no table is reused until every CPU has
 * flushed (test/model/tables.pml).  The flush before the frames were freed is
 * not enough, because it came before the entries that led to tables changed.
 */
void pt_free_range(paddr_t root, vaddr_t start, vaddr_t end,
		   void (*forget)(void *), void *arg)
{
	struct page *p, *next;
	struct list gone;

	list_init(&gone);
	start = ALIGN_UP(start, PT_LEAF_SPAN);
	end = ALIGN_DOWN(end, PT_LEAF_SPAN);
	while (start < end) {
		unsigned long step = unhook_chunk(root, start, &gone);

		if (end - start <= step)
			break;
		start += step;
	}
	if (list_empty(&gone))
		return;
	if (forget)
		forget(arg);
	list_for_each_safe(p, next, &gone, link)
		pt_table_free(p);
}
