/* SPDX-License-Identifier: MIT */
/*
 * Reclaiming frames from programs (rows D5, D13): the pageout daemon, which
 * keeps a reserve of free frames and serves tasks that find no free frame.
 *
 * struct page does not store where a page is mapped.  So creating a page
 * records nothing, and a machine without swap has no extra cost.  Instead a
 * sweep goes round the address spaces and lists the pages that it meets in the
 * page tables, each with its process and address.  The policy chooses among the
 * listed pages.
 *
 * The address serves as the reverse map: after fork, a child maps a page at the
 * same address as the parent, so other mappings are found by a look at that
 * address in the space's kin (mm/space/kin.c).  If mremap(2) has moved a page,
 * the sweep meets it at the new address.  Pages of files in memory are listed
 * by frame, without a process (shared.c).
 *
 * Invariant: a listed frame is a hint.  Code that uses it must check that the
 * entry still maps the frame.
 */
#define LOG_PREFIX "swap"
#include <topics/kthreads/control.h>
#include "swap.h"
#include <kernel/task/kthread.h>
#include <kernel/smp/smp.h>
#include <kernel/task/task.h>
#include <kernel/time/time.h>
#include <lt/init.h>
#include <lt/log.h>
#include <mm/cache/pagecache.h>
#include <mm/frames/slab.h>
#include <mm/tables/superpage.h>
#include <mm/vma.h>

#define CHUNK		1024u		/* frame records per allocation */
#define SWEEP		1024u		/* most pages listed per sweep */
#define ROUND		64ul		/* frames to free per round */
#define PATIENCE	(3 * NSEC_PER_SEC)	/* without progress */
#define PASSES		4		/* futile passes before giving up */

static struct {
	struct mutex lock;		/* outermost: before a space's lock */
	struct frame **chunk;		/* constant while any swap area is in
					 * use */
	struct pool pool;		/* [lock] */
	int pid;			/* [lock] process the sweep is at */
	uaddr_t at;			/* [lock] address the sweep is at */
	struct task *daemon;		/* [areas_mutex] */
	struct wait_queue wait;		/* the daemon waits here */
	struct wait_queue done;		/* tasks that wait for a pass */
	/* The following are read and written without a lock. */
	bool wanted;			/* free frames are few */
	unsigned long passes, won;	/* passes that ended; frames freed by
					 * the last pass */
	bool (*of)(const struct page *p);	/* filter of an owner's pages */
	unsigned long of_n;		/* frames that the owner wants */
	unsigned long of_passes, of_won; /* as passes and won, for owners */
} rc = {
	.wait = WAIT_QUEUE_INIT(rc.wait),
	.done = WAIT_QUEUE_INIT(rc.done),
};

unsigned long swappiness = 60;		/* 0 to 200; read without a lock */

/* ---- the sweep: listing pages -------------------------------------------- */

static struct frame *reclaim_frame_of(pfn_t pfn)
{
	unsigned long i = pfn - page_first;

	return &rc.chunk[i / CHUNK][i % CHUNK];
}

/*
 * Context: [rc.lock, pt_lock].
 * Return: true if the page was not listed before.
 */
static bool list_page(pfn_t pfn, int pid, uaddr_t at)
{
	struct frame *f = reclaim_frame_of(pfn);
	bool listed = !list_empty(&f->link);

	f->pid = pid;
	f->at = at;
	f->pfn = (u32)pfn;
	if (!listed)
		pool_arrived(&rc.pool, f);
	return !listed;
}

/*
 * List the pages that one run of v's addresses maps.
 * Return: number of pages listed.
 */
static unsigned sweep_run(struct vma *v, uaddr_t at, unsigned long *len)
{
	struct vm_space *s = v->space;
	unsigned found = 0;
	struct pt_run r;

	spin_lock(&s->pt_lock);
	r = pt_run_at(s->root, at, v->end);
	*len = r.len;
	if (r.slot && r.level)
		r = run_in_pieces(s, at, v->end, r);
	for (uaddr_t end = at + r.len; r.slot && !r.level && at < end;
	     at += PAGE_SIZE, r.slot++) {
		pte_t e = pte_read(r.slot);

		if (entry_is_anon(e) && !page_is_spared(pfn_page(pte_pfn(e))))
			found += list_page(pte_pfn(e), rc.pid, at);
	}
	spin_unlock(&s->pt_lock);
	return found;
}

/*
 * Sweep s from rc.at on; rc.at becomes 0 at the end of s.
 * Return: number of pages listed.
 */
