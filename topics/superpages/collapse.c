/* SPDX-License-Identifier: MIT */
/*
 * Collapse (row C5): copy the pages of an aligned piece of anonymous memory
 * into one block, and replace their page table by one leaf.
 *
 *  1  remove the table from the tree and flush all TLBs: from now on nobody
 *     reaches the pages, because faults wait for the space's lock
 *  2  copy the pages, without holding a spin lock
 *  3  set the leaf; the old table becomes the reserve for a later split
 *
 * Invariant: the flush comes between removing the old entries and setting the
 * leaf, so no TLB ever has entries of two sizes for an address.
 */
#include "hugepage.h"
#include <lt/bug.h>
#include <mm/tables/soft_entry.h>
#include <mm/space/vm_change.h>
#include <mm/vma.h>

/* Summary of a table's entries. */
struct found {
	unsigned none;
	bool writable, busy, other;
};

/*
 * Add an entry to the summary.  asked: pages shared by fork are copied, as by a
 * store; a scan does not collapse them, because that would take memory.
 */
static void collapse_look_at(struct found *f, pte_t e, bool asked)
{
	bool cow = asked && pte_soft(e) & PTE_COW;
	const struct page *p;

	if (pte_none(e) || (pte_present(e) && pte_soft(e) & PTE_SPECIAL)) {
		f->none++;		/* no page, or the zero page */
		return;
	}
	f->other |= !pte_present(e);
	if (f->other)
		return;
	p = pfn_page(pte_pfn(e));
	f->other |= p->kind != PAGE_ANON;
	/* shared by fork, or in use by the kernel, which would miss the move */
	f->busy |= ref_read(&p->refs) != 1 && !cow;
	f->writable |= pte_writable(e) || cow;
}

/*
 * Check whether the table's pages may become one superpage.  The conditions are
 * Linux's: at least one page is writable, and for a scan only few pages are
 * missing.
 * Context: [pt_lock].
 * Return: 0; -EINVAL, -EAGAIN, -EBUSY.
 */
static int check_table(const pte_t *table, bool asked)
{
	struct found f = { 0 };

	for (unsigned i = 0; i < HUGE_PAGES; i++)
		collapse_look_at(&f, pte_read(&table[i]), asked);
	if (f.other)
		return -EINVAL;
	if (f.busy)
		return -EAGAIN;
	if (!asked && f.none > READ_ONCE(huge_switch.most_none))
		return -EBUSY;
	return f.writable ? 0 : -EINVAL;
}

/*
 * Return: the slot of the table for start; NULL: no table.  *whole: true if
 * there is a superpage already.
 */
static pte_t *table_slot(struct vm_space *s, uaddr_t start, bool *whole)
{
	unsigned level = 1;
	pte_t *slot = pt_walk(s->root, start, &level, PT_READ);
	pte_t e;

	*whole = false;
	if (!slot || level != 1)
		return NULL;
	e = pte_read(slot);
	*whole = pte_present(e) && pte_is_leaf(e, 1);
	return pte_none(e) || *whole ? NULL : slot;
}

static struct page *collapse_table_of(const pte_t *slot)
{
	return pfn_page(pte_pfn(pte_read(slot)));
}

/* Step 1: remove the table.  Return: the table; NULL with *err. */
static struct page *collapse_take_out(struct vm_space *s, pte_t *slot,
				      bool asked, int *err)
{
	struct page *table;

	spin_lock(&s->pt_lock);
	table = collapse_table_of(slot);
	*err = check_table(page_virt(table), asked);
	if (!*err) {
		pt_super_clear(slot);
		vm_flush_tables(s);
	}
	spin_unlock(&s->pt_lock);
	return *err ? NULL : table;
}

/* Step 2: copy the pages.  Return: the number of pages. */
static unsigned collapse_copy_pages(const pte_t *table, struct page *head)
{
	unsigned n = 0;

	for (unsigned i = 0; i < HUGE_PAGES; i++) {
		pte_t e = pte_read(&table[i]);

		if (pte_none(e) || pte_soft(e) & PTE_SPECIAL) {
			arch_clear_page(page_virt(head + i));
			continue;
		}
		arch_copy_page(page_virt(head + i),
			       page_virt(pfn_page(pte_pfn(e))));
		n++;
	}
	return n;
}

/* Step 3: set the leaf.  had: the number of pages copied. */
static void set_leaf(struct vm_space *s, struct vma *v, pte_t *slot,
		     struct page *head, struct page *table, unsigned had)
{
	unsigned prot = vm_effective(v->prot) | MAP_USER;
	bool set;

	head->flags = PG_HUGE_HEAD;
	huge_note_fetch(head, prot);
	spin_lock(&s->pt_lock);
	list_push(&s->spare_tables, &table->link);
	set = pt_super_set(slot, pte_leaf_at(1, page_pfn(head), prot, 0));
	ASSERT(set);
	atomic_add(&s->rss_anon, (int)(HUGE_PAGES - had));
	huge_note(anon);
	spin_unlock(&s->pt_lock);
}

