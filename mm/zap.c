/* SPDX-License-Identifier: MIT */
/*
 * Taking pages out of an address space.
 *
 * Invariant: frames are gathered, and freed only after no TLB has an entry of
 * them any more.
 */
#include <lt/bug.h>
#include <mm/page.h>
#include <mm/superpage.h>
#include <mm/vm_internal.h>

#define GATHER 64

struct gather {
	struct vm_space *space;
	bool dead;			/* no CPU will load it again */
	uaddr_t from, to;		/* changed since the last flush */
	unsigned count;
	int anon, file, shmem;		/* pages no longer resident */
	struct page *pages[GATHER];
};

/* Flush, then free the frames.  Context: [pt_lock]. */
static void gather_flush(struct gather *g)
{
	if (g->from < g->to && !g->dead)
		vm_flush_range(g->space, g->from, g->to);
	g->from = g->to;
	page_put_many(g->pages, g->count);
	g->count = 0;
}

/* Called before pages go, as the number of resident ones peaks then. */
void vm_note_rss(struct vm_space *s)
{
	unsigned long rss = vm_rss(s);

	if (rss > s->hiwater)
		s->hiwater = rss;
}

/*
 * Gather the frame of an entry, and its reference.
 * Context: [pt_lock]; the entry is cleared.
 */
static inline void zap_entry(struct gather *g, pte_t e)
{
	struct page *p;

	if (pte_soft(e) & PTE_SPECIAL)
		return;
	p = pfn_page(pte_pfn(e));
	if (likely(p->kind == PAGE_ANON)) {
		g->anon++;
	} else {
		atomic_add(&p->mapcount, -1);
		if (READ_ONCE(p->flags) & PG_SHMEM)
			g->shmem++;
		else
			g->file++;
	}
	g->pages[g->count++] = p;
}

/* Are eight slots from s on empty? */
static inline bool none_of_eight(const pte_t *s)
{
	return pte_none(pte_read(s)) && pte_none(pte_read(s + 1)) &&
		pte_none(pte_read(s + 2)) && pte_none(pte_read(s + 3)) &&
		pte_none(pte_read(s + 4)) && pte_none(pte_read(s + 5)) &&
		pte_none(pte_read(s + 6)) && pte_none(pte_read(s + 7));
}

/*
 * Skip empty slots, sixteen at a time: most of what is unmapped was never
 * touched, above all of a thread's stack.
 * Context: `slot` is empty.
 * Return: how many behind it are known to be empty, too.
 */
static __noinline unsigned pass_over(const pte_t *slot, const pte_t *end)
{
	const pte_t *first = slot;

	while (end - slot > 16 && none_of_eight(slot + 1) &&
	       none_of_eight(slot + 9))
		slot += 16;
	return slot - first;
}

/* Clear n slots of a leaf table, from address at on.  Context: [pt_lock]. */
static void zap_slots(struct gather *g, pte_t *slot, unsigned n, uaddr_t at)
{
	pte_t *end = slot + n;

	for (; slot < end; slot++, at += PAGE_SIZE) {
		pte_t e = pte_read(slot);

		if (pte_none(e)) {
			unsigned more = pass_over(slot, end);

			at += more * PAGE_SIZE;
			slot += more;
			continue;
		}
		pte_write(slot, (pte_t){ 0 });
		if (unlikely(g->from == g->to))
			g->from = at;
		g->to = at + PAGE_SIZE;
		zap_entry(g, e);
		if (unlikely(g->count == GATHER))
			gather_flush(g);
	}
}

/*
 * A superpage that the range covers in part is split, and then looked at again
 * as a table.  pt_lock is held from the first entry cleared to the last flush,
 * so that no fault makes a new entry in between.
 */
void vm_zap(struct vm_space *s, uaddr_t start, uaddr_t end, bool dead)
{
	struct gather g;

	g.space = s;
	g.dead = dead;
	g.from = g.to = start;
	g.count = 0;
	g.anon = g.file = g.shmem = 0;
	spin_lock(&s->pt_lock);
	while (start < end) {
		struct pt_run r = pt_run_at(s->root, start, end);

		if (r.slot && r.level) {
			if (r.len < r.span) {
				superpage->split(s, r.slot, start);
				continue;
			}
			superpage->zap(s, r.slot, start, dead);
		} else if (r.slot) {
			zap_slots(&g, r.slot, r.len >> PAGE_SHIFT, start);
		}
		start += r.len;
	}
	gather_flush(&g);
	spin_unlock(&s->pt_lock);
	if (g.anon)
		atomic_add(&s->rss_anon, -g.anon);
	if (g.file)
		atomic_add(&s->rss_file, -g.file);
	if (g.shmem)
		atomic_add(&s->rss_shmem, -g.shmem);
}

/*
 * Clear the entry in slot if it maps a page of a file.
 * Context: [pt_lock].
 * Return: the page, whose reference is the caller's now; NULL: not of a file.
 */
static struct page *zap_file_entry(struct vm_space *s, pte_t *slot, uaddr_t at)
{
	pte_t e = pte_read(slot);
	struct page *p;

	if (pte_none(e) || pte_soft(e) & PTE_SPECIAL)
		return NULL;
	p = pfn_page(pte_pfn(e));
	if (p->kind != PAGE_CACHE)
		return NULL;
	pte_write(slot, (pte_t){ 0 });
	vm_flush_page(s, at);
	atomic_add(&p->mapcount, -1);
	atomic_add(vm_rss_of(s, p), -1);
	return p;
}

void vm_zap_file(struct vm_space *s, uaddr_t start, uaddr_t end)
{
	spin_lock(&s->pt_lock);
	while (start < end) {
		struct pt_run r = pt_run_at(s->root, start, end);
		pte_t *slot = r.slot;

		/* pages of files are never mapped by superpages */
		for (uaddr_t at = start; slot && !r.level && at < start + r.len;
		     at += PAGE_SIZE, slot++) {
			struct page *p = zap_file_entry(s, slot, at);

			if (p)
				page_put(p);
		}
		start += r.len;
	}
	spin_unlock(&s->pt_lock);
}

void vm_wrprotect(struct vma *v, uaddr_t start, uaddr_t end)
{
	struct vm_space *s = v->space;

	spin_lock(&s->pt_lock);
	while (start < end) {
		struct pt_run r = pt_run_at(s->root, start, end);
		pte_t *slot = r.slot;

		/* pages of files are never mapped by superpages */
		for (uaddr_t at = start; slot && !r.level && at < start + r.len;
		     at += PAGE_SIZE, slot++) {
			pte_t e = pte_read(slot);

			if (pte_none(e) || !pte_writable(e))
				continue;
			pte_write(slot, pte_wrprotect(e));
			vm_flush_page(s, at);
		}
		start += r.len;
	}
	spin_unlock(&s->pt_lock);
}

void vm_zap_free(struct vm_space *s, uaddr_t start, uaddr_t end,
		 uaddr_t floor, uaddr_t ceiling, bool dead)
{
	if (!atomic_read(&s->pt_pages))
		return;		/* nothing was ever touched */
	vm_zap(s, start, end, dead);
	pt_free_range(s->root, max(floor, ALIGN_DOWN(start, PT_LEAF_SPAN)),
		      min(ceiling, ALIGN_UP(end, PT_LEAF_SPAN)),
		      dead ? NULL : vm_flush_tables, s);
}
