/* SPDX-License-Identifier: MIT */
/*
 * Leaf page tables that fork shares instead of copying them (rows A4, D11, E4
 * of docs/coverage.md).
 *
 *    parent    child         the child reads         the parent stores
 *    +-----+  +-----+        +-----+  +-----+        +-----+  +-----+
 *    |hide |  |hide |        |hide |  |show |        |own  |  |show |
 *    +--|--+  +--|--+        +--|--+  +--|--+        +--|--+  +--|--+
 *       +--   ---+              +--   ---+              v        v
 *          v v                     v v               r--COW   r--COW
 *    rw-  table, 2 refs      r--COW table, 2 refs    r--COW   r--COW 1 ref
 *    rw-                     r--COW                  a copy   the table
 *     |                        |                        |      |
 *    frame, 1 ref            frame, 1 ref               frame, 2 refs
 *
 * fork takes one reference to the table, however many entries it has.  The
 * table's entries still allow stores, so the upper entries of both sides must
 * not let a store through.  Where an upper entry can forbid stores alone, "hide"
 * and "show" are the same state.  Elsewhere (PTE_HIDE) no access is possible
 * ("hide") until all entries of the table have been made read-only ("show").
 *
 * Invariants:
 * - A table with more than one reference is not changed, except that its
 *   entries become read-only and that their A bits change. So its readers
 *   need no common lock: each space has its own reference, which is dropped
 *   under the space's pt_lock. To change an entry, a space first makes the
 *   table its own, by a copy.
 * - The entries hold the references to frames, once per table, not once per
 *   space. So "the frame has one reference", in a table that is not shared,
 *   still means that nobody else maps the frame.
 * - A reference is dropped only after a TLB flush on all CPUs that have the
 *   space loaded: from then on another space may be the only user, and may
 *   store and free (test/model/share.pml). A hidden table needs no flush,
 *   because the fork has flushed.
 * - The entries map anonymous private memory, special pages, or the program
 *   that the spaces run, which cannot be truncated meanwhile. Reclaim finds
 *   each of the spaces by the file's reverse map, and gives each its own
 *   table, if the pages of the file are worth the copies.
 * - The table and its pages count for each space as if each had a copy. So
 *   the figures of a process say what it uses, and the OOM killer's choice
 *   does not depend on which of two processes stored first.
 */
#include "tableshare.h"
#include <kernel/current.h>
#include <lib/mem.h>
#include <lt/boot.h>
#include <lt/bug.h>
#include <lt/init.h>
#include <mm/frames/page.h>
#include <mm/vma.h>

/* entries; a table with fewer is copied, which costs less */
#define SHARE_MIN	64

/*
 * Indices into private[] of a shared table's struct page, which counts the
 * table's entries for file pages.
 */
enum { FILES, SHMEMS };

static struct page *tableshare_table_at(const pte_t *slot)
{
	return pfn_page(pte_pfn(pte_read(slot)));
}

/*
 * True if only one space has a reference to the table; then no other space can
 * get one.  The load has acquire order, which pairs with ref_put() of the last
 * other space, which has finished with the entries.
 */
static bool tableshare_is_sole(const struct page *t)
{
	return __atomic_load_n(&t->refs.v, __ATOMIC_ACQUIRE) == 1;
}

/*
 * Drop the reference of space s to a table.  If other spaces dropped their
 * references at the same time, this may be the last one: then free the frames
 * and the table.
 * Context: no CPU walks the table in s.
 */
static void put_table(struct vm_space *s, struct page *t)
{
	s->shared_tables--;
	if (likely(!ref_put(&t->refs)))
		return;
	ref_init(&t->refs);
	vm_zap_table(s, t);
	pt_table_free(t);
}

/*
 * Make the table in slot, which is shared, the space's own: by a copy, unless
 * no other space uses the table any more.
 * Context: [pt_lock].
 * Return: false: no memory.
 */
static bool own_table(struct vm_space *s, pte_t *slot)
{
	bool shown = pte_present(pte_read(slot));
	struct page *t = tableshare_table_at(slot), *copy;
	/* fork has already counted these pages */
	struct copy_counts again = { 0, 0 };

	if (tableshare_is_sole(t)) {
		pte_write(slot, pte_table(page_pfn(t)));
		s->shared_tables--;
		return true;
	}
	copy = pt_table_alloc();
	if (!copy)
		return false;
	vm_count(tables_copied);
	vm_copy_entries(page_virt(copy), page_virt(t), PT_ENTRIES,
			t->private[FILES] | t->private[SHMEMS] ? &again : NULL);
	if (shown)
		pt_table_set(slot, copy, vm_flush_tables, s);
	else
		pte_write(slot, pte_table(page_pfn(copy)));
	put_table(s, t);
	return true;
}

/* True if the table maps a page of a file in [at, at + len). */
static bool maps_file(const struct page *t, uaddr_t at, unsigned long len)
{
	const pte_t *entry = page_virt(t);

	entry += at >> PAGE_SHIFT & (PT_ENTRIES - 1);
	for (const pte_t *end = entry + (len >> PAGE_SHIFT); entry < end;
	     entry++) {
		pte_t e = pte_read(entry);

		if (pte_present(e) && !(pte_soft(e) & PTE_SPECIAL) &&
		    pfn_page(pte_pfn(e))->kind == PAGE_CACHE)
			return true;
	}
	return false;
}