static unsigned sweep_space(struct vm_space *s)
{
	unsigned found = 0;
	struct vma *v;

	rw_read_lock(&s->lock);
	for (v = vm_find(s, rc.at); v && found < SWEEP; v = vma_next(v)) {
		uaddr_t at = max(rc.at, v->start);
		unsigned long len;

		for (; vma_may_go(v) && at < v->end && found < SWEEP; at += len)
			found += sweep_run(v, at, &len);
		rc.at = vma_may_go(v) ? at : v->end;
		if (rc.at < v->end)
			break;
	}
	if (!v)
		rc.at = 0;
	rw_read_unlock(&s->lock);
	return found;
}

/*
 * Context: [rc.lock].
 * Return: true if the page was not listed before.
 */
static bool list_shared(pfn_t pfn, void *arg __unused)
{
	return !page_is_spared(pfn_page(pfn)) && list_page(pfn, 0, 0);
}

/*
 * Go round the spaces, at most once, until enough pages are listed.  Also list
 * up to the same number of pages of files in memory, which are found by frame.
 */
static unsigned sweep(void)
{
	unsigned found = 0, turns = 0;
	struct vm_space *s;

	mutex_must_hold(&rc.lock);
	shared_each(SWEEP, list_shared, NULL);
	while (found < SWEEP && turns < 2) {
		s = rc.at ? space_of_pid(rc.pid) : space_next(&rc.pid);
		if (!s) {
			turns += !rc.pid;
			rc.at = 0;
			continue;
		}
		found += sweep_space(s);
		vm_space_put(s);
	}
	return found;
}

/*
 * Call show() for the listed frames of [first, first + n).  Each frame is only
 * a hint here, too.
 */
void reclaim_show(pfn_t first, unsigned n, void *arg,
		  void (*show)(void *arg, pfn_t pfn, bool active))
{
	mutex_lock(&rc.lock);
	for (pfn_t pfn = first; rc.chunk && pfn < first + n; pfn++)
		if (pfn_valid(pfn) && !list_empty(&reclaim_frame_of(pfn)->link))
			show(arg, pfn, reclaim_frame_of(pfn)->active);
	mutex_unlock(&rc.lock);
}

/* ---- rounds -------------------------------------------------------------- */

static unsigned long reclaim_locked(unsigned long n)
{
	struct batch b = { .n = 0 };
	unsigned tries = 8 * (unsigned)n + SWEEP;

	b.won = cache_trim(n, NULL);
	while (b.won + b.n < n && tries-- && swap_has_room()) {
		struct frame *f;

		if (pool_size(&rc.pool) < 2 * SWAP_BATCH) {
			batch_leave(&b);
			sweep();
		}
		f = replacement->choose(&rc.pool, batch_use, &b);
		if (!f)
			break;
		batch_swap_out(&b, f);
	}
	batch_write(&b);
	return b.won;
}

static unsigned long swap_reclaim(unsigned long n)
{
	unsigned long won;

	if (!swap_has_room() && !HINT(swap_cached))
		return 0;
	mutex_lock(&rc.lock);
	won = reclaim_locked(n);
	mutex_unlock(&rc.lock);
	return won;
}

/* ---- madvise(2) ---------------------------------------------------------- */

/*
 * Swap out one page, or with cold clear its accessed bit.
 * Context: [s->pt_lock].
 * Return: the page that was swapped out, or NULL.
 */
static struct page *advise_entry(struct vm_space *s, uaddr_t at, pte_t *slot,
				 bool cold)
{
	pte_t e = pte_read(slot);

	/*
	 * madvise(2) only affects pages that no other space maps, so pages in
	 * a shared table are not passed to this function.
	 */
	if (!entry_is_anon(e) || ref_read(&pfn_page(pte_pfn(e))->refs) != 1)
		return NULL;
	if (!cold)
		return swap_out_entry(s, at, slot);
	if (pte_accessed(e))
		entry_make_old(s, at, slot, true);
	return NULL;
}

/*
 * Advise on a superpage that only s maps: split it, unless all of it is made
 * cold as a whole.
 * Return: true if it was split and *r is the first run of pieces; false if
 * nothing is left to do.
 */
static bool advise_super(struct vm_space *s, uaddr_t at, uaddr_t end,
			 bool cold, struct pt_run *r)
{
	pte_t e = pte_read(r->slot);

	if (pte_shared(e) || !entry_is_anon(e) ||
	    page_mappers(pfn_page(pte_pfn(e)), 0) != 1)
		return false;
	if (!cold || r->len < r->span) {
		superpage->split(s, r->slot, at);
		*r = pt_run_at(s->root, at, end);
		return true;
	}
	if (pte_accessed(e))
		entry_make_old(s, at, r->slot, true);
	return false;
}

