/* SPDX-License-Identifier: MIT */
/*
 * Swapping pages out of programs (rows D5, D13): one entry at a time, and
 * batches of pages that are written together.  The choice of pages is made
 * elsewhere (reclaim.c for the machine, group.c for one owner).
 */
#include "swap.h"
#include <kernel/task/task.h>
#include <mm/tables/superpage.h>
#include <mm/vma.h>

unsigned long swap_looked;

/* ---- address spaces ------------------------------------------------------ */

/*
 * Return: p's address space with a reference for vm_space_put(), or NULL.
 * Context: [tree_lock].
 */
static struct vm_space *live_space(struct process *p)
{
	struct task *t;

	spin_must_hold(&tree_lock);
	list_for_each(t, &p->threads, thread_link)
		if (vm_space_get_live(t->space))
			return t->space;
	return NULL;
}

struct vm_space *space_of_pid(int pid)
{
	struct vm_space *s = NULL;
	struct process *p;

	spin_lock(&tree_lock);
	list_for_each(p, &all_processes, all_link)
		if (p->pid == pid)
			s = live_space(p);
	spin_unlock(&tree_lock);
	return s;
}

struct vm_space *space_next(int *pid)
{
	struct vm_space *s = NULL;

	do {
		struct process *p, *next = NULL;

		spin_lock(&tree_lock);
		list_for_each(p, &all_processes, all_link)
			if (p->pid > *pid && (!next || p->pid < next->pid))
				next = p;
		*pid = next ? next->pid : 0;
		s = next ? live_space(next) : NULL;
		spin_unlock(&tree_lock);
	} while (*pid && !s);
	return s;
}

/* ---- one entry ----------------------------------------------------------- */

/* True if pages of v may be swapped out. */
bool vma_may_go(const struct vma *v)
{
	return vma_private(v) && !(v->flags & (VM_LOCKED | VM_SPECIAL));
}

/* True if e maps an anonymous page that counts as resident. */
bool entry_is_anon(pte_t e)
{
	return pte_present(e) && !(pte_soft(e) & PTE_SPECIAL) &&
		pfn_page(pte_pfn(e))->kind == PAGE_ANON;
}

/*
 * Find the page table slot that maps frame pfn at the address.  With PT_CHANGE,
 * find it only in a table that s does not share.
 * Context: [s->pt_lock].
 * Return: the slot, or NULL if pfn is no longer mapped there.
 */
static pte_t *slot_at(struct vm_space *s, uaddr_t at, u32 pfn,
		      unsigned for_what)
{
	unsigned level = 0;
	pte_t *slot = pt_walk(s->root, at, &level, for_what);
	pte_t e;

	if (!slot || level)
		return NULL;
	e = pte_read(slot);
	return entry_is_anon(e) && pte_pfn(e) == pfn ? slot : NULL;
}

/*
 * Clear the accessed bit.  Without the flush the next use would not set the bit
 * again, because the TLB may still hold the entry.
 */
void entry_make_old(struct vm_space *s, uaddr_t at, pte_t *slot, bool flush)
{
	__atomic_fetch_and(&slot->v, ~(__typeof__(slot->v))PTE_A,
			   __ATOMIC_RELAXED);
	if (flush)
		vm_flush_page(s, at);
}

enum frame_use page_use(struct vm_space *s, struct frame *f, bool flush)
{
	enum frame_use use = FRAME_GONE;
	pte_t *slot;

	spin_lock(&s->pt_lock);
	slot = slot_at(s, f->at, f->pfn, PT_READ);
	if (slot) {
		use = pte_accessed(pte_read(slot)) ? FRAME_USED : FRAME_UNUSED;
		if (use == FRAME_USED)
			entry_make_old(s, f->at, slot, flush);
	}
	spin_unlock(&s->pt_lock);
	return use;
}

/*
 * Swap the page at `at` out of s.
 * Context: [s->lock], shared.
 * Return: the page with a reference, or NULL if it stays.
 */
