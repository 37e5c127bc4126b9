/* SPDX-License-Identifier: MIT */
/*
 * Unmap pages from an address space.
 *
 * Invariant: frames are gathered first, and freed only when no TLB has an entry
 * for them any more.
 */
#include <lt/bug.h>
#include <mm/frames/page.h>
#include "soft_entry.h"
#include "superpage.h"
#include <mm/vm_internal.h>

#define GATHER 64
#define SUPERS 16

struct gather {
	struct vm_space *space;
	bool dead;			/* no CPU will load the space again */
	uaddr_t from, to;		/* range cleared since the last flush */
	int anon, file, shmem;		/* pages that are no longer resident */
	unsigned supers;		/* number of superpages */
	struct page **next;		/* next free place in pages */
	struct page *pages[GATHER], *super[SUPERS];
};

/* Note that entries of this range were cleared.  Context: [pt_lock]. */
static inline void gather_range(struct gather *g, uaddr_t from, uaddr_t to)
{
	if (g->from == g->to)
		g->from = from;
	g->to = to;
}

/* Flush, then free the frames.  Context: [pt_lock]. */
static void gather_flush(struct gather *g)
{
	unsigned n = (unsigned)(g->next - g->pages);

	if (g->from < g->to && !g->dead)
		vm_flush_range(g->space, g->from, g->to);
	g->from = g->to;
	page_put_many(g->pages, n);
	g->anon += (int)n;
	g->next = g->pages;
	if (g->supers)
		superpage->put(g->super, g->supers);
	g->supers = 0;
}

/* Called before pages are unmapped, when the number of resident pages peaks. */
void vm_note_rss(struct vm_space *s)
{
	unsigned long rss = vm_rss(s);

	if (rss > s->hiwater)
		s->hiwater = rss;
}

/*
 * True if eight slots from s on are empty.  Only a holder of the lock fills a
 * slot, so the slots are read as plain words, which costs least.
 */
static inline bool none_of_eight(const pte_t *s)
{
	return !(s[0].v | s[1].v | s[2].v | s[3].v |
		 s[4].v | s[5].v | s[6].v | s[7].v);
}

__noinline pte_t *vm_skip_empty(pte_t *slot, pte_t *end)
{
	while (end - slot > 16 && none_of_eight(slot + 1) &&
	       none_of_eight(slot + 9))
		slot += 16;
	while (slot + 1 < end && pte_none(pte_read(slot + 1)))
		slot++;
	return slot;
}

/*
 * Clear slots until one is empty, g is full or `end` is reached.  Move the
 * references to the slots' frames to g; an entry with PTE_SPECIAL has none.
 * Context: [pt_lock]; *slot, whose value is e, is not empty.
 * Return: the slot behind the last one cleared.
 */
static __inlined pte_t *zap_run(struct gather *g, pte_t *slot, pte_t e,
				pte_t *end)
{
	struct page *p, **next = g->next;

	do {
		pte_write_relaxed(slot++, (pte_t){ 0 });
		if (unlikely(pte_soft(e) & PTE_SPECIAL)) {
			if (!pte_present(e))
				soft_entry->zap(e);
			continue;
		}
		*next++ = p = pfn_page(pte_pfn(e));
		if (unlikely(p->kind != PAGE_ANON)) {
			atomic_add(&p->mapcount, -1);
			/* gather_flush() counts each frame as anonymous */
			g->anon--;
			if (READ_ONCE(p->flags) & PG_SHMEM)
				g->shmem++;
			else
				g->file++;
		}
	} while (slot < end && next < g->pages + GATHER &&
		 !pte_none(e = pte_read(slot)));
	g->next = next;
	return slot;
}

/*
 * Clear n slots of a leaf table, which begins at address `at`.
 * Context: [pt_lock].
 */
static void zap_slots(struct gather *g, pte_t *slot, unsigned n, uaddr_t at)
{
	pte_t *end = slot + n, *from;

	for (; slot < end; at += PAGE_SIZE * (uaddr_t)(slot - from)) {
		pte_t e = pte_read(slot);

		from = slot;
		if (pte_none(e)) {
			slot = vm_skip_empty(slot, end) + 1;
			continue;
		}
		slot = zap_run(g, slot, e, end);
		gather_range(g, at, at + PAGE_SIZE * (uaddr_t)(slot - from));
		if (g->next == g->pages + GATHER)
			gather_flush(g);
	}
}

