/* SPDX-License-Identifier: MIT */
/*
 * Swapping pages of files in memory (rows C2, D5, D13): tmpfs, memfd_create(2),
 * System V and anonymous shared memory.
 *
 *	a page is	  the tree's item   struct page of the contents
 *	in memory	  the page	    PAGE_CACHE: mapping and index
 *	going out or in	  the slot	    PAGE_ANON, in the swap cache: slot
 *	out		  the slot	    none
 *
 * The tree's item is the only user of the slot: processes that map the file
 * have no entry for a swapped page and find it through the tree.  So the slot
 * does not count mappers, and a page comes back for all of them at once.
 *
 * Invariant: a page moves from the tree to the swap cache only while nobody but
 * the tree and the caller has a reference to it.  It moves back only while no
 * I/O reads or writes it.  Only at these two moves does the union in struct
 * page change its meaning.
 */
#include "swap.h"
#include <kernel/task/task.h>
#include <mm/space/fault.h>
#include <mm/cache/pagecache.h>
#include <mm/vma.h>
#include <uapi/errno.h>

#define STEPS	1024u		/* items examined per hold of a lock */

/* [swap_lock] mappings with swapped pages */
static struct list outs = LIST_INIT(outs);
static pfn_t hand;		/* [the daemon's lock] next frame to look at */

/* ---- swapping out -------------------------------------------------------- */

/*
 * True if p is in m's tree and only the tree and the caller have a reference.
 * Context: [m->lock].
 */
static bool is_idle(struct mapping *m, const struct page *p)
{
	return READ_ONCE(p->mapping) == m && ref_read(&p->refs) == 2 &&
		!atomic_read(&p->mapcount) &&
		radix_get(&m->tree, p->index) == p;
}

/* Return: p, now in the swap cache, or NULL if it stays. */
static struct page *leave_tree(struct mapping *m, struct page *p)
{
	unsigned long index;
	unsigned n = SLOT_NONE;

	spin_lock(&m->lock);
	if (is_idle(m, p)) {
		index = p->index;
		spin_lock(&swap_lock);
		n = swap_enter_cache(p);
		if (n != SLOT_NONE && !m->nr_out)
			list_append(&outs, &m->out_link);
		spin_unlock(&swap_lock);
		if (n != SLOT_NONE)
			mapping_set_out(m, index, item_out(n));
	}
	spin_unlock(&m->lock);
	return n == SLOT_NONE ? NULL : p;
}

/*
 * Unmap p everywhere, then take it out of its tree.  A task that faults on the
 * page meanwhile finds it in the tree, or its slot.
 */
static struct page *unmap_and_leave(struct mapping *m, struct page *p)
{
	unsigned long index = p->index;
	bool may;

	if (!mutex_trylock(&m->map_lock))
		return NULL;
	may = READ_ONCE(p->mapping) == m && !READ_ONCE(m->kept) &&
		!mapping_locked_at(m, index);
	if (may && atomic_read(&p->mapcount))
		vm_unmap_mapping(m, index, index, false);
	mutex_unlock(&m->map_lock);
	return may ? leave_tree(m, p) : NULL;
}

/*
 * Return: the page of f with a reference, and its mapping held in *m; or NULL.
 */
static struct page *swap_hold(const struct frame *f, struct mapping **m)
{
	struct page *p = pfn_page(f->pfn);

	if (!page_get_live(p))
		return NULL;
	*m = pagecache_hold_mapping(p);
	if (*m)
		return p;
	page_put(p);
	return NULL;
}

struct page *shared_swap_out(const struct frame *f)
{
	struct mapping *m;
	struct page *p = swap_hold(f, &m), *out;

	if (!p)
		return NULL;
	out = unmap_and_leave(m, p);
	if (!out)
		page_put(p);
	mapping_drop(m);
	return out;
}

/* ---- accessed bits ------------------------------------------------------- */

/*
 * Test and clear the accessed bit in v's entry.
 * Context: [m->map_lock].
 */
