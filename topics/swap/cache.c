/* SPDX-License-Identifier: MIT */
/*
 * The swap cache: pages that are being written or read, and pages that one
 * process has swapped in while others still refer to the slot.
 *
 * The cache holds one reference to each of its pages.  Code gets a new
 * reference from the cache under swap_lock, or from a page table entry, which
 * already has a reference of its own.  So if only the cache and the caller hold
 * references, no process uses the page: it can be written and freed.
 */
#include "swap.h"
#include <mm/space/fault.h>
#include <mm/cache/pagecache.h>
#include <uapi/errno.h>

#define CLUSTER_MAX	32

struct spinlock swap_lock = SPIN_INIT("swap", IPL_SOFT);
unsigned swap_cached;
const struct swap_owners *swap_owners;
unsigned long page_cluster = 3;
static unsigned trim_area, trim_slot;	/* [swap_lock] cache_trim()'s hand */

/* ---- slots and their pages; Context: [swap_lock] ------------------------- */

/* Put p into the cache as the page of slot n; the cache takes a reference. */
static void swap_cache_add(struct page *p, unsigned n)
{
	slot_of(n)->pfn = (u32)page_pfn(p);
	p->private[0] = n;
	page_get(p);
	page_set_flags(p, PG_SWAP);
	swap_cached++;
}

/*
 * Remove the slot's page from the cache; the caller takes over the cache's
 * reference.
 */
static struct page *swap_cache_remove(struct slot *sl)
{
	struct page *p = pfn_page(sl->pfn);

	sl->pfn = NO_FRAME;
	page_clear_flags(p, PG_SWAP | PG_DIRTY | PG_ACCESSED);
	swap_cached--;
	return p;
}

void swap_slot_put(unsigned n)
{
	struct area *a = area_of(n);
	struct slot *sl = slot_of(n);

	spin_must_hold(&swap_lock);
	if (--sl->users)
		return;
	if (sl->pfn != NO_FRAME)
		page_put(swap_cache_remove(sl));
	if (sl->owner)
		swap_owners->slot_given(sl->owner);
	slots_give(a->slots, n - a->base);
}

/* True if p is the cached page of slot n. */
static bool is_of_slot(const struct page *p, unsigned n)
{
	struct slot *sl = slot_of(n);

	return sl && sl->pfn == page_pfn(p);
}

/* ---- entries (mm/tables/soft_entry.h) ------------------------------------ */

static bool is_swap(pte_t e)
{
	return pte_soft_kind(e) == PTE_KIND_SWAP;
}

void swap_dup(pte_t e)
{
	if (!is_swap(e))
		return;
	spin_lock(&swap_lock);
	slot_of((unsigned)pte_soft_value(e))->users++;
	spin_unlock(&swap_lock);
}

void swap_zap(pte_t e)
{
	if (!is_swap(e))
		return;
	spin_lock(&swap_lock);
	swap_slot_put((unsigned)pte_soft_value(e));
	spin_unlock(&swap_lock);
}

bool swap_in_memory(pte_t e)
{
	struct slot *sl;
	bool there;

	if (!is_swap(e))
		return false;
	spin_lock(&swap_lock);
	sl = slot_of((unsigned)pte_soft_value(e));
	there = sl && sl->pfn != NO_FRAME &&
		!(page_flags(pfn_page(sl->pfn)) & PG_NOT_READY);
	spin_unlock(&swap_lock);
	return there;
}

/* ---- out ----------------------------------------------------------------- */

/*
 * Take a slot for p and charge it to p's owner.
 * Context: [swap_lock].
 * Return: the slot, or SLOT_NONE.
 */
static unsigned swap_charge_slot(const struct page *p)
{
	unsigned n = area_take_slot();
	int owner = swap_owners ? swap_owners->slot_taken(p, n != SLOT_NONE) : 0;
	struct area *a;

	if (n == SLOT_NONE)
		return n;
	if (owner >= 0) {
		slot_of(n)->owner = (unsigned)owner;
		return n;
	}
	a = area_of(n);
	slots_give(a->slots, n - a->base);
	return SLOT_NONE;
}

