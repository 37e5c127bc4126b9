/* SPDX-License-Identifier: MIT */
/*
 * Swapping pages out of programs (rows D5, D13): one entry at a time, and
 * batches of pages that are written together.  The choice of pages is made
 * elsewhere (reclaim.c for the machine, group.c for one owner).
 */
#include "swap.h"
#include <mm/tables/superpage.h>
#include <mm/vma.h>

unsigned long swap_looked;

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

/* True if e, an entry of that level, maps frame pfn at the address. */
static bool entry_maps(pte_t e, unsigned level, uaddr_t at, u32 pfn)
{
	unsigned long below = at & ((1ul << PT_SHIFT(level)) - 1);

	return entry_is_anon(e) && pte_pfn(e) + (below >> PAGE_SHIFT) == pfn;
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

	if (!slot || level || !entry_maps(pte_read(slot), 0, at, pfn))
		return NULL;
	return slot;
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
 * True if s maps frame pfn at the address.  If it does so by a superpage, which
 * one of its kin has split, this splits it here, too.
 */
static bool page_is_at(struct vm_space *s, uaddr_t at, u32 pfn)
{
	unsigned level = 0;
	pte_t *slot;
	bool is;

	spin_lock(&s->pt_lock);
	slot = pt_walk(s->root, at, &level, PT_READ);
	is = slot && entry_maps(pte_read(slot), level, at, pfn);
	if (is && level)
		superpage->split(s, slot, at);
	spin_unlock(&s->pt_lock);
	return is;
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

	if (!v || at < v->start || !vma_may_go(v))
		return NULL;
	/* a space that does not map the page keeps its shared table */
	if (!page_is_at(s, at, pfn) || !vm_own(s, at, at + PAGE_SIZE))
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
 * Swap the page out of the kin of the batch's space that share it, at the same
 * address: fork leaves pages at their addresses, and only fork shares them.
 */
static void take_from_kin(struct batch *b, const struct frame *f,
			  const struct page *p)
{
	struct vm_space *first = b->space, *s = first;

	vm_space_get(first);
	batch_leave(b);
	while (ref_read(&p->refs) > 2 && (s = vm_next_kin(first, s))) {
		struct page *same;

		WRITE_ONCE(swap_looked, swap_looked + 1);
		rw_read_lock(&s->lock);
		same = page_swap_out(s, f->at, f->pfn);
		rw_read_unlock(&s->lock);
		if (same)
			page_put(same);
	}
	if (s && s != first)
		vm_space_put(s);
	vm_space_put(first);
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
		take_from_kin(b, f, p);
	add_page(b, p);
}