static bool was_used_by(struct vma *v, unsigned long index, pfn_t pfn)
{
	uaddr_t at = v->start + ((index - v->pgoff) << PAGE_SHIFT);
	struct vm_space *s = v->space;
	unsigned level = 0;
	bool used = false;
	pte_t *slot, e;

	spin_lock(&s->pt_lock);
	slot = pt_walk(s->root, at, &level, PT_READ);
	if (slot && !(level && pte_shared(pte_read(slot)))) {
		e = pte_read(slot);
		used = pte_present(e) && !(pte_soft(e) & PTE_SPECIAL) &&
			pte_accessed(e) && (level || pte_pfn(e) == pfn);
		if (used)
			entry_make_old(s, at, slot, true);
	}
	spin_unlock(&s->pt_lock);
	return used;
}

/*
 * Test and clear the accessed bits of p, in struct page and in all entries.
 * Context: [m->map_lock].
 */
static enum frame_use use_of(struct mapping *m, struct page *p)
{
	unsigned long index = p->index;
	bool used = page_flags(p) & PG_ACCESSED;
	struct vma *v;

	if (READ_ONCE(m->kept) || mapping_locked_at(m, index))
		return FRAME_GONE;
	if (used)
		page_clear_flags(p, PG_ACCESSED);
	if (!atomic_read(&p->mapcount))
		return used ? FRAME_USED : FRAME_UNUSED;
	list_for_each(v, &m->vmas, map_link)
		if (index >= v->pgoff && index - v->pgoff < vma_pages(v))
			used |= was_used_by(v, index, page_pfn(p));
	return used ? FRAME_USED : FRAME_UNUSED;
}

enum frame_use shared_use(const struct frame *f)
{
	enum frame_use use = FRAME_USED;
	struct mapping *m;
	struct page *p = swap_hold(f, &m);

	if (!p)
		return FRAME_GONE;
	if (mutex_trylock(&m->map_lock)) {
		use = use_of(m, p);
		mutex_unlock(&m->map_lock);
	}
	page_put(p);
	mapping_drop(m);
	return use;
}

void shared_each(unsigned most, bool (*fn)(pfn_t pfn, void *arg), void *arg)
{
	for (pfn_t left = page_end - page_first; left && most; left--) {
		const struct page *p;

		if (!pfn_valid(hand))
			hand = page_first;
		p = pfn_page(hand);
		if (HINT(p->kind) == PAGE_CACHE && HINT(p->flags) & PG_SHMEM)
			most -= fn(hand, arg);
		hand++;
	}
}

/* ---- madvise(2) ---------------------------------------------------------- */

/* Return: the page that was swapped out, or NULL if others map or use it. */
static struct page *advise_page(struct mapping *m, unsigned long index)
{
	struct page *p = mapping_find(m, index), *out = NULL;

	if (!p)
		return NULL;
	if (READ_ONCE(p->flags) & PG_SHMEM && atomic_read(&p->mapcount) == 1)
		out = unmap_and_leave(m, p);
	if (!out)
		page_put(p);
	return out;
}

void shared_out_range(struct vma *v, uaddr_t at, uaddr_t end)
{
	struct page *batch[SWAP_BATCH];
	unsigned n = 0;

	if (v->flags & (VM_LOCKED | VM_SPECIAL) ||
	    !mapping_no_writeback(v->mapping))
		return;
	for (; at < end; at += PAGE_SIZE) {
		batch[n] = advise_page(v->mapping, vma_index(v, at));
		n += batch[n] != NULL;
		if (n == SWAP_BATCH) {
			swap_clean(batch, n);
			n = 0;
		}
	}
	swap_clean(batch, n);
}

/* ---- swapping in --------------------------------------------------------- */

/* Return: true if p has replaced slot n in the tree of m. */
static bool swap_enter_tree(struct mapping *m, unsigned long index, unsigned n,
			    struct page *p)
{
	bool ok;

	spin_lock(&m->lock);
	spin_lock(&swap_lock);
	ok = radix_get(&m->tree, index) == item_out(n) &&
		swap_leave_cache(p, n);
	if (ok && m->nr_out == 1)
		list_remove(&m->out_link);
	spin_unlock(&swap_lock);
	if (ok)
		mapping_set_in(m, p, index);
	spin_unlock(&m->lock);
	return ok;
}