struct page *page_swap_out(struct vm_space *s, uaddr_t at, u32 pfn)
{
	struct vma *v = vm_find(s, at);
	struct page *p = NULL;
	pte_t *slot;

	if (!v || at < v->start || !vma_may_go(v) || !vm_own(s, at, at + PAGE_SIZE))
		return NULL;
	vm_note_rss(s);
	spin_lock(&s->pt_lock);
	slot = slot_at(s, at, pfn, PT_CHANGE);
	if (slot)
		p = swap_out_entry(s, at, slot);
	spin_unlock(&s->pt_lock);
	return p;
}

/*
 * Splits superpages.  Pages in a shared table are handled like other pages; the
 * space gets its own copy of the table when such a page is swapped out.
 */
struct pt_run run_in_pieces(struct vm_space *s, uaddr_t at, uaddr_t end,
			    struct pt_run r)
{
	if (pte_shared(pte_read(r.slot))) {
		r.level = 0;
		r.slot = pt_walk(s->root, at, &r.level, PT_READ);
		return r;
	}
	if (r.len == r.span)
		superpage->split(s, r.slot, at);
	return pt_run_at(s->root, at, end);
}

/* ---- batches of pages to be written -------------------------------------- */

/*
 * Flush the TLBs once for all pages whose accessed bit was cleared: a message
 * to every CPU for each page would take longer than writing the pages.
 */
void batch_leave(struct batch *b)
{
	if (b->space) {
		if (b->made_old)
			vm_flush_tables(b->space);
		rw_read_unlock(&b->space->lock);
		vm_space_put(b->space);
	}
	b->space = NULL;
	b->made_old = false;
	b->pid = 0;
}

struct vm_space *batch_enter(struct batch *b, int pid)
{
	if (b->pid == pid)
		return b->space;
	batch_leave(b);
	b->space = space_of_pid(pid);
	b->pid = pid;
	if (b->space)
		rw_read_lock(&b->space->lock);
	return b->space;
}

/* Unlocks the space first, because writing sleeps long. */
void batch_write(struct batch *b)
{
	batch_leave(b);
	b->won += swap_clean(b->pages, b->n);
	b->n = 0;
}

static void add_page(struct batch *b, struct page *p)
{
	b->pages[b->n++] = p;
	if (b->n == SWAP_BATCH)
		batch_write(b);
}

/*
 * Swap the page out of other spaces that share it after fork, at the same
 * address.
 */
static void take_from_others(struct batch *b, const struct frame *f,
			     const struct page *p)
{
	struct vm_space *s;
	int pid = 0;

	batch_leave(b);
	while (ref_read(&p->refs) > 2 && (s = space_next(&pid))) {
		struct page *same;

		rw_read_lock(&s->lock);
		same = page_swap_out(s, f->at, f->pfn);
		rw_read_unlock(&s->lock);
		vm_space_put(s);
		if (same)
			page_put(same);
	}
}

enum frame_use batch_use(struct frame *f, void *arg)
{
	struct batch *b = arg;
	enum frame_use use = FRAME_GONE;
	struct vm_space *s;

	WRITE_ONCE(swap_looked, swap_looked + 1);
	if (page_is_spared(pfn_page(f->pfn)))
		return use;
	if (!f->pid) {
		batch_leave(b);
		return shared_use(f);
	}
	s = batch_enter(b, f->pid);
	if (s)
		use = page_use(s, f, false);

	b->made_old |= use == FRAME_USED;
	return use;
}

/*
 * Swap out the frame f that a policy chose.
 * Context: [rc.lock].
 */
void batch_swap_out(struct batch *b, struct frame *f)
{
	struct vm_space *s;
	struct page *p;

	if (!f->pid) {
		batch_leave(b);
		p = shared_swap_out(f);
		if (p)
			add_page(b, p);
		return;
	}
	s = batch_enter(b, f->pid);
	p = s ? page_swap_out(s, f->at, f->pfn) : NULL;
	if (!p)
		return;
	/* two references: the cache and this function, if no other space */
	if (ref_read(&p->refs) > 2)
		take_from_others(b, f, p);
	add_page(b, p);
}