/* Context: [pt_lock]. */
static void zap_super(struct gather *g, pte_t *slot, uaddr_t at,
		      unsigned long len)
{
	gather_range(g, at, at + len);
	g->super[g->supers++] = superpage->zap(g->space, slot);
	if (g->supers == SUPERS)
		gather_flush(g);
}

/*
 * A superpage that the range covers only in part is split, and then handled as
 * a table.  pt_lock is held from the first cleared entry to the last flush, so
 * that no fault makes a new entry in between.
 */
void vm_zap(struct vm_space *s, uaddr_t start, uaddr_t end, bool dead)
{
	struct gather g;

	g.space = s;
	g.dead = dead;
	g.from = g.to = start;
	g.next = g.pages;
	g.supers = 0;
	g.anon = g.file = g.shmem = 0;
	spin_lock(&s->pt_lock);
	while (start < end) {
		struct pt_run r = pt_run_at(s->root, start, end);

		if (r.slot && r.level && pte_shared(pte_read(r.slot))) {
			if (!table_share->zap(s, r.slot, start, r.len, dead))
				continue;
		} else if (r.slot && r.level) {
			if (r.len < r.span) {
				superpage->split(s, r.slot, start);
				continue;
			}
			zap_super(&g, r.slot, start, r.len);
		} else if (r.slot) {
			zap_slots(&g, r.slot, r.len >> PAGE_SHIFT, start);
		}
		start += r.len;
	}
	gather_flush(&g);
	if (g.anon)
		atomic_add(&s->rss_anon, -g.anon);
	if (g.file)
		atomic_add(&s->rss_file, -g.file);
	if (g.shmem)
		atomic_add(&s->rss_shmem, -g.shmem);
	spin_unlock(&s->pt_lock);
}

void vm_zap_table(struct vm_space *s, struct page *t)
{
	struct gather g = { .space = s, .dead = true };

	g.next = g.pages;
	zap_slots(&g, page_virt(t), PT_ENTRIES, 0);
	gather_flush(&g);
}

/*
 * Call fn for each entry of a single page.  Superpages are skipped, as they
 * never map pages of private file mappings, nor of files that are written back.
 */
static void each_entry(struct vm_space *s, uaddr_t start, uaddr_t end,
		       void (*fn)(struct vm_space *s, pte_t *slot, uaddr_t at))
{
	spin_lock(&s->pt_lock);
	while (start < end) {
		struct pt_run r = pt_run_at(s->root, start, end);
		pte_t *slot = r.slot;

		for (uaddr_t at = start; slot && !r.level && at < start + r.len;
		     at += PAGE_SIZE, slot++)
			fn(s, slot, at);
		start += r.len;
	}
	spin_unlock(&s->pt_lock);
}

/* Unmap the page if it is a page of a file. */
static void zap_file_page(struct vm_space *s, pte_t *slot, uaddr_t at)
{
	pte_t e = pte_read(slot);
	struct page *p;

	if (pte_none(e) || pte_soft(e) & PTE_SPECIAL)
		return;
	p = pfn_page(pte_pfn(e));
	if (p->kind != PAGE_CACHE)
		return;
	pte_write(slot, (pte_t){ 0 });
	vm_flush_page(s, at);
	atomic_add(&p->mapcount, -1);
	atomic_add(vm_rss_of(s, p), -1);
	page_put(p);
}

void vm_zap_file(struct vm_space *s, uaddr_t start, uaddr_t end)
{
	each_entry(s, start, end, zap_file_page);
}

static void wrprotect_page(struct vm_space *s, pte_t *slot, uaddr_t at)
{
	pte_t e = pte_read(slot);

	if (pte_none(e) || !pte_writable(e))
		return;
	pte_write(slot, pte_wrprotect(e));
	vm_flush_page(s, at);
}

void vm_wrprotect(struct vma *v, uaddr_t start, uaddr_t end)
{
	each_entry(v->space, start, end, wrprotect_page);
}

void vm_zap_free(struct vm_space *s, uaddr_t start, uaddr_t end,
		 uaddr_t floor, uaddr_t ceiling, bool dead)
{
	if (!atomic_read(&s->pt_pages))
		return;		/* no page was ever mapped */
	vm_zap(s, start, end, dead);
	pt_free_range(s->root, max(floor, ALIGN_DOWN(start, PT_LEAF_SPAN)),
		      min(ceiling, ALIGN_UP(end, PT_LEAF_SPAN)),
		      dead ? NULL : vm_flush_tables, s);
}