/*
 * Add a user to p's slot, which is taken first if p has none.
 * Return: the slot's number, or SLOT_NONE.
 */
static unsigned swap_get_slot(struct page *p)
{
	unsigned n;

	spin_lock(&swap_lock);
	if (p->flags & PG_SWAP) {
		n = page_slot(p);
	} else {
		n = swap_charge_slot(p);
		if (n != SLOT_NONE) {
			swap_cache_add(p, n);
			page_set_flags(p, PG_DIRTY);
		}
	}
	if (n != SLOT_NONE)
		slot_of(n)->users++;
	spin_unlock(&swap_lock);
	return n;
}

/* ---- pages of files in memory (shared.c) --------------------------------- */

unsigned swap_enter_cache(struct page *p)
{
	unsigned n = swap_charge_slot(p);

	spin_must_hold(&swap_lock);
	if (n == SLOT_NONE)
		return n;
	page_clear_flags(p, ~0u);
	page_set_kind(p, PAGE_ANON);
	swap_cache_add(p, n);
	page_set_flags(p, PG_DIRTY);
	slot_of(n)->users = 1;
	/* the cache took a reference of its own: drop the tree's */
	page_put(p);
	return n;
}

bool swap_leave_cache(struct page *p, unsigned n)
{
	spin_must_hold(&swap_lock);
	if (!is_of_slot(p, n) ||
	    page_flags(p) & (PG_NOT_READY | PG_WRITEBACK))
		return false;
	swap_cache_remove(slot_of(n));
	swap_slot_put(n);
	page_set_kind(p, PAGE_CACHE);
	return true;
}

/* ---- swapping out entries ------------------------------------------------ */

/*
 * A page with a writable entry is swapped out only if the entry holds the only
 * reference to the page.  Any other reference belongs to a transfer to or from
 * the frame, which must finish first.
 */
struct page *swap_out_entry(struct vm_space *s, uaddr_t at, pte_t *slot)
{
	pte_t e = pte_read(slot);
	struct page *p = pfn_page(pte_pfn(e));
	unsigned n;

	spin_must_hold(&s->pt_lock);
	if (pte_writable(e) && ref_read(&p->refs) != 1)
		return NULL;
	n = swap_get_slot(p);
	if (n == SLOT_NONE)
		return NULL;
	pte_write(slot, pte_soft_entry(PTE_KIND_SWAP, n));
	vm_flush_page(s, at);
	atomic_add(&s->rss_anon, -1);
	return p;
}

/*
 * Note that p is being written, if only the cache and the caller hold p.  The
 * write counts as a user of the slot of p.
 * Return: false if p must be left alone.
 */
static bool swap_begin_write(struct page *p)
{
	bool mine;

	spin_lock(&swap_lock);
	mine = p->flags & PG_SWAP && ref_read(&p->refs) == 2;
	if (mine) {
		slot_of(page_slot(p))->users++;
		page_set_flags(p, PG_WRITEBACK);
	}
	spin_unlock(&swap_lock);
	return mine;
}

/*
 * End the write of p to slot n.
 * Return: true if the frame was freed.
 */
static bool end_write(struct page *p, unsigned n, bool ok)
{
	struct slot *sl;
	bool won;

	spin_lock(&swap_lock);
	sl = slot_of(n);
	if (ok && is_of_slot(p, n))
		page_clear_flags(p, PG_DIRTY);
	won = ok && is_of_slot(p, n) && ref_read(&p->refs) == 2;
	if (won)
		page_put(swap_cache_remove(sl));
	swap_slot_put(n);
	spin_unlock(&swap_lock);
	page_unbusy(p, PG_WRITEBACK);
	return won;
}

unsigned swap_clean(struct page **pages, unsigned n)
{
	struct page *mine[SWAP_BATCH], *dirty[SWAP_BATCH];
	unsigned slots[SWAP_BATCH];
	unsigned k, m = 0, d = 0, won = 0;
	int err = 0;

	for (k = 0; k < n; k++) {
		if (!swap_begin_write(pages[k])) {
			page_put(pages[k]);
			continue;
		}
		slots[m] = page_slot(pages[k]);
		mine[m++] = pages[k];
		if (page_flags(pages[k]) & PG_DIRTY)
			dirty[d++] = pages[k];
	}
	if (d)
		err = swap_write(dirty, d);
	for (k = 0; k < m; k++) {
		won += end_write(mine[k], slots[k], !err);
		page_put(mine[k]);
	}
	return won;
}

