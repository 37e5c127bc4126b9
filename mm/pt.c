/* SPDX-License-Identifier: MIT */
/*
 * The page-table walker (rows A4, A5), written once over the port's PTE codec:
 * levels are counted from the leaves (0) to the root (PT_LEVELS - 1).
 *
 * Invariants: a table above the leaves counts its entries in use (of a root:
 * the user half's) in its frame's mapcount.  A table on the free list, and the
 * user half of a root on its list, is all zeros, so reuse costs no clearing.
 */
#include <lib/mem.h>
#include <lt/bug.h>
#include <mm/kmap.h>
#include <mm/page.h>
#include <mm/pt.h>
#include <uapi/errno.h>

#define SPARE_MAX	128	/* zeroed tables kept */
#define SPARE_ROOTS	16

/*
 * Both lists are owned by the CPU that runs: every caller is in task context
 * and the kernel does not preempt itself, so they need no lock.
 */
static struct list spare = LIST_INIT(spare);
static struct list spare_roots = LIST_INIT(spare_roots);
static unsigned nr_spare, nr_spare_roots;
static unsigned nr_promised;	/* spare tables that pt_reserve holds back */

static inline unsigned index_at(vaddr_t va, unsigned level)
{
	return va >> PT_SHIFT(level) & (PT_ENTRIES - 1);
}

static inline pte_t *table_of(paddr_t table)
{
	return phys_to_virt(table);
}

static inline paddr_t entry_table(pte_t p)
{
	return (paddr_t)pte_pfn(p) << PAGE_SHIFT;
}

/* Where the tables under a root are counted; NULL: nowhere. */
static atomic_t *table_counter(paddr_t root)
{
	return (atomic_t *)pfn_page(root >> PAGE_SHIFT)->private[0];
}

void pt_root_count(paddr_t root, atomic_t *counter)
{
	pfn_page(root >> PAGE_SHIFT)->private[0] = (unsigned long)counter;
}

static struct page *table_alloc(void)
{
	struct page *p;

	if (nr_promised)
		nr_promised--;
	else if (!nr_spare)
		return page_alloc_zero(PAGE_TABLE);
	else if (fault_inject())
		return NULL;
	p = list_first(&spare, struct page, link);
	list_remove(&p->link);
	nr_spare--;
	return p;
}

bool pt_reserve(unsigned n)
{
	while (nr_spare < n) {
		struct page *p = page_alloc_zero(PAGE_TABLE);

		if (!p)
			return false;
		list_push(&spare, &p->link);
		nr_spare++;
	}
	nr_promised = n;
	return true;
}

void pt_unreserve(void)
{
	nr_promised = 0;
}

static void table_free(struct page *p)
{
	if (nr_spare < SPARE_MAX) {
		list_push(&spare, &p->link);
		nr_spare++;
	} else {
		page_put(p);
	}
}

unsigned long pt_spare_tables(void)
{
	return nr_spare + nr_spare_roots;
}

unsigned long pt_shrink(void)
{
	unsigned long n = pt_spare_tables();
	struct page *p, *tmp;

	list_for_each_safe(p, tmp, &spare, link) {
		list_remove(&p->link);
		page_put(p);
	}
	list_for_each_safe(p, tmp, &spare_roots, link) {
		list_remove(&p->link);
		page_put(p);
	}
	nr_spare = nr_spare_roots = 0;
	return n;
}

paddr_t pt_root_create(void)
{
	struct page *p;

	if (nr_spare_roots) {
		if (fault_inject())
			return 0;
		p = list_first(&spare_roots, struct page, link);
		list_remove(&p->link);
		nr_spare_roots--;
	} else {
		p = table_alloc();
		if (!p)
			return 0;
		memcpy((pte_t *)page_virt(p) + PT_KERNEL_FIRST,
		       table_of(kernel_root) + PT_KERNEL_FIRST,
		       (PT_ENTRIES - PT_KERNEL_FIRST) * sizeof(pte_t));
	}
	p->private[0] = 0;
	return page_phys(p);
}

static inline atomic_t *used_entries(const pte_t *slot)
{
	return &virt_page(slot)->mapcount;
}

void pt_super_set(pte_t *slot, pte_t leaf)
{
	atomic_add(used_entries(slot), 1);
	pte_write(slot, leaf);
}

void pt_super_clear(pte_t *slot)
{
	pte_write(slot, (pte_t){ 0 });
	atomic_add(used_entries(slot), -1);
}

/* Take an all-zero table out of its slot. */
static void unhook(paddr_t root, pte_t *slot)
{
	pte_t e = pte_read(slot);
	atomic_t *counter = table_counter(root);

	pte_write(slot, (pte_t){ 0 });
	atomic_add(used_entries(slot), -1);
	if (counter)
		atomic_add(counter, -1);
	table_free(pfn_page(pte_pfn(e)));
}

