/* SPDX-License-Identifier: MIT */
/*
 * Reclaim from one owner that uses too much (topics/cgroups; rows D5, D9, D13).
 * The owner's pages are few among those of the machine, so the machine's lists
 * are not searched.  Instead a clock hand goes round all address spaces and
 * keeps its position for the next call.  A page that was used since the last
 * visit of the hand stays for now; any other page is swapped out.
 *
 * Invariant: a found page is only a hint, like a frame on the machine's lists
 * (reclaim.c): code that swaps it out checks that the entry still maps it.
 */
#include "swap.h"
#include <mm/vma.h>

#define TURNS	3		/* most rounds; the first begins midway */

static struct {			/* [the daemon's lock] */
	int pid;		/* process in whose space the hand is */
	uaddr_t at;		/* address of the hand; 0: at no space yet */
	struct frame found[SWAP_BATCH];
	unsigned n;		/* number of entries in found */
	bool (*may)(const struct page *p);
} hand;

/*
 * Context: [pt_lock].
 * Return: true if the page may go and was not used since the last visit.
 */
static bool swap_look_at(struct batch *b, pte_t *slot, uaddr_t at)
{
	pte_t e = pte_read(slot);

	if (!entry_is_anon(e) || !hand.may(pfn_page(pte_pfn(e))))
		return false;
	WRITE_ONCE(swap_looked, swap_looked + 1);
	if (!pte_accessed(e))
		return true;
	entry_make_old(b->space, at, slot, false);
	b->made_old = true;
	return false;
}

/*
 * Context: [pt_lock].
 * Return: true if the run has no page for the hand: nothing is mapped, or a
 * superpage that is in use or not the owner's.
 */
static bool group_skips_run(struct batch *b, uaddr_t at, const struct pt_run *r)
{
	if (!r->slot)
		return true;
	return r->level && !pte_shared(pte_read(r->slot)) &&
		!swap_look_at(b, r->slot, at);
}

/* Look at one run of v, until hand.found is full. */
static void look_at_run(struct batch *b, const struct vma *v)
{
	struct vm_space *s = v->space;
	uaddr_t at = hand.at, end;
	struct pt_run r;

	spin_lock(&s->pt_lock);
	r = pt_run_at(s->root, at, v->end);
	end = at + r.len;
	if (group_skips_run(b, at, &r))
		at = end;
	else if (r.level)
		r = run_in_pieces(s, at, v->end, r);
	if (!r.slot || r.level)
		at = end;
	for (; at < end && hand.n < SWAP_BATCH; at += PAGE_SIZE, r.slot++)
		if (swap_look_at(b, r.slot, at))
			hand.found[hand.n++] = (struct frame){
				.pid = hand.pid, .at = at,
				.pfn = (u32)pte_pfn(pte_read(r.slot)),
			};
	spin_unlock(&s->pt_lock);
	hand.at = at;
}

/* Continue from the hand until a batch is found or s ends. */
static void group_scan_space(struct batch *b, struct vm_space *s)
{
	struct vma *v;

	hand.n = 0;
	for (v = vm_find(s, hand.at); v; v = vma_next(v)) {
		hand.at = max(hand.at, v->start);
		while (vma_may_go(v) && hand.at < v->end) {
			if (hand.n == SWAP_BATCH)
				return;
			look_at_run(b, v);
		}
		hand.at = v->end;
	}
	hand.at = 0;
}

/*
 * Move the hand to the next process.
 * Return: false at the end of a round.
 */
static bool swap_next_space(void)
{
	struct vm_space *s = space_next(&hand.pid);

	if (s)
		vm_space_put(s);
	return s;
}

/* Return: true if the page went out or is in the batch now. */
static bool put_out_shared(pfn_t pfn, void *arg)
{
	struct frame f = { .pfn = (u32)pfn };
	struct batch *b = arg;
	unsigned long before = b->won + b->n;

	if (hand.may(pfn_page(pfn)) && batch_use(&f, b) == FRAME_UNUSED)
		batch_swap_out(b, &f);
	return b->won + b->n > before;
}

unsigned long group_reclaim(unsigned long n,
			    bool (*may)(const struct page *p))
{
	struct batch b = { .won = cache_trim(n, may) };
	unsigned turns = 0;

	hand.may = may;
	while (b.won + b.n < n && turns < TURNS && swap_has_room()) {
		struct vm_space *s;

		if (!hand.at) {
			batch_leave(&b);
			turns += !swap_next_space();
		}
		s = hand.pid ? batch_enter(&b, hand.pid) : NULL;
		hand.n = 0;
		if (s)
			group_scan_space(&b, s);
		else
			hand.at = 0;
		for (unsigned i = 0; i < hand.n && b.won + b.n < n; i++)
			batch_swap_out(&b, &hand.found[i]);
	}
	/* at most two rounds: the first may only clear the accessed bits */
	for (turns = 0; b.won + b.n < n && turns < 2 && swap_has_room(); turns++)
		shared_each((unsigned)(n - b.won - b.n), put_out_shared, &b);
	batch_write(&b);
	return b.won;
}
