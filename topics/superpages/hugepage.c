/* SPDX-License-Identifier: MIT */
/*
 * Superpages (row C5), through the operations of mm/tables/superpage.h: a
 * superpage is one leaf of level 1.
 *
 *	fault (always, or if advised)       collapse.c (a scan, MADV_COLLAPSE)
 *	        \                              /
 *	         v                            v
 *	     +--------------------------------------+
 *	     | one leaf: PT_ENTRIES pages           |
 *	     +--------------------------------------+
 *	        | split: munmap, mprotect, mremap, madvise of a part; a store
 *	        v        to memory shared by fork; a debugger
 *	     a table of single pages, the frames where they were
 *
 * A superpage is allocated whole at the first fault, so no frames need to be
 * reserved for it (Navarro's reservations).  Memory that was split is collapsed
 * later by a scanning thread, which copies the pages into a new block.
 *
 * A leaf of anonymous memory holds one reference to each of its frames.  While
 * the frames are one block (PG_HUGE_HEAD), this is one reference to the head;
 * once the block is broken, each frame has its own reference count.  Frames of
 * a file are always counted separately, as if single entries mapped them.  For
 * each leaf the space keeps one table in reserve, so that a split cannot fail.
 */
#include "hugepage.h"
#include <lt/boot.h>
#include <lt/bug.h>
#include <lt/init.h>
#include <mm/tables/superpage.h>
#include <mm/vma.h>

/* ---- tables in reserve --------------------------------------------------- */

/*
 * Reserve a leaf table for a new superpage, which a later split will use.  A
 * split must not fail, because munmap and mprotect must not.
 * Context: [pt_lock].
 * Return: false: no memory.
 */
bool huge_reserve_table(struct vm_space *s)
{
	struct page *t = page_alloc(0, PAGE_TABLE);

	if (!t)
		return false;
	list_push(&s->spare_tables, &t->link);
	atomic_add(&s->pt_pages, 1);
	return true;
}

/*
 * Take the table of a superpage that is split or unmapped.
 * Context: [pt_lock].
 */
static struct page *take_table(struct vm_space *s)
{
	struct page *t = list_first(&s->spare_tables, struct page, link);

	spin_must_hold(&s->pt_lock);
	ASSERT(!list_empty(&s->spare_tables));
	list_remove(&t->link);
	return t;
}

void huge_drop_table(struct vm_space *s)
{
	atomic_add(&s->pt_pages, -1);
	page_put(take_table(s));
}

/* ---- frames -------------------------------------------------------------- */

/*
 * Several spaces may share a block.  This lock, which nests inside the spaces'
 * locks, protects whether the block is whole.
 */
static struct spinlock huge_lock = SPIN_INIT("superpage", IPL_SOFT);

/* Return: the first frame of the block that a superpage's entry maps. */
static struct page *leaf_head(pte_t e)
{
	return pfn_page(pte_pfn(e));
}

static bool of_file(const struct page *head)
{
	return head->kind == PAGE_CACHE;
}

/*
 * True if the block is whole, with one reference count on its head.
 * Context: [huge_lock], for a reliable answer.
 */
static bool huge_is_whole(const struct page *head)
{
	return head->flags & PG_HUGE_HEAD;
}

/*
 * Break a block, because one of the spaces that share it splits its entry: from
 * now on all spaces count the frames separately.
 */
static void break_block(struct page *head)
{
	spin_lock(&huge_lock);
	if (huge_is_whole(head)) {
		page_break_block(head);
		huge_note(split_page);
		atomic_add(&huge_count.anon, -1);
	}
	spin_unlock(&huge_lock);
}

/* Take the references for another leaf (fork's child) to the block. */
static void get_frames(struct page *head)
{
	spin_lock(&huge_lock);
	if (huge_is_whole(head))
		page_get(head);
	else
		for (unsigned i = 0; i < HUGE_PAGES; i++)
			page_get(head + i);
	spin_unlock(&huge_lock);
}

void huge_put_pieces(struct page *head)
{
	for (unsigned i = 0; i < HUGE_PAGES; i++)
		page_put(head + i);
}

/*
 * Drop the references of leaves that were removed.  Other spaces may still map
 * a block by one leaf, or by single entries.  The frames of file blocks are
 * always counted separately.
 */
static void huge_put(struct page **heads, unsigned n)
{
	unsigned blocks = 0, last = 0;

	spin_lock(&huge_lock);
	for (unsigned i = 0; i < n; i++) {
		struct page *head = heads[i];

		if (huge_is_whole(head)) {
			last += ref_read(&head->refs) == 1;
			heads[blocks++] = head;
		} else {
			huge_put_pieces(head);
		}
	}
	atomic_add(&huge_count.anon, -(int)last);
	page_put_many(heads, blocks);
	spin_unlock(&huge_lock);
}