/*
 * True if the space must get its own table: for OWN_ALL, or if no other space
 * uses the table; for OWN_TO_EVICT, if copying pays off.  To free a page of a
 * file, each space that shares the table must unmap the page, and so each space
 * but the last needs a copy first.  That pays off if the table maps more file
 * pages than spaces share it: with the copies made, its other file pages can be
 * freed, too.
 */
static bool tableshare_is_wanted(const struct page *t, const struct pt_run *r,
				 uaddr_t at, enum table_own which)
{
	if (which == OWN_ALL || tableshare_is_sole(t))
		return true;
	return which == OWN_TO_EVICT && maps_file(t, at, r->len) &&
		t->private[FILES] > (unsigned long)ref_read(&t->refs);
}

static bool share_own(struct vm_space *s, uaddr_t at, uaddr_t end,
		      enum table_own which)
{
	bool ok = true;

	spin_lock(&s->pt_lock);
	while (ok && at < end && s->shared_tables) {
		struct pt_run r = pt_run_at(s->root, at, end);

		if (r.slot && r.level && pte_shared(pte_read(r.slot)) &&
		    tableshare_is_wanted(tableshare_table_at(r.slot), &r, at,
					 which))
			ok = own_table(s, r.slot);
		at += r.len;
	}
	spin_unlock(&s->pt_lock);
	return ok;
}

/*
 * True if a part of the table's addresses is still mapped.  Then the unmapped
 * part has no pages, or the caller forgot vm_own_edges().
 */
static bool tableshare_part_stays(struct vm_space *s, uaddr_t at)
{
	const struct vma *v;

	at = ALIGN_DOWN(at, PT_LEAF_SPAN);
	v = vm_find(s, at);
	return v && v->start < at + PT_LEAF_SPAN;
}

static bool share_zap(struct vm_space *s, pte_t *slot, uaddr_t at,
		      unsigned long len, bool dead)
{
	bool shown = pte_present(pte_read(slot));
	struct page *t = tableshare_table_at(slot);

	if (tableshare_is_sole(t))
		return !own_table(s, slot);
	if (len < PT_LEAF_SPAN && !dead && tableshare_part_stays(s, at)) {
		ASSERT(!vm_count_anon(s, at, at + len));
		return true;
	}
	if (!dead) {
		at = ALIGN_DOWN(at, PT_LEAF_SPAN);
		atomic_add(&s->rss_anon,
			   -vm_count_anon(s, at, at + PT_LEAF_SPAN));
		atomic_add(&s->rss_file, -(int)t->private[FILES]);
		atomic_add(&s->rss_shmem, -(int)t->private[SHMEMS]);
	}
	pt_super_clear(slot);
	atomic_add(&s->pt_pages, -1);
	if (shown && !dead)
		vm_flush_tables(s);
	put_table(s, t);
	return true;
}

/* ---- faults -------------------------------------------------------------- */

/*
 * Handle a load: if the page is present, no copy is needed.  Make all entries
 * read-only and show the table.  Two spaces may do so at once: both store the
 * same values.  If the table is shown already, the fault was for the A bit,
 * which clear_refs or reclaim had cleared.
 */
static void tableshare_show(pte_t *slot, pte_t *page)
{
	struct page *t = tableshare_table_at(slot);
	pte_t *entry = page_virt(t), *end = entry + PT_ENTRIES;

	__atomic_fetch_or(&page->v, PTE_A, __ATOMIC_RELAXED);
	if (pte_present(pte_read(slot)))
		return;
	for (; entry < end; entry++) {
		pte_t e = pte_read(entry);

		if (pte_writable(e))
			pte_write(entry,
				  pte_set_soft(pte_wrprotect(e), PTE_COW));
	}
	pte_write(slot, pte_shared_table(page_pfn(t), true));
}

static int share_fault(struct vm_space *s, uaddr_t at, bool write)
{
	unsigned level = 1, leaf = 0;
	bool again = true, own = true;
	pte_t *slot, *page;

	spin_lock(&s->pt_lock);
	slot = pt_walk(s->root, at, &level, PT_READ);
	page = pt_walk(s->root, at, &leaf, PT_READ);
	if (pte_shared(pte_read(slot))) {
		again = write ||
			tableshare_is_sole(tableshare_table_at(slot)) ||
			!pte_present(pte_read(page)) ||
			!(pte_prot(pte_read(page)) & MAP_RWX);
		if (again)
			own = own_table(s, slot);
		else
			tableshare_show(slot, page);
		vm_flush_local(s, at);
	}
	spin_unlock(&s->pt_lock);
	if (!own)
		return VM_FAULT_OOM;
	return again ? -1 : VM_FAULT_OK;
}

/* ---- fork ---------------------------------------------------------------- */

