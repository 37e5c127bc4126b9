/* SPDX-License-Identifier: MIT */
/*
 * Reclaim of clean file pages (rows A5, D13, E8).  A clock hand goes around the
 * frames, and spares a page once if the page was used since the hand last
 * passed.  Dirty pages are left to the write-back thread, pages of tmpfs to
 * swap, if there is any (topics/swap).
 *
 * Invariant: a reclaimer goes from a page to its mapping only while it holds
 * gate.  The task that frees a mapping takes gate once after the last page has
 * left the mapping.
 */
#include "page.h"
#include <mm/cache/pagecache.h>
#include <mm/vm_internal.h>

#define BATCH		32	/* pages taken at once */
#define SCAN		16384	/* most frames that one call looks at */
#define STEPS		512	/* most frames passed while the gate is held */
#define MAX_WAITS	100	/* most waits for write-back before ENOMEM */

static struct spinlock gate = SPIN_INIT("reclaim", IPL_SOFT);
static pfn_t hand;				/* [gate] */

/*
 * Once this function has the gate, earlier holders of the gate are done with
 * the mappings that they found.
 */
void pagecache_gate_wait(void)
{
	spin_lock(&gate);
	spin_unlock(&gate);
}

/*
 * True if p is probably clean.  A hint, without the mapping's lock;
 * evict_from() checks again.
 */
static bool looks_clean(const struct page *p)
{
	u32 flags = HINT(p->flags);

	return HINT(p->kind) == PAGE_CACHE && flags & PG_IN_TREE &&
		!(flags & (PG_DIRTY | PG_WRITEBACK | PG_READING)) &&
		(!READ_ONCE(page_owners) || page_owners->may_take(p));
}

/*
 * Return: the number of frames that the hand passes in one step.  A free block
 * is one step, because most memory of an idle machine is free, in large blocks.
 * The number is a hint, as the zone's lock is not taken.
 */
static unsigned long reclaim_step(const struct page *p)
{
	return HINT(p->kind) == PAGE_FREE ? 1ul << HINT(p->order) : 1;
}

/*
 * Return: p, referenced; NULL: p was used since the hand last passed, or is
 * free.
 */
static struct page *take_unused(struct page *p)
{
	if (HINT(p->flags) & PG_ACCESSED) {
		page_clear_flags(p, PG_ACCESSED);
		return NULL;
	}
	return page_get_live(p) ? p : NULL;
}

/*
 * Find the next clean, unused page within *steps steps and *left frames, which
 * are both counted down.
 * Context: [gate].
 * Return: the page, referenced; NULL: none.
 */
static struct page *hand_next(unsigned long *left, unsigned *steps)
{
	unsigned long frames = *left, n;
	unsigned k = *steps;
	struct page *p = NULL;
	pfn_t at = hand;

	spin_must_hold(&gate);
	for (; k && frames && !p; k--) {
		if (at < page_first || at >= page_end)
			at = page_first;
		p = pfn_page(at);
		n = reclaim_step(p);
		at += n;
		frames -= min(n, frames);
		p = unlikely(looks_clean(p)) ? take_unused(p) : NULL;
	}
	hand = at;
	*left = frames;
	*steps = k;
	return p;
}

/*
 * Take p out of the tree if only the tree and the caller have references.
 * Return: true if p was evicted.
 */
static bool evict_from(struct mapping *m, struct page *p)
{
	bool fits;

	spin_lock(&m->lock);
	fits = p->mapping == m && looks_clean(p) && ref_read(&p->refs) == 2 &&
		!atomic_read(&p->mapcount);
	if (fits)
		mapping_evict_locked(m, p);
	spin_unlock(&m->lock);
	return fits;
}

/* Context: [gate]; a reference to p.  Return: true if p was evicted. */
static bool evict(struct page *p)
{
	struct mapping *m;

	spin_must_hold(&gate);
	/*
	 * The flags are read after the reference was taken, because with a
	 * reference p does not become another page.  They are read before
	 * p->mapping, which is valid while PG_IN_TREE is set.
	 */
	if (!(page_flags(p) & PG_IN_TREE) || p->kind != PAGE_CACHE)
		return false;
	m = READ_ONCE(p->mapping);
	return m && evict_from(m, p);
}