/*
 * Advise on one run, up to a batch of pages.
 * Return: the address to continue at.
 */
static uaddr_t advise_run(struct vm_space *s, uaddr_t at, uaddr_t end,
			  bool cold)
{
	struct page *batch[SWAP_BATCH], *p;
	unsigned n = 0;
	struct pt_run r;

	spin_lock(&s->pt_lock);
	r = pt_run_at(s->root, at, end);
	end = at + r.len;
	if (!r.slot || (r.level && !advise_super(s, at, end, cold, &r)))
		at = end;
	for (; at < end && n < SWAP_BATCH; at += PAGE_SIZE, r.slot++) {
		p = advise_entry(s, at, r.slot, cold);
		if (p)
			batch[n++] = p;
	}
	spin_unlock(&s->pt_lock);
	swap_clean(batch, n);
	return at;
}

void swap_out_range(struct vma *v, uaddr_t at, uaddr_t end, bool cold)
{
	struct vm_space *s = v->space;

	if (!cold && !swap_has_room())
		return;
	if (!vma_private(v) && v->mapping && !cold)
		shared_out_range(v, at, end);
	if (!vma_may_go(v))
		return;
	vm_note_rss(s);
	vm_own_some(s, at, end, OWN_SOLE);
	while (at < end)
		at = advise_run(s, at, end, cold);
}

/* ---- the daemon ---------------------------------------------------------- */

static unsigned long high_mark(void)
{
	return page_low_mark() + page_low_mark() / 2;
}

void reclaim_memory_low(void)
{
	if (HINT(rc.wanted) || !HINT(rc.daemon))
		return;
	WRITE_ONCE(rc.wanted, true);
	wake_up(&rc.wait);
}

/*
 * Do one round of reclaim.  Of 200 pages, take `swappiness` from programs and
 * the rest from files.
 */
static unsigned long reclaim_round(void)
{
	unsigned long anon = ROUND * READ_ONCE(swappiness) / 200;
	unsigned long won = pagecache_reclaim(ROUND - anon);

	return won + swap_reclaim(max(anon, ROUND - min(won, ROUND)));
}

/* Count the swapped pages of every space, before the OOM killer chooses. */
static void reclaim_count_all(void)
{
	struct vm_space *s;
	int pid = 0;

	while ((s = space_next(&pid))) {
		rw_read_lock(&s->lock);
		WRITE_ONCE(s->swapped,
			   swap_pages_out(s, 0, USER_TOP, NULL));
		rw_read_unlock(&s->lock);
		vm_space_put(s);
	}
}

/* Serve a request of one owner for pages of its own. */
static void reclaim_for_owner(void)
{
	bool (*may)(const struct page *p) = READ_ONCE(rc.of);

	if (!may)
		return;
	WRITE_ONCE(rc.of, NULL);
	mutex_lock(&rc.lock);
	WRITE_ONCE(rc.of_won, group_reclaim(READ_ONCE(rc.of_n), may));
	mutex_unlock(&rc.lock);
	WRITE_ONCE(rc.of_passes, rc.of_passes + 1);
	wake_up(&rc.done);
}

/*
 * Run passes until enough frames are free.  Tasks that wait for memory try
 * again after each pass.
 */
static void reclaim_for_machine(void)
{
	if (!READ_ONCE(rc.wanted))
		return;
	WRITE_ONCE(rc.wanted, false);
	do {
		WRITE_ONCE(rc.won, reclaim_round());
		if (!rc.won)
			reclaim_count_all();
		WRITE_ONCE(rc.passes, rc.passes + 1);
		wake_up(&rc.done);
		reclaim_for_owner();
	} while (rc.won && page_free_count() < high_mark() &&
		 !kthread_should_stop());
}

static void pageout(void *arg __unused)
{
	while (!kthread_should_stop()) {
		wait_event(&rc.wait, READ_ONCE(rc.wanted) ||
			   READ_ONCE(rc.of) || kthread_called());
		kthread_park_here();
		reclaim_for_owner();
		reclaim_for_machine();
	}
}

/*
 * Wait until *passes differs from `was`, however long the daemon takes: the
 * number of frames that a pass frees is known only at its end.
 * Return: true if a pass has ended; false if the daemon makes no progress or
 * the caller is being killed.
 */