/* True if the table around `at` maps the program's code. */
static bool has_program(const struct vm_space *s, uaddr_t at)
{
	uaddr_t start = ALIGN_DOWN(at, PT_LEAF_SPAN);

	return start < s->code_end && s->code_start < start + PT_LEAF_SPAN;
}

/*
 * True if the table around `at` maps only v, and v is anonymous memory.  This
 * is the usual case in a large process; neighbors of v need not be checked
 * then.
 */
static bool is_alone(const struct vma *v, uaddr_t at)
{
	uaddr_t start = ALIGN_DOWN(at, PT_LEAF_SPAN);

	return v->start <= start && v->end - start >= PT_LEAF_SPAN &&
		!v->mapping && !v->ops;
}

/*
 * True if it is cheaper to share the table around `at` than to copy v's part.
 */
static bool worthwhile(const struct vma *v, uaddr_t at, bool program)
{
	uaddr_t end = ALIGN_DOWN(at, PT_LEAF_SPAN) + PT_LEAF_SPAN;

	return program ||
		(min(v->end, end) - at) >> PAGE_SHIFT >= vm_share_min;
}

/* True if a child may share everything that the table around `at` maps. */
static bool shareable(struct vm_space *s, uaddr_t at, bool program)
{
	uaddr_t start = ALIGN_DOWN(at, PT_LEAF_SPAN);
	uaddr_t end = start + PT_LEAF_SPAN;
	const struct vma *v;

	for (v = vm_find(s, start); v && v->start < end; v = vma_next(v)) {
		if (v->flags & (VM_DONTFORK | VM_WIPEONFORK))
			return false;
		if ((v->mapping || v->ops) &&
		    !(program && v->object == s->exe && vma_private(v) &&
		      v->ops->map_pages == vm_map_around))
			return false;
	}
	return true;
}

/*
 * Prepare a table of the program for sharing.  Parent and child are both about
 * to run the code that the table maps.  So the table is shared however few
 * entries it has, which saves the child's faults.  It is shown at once: make
 * the entries read-only and count the file pages.
 */
static void tableshare_prepare(struct page *t)
{
	pte_t *entry = page_virt(t), *end = entry + PT_ENTRIES;

	for (; entry < end; entry++) {
		pte_t e = pte_read(entry);
		const struct page *p;

		if (pte_none(e))
			entry = vm_skip_empty(entry, end);
		if (pte_none(e) || pte_soft(e) & PTE_SPECIAL)
			continue;
		if (pte_writable(e))
			pte_write_relaxed(entry, pte_set_soft(pte_wrprotect(e),
							      PTE_COW));
		p = pfn_page(pte_pfn(e));
		if (p->kind != PAGE_ANON)
			t->private[READ_ONCE(p->flags) & PG_SHMEM ? SHMEMS :
				   FILES]++;
	}
}

/*
 * Mark the table as shared for the first time.  In a hidden table the entries
 * do not change, so CPUs with them in their TLBs may continue to store until
 * fork flushes.
 */
static pte_t first_share(struct vm_space *src, pte_t *slot, bool program)
{
	struct page *t = tableshare_table_at(slot);
	pte_t e = pte_shared_table(page_pfn(t), program);

	t->private[FILES] = t->private[SHMEMS] = 0;
	if (program)
		tableshare_prepare(t);
	pte_write(slot, e);
	src->shared_tables++;
	return e;
}

static int share_table(struct vm_space *dst, struct vm_space *src,
		       const struct vma *v, uaddr_t at, pte_t *slot,
		       unsigned level)
{
	unsigned to_level = 1;
	bool alone = is_alone(v, at);
	bool program = !alone && has_program(src, at);
	bool worth = alone || worthwhile(v, at, program);
	struct page *t;
	pte_t *to, e;

	if (!level) {
		if (!worth)
			return 0;
		level = 1;
		slot = pt_walk(src->root, at, &level, PT_READ);
	}
	e = pte_read(slot);
	t = tableshare_table_at(slot);
	to = pt_walk(dst->root, at, &to_level, PT_MAKE);
	if (!to)
		return -ENOMEM;
	if (pte_shared(pte_read(to)))
		return 1;
	if (!worth || !pte_none(pte_read(to)) ||
	    !(alone || shareable(src, at, program)))
		return pte_shared(e) && !own_table(src, slot) ? -ENOMEM : 0;
	vm_count(tables_shared);
	page_get(t);
	if (!pte_shared(e))
		e = first_share(src, slot, program);
	pt_super_set(to, e);
	atomic_add(&dst->pt_pages, 1);
	if (program) {
		atomic_add(&dst->rss_file, (int)t->private[FILES]);
		atomic_add(&dst->rss_shmem, (int)t->private[SHMEMS]);
	}
	dst->shared_tables++;
	return 1;
}

/* ---- start-up ------------------------------------------------------------ */

static const struct table_share_ops ops = {
	.own = share_own,
	.zap = share_zap,
	.fault = share_fault,
	.fork = share_table,
};

void share_init(void)
{
	const char *how = boot_option("fork");

	if (how && !strcmp(how, "eager"))
		return;
	table_share = &ops;
	vm_share_min = SHARE_MIN;
}
INIT(fs, share_init);