static bool all_single(const struct page *head)
{
#pragma GCC unroll 8
	for (unsigned i = 0; i < HUGE_PAGES; i++)
		if (ref_read(&head[i].refs) != 1)
			return false;
	return true;
}

/*
 * True if the leaf is the only user of all frames.  A block that was broken
 * meanwhile is then made whole again.
 */
static bool sole_owner(struct page *head)
{
	bool sole;

	spin_lock(&huge_lock);
	if (huge_is_whole(head)) {
		sole = ref_read(&head->refs) == 1;
	} else {
		sole = all_single(head);
		if (sole) {
			head->order |= HUGE_ORDER;
			head->flags |= PG_HUGE_HEAD;
			huge_note(anon);
		}
	}
	spin_unlock(&huge_lock);
	return sole;
}

/*
 * An anonymous block is announced whole, as its frames have no marks that can
 * be relied on.
 */
void huge_note_fetch(struct page *head, unsigned prot)
{
	if (!(prot & MAP_X))
		return;
	if (!of_file(head))
		vm_fetch_pages(head, HUGE_PAGES);
	else
		for (unsigned i = 0; i < HUGE_PAGES; i++)
			vm_note_fetch(head + i, prot);
}

/* ---- operations ---------------------------------------------------------- */

/* Map the zeroed block in the space.  Return: 0, -ENOMEM, -EEXIST. */
static int hugepage_enter(struct vm_space *s, struct vma *v, pte_t *slot,
			  struct page *head)
{
	int err = 0;

	head->flags = PG_HUGE_HEAD;
	__atomic_fetch_or(&v->flags, VM_ANONED, __ATOMIC_RELAXED);
	huge_note_fetch(head, vm_effective(v->prot));
	spin_lock(&s->pt_lock);
	if (!huge_reserve_table(s)) {
		err = -ENOMEM;
	} else if (!pt_super_set(slot, pte_leaf_at(1, page_pfn(head),
				vm_effective(v->prot) | MAP_USER, 0))) {
		huge_drop_table(s);	/* another thread was first */
		err = -EEXIST;
	} else {
		atomic_add(&s->rss_anon, HUGE_PAGES);
		huge_note(anon);
	}
	spin_unlock(&s->pt_lock);
	return err;
}

int huge_make(struct vma *v, uaddr_t start, bool hard)
{
	struct vm_space *s = v->space;
	unsigned level = 1;
	pte_t *slot = pt_walk(s->root, start, &level, PT_MAKE);
	struct page *head;
	int err;

	if (!slot)
		return -ENOMEM;
	if (level != 1 || !pte_none(pte_read(slot)))
		return -EEXIST;
	head = huge_alloc(PAGE_ANON, true, hard);
	if (!head) {
		huge_note(fault_fallback);
		return -ENOMEM;
	}
	err = hugepage_enter(s, v, slot, head);
	if (err) {
		page_put(head);
		return err;
	}
	huge_note(fault_alloc);
	return 0;
}

/*
 * Handle a first access to memory that has no table yet: map a superpage, if
 * the aligned piece around `at` lies within one VMA.  On any obstacle return
 * false, and the fault maps a single page as usual.
 */
static bool huge_fault(struct vm_space *s, struct vma *v, uaddr_t at,
		       bool write)
{
	uaddr_t start = ALIGN_DOWN(at, HUGE_SIZE);

	if (!huge_fits(v, start))
		return false;
	if (huge_is_shmem(v))
		return huge_file_fault(s, v, start);
	return write && huge_is_anon(v) && huge_allowed(v) &&
		!huge_make(v, start, huge_try_hard(v));
}

struct split {
	struct vm_space *space;
	uaddr_t at;
};

static void flush_split(void *arg)
{
	struct split *f = arg;

	vm_flush_page(f->space, f->at);
}

/*
 * Split a leaf: fill a new table with single entries before it is put into the
 * tree.  Each entry keeps the permissions and soft bits of the leaf.  The
 * entries of consecutive frames differ by a constant.
 * Context: [pt_lock].
 */
