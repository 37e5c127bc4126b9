/* SPDX-License-Identifier: MIT */
/*
 * Taking frames from programs (rows D5, D13): the pageout daemon, which keeps a
 * mark of free frames, and works for who finds none.
 *
 * A page's place is found from the tables, not kept in its record: nothing is
 * noted when a page is made, so a machine without swap pays nothing.  A sweep
 * goes round the spaces and lists the pages it meets, each with the process and
 * the address; the policy chooses among them.  The reverse map is that address:
 * fork's children have a page where the parent has it, so who else maps it is
 * found by a look at the same address in every space.  Where mremap(2) has
 * moved it, the sweep meets it there.  Pages of files in memory are listed by
 * their frames, without a process (shared.c).
 *
 * Invariant: a listed frame is a hint.  Whoever uses it looks at the entry,
 * which must still name it.
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

#define CHUNK		1024u		/* records allocated together */
#define SWEEP		1024u		/* pages listed by a step, at most */
#define ROUND		64ul		/* frames a round is to win */
#define PATIENCE	(3 * NSEC_PER_SEC)	/* with a daemon that stands still */
#define PASSES		4		/* in vain, while swap has room */

static struct {
	struct mutex lock;		/* outermost: before any vm_space */
	struct frame **chunk;		/* const while any area is on */
	struct pool pool;		/* [lock] */
	int pid;			/* [lock] where the sweep is */
	uaddr_t at;			/* [lock] */
	struct task *daemon;		/* [areas_mutex] */
	struct wait_queue wait;		/* the daemon */
	struct wait_queue done;		/* who waits for a pass */
	bool wanted;			/* word: frames are few */
	unsigned long passes, won;	/* words: of the daemon; of the last */
	bool (*of)(const struct page *p);	/* word: those of one owner */
	unsigned long of_n;		/* word: ... how many of them */
	unsigned long of_passes, of_won;	/* words: as above */
} rc = {
	.wait = WAIT_QUEUE_INIT(rc.wait),
	.done = WAIT_QUEUE_INIT(rc.done),
};

unsigned long swappiness = 60;		/* word: 0 to 200 */

/* ---- the sweep: which pages there are ------------------------------------ */

static struct frame *reclaim_frame_of(pfn_t pfn)
{
	unsigned long i = pfn - page_first;

	return &rc.chunk[i / CHUNK][i % CHUNK];
}

/* Context: [rc.lock, pt_lock].  Return: it was not listed yet. */
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
 * List what one run of v's addresses maps.
 * Return: pages listed.
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

/* From rc.at on.  Return: pages listed; rc.at is 0 at the end of s. */
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

/* Context: [rc.lock].  Return: it was not listed yet. */
static bool list_shared(pfn_t pfn, void *arg __unused)
{
	return !page_is_spared(pfn_page(pfn)) && list_page(pfn, 0, 0);
}

/*
 * Once round all spaces at most, until enough is listed; and as many as that of
 * files in memory, which are found by their frames.
 */
static unsigned sweep(void)
{
	unsigned found = 0, turns = 0;
	struct vm_space *s;

	mutex_must_hold(&rc.lock);
	shared_each(SWEEP, list_shared, NULL);
	while (found < SWEEP && turns < 2) {
		s = rc.at ? space_of_pid(rc.pid) : space_after(&rc.pid);
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
 * What is listed of [first, first + n): a listed frame is a hint here, too.
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
		batch_put_out(&b, f);
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

/* Context: [s->pt_lock].  Return: the page, out; NULL. */
static struct page *advise_entry(struct vm_space *s, uaddr_t at, pte_t *slot,
				 bool cold)
{
	pte_t e = pte_read(slot);

	/*
	 * What others map, too, is theirs to advise on (madvise(2)): so
	 * nothing comes here from a shared table.
	 */
	if (!entry_is_anon(e) || ref_read(&pfn_page(pte_pfn(e))->refs) != 1)
		return NULL;
	if (!cold)
		return swap_unmap(s, at, slot);
	if (pte_accessed(e))
		entry_make_old(s, at, slot, true);
	return NULL;
}

/*
 * A superpage that is s's alone goes in pieces, and a part of one is advised
 * on in pieces; all of it is made cold as it is.
 * Return: its pieces are in *r; false: there is nothing more to do.
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

/* Up to a batch of one run.  Return: where to go on. */
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
	vm_adopt(s, at, end, OWN_SOLE);
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

/* Of 200 pages, swappiness are to be programs' and the rest files'. */
static unsigned long balance(void)
{
	unsigned long anon = ROUND * READ_ONCE(swappiness) / 200;
	unsigned long won = pagecache_reclaim(ROUND - anon);

	return won + swap_reclaim(max(anon, ROUND - min(won, ROUND)));
}

/* Somebody is going to be chosen to die: how much is whose? */
static void reclaim_count_all(void)
{
	struct vm_space *s;
	int pid = 0;

	while ((s = space_after(&pid))) {
		rw_read_lock(&s->lock);
		WRITE_ONCE(s->swapped,
			   swap_pages_out(s, 0, USER_TOP, NULL));
		rw_read_unlock(&s->lock);
		vm_space_put(s);
	}
}

/* An owner wants pages of its own. */
static void serve_owner(void)
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

/* Whoever waits for memory looks again after each pass. */
static void serve_machine(void)
{
	if (!READ_ONCE(rc.wanted))
		return;
	WRITE_ONCE(rc.wanted, false);
	do {
		WRITE_ONCE(rc.won, balance());
		if (!rc.won)
			reclaim_count_all();
		WRITE_ONCE(rc.passes, rc.passes + 1);
		wake_up(&rc.done);
		serve_owner();
	} while (rc.won && page_free_count() < high_mark() &&
		 !kthread_should_stop());
}

static void pageout(void *arg __unused)
{
	while (!kthread_should_stop()) {
		wait_event(&rc.wait, READ_ONCE(rc.wanted) ||
			   READ_ONCE(rc.of) || kthread_called());
		kthread_park_here();
		serve_owner();
		serve_machine();
	}
}

/*
 * However long it takes: only of a pass that has ended is known what it won.
 * Return: it has; false: the daemon stands still, or the caller is to die.
 */
static bool wait_beyond(const unsigned long *passes, unsigned long was)
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
	return wait_beyond(&rc.passes, was) ? READ_ONCE(rc.won) : 0;
}

/*
 * Who finds no frame waits for the daemon, which has a stack for it: a space
 * that it looks into may end in its hands, with all its files.  One pass may
 * win nothing although swap has room: it began before, or all that it chose was
 * wanted back at once.
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
	return wait_beyond(&rc.of_passes, was) ? READ_ONCE(rc.of_won) : 0;
}

/* ---- begin and end ------------------------------------------------------- */

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
	/* whoever frees a mapping from now on sees it (mm/frames/reclaim.c) */
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
 * A process that ends while the daemon looks into its space leaves it in the
 * daemon's hands.  After this such spaces are gone.
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