static bool reclaim_wait_pass(const unsigned long *passes, unsigned long was)
{
	unsigned long looked;
	int err;

	wake_up(&rc.wait);
	do {
		looked = READ_ONCE(swap_looked);
		err = wait_event_(&rc.done, READ_ONCE(*passes) != was,
				  TASK_KILLABLE, arch_clock() + PATIENCE);
	} while (err == -ETIMEDOUT && READ_ONCE(swap_looked) != looked);
	return !err;
}

static unsigned long reclaim_wait_for_pass(void)
{
	unsigned long was = READ_ONCE(rc.passes);

	WRITE_ONCE(rc.wanted, true);
	return reclaim_wait_pass(&rc.passes, was) ? READ_ONCE(rc.won) : 0;
}

/*
 * A task that finds no free frame waits for the daemon instead of reclaiming by
 * itself: dropping the last reference to a space frees it with all its files,
 * which needs stack.  A pass may free no frame although swap has room: it may
 * have begun before the request, or all chosen pages may have been used again.
 */
unsigned long swap_make_room(unsigned long n __unused)
{
	unsigned long won = 0;

	for (unsigned i = 0; i < PASSES && !won && HINT(rc.daemon); i++) {
		won = reclaim_wait_for_pass();
		if (!swap_has_room())
			break;
	}
	return won;
}

unsigned long swap_make_room_of(unsigned long n,
				bool (*may)(const struct page *p))
{
	unsigned long was = READ_ONCE(rc.of_passes);

	if (!HINT(rc.daemon))
		return 0;
	WRITE_ONCE(rc.of_n, n);
	WRITE_ONCE(rc.of, may);
	return reclaim_wait_pass(&rc.of_passes, was) ? READ_ONCE(rc.of_won) : 0;
}

/* ---- start and stop ------------------------------------------------------ */

static unsigned long reclaim_chunks(void)
{
	return (page_end - page_first + CHUNK - 1) / CHUNK;
}

static void reclaim_free_frames(struct frame **chunk)
{
	for (unsigned long i = 0; chunk && i < reclaim_chunks(); i++)
		kfree(chunk[i]);
	kfree(chunk);
}

static struct frame **make_frames(void)
{
	struct frame **chunk = kzalloc(reclaim_chunks() * sizeof(*chunk));

	for (unsigned long i = 0; chunk && i < reclaim_chunks(); i++) {
		chunk[i] = kzalloc(CHUNK * sizeof(**chunk));
		if (!chunk[i]) {
			reclaim_free_frames(chunk);
			return NULL;
		}
		for (unsigned k = 0; k < CHUNK; k++)
			list_init(&chunk[i][k].link);
	}
	return chunk;
}

static void see_hunted(void *arg __unused)
{
}

bool reclaim_start(struct block_device *d)
{
	struct frame **chunk = make_frames();
	struct task *t = chunk && spare_make(d) ?
		kthread_create(pageout, NULL, "kswapd0") : NULL;

	if (!t) {
		spare_free();
		reclaim_free_frames(chunk);
		return false;
	}
	mutex_lock(&rc.lock);
	rc.chunk = chunk;
	pool_init(&rc.pool);
	rc.pid = 0;
	rc.at = 0;
	mutex_unlock(&rc.lock);
	WRITE_ONCE(rc.daemon, t);
	/*
	 * from now on mapping_destroy() waits for the daemon
	 * (pagecache_gate_wait())
	 */
	WRITE_ONCE(pagecache_hunted, true);
	smp_call(smp_mask(), see_hunted, NULL);
	task_start(t);
	return true;
}

void reclaim_stop(void)
{
	struct task *t = rc.daemon;
	struct frame **chunk;

	if (!t)
		return;
	WRITE_ONCE(rc.daemon, NULL);
	kthread_stop(t);
	WRITE_ONCE(pagecache_hunted, false);
	task_put(t);
	mutex_lock(&rc.lock);
	chunk = rc.chunk;
	rc.chunk = NULL;
	mutex_unlock(&rc.lock);
	reclaim_free_frames(chunk);
	spare_free();
}

/*
 * If a process exits while the daemon holds a reference to its space, the
 * daemon frees the space.  Wait until it has done so.
 */
void reclaim_settle(void)
{
	mutex_lock(&rc.lock);
	mutex_unlock(&rc.lock);
}

void reclaim_init(void)
{
	mutex_init(&rc.lock, "page reclaim");
}