static void huge_split(struct vm_space *s, pte_t *slot, uaddr_t at)
{
	pte_t e = pte_read(slot);
	struct page *head = leaf_head(e), *table = take_table(s);
	pte_t one = pte_leaf(pte_pfn(e), pte_prot(e), pte_soft(e));
	pte_t step = pte_leaf(1, 0, 0), none = pte_leaf(0, 0, 0);
	struct split f = { s, ALIGN_DOWN(at, HUGE_SIZE) };
	pte_t *t = page_virt(table);

	spin_must_hold(&s->pt_lock);
	/*
	 * keep the A bit as it is (for MADV_COLD and the daemon of topics/swap)
	 */
	one.v &= e.v | ~(__typeof__(one.v))PTE_A;
	if (!of_file(head))
		break_block(head);
	else
		atomic_add(&huge_count.shmem, -1);
	huge_note(split_leaf);
#pragma GCC unroll 8
	for (unsigned i = 0; i < HUGE_PAGES; i++, one.v += step.v - none.v)
		pte_write_relaxed(&t[i], one);
	pt_table_set(slot, table, flush_split, &f);
}

/* Remove a leaf.  Context: [pt_lock].  Return: the head, for huge_put(). */
static struct page *huge_zap(struct vm_space *s, pte_t *slot)
{
	struct page *head = leaf_head(pte_read(slot));

	spin_must_hold(&s->pt_lock);
	pt_super_clear(slot);
	if (of_file(head))
		huge_file_zap(s, head);
	else
		atomic_add(&s->rss_anon, -(int)HUGE_PAGES);
	huge_drop_table(s);
	return head;
}

/*
 * Handle a store to a read-only leaf.  A space that is the only user gets write
 * access to all of it.  Otherwise the leaf is split, and pages are copied one
 * by one: copying the whole superpage for one store could cost more than it
 * saves.
 * Context: [pt_lock].
 * Return: true if the leaf is writable now.
 */
static bool huge_write(struct vm_space *s, struct vma *v, pte_t *slot,
		       uaddr_t at)
{
	spin_must_hold(&s->pt_lock);
	pte_t e = pte_read(slot);

	/*
	 * memory files: a leaf that may be written is writable from the start
	 */
	if (of_file(leaf_head(e)) || !sole_owner(leaf_head(e))) {
		huge_split(s, slot, at);
		return false;
	}
	pte_write(slot, pte_leaf_at(1, pte_pfn(e),
				    vm_effective(v->prot) | MAP_USER, 0));
	vm_flush_local(s, ALIGN_DOWN(at, HUGE_SIZE));
	return true;
}

/*
 * Set the leaf's permissions after mprotect(2).  The caller flushes the TLBs.
 * Context: [pt_lock].
 */
static void huge_protect(struct vm_space *s, struct vma *v, pte_t *slot)
{
	spin_must_hold(&s->pt_lock);
	pte_t e = pte_read(slot);
	unsigned prot = vm_effective(v->prot) | MAP_USER;
	unsigned long soft = 0;

	huge_note_fetch(leaf_head(e), prot);
	if (prot & MAP_W && !of_file(leaf_head(e)) &&
	    !sole_owner(leaf_head(e))) {
		prot &= ~MAP_W;
		soft = PTE_COW;
	}
	pte_write(slot, pte_leaf_at(1, pte_pfn(e), prot, soft));
}

/*
 * Share a leaf with the child, which gets its own table in reserve, so that
 * each side can split independently.
 */
static bool huge_fork(struct vm_space *dst, struct vm_space *src, pte_t *slot,
	       uaddr_t at)
{
	unsigned level = 1;
	pte_t *to = pt_walk(dst->root, at, &level, PT_MAKE);
	pte_t e = pte_read(slot);

	if (!to || !huge_reserve_table(dst))
		return false;
	get_frames(leaf_head(e));
	if (pte_writable(e)) {
		e = pte_set_soft(pte_wrprotect(e), PTE_COW);
		pte_write(slot, e);
	}
	pt_super_set(to, e);
	atomic_add(&dst->rss_anon, HUGE_PAGES);
	return true;
}

static void huge_shrink(void)
{
	huge_pool_shrink();
	huge_scan_settle();
}

static const struct superpage_ops ops = {
	.fault = huge_fault,
	.split = huge_split,
	.zap = huge_zap,
	.put = huge_put,
	.write = huge_write,
	.protect = huge_protect,
	.fork = huge_fork,
	.eligible = huge_eligible,
	.collapse = huge_collapse_range,
	.shrink = huge_shrink,
	.show_meminfo = huge_meminfo,
	.show_vmstat = huge_vmstat,
};

void huge_init(void)
{
	superpage = &ops;
	huge_enabled = PT_SUPER(1) && HUGE_ORDER <= PAGE_MAX_ORDER &&
		!boot_option("nohuge");
}
INIT(fs, huge_init);