/*
 * Find the next page that only the cache holds and that was not just read.
 * Look at no more than *steps slots, and count *steps down.
 * Context: [swap_lock].
 * Return: the page with a reference, or NULL if none of the slots has such a
 * page.
 */
static struct page *trim_next(unsigned *steps,
			      bool (*may)(const struct page *p))
{
	for (; *steps; --*steps) {
		struct area *a = areas[trim_area % MAX_AREAS];
		struct page *p;
		u32 pfn;

		if (!a || trim_slot >= a->slots->size) {
			trim_area++;
			trim_slot = 0;
			continue;
		}
		pfn = slots_at(a->slots, trim_slot++)->pfn;
		if (pfn == NO_FRAME)
			continue;
		p = pfn_page(pfn);
		if (may && !may(p))
			continue;
		if (page_flags(p) & PG_ACCESSED)
			page_clear_flags(p, PG_ACCESSED);
		else if (ref_read(&p->refs) == 1) {
			page_get(p);
			return p;
		}
	}
	return NULL;
}

unsigned long cache_trim(unsigned long n, bool (*may)(const struct page *p))
{
	unsigned long won = 0;
	unsigned left = 1u << 16;

	while (won < n && left && HINT(swap_cached)) {
		struct page *batch[SWAP_BATCH], *p;
		unsigned got = 0, steps = min(left, 2048u);

		left -= steps;
		spin_lock(&swap_lock);
		while (got < SWAP_BATCH && (p = trim_next(&steps, may)))
			batch[got++] = p;
		spin_unlock(&swap_lock);
		won += swap_clean(batch, got);
	}
	return won;
}

/* ---- in ------------------------------------------------------------------ */

/*
 * Remove a page that could not be read, so that the next user of slot n can
 * retry.
 */
static void swap_drop_unread(struct page *p, unsigned n)
{
	spin_lock(&swap_lock);
	if (is_of_slot(p, n))
		page_put(swap_cache_remove(slot_of(n)));
	spin_unlock(&swap_lock);
}

/* Give up a read that was not even started; tasks that wait for p retry. */
int swap_fail_read(struct page *p)
{
	swap_drop_unread(p, page_slot(p));
	page_unbusy(p, PG_READING);
	page_put(p);
	return -ENOMEM;
}

/*
 * Put p into the cache as the page of slot n, to be read.
 * Context: [swap_lock].
 * Return: false if the slot is free or its page is already cached.
 */
static bool enter_read(struct page *p, unsigned n)
{
	struct slot *sl = slot_of(n);

	if (!sl || !slot_in_use(sl) || sl->pfn != NO_FRAME)
		return false;
	page_set_flags(p, PG_READING | PG_ACCESSED);
	swap_cache_add(p, n);
	if (sl->owner)
		swap_owners->page_came(p, sl->owner);
	return true;
}

/* Return: true if p is now the page of slot n and the caller must read it. */
static bool swap_begin_read(struct page *p, unsigned n)
{
	bool mine;

	spin_lock(&swap_lock);
	mine = enter_read(p, n);
	spin_unlock(&swap_lock);
	return mine;
}

/* True if slot n is in use and its page is not in memory. */
static bool swap_slot_is_out(unsigned n)
{
	const struct slot *sl;
	bool out;

	spin_lock(&swap_lock);
	sl = slot_of(n);
	out = sl && slot_in_use(sl) && sl->pfn == NO_FRAME;
	spin_unlock(&swap_lock);
	return out;
}

static bool no_room_ahead(void)
{
	return page_is_low() || (swap_owners && swap_owners->no_ahead());
}

/*
 * Read ahead the slots near n, while memory is not short.  Their pages were
 * swapped out together with the page of slot n and are often needed together.
 */