int shared_bring(struct mapping *m, unsigned long index)
{
	bool bad = false, tried = false;
	int err = 0;
	unsigned n;

	rw_read_lock(&areas_lock);
	while (!err && (n = mapping_slot(m, index)) != SLOT_NONE) {
		struct page *p = n == SLOT_LOST ? NULL :
			swap_find_read(n, &bad);

		if (p) {
			/*
			 * a write in progress needs the slot number in struct
			 * page
			 */
			page_wait(p, PG_WRITEBACK);
			swap_enter_tree(m, index, n, p);
			page_put(p);
		} else if (n == SLOT_LOST || (bad && tried)) {
			err = -EIO;
		} else {
			err = swap_read_in(n);
			tried = true;
		}
	}
	rw_read_unlock(&areas_lock);
	return err ? err : tried;
}

void shared_left(struct mapping *m, void *item)
{
	spin_lock(&swap_lock);
	if (!m->nr_out)
		list_remove(&m->out_link);
	if (item_slot(item) != SLOT_LOST)
		swap_slot_put(item_slot(item));
	spin_unlock(&swap_lock);
}

/* ---- swapoff(2) ---------------------------------------------------------- */

/*
 * Return: the next mapping with swapped pages, held, or NULL after one round.
 */
static struct mapping *next_out(unsigned *left)
{
	struct mapping *m = NULL;

	spin_lock(&swap_lock);
	while (!m && *left && !list_empty(&outs)) {
		m = list_first(&outs, struct mapping, out_link);
		list_remove(&m->out_link);
		list_append(&outs, &m->out_link);
		--*left;
		if (!mapping_hold(m))	/* m ends, and frees its slots itself */
			m = NULL;
	}
	spin_unlock(&swap_lock);
	return m;
}

static unsigned count_outs(void)
{
	struct mapping *m;
	unsigned n = 0;

	spin_lock(&swap_lock);
	list_for_each(m, &outs, out_link)
		n++;
	spin_unlock(&swap_lock);
	return n;
}

static bool is_in(const void *item, const struct area *a)
{
	return item_is_out(item) && item_slot(item) != SLOT_LOST &&
		item_slot(item) - a->base < a->slots->size;
}

/*
 * Find the next index, from *index on, whose page lies in area a.
 * Return: true if there is one.
 */
static bool next_in_area(struct mapping *m, unsigned long *index,
			 const struct area *a)
{
	void *item = NULL;
	bool found = false;

	do {
		spin_lock(&m->lock);
		for (unsigned k = 0; k < STEPS; k++) {
			item = radix_next(&m->tree, index);
			found = item && is_in(item, a);
			if (!item || found || !++*index)
				break;
		}
		spin_unlock(&m->lock);
	} while (item && !found && *index);
	return found;
}

/* Mark an unreadable page as lost.  Only a task that uses it gets the error. */
static void lose_page(struct mapping *m, unsigned long index,
		      const struct area *a)
{
	void *item;

	spin_lock(&m->lock);
	item = radix_get(&m->tree, index);
	if (is_in(item, a)) {
		radix_replace(&m->tree, index, item_out(SLOT_LOST));
		spin_lock(&swap_lock);
		swap_slot_put(item_slot(item));
		spin_unlock(&swap_lock);
	}
	spin_unlock(&m->lock);
}

static int bring_all(struct mapping *m, const struct area *a)
{
	unsigned long index = 0;
	int err = 0;

	while (err >= 0 && next_in_area(m, &index, a)) {
		if (signal_pending_fatal())
			return -EINTR;
		err = shared_bring(m, index);
		if (err == -EIO) {
			lose_page(m, index, a);
			err = 0;
		}
	}
	return min(err, 0);
}

int shared_bring_back(const struct area *a)
{
	unsigned left = count_outs();
	struct mapping *m;
	int err = 0;

	while (!err && (m = next_out(&left))) {
		err = bring_all(m, a);
		mapping_drop(m);
	}
	return err;
}