/* Free all tables below a slot of a table at level. */
static void free_below(paddr_t root, pte_t *slot, unsigned level)
{
	pte_t e = pte_read(slot);

	if (!pte_present(e))
		return;
	ASSERT(!pte_is_leaf(e, level));
	if (level > 1) {
		pte_t *t = table_of(entry_table(e));

		for (unsigned i = 0; i < PT_ENTRIES; i++)
			free_below(root, &t[i], level - 1);
	}
	unhook(root, slot);
}

void pt_root_destroy(paddr_t root)
{
	struct page *p = pfn_page(root >> PAGE_SHIFT);
	pte_t *t = table_of(root);

	if (atomic_read(&p->mapcount))
		for (unsigned i = 0; i < PT_KERNEL_FIRST; i++)
			free_below(root, &t[i], PT_LEVELS - 1);
	if (nr_spare_roots < SPARE_ROOTS) {
		list_push(&spare_roots, &p->link);
		nr_spare_roots++;
	} else {
		page_put(p);
	}
}

pte_t *pt_walk(paddr_t root, vaddr_t va, unsigned *level, bool create)
{
	pte_t *slot = table_of(root) + index_at(va, PT_LEVELS - 1);

	for (unsigned l = PT_LEVELS - 1; l > *level; l--) {
		pte_t e = pte_read(slot);

		if (unlikely(pte_none(e))) {
			struct page *p = create ? table_alloc() : NULL;
			atomic_t *counter;

			if (!p) {
				*level = l;
				return NULL;
			}
			counter = table_counter(root);
			if (counter)
				atomic_add(counter, 1);
			e = pte_table(page_pfn(p));
			atomic_add(used_entries(slot), 1);
			pte_write(slot, e);
		} else if (unlikely(pte_is_leaf(e, l))) {
			*level = l;
			return slot;
		}
		slot = table_of(entry_table(e)) + index_at(va, l - 1);
	}
	return slot;
}

int pt_map(paddr_t root, vaddr_t va, paddr_t pa, unsigned long len,
	   unsigned prot)
{
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
		slot = pt_walk(root, va, &at, true);
		if (!slot)
			return -ENOMEM;
		if (at != level || !pte_none(pte_read(slot)))
			panic("pt_map: remap of %#lx", va);
		pte_write(slot, pte_leaf_at(level, pa >> PAGE_SHIFT, prot, 0));
		size = 1ul << PT_SHIFT(level);
		va += size;
		pa += size;
		len -= min(len, size);
	}
	return 0;
}

void pt_each(paddr_t root, vaddr_t va, vaddr_t end,
	     void (*fn)(void *arg, vaddr_t va, unsigned level, pte_t *pte),
	     void *arg)
{
	while (va < end) {
		unsigned level = 0;
		pte_t *slot = pt_walk(root, va, &level, false);
		unsigned long size = 1ul << PT_SHIFT(level);

		if (slot && pte_present(pte_read(slot)))
			fn(arg, ALIGN_DOWN(va, size), level, slot);
		va = ALIGN_DOWN(va, size) + size;
		if (va == 0)
			break;
	}
}

/*
 * Free the leaf table over va and what becomes empty above it.
 * => how much of the address space the answer covers, from va on
 */
static unsigned long free_chunk(paddr_t root, vaddr_t va)
{
	pte_t *path[PT_LEVELS];
	pte_t *t = table_of(root);
	unsigned l;

	for (l = PT_LEVELS - 1; l > 0; l--) {
		pte_t e;

		path[l] = t + index_at(va, l);
		e = pte_read(path[l]);
		if (!pte_present(e) || pte_is_leaf(e, l))
			break;
		t = table_of(entry_table(e));
	}
	if (l > 1)
		return (1ul << PT_SHIFT(l)) - (va & ((1ul << PT_SHIFT(l)) - 1));
	if (l == 0)
		unhook(root, path[1]);
	for (l = 2; l < PT_LEVELS; l++) {
		if (atomic_read(used_entries(path[l - 1])))
			break;
		unhook(root, path[l]);
	}
	return 1ul << PT_SHIFT(1);
}

void pt_free_range(paddr_t root, vaddr_t start, vaddr_t end)
{
	start = ALIGN_UP(start, PT_LEAF_SPAN);
	end = ALIGN_DOWN(end, PT_LEAF_SPAN);
	while (start < end) {
		unsigned long step = free_chunk(root, start);

		if (end - start <= step)
			break;
		start += step;
	}
}
