/* SPDX-License-Identifier: MIT */
/*
 * Leaf tables that fork shares instead of copying them (rows A4, D11, E4 of
 * docs/coverage.md).
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
 * fork takes one reference to the table, whatever is in it.  Its entries still
 * allow stores, so neither side's upper entry may let one through.  Where that
 * entry has a bit against stores (i386), the two states are one; where it has
 * none (Sv39), no access comes through (hide) until somebody has made all of
 * the table's entries read-only (show).
 *
 * Invariants:
 * - A table with more than one reference is not changed, but for its entries
 *   becoming read-only, and for their A bits.  So its readers need no common
 *   lock: each space has its own reference, which goes under the space's
 *   pt_lock.  Whoever changes an entry makes the table the space's own first,
 *   by a copy.
 * - Entries hold the references to frames, once a table, not once a space.  So
 *   "the frame has one reference" in a table of one's own means what it always
 *   did: nobody else sees the frame.
 * - A reference is dropped after a flush of all CPUs that have the space
 *   loaded: from then on another space may be the only one left, store, and
 *   free (test/model/share.pml).  A hidden table needs none: the fork flushed.
 * - Its entries are of anonymous private memory, or special; or of the program
 *   that the spaces run, which nobody may truncate meanwhile.  Reclaim comes by
 *   the reverse map of the file to each of the spaces, and gives each a table of
 *   its own, if the pages of the file are worth the copies.
 * - It, and its pages, count for each space as if each had a copy: the figures
 *   of a process say what it uses, and who of two is to blame for a want of
 *   memory does not depend on who stored first.
 */
#include "tableshare.h"
#include <kernel/current.h>
#include <lib/mem.h>
#include <lt/boot.h>
#include <lt/bug.h>
#include <lt/init.h>
#include <mm/frames/page.h>
#include <mm/vma.h>

#define SHARE_MIN	64	/* entries; to copy fewer is cheaper */

/* So many entries of a shared table map pages of files: struct page, private[]. */
enum { FILES, SHMEMS };

static struct page *tableshare_table_at(const pte_t *slot)
{
	return pfn_page(pte_pfn(pte_read(slot)));
}

/*
 * Has nobody else a reference?  Nobody can come by one then.  Acquire: pairs
 * with ref_put() of the last other space, which is done with the entries.
 */
static bool sole(const struct page *t)
{
	return __atomic_load_n(&t->refs.v, __ATOMIC_ACQUIRE) == 1;
}

/*
 * Drop a reference to a table.  If others dropped theirs at the same time, it
 * may be the last: then the frames go, and the table.
 * Context: no CPU walks it in s, whose reference this was.
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
 * Make the shared table in slot the space's own: by a copy, unless nobody else
 * has it any more.
 * Context: [pt_lock].
 * Return: false: no memory.
 */
static bool own_table(struct vm_space *s, pte_t *slot)
{
	bool shown = pte_present(pte_read(slot));
	struct page *t = tableshare_table_at(slot), *copy;
	struct copy_counts again = { 0, 0 };	/* by the fork already */

	if (sole(t)) {
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
	pte_write(slot, pte_table(page_pfn(copy)));
	if (shown)
		vm_flush_tables(s);
	put_table(s, t);
	return true;
}

/* Does the table map a page of a file in [at, at + len)? */
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
 * For one page of a file that is to go each space but the last needs a copy,
 * and after that the others that the table maps can go for nothing.
 */
static bool tableshare_is_wanted(const struct page *t, const struct pt_run *r,
				 uaddr_t at, enum table_own which)
{
	if (which == OWN_ALL || sole(t))
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
 * Does a part of the table's addresses remain in use?  Then what is unmapped
 * has no pages, or vm_own_edges() was forgotten.
 */
static bool some_stay(struct vm_space *s, uaddr_t at)
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

	if (sole(t))
		return !own_table(s, slot);
	if (len < PT_LEAF_SPAN && !dead && some_stay(s, at)) {
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
 * A load needs no copy if its page is there: make all entries read-only, and
 * show the table.  Two spaces may do so at once: both store the same.  If it is
 * shown already, the machine asks for the A bit, which a lab or reclaim cleared.
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
			pte_write(entry, pte_mksoft(pte_wrprotect(e), PTE_COW));
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
		again = write || sole(tableshare_table_at(slot)) ||
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

/* Does the table around `at` map the program's code? */
static bool has_program(const struct vm_space *s, uaddr_t at)
{
	uaddr_t start = ALIGN_DOWN(at, PT_LEAF_SPAN);

	return start < s->code_end && s->code_start < start + PT_LEAF_SPAN;
}

/*
 * Is all that the table around `at` maps of v, plain memory?  The usual case in
 * a large process; no neighbour need be looked at then.
 */
static bool is_alone(const struct vma *v, uaddr_t at)
{
	uaddr_t start = ALIGN_DOWN(at, PT_LEAF_SPAN);

	return v->start <= start && v->end - start >= PT_LEAF_SPAN &&
		!v->mapping && !v->ops;
}

/* Is it cheaper to share the table around `at` than to copy v's part of it? */
static bool worthwhile(const struct vma *v, uaddr_t at, bool program)
{
	uaddr_t end = ALIGN_DOWN(at, PT_LEAF_SPAN) + PT_LEAF_SPAN;

	return program ||
		(min(v->end, end) - at) >> PAGE_SHIFT >= vm_share_min;
}

/* May a child have all that the table around `at` has? */
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
 * Both sides are about to run what a table of the program maps.  So it is
 * shared however few entries it has, which spares the child their faults, and
 * is shown at once: make it ready for that, and count.
 */
static void tableshare_prepare(struct page *t)
{
	pte_t *entry = page_virt(t), *end = entry + PT_ENTRIES;

	for (; entry < end; entry++) {
		pte_t e = pte_read(entry);
		const struct page *p;

		if (pte_none(e))
			entry = vm_pass_over(entry, end);
		if (pte_none(e) || pte_soft(e) & PTE_SPECIAL)
			continue;
		if (pte_writable(e))
			pte_write_relaxed(entry,
					  pte_mksoft(pte_wrprotect(e),
						     PTE_COW));
		p = pfn_page(pte_pfn(e));
		if (p->kind != PAGE_ANON)
			t->private[READ_ONCE(p->flags) & PG_SHMEM ? SHMEMS :
				   FILES]++;
	}
}

/*
 * Another space has the table from now on.  Where it is hidden the entries stay
 * as they are, so who has them in a TLB may go on storing until the fork
 * flushes.
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

/* ---- the start ----------------------------------------------------------- */

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