/*
 * The gate is held for a few steps at a time only, because its holder blocks
 * interrupts.  References are collected in batch[] and dropped after the gate
 * is released.  A page that is evicted takes two entries: the reference of
 * hand_next() and the one that the tree had.  So the inner loop goes on only
 * while two entries are free.
 */
unsigned long pagecache_reclaim(unsigned long n)
{
	unsigned long left = min(2 * (page_end - page_first), (pfn_t)SCAN);
	unsigned long freed = 0;

	while (freed < n && left) {
		struct page *batch[BATCH], *p;
		unsigned got = 0, steps = STEPS;

		spin_lock(&gate);
		while (got < BATCH - 1 && (p = hand_next(&left, &steps))) {
			batch[got++] = p;
			if (evict(p)) {
				batch[got++] = p;	/* the tree's */
				freed++;
			}
		}
		spin_unlock(&gate);
		page_put_many(batch, got);
	}
	return freed;
}

void pagecache_drop(void)
{
	/* twice around: the first round clears PG_ACCESSED */
	for (pfn_t at = 0; at < 2 * (page_end - page_first); at += SCAN)
		pagecache_reclaim(~0ul);
}

/* ---- mapped pages -------------------------------------------------------- */

/*
 * Find the next clean page, mapped or not.
 * Return: the page, referenced, with its mapping, held, in *out; NULL: none.
 */
static struct page *find_mapped(unsigned long *left, struct mapping **out)
{
	struct page *found = NULL, *p;

	while (*left && !found) {
		unsigned steps = STEPS;

		spin_lock(&gate);
		while ((p = hand_next(left, &steps))) {
			struct mapping *m = NULL;

			if (page_flags(p) & PG_IN_TREE)	/* as in evict() */
				m = READ_ONCE(p->mapping);
			if (m && m->owner && m->owner->hold(m)) {
				*out = m;
				found = p;
				break;
			}
			spin_unlock(&gate);
			page_put(p);
			spin_lock(&gate);
		}
		spin_unlock(&gate);
	}
	return found;
}

bool mapping_locked_at(struct mapping *m, unsigned long index)
{
	struct vma *v;

	list_for_each(v, &m->vmas, map_link)
		if (v->flags & VM_LOCKED && index >= v->pgoff &&
		    index < v->pgoff + vma_pages(v))
			return true;
	return false;
}

struct mapping *pagecache_hold_mapping(struct page *p)
{
	struct mapping *m = NULL;

	spin_lock(&gate);
	if (page_flags(p) & PG_SHMEM)
		m = READ_ONCE(p->mapping);
	if (m && !mapping_hold(m))
		m = NULL;
	spin_unlock(&gate);
	return m;
}

/*
 * Uses mutex_trylock(), because the caller may hold the lock of a space.  If
 * two such callers waited for map_lock, they could deadlock.
 */
static bool unmap_and_evict(struct mapping *m, struct page *p)
{
	unsigned long index = p->index;
	bool done;

	if (!mutex_trylock(&m->map_lock))
		return false;
	done = p->mapping == m && !mapping_locked_at(m, index);
	if (done && atomic_read(&p->mapcount))
		vm_unmap_mapping(m, index, index, false);
	mutex_unlock(&m->map_lock);
	return done && evict_from(m, p);
}

/*
 * The reference to the owner (find_mapped()) keeps the mapping alive.  The gate
 * cannot do it, since a task must not sleep while it holds the gate.
 */
unsigned long pagecache_reclaim_mapped(unsigned long n)
{
	unsigned long left = 2 * (page_end - page_first), freed = 0;
	struct mapping *m;
	struct page *p;

	while (freed < n && (p = find_mapped(&left, &m))) {
		if (unmap_and_evict(m, p)) {
			page_put(p);
			freed++;
		}
		page_put(p);
		m->owner->drop(m);
	}
	return freed;
}

/*
 * While memory is low, each allocation first reclaims other pages, so that the
 * reader of a large file pays for itself.  If all pages are dirty, wait for
 * write-back.
 */
struct page *pagecache_alloc(void)
{
	struct page *p;

	if (page_is_low())
		pagecache_reclaim(BATCH);
	for (unsigned k = 0; !(p = page_alloc(0, PAGE_CACHE)) && k < MAX_WAITS;
	     k++)
		if (!pagecache_reclaim(BATCH) && !pagecache_wait())
			break;
	return p;
}