static void put_pages(pte_t *table)
{
	for (unsigned i = 0; i < HUGE_PAGES; i++) {
		pte_t e = pte_read(&table[i]);

		if (!pte_none(e) && !(pte_soft(e) & PTE_SPECIAL))
			page_put(pfn_page(pte_pfn(e)));
	}
}

static int collapse_anon(struct vma *v, uaddr_t start, bool asked)
{
	struct vm_space *s = v->space;
	struct page *head, *table;
	bool whole;
	pte_t *slot;
	unsigned had;
	int err;

	if (asked && !vm_own(s, start, start + HUGE_SIZE))
		return -ENOMEM;
	vm_own_some(s, start, start + HUGE_SIZE, OWN_SOLE);
	slot = table_slot(s, start, &whole);
	if (!slot)
		return -EINVAL;
	if (pte_shared(pte_read(slot)))
		/* the same result as for pages that are in use */
		return -EAGAIN;
	head = huge_alloc(PAGE_ANON, false,
			  asked || READ_ONCE(huge_switch.scan_defrag));
	if (!head) {
		huge_note(collapse_failed);
		return -ENOMEM;
	}
	table = collapse_take_out(s, slot, asked, &err);
	if (err) {
		page_put(head);
		return err;
	}
	huge_note(collapse_alloc);
	had = collapse_copy_pages(page_virt(table), head);
	put_pages(page_virt(table));
	set_leaf(s, v, slot, head, table, had);
	return 0;
}

/* Swap in one page.  A single fault may only start the read, so repeat it. */
static int swap_in_page(struct vma *v, uaddr_t at)
{
	const pte_t *slot = pt_slot(v->space->root, at);
	int err = 0;

	while (slot && !err && pte_is_soft_entry(pte_read(slot)))
		err = vm_fault_in(v->space, v, at, at + PAGE_SIZE, false);
	return err;
}

/*
 * Swap in the pages of a piece, for madvise(2) only: a scan leaves them in
 * swap.
 */
static int collapse_swap_in(struct vma *v, uaddr_t start)
{
	int err = 0;

	for (uaddr_t at = start; soft_entry && !err && at < start + HUGE_SIZE;
	     at += PAGE_SIZE)
		err = swap_in_page(v, at);
	return err && err != -ENOMEM ? -EINVAL : err;
}

int huge_collapse(struct vma *v, uaddr_t start, bool asked)
{
	bool whole;
	int err;

	if (!huge_fits(v, start) || (!asked && !huge_allowed(v)))
		return -EINVAL;
	table_slot(v->space, start, &whole);
	if (whole)
		return 0;
	if (huge_is_anon(v)) {
		err = asked ? collapse_swap_in(v, start) : 0;
		return err ? err : collapse_anon(v, start, asked);
	}
	if (huge_is_shmem(v) && READ_ONCE(huge_switch.shmem) != SHMEM_DENY)
		return huge_file_collapse(v, start, asked);
	return -EINVAL;
}

bool huge_worth(struct vma *v, uaddr_t start)
{
	struct vm_space *s = v->space;
	pte_t *slot;
	bool whole, worth = false;

	if (!huge_fits(v, start) || !huge_allowed(v) ||
	    !(huge_is_anon(v) || huge_is_shmem(v)))
		return false;
	vm_own_some(s, start, start + HUGE_SIZE, OWN_SOLE);
	spin_lock(&s->pt_lock);
	slot = table_slot(s, start, &whole);
	if (slot && !pte_shared(pte_read(slot)))
		worth = huge_is_shmem(v) ||
			!check_table(page_virt(collapse_table_of(slot)), false);
	spin_unlock(&s->pt_lock);
	return worth;
}

/* ---- MADV_COLLAPSE ------------------------------------------------------- */

/*
 * Collapse the part of one VMA.  A range that contains no superpage boundary is
 * refused with EINVAL; in a range with just one there is nothing to do.  Pieces
 * that are in use or have no pages are skipped, and the error is returned at
 * the end; lack of memory ends the call (madvise(2)).
 */
static int collapse_vma(struct vma *v, uaddr_t at, uaddr_t end)
{
	uaddr_t start = ALIGN_UP(max(at, v->start), HUGE_SIZE);
	int err = 0, now;

	end = ALIGN_DOWN(min(end, v->end), HUGE_SIZE);
	if (!huge_fits(v, ALIGN_UP(v->start, HUGE_SIZE)) ||
	    !(huge_is_anon(v) || huge_is_shmem(v)) || start > end)
		return -EINVAL;
	for (; start < end; start += HUGE_SIZE) {
		now = huge_collapse(v, start, true);
		err = now ? now : err;
		if (now == -ENOMEM)
			break;
	}
	return err;
}

int huge_collapse_range(struct vm_space *s, uaddr_t at, uaddr_t end)
{
	struct vma *v;
	int err, now;

	rw_write_lock(&s->lock);
	err = vm_covered(s, at, end) ? 0 : -ENOMEM;
	for (v = vm_find(s, at); v && v->start < end; v = vma_next(v)) {
		now = collapse_vma(v, at, end);
		if (now) {
			err = now;
			break;
		}
	}
	rw_write_unlock(&s->lock);
	return err;
}