static void swap_read_ahead(unsigned n)
{
	unsigned size = 1u << min(page_cluster, 5ul), got = 0;
	unsigned first = n & ~(size - 1);
	struct page *pages[CLUSTER_MAX];

	for (unsigned k = first; k < first + size && !no_room_ahead(); k++) {
		struct page *p = swap_slot_is_out(k) ?
					 page_alloc(0, PAGE_ANON) :
					 NULL;

		if (p && swap_begin_read(p, k))
			pages[got++] = p;
		else if (p)
			page_put(p);
	}
	if (got)
		swap_read(pages, got);
}

/* Return: the cached page of slot n, with a reference, or NULL. */
static struct page *swap_find(unsigned n)
{
	struct page *p = NULL;
	struct slot *sl;

	spin_lock(&swap_lock);
	sl = slot_of(n);
	if (sl && sl->pfn != NO_FRAME) {
		p = pfn_page(sl->pfn);
		page_get(p);
	}
	spin_unlock(&swap_lock);
	return p;
}

int swap_read_in(unsigned n)
{
	struct page *p = page_alloc(0, PAGE_ANON);

	if (!p)
		return -ENOMEM;
	if (!swap_begin_read(p, n)) {
		page_put(p);
		return 0;
	}
	if (swap_read(&p, 1))
		return -ENOMEM;
	swap_read_ahead(n);
	return 0;
}

/*
 * Map p in place of entry e, and take over the caller's reference to p.  The
 * new entry is writable at once if nothing else refers to p or its slot.
 * Return: false if e or p has changed meanwhile; the caller then keeps its
 * reference.
 */
static bool swap_map_page(struct fault *f, pte_t e, struct page *p)
{
	unsigned n = (unsigned)pte_soft_value(e), prot = f->prot;
	struct vm_space *s = f->space;
	unsigned long soft = 0;
	bool ok;

	vm_note_fetch(p, prot);
	spin_lock(&s->pt_lock);
	spin_lock(&swap_lock);
	ok = pte_read(f->slot).v == e.v && is_of_slot(p, n);
	if (ok) {
		swap_slot_put(n);
		if (ref_read(&p->refs) != 1 && prot & MAP_W) {
			prot &= ~MAP_W;
			soft = PTE_COW;
		}
		pte_write(f->slot, pte_leaf(page_pfn(p), prot, soft));
		atomic_add(&s->rss_anon, 1);
	}
	spin_unlock(&swap_lock);
	spin_unlock(&s->pt_lock);
	return ok;
}

struct page *swap_find_read(unsigned n, bool *bad)
{
	struct page *p = swap_find(n);

	*bad = false;
	if (!p)
		return NULL;
	page_wait(p, PG_READING);
	*bad = page_flags(p) & PG_ERROR;
	if (!*bad)
		return p;
	swap_drop_unread(p, n);
	page_put(p);
	return NULL;
}

/*
 * Map the page that e names, and read the page first if needed.  A read that
 * failed may have been a read-ahead, so a fault reads a bad page once more.
 * Context: [areas_lock].
 */
static enum vm_fault swap_load_in(struct fault *f, pte_t e)
{
	unsigned n = (unsigned)pte_soft_value(e);
	bool bad, tried = false;
	struct page *p;

	/* if memory is short, the page may be dropped again at once: loop */
	while (!(p = swap_find_read(n, &bad))) {
		if (pte_read(f->slot).v != e.v)
			return VM_FAULT_OK;
		if (bad && tried)
			return VM_FAULT_BUS;
		if (swap_read_in(n))
			return VM_FAULT_OOM;
		tried = true;
	}
	if (swap_map_page(f, e, p))
		lab_count_fault(f->space, f->at);
	else
		page_put(p);
	return tried ? VM_FAULT_MAJOR : VM_FAULT_OK;
}

/* Handle a fault on entry e.  A marker is a lost page (area.c): SIGBUS. */
enum vm_fault swap_fault(struct fault *f, pte_t e)
{
	enum vm_fault r;

	if (!is_swap(e))
		return VM_FAULT_BUS;
	lab_limit_frames(f->space, f->at);
	rw_read_lock(&areas_lock);
	r = swap_load_in(f, e);
	rw_read_unlock(&areas_lock);
	return r;
}
