/* SPDX-License-Identifier: MIT */
/*
 * Anonymous superpages, by the operations of mm/superpage.h: one leaf of the
 * lowest level above 0.
 *
 * A superpage leaf holds one reference on each of its frames.  While they are
 * one block (PG_HUGE_HEAD) that is one reference on the head; once the block
 * is broken, each frame has its own count.  For each superpage leaf the space
 * keeps one table in reserve, so that a split cannot fail.
 */
#include <ext/hugepage/hugepage.h>
#include <lt/boot.h>
#include <lt/bug.h>
#include <lt/init.h>
#include <mm/page.h>
#include <mm/superpage.h>
#include <mm/vm_internal.h>

bool huge_enabled;

/* ---- tables in reserve --------------------------------------------------- */

/*
 * Each superpage has the leaf table it may be split into set aside from the
 * start: so a split cannot fail, where munmap and mprotect must not.  =>
 * [pt_lock]; false: no memory
 */
static bool reserve_table(struct vm_space *s)
{
	struct page *t = page_alloc(0, PAGE_TABLE);

	if (!t)
		return false;
	list_push(&s->spare_tables, &t->link);
	atomic_add(&s->pt_pages, 1);
	return true;
}

/* The reserve of one superpage, which is split or goes.  => [pt_lock] */
static struct page *take_table(struct vm_space *s)
{
	struct page *t = list_first(&s->spare_tables, struct page, link);

	spin_must_hold(&s->pt_lock);
	ASSERT(!list_empty(&s->spare_tables));
	list_remove(&t->link);
	return t;
}

static void drop_table(struct vm_space *s)
{
	atomic_add(&s->pt_pages, -1);
	page_put(take_table(s));
}

/* ---- frames -------------------------------------------------------------- */

/*
 * A block may be shared by several spaces: whether it is whole changes only
 * under this lock, inside of theirs.
 */
static struct spinlock huge_lock = SPIN_INIT("superpage", IPL_SOFT);

/* The first frame of the block that a superpage's entry names. */
static struct page *leaf_head(pte_t e)
{
	return pfn_page(pte_pfn(e));
}

/* Is the block still one, counted on its head?  => [huge_lock] to rely on it */
static bool whole(const struct page *head)
{
	return head->flags & PG_HUGE_HEAD;
}

/*
 * One of the spaces that share the block splits its entry: from now on the
 * frames are counted singly, for all of them.
 */
static void break_block(struct page *head)
{
	spin_lock(&huge_lock);
	if (whole(head))
		page_break_block(head);
	spin_unlock(&huge_lock);
}

/* Another leaf (fork's child) names the block. */
static void get_frames(struct page *head)
{
	spin_lock(&huge_lock);
	if (whole(head))
		page_get(head);
	else
		for (unsigned i = 0; i < HUGE_PAGES; i++)
			page_get(head + i);
	spin_unlock(&huge_lock);
}

/*
 * A leaf that named the block is gone: of other spaces, some may still have it
 * as one leaf and some in pieces.
 */
static void put_frames(struct page *head)
{
	spin_lock(&huge_lock);
	if (whole(head))
		page_put(head);
	else
		for (unsigned i = 0; i < HUGE_PAGES; i++)
			page_put(head + i);
	spin_unlock(&huge_lock);
}

static bool all_single(const struct page *head)
{
	for (unsigned i = 0; i < HUGE_PAGES; i++)
		if (ref_read(&head[i].refs) != 1)
			return false;
	return true;
}

/*
 * Does the one leaf that asks hold all the frames alone?  If the block was
 * broken meanwhile it is made whole again.
 */
static bool sole_owner(struct page *head)
{
	bool sole;

	spin_lock(&huge_lock);
	if (whole(head)) {
		sole = ref_read(&head->refs) == 1;
	} else {
		sole = all_single(head);
		if (sole) {
			head->order = HUGE_ORDER;
			head->flags |= PG_HUGE_HEAD;
		}
	}
	spin_unlock(&huge_lock);
	return sole;
}

/* ---- operations ---------------------------------------------------------- */

/* => a block of zeros, counted on its head; NULL: single pages will do */
static struct page *alloc_cleared(void)
{
	struct page *head;
	char *at;

	/* leave the last sixteenth of memory to those who need single pages */
	if (page_free_count() < page_total() / 16 + HUGE_PAGES)
		return NULL;
	head = page_alloc(HUGE_ORDER, PAGE_ANON);
	if (!head)
		return NULL;
	head->flags = PG_HUGE_HEAD;
	at = page_virt(head);
	for (unsigned i = 0; i < HUGE_PAGES; i++)
		arch_clear_page(at + i * PAGE_SIZE);
	return head;
}

/*
 * Row C5.  A first store to memory that has no table yet, in an aligned piece
 * that lies in one VMA: if anything is in the way, the answer is "no", and the
 * fault maps a page as ever.
 */
static bool huge_fault(struct vm_space *s, struct vma *v, uaddr_t at)
{
	uaddr_t start = ALIGN_DOWN(at, HUGE_SIZE);
	unsigned level = 1;
	struct page *head;
	pte_t *slot;
	bool mine;

	if (!huge_enabled || v->flags & (VM_NOHUGE | VM_GROWSDOWN) ||
	    start < v->start || v->end - start < HUGE_SIZE ||
	    READ_ONCE(s->no_huge))
		return false;
	slot = pt_walk(s->root, start, &level, true);
	if (!slot || level != 1 || !pte_none(pte_read(slot)))
		return false;
	head = alloc_cleared();
	if (!head)
		return false;
	spin_lock(&s->pt_lock);
	mine = reserve_table(s);
	spin_unlock(&s->pt_lock);
	if (!mine) {
		page_put(head);
		return false;
	}
	__atomic_fetch_or(&v->flags, VM_ANONED, __ATOMIC_RELAXED);
	vm_note_fetch(head, vm_effective(v->prot));
	spin_lock(&s->pt_lock);
	mine = pt_super_set(slot, pte_leaf_at(1, page_pfn(head),
					      vm_effective(v->prot) | MAP_USER,
					      0));
	if (mine)
		atomic_add(&s->rss_anon, HUGE_PAGES);
	else
		drop_table(s);	/* another thread was first */
	spin_unlock(&s->pt_lock);
	if (!mine)
		page_put(head);
	return mine;
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
 * The new table is filled before it is in the tree.  The rights stay, and mark
 * and right were the leaf's: each page goes on as it was.  => [pt_lock]
 */
static void huge_split(struct vm_space *s, pte_t *slot, uaddr_t at)
{
	pte_t e = pte_read(slot);
	struct page *head = leaf_head(e), *table = take_table(s);
	unsigned prot = pte_prot(e);
	unsigned long soft = pte_soft(e);
	struct split f = { s, ALIGN_DOWN(at, HUGE_SIZE) };
	pte_t *t = page_virt(table);

	spin_must_hold(&s->pt_lock);
	break_block(head);
	for (unsigned i = 0; i < HUGE_PAGES; i++)
		pte_write(&t[i], pte_leaf(pte_pfn(e) + i, prot, soft));
	pt_super_split(slot, table, flush_split, &f);
}

/*
 * => [pt_lock]; one address is enough for the flush: it is one entry in the TLB
 */
static void huge_zap(struct vm_space *s, pte_t *slot, uaddr_t at, bool dead)
{
	struct page *head = leaf_head(pte_read(slot));

	spin_must_hold(&s->pt_lock);
	pt_super_clear(slot);
	if (!dead)
		vm_flush_page(s, at);
	put_frames(head);
	atomic_add(&s->rss_anon, -(int)HUGE_PAGES);
	drop_table(s);
}

/*
 * A store to a read-only leaf: alone, the space may write to all of it; else it
 * is split, and then copied page by page, since to copy the whole for one store
 * could cost more than the program would ever use.  => [pt_lock]
 */
static bool huge_write(struct vm_space *s, struct vma *v, pte_t *slot,
		       uaddr_t at)
{
	spin_must_hold(&s->pt_lock);
	pte_t e = pte_read(slot);

	if (!sole_owner(leaf_head(e))) {
		huge_split(s, slot, at);
		return false;
	}
	pte_write(slot, pte_leaf_at(1, pte_pfn(e),
				    vm_effective(v->prot) | MAP_USER, 0));
	vm_flush_local(s, ALIGN_DOWN(at, HUGE_SIZE));
	return true;
}

/* => [pt_lock]; the caller flushes */
static void huge_protect(struct vm_space *s, struct vma *v, pte_t *slot)
{
	spin_must_hold(&s->pt_lock);
	pte_t e = pte_read(slot);
	unsigned prot = vm_effective(v->prot) | MAP_USER;
	unsigned long soft = 0;

	vm_note_fetch(leaf_head(e), prot);
	if (prot & MAP_W && !sole_owner(leaf_head(e))) {
		prot &= ~MAP_W;
		soft = PTE_COW;
	}
	pte_write(slot, pte_leaf_at(1, pte_pfn(e), prot, soft));
}

/* The child gets a table in reserve of its own: each side may split alone. */
static bool huge_fork(struct vm_space *dst, struct vm_space *src, pte_t *slot,
	       uaddr_t at)
{
	unsigned level = 1;
	pte_t *to = pt_walk(dst->root, at, &level, true);
	pte_t e = pte_read(slot);

	if (!to || !reserve_table(dst))
		return false;
	get_frames(leaf_head(e));
	if (pte_writable(e)) {
		e = pte_mksoft(pte_wrprotect(e), PTE_COW);
		pte_write(slot, e);
	}
	pt_super_set(to, e);
	atomic_add(&dst->rss_anon, HUGE_PAGES);
	return true;
}

static const struct superpage_ops ops = {
	.fault = huge_fault,
	.split = huge_split,
	.zap = huge_zap,
	.write = huge_write,
	.protect = huge_protect,
	.fork = huge_fork,
};

void huge_init(void)
{
	superpage = &ops;
	huge_enabled = PT_SUPER(1) && HUGE_ORDER <= PAGE_MAX_ORDER &&
		!boot_option("nohuge");
}
INIT(fs, huge_init);
