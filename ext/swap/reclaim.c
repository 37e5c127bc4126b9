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
 * moved it, the sweep meets it there.
 *
 * Invariant: a listed frame is a hint.  Whoever uses it looks at the entry,
 * which must still name it.
 */
#define LOG_PREFIX "swap"
#include <ext/kthread/control.h>
#include <ext/swap/swap.h>
#include <kernel/kthread.h>
#include <kernel/task.h>
#include <kernel/time.h>
#include <lt/init.h>
#include <lt/log.h>
#include <mm/pagecache.h>
#include <mm/slab.h>
#include <mm/superpage.h>
#include <mm/vm_internal.h>

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
	unsigned long looked;		/* word: pages it has looked at */
	void (*others)(void);		/* const after init */
} rc = {
	.wait = WAIT_QUEUE_INIT(rc.wait),
	.done = WAIT_QUEUE_INIT(rc.done),
};

unsigned long swappiness = 60;		/* word: 0 to 200 */

/* ---- spaces -------------------------------------------------------------- */

/* Context: [tree_lock]. */
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

struct vm_space *space_after(int *pid)
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

/*
 * May pages of v be taken from it?  An entry of swap cannot tell that user code
 * has protected the page (userfaultfd(2)).
 */
static bool may_go(const struct vma *v)
{
	return vma_private(v) &&
		!(v->flags & (VM_LOCKED | VM_SPECIAL | VM_UFFD_WP));
}

/* Does e map an anonymous page that is counted? */
static bool is_anon(pte_t e)
{
	return pte_present(e) && !(pte_soft(e) & PTE_SPECIAL) &&
		pfn_page(pte_pfn(e))->kind == PAGE_ANON;
}

/*
 * The slot that maps frame pfn at that address; for PT_CHANGE only in a table
 * of the space's own.
 * Context: [s->pt_lock].
 * Return: NULL: it does not any more.
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
	return is_anon(e) && pte_pfn(e) == pfn ? slot : NULL;
}

/*
 * The flush makes the next use set the bit again: a TLB that has the entry
 * would not.
 */
static void make_old(struct vm_space *s, uaddr_t at, pte_t *slot, bool flush)
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
			make_old(s, f->at, slot, flush);
	}
	spin_unlock(&s->pt_lock);
	return use;
}

/*
 * Context: [s->lock], shared.
 * Return: the page, out of s, referenced; NULL: it stays.
 */
struct page *page_take_out(struct vm_space *s, uaddr_t at, u32 pfn)
{
	struct vma *v = vm_find(s, at);
	struct page *p = NULL;
	pte_t *slot;

	if (!v || at < v->start || !may_go(v) || !vm_own(s, at, at + PAGE_SIZE))
		return NULL;
	vm_note_rss(s);
	spin_lock(&s->pt_lock);
	slot = slot_at(s, at, pfn, PT_CHANGE);
	if (slot)
		p = swap_unmap(s, at, slot);
	spin_unlock(&s->pt_lock);
	return p;
}

/* ---- a batch of pages on their way out ----------------------------------- */

struct batch {
	struct page *pages[SWAP_BATCH];
	unsigned n;
	unsigned long won;
	int pid;			/* whose space is locked; 0: nobody's */
	struct vm_space *space;
	bool made_old;			/* some of its pages: TLBs know not */
};

/*
 * TLBs hear once of all pages that were made old: a message to every CPU for
 * each page would take longer than to write them out.
 */
static void leave_space(struct batch *b)
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

static struct vm_space *enter_space(struct batch *b, int pid)
{
	if (b->pid == pid)
		return b->space;
	leave_space(b);
	b->space = space_of_pid(pid);
	b->pid = pid;
	if (b->space)
		rw_read_lock(&b->space->lock);
	return b->space;
}

/* Without a lock: writing sleeps long. */
static void write_batch(struct batch *b)
{
	leave_space(b);
	b->won += swap_clean(b->pages, b->n);
	b->n = 0;
}

static void add_page(struct batch *b, struct page *p)
{
	b->pages[b->n++] = p;
	if (b->n == SWAP_BATCH)
		write_batch(b);
}

/* Others that fork gave the page, at the same address. */
static void take_from_others(struct batch *b, const struct frame *f,
			     const struct page *p)
{
	struct vm_space *s;
	int pid = 0;

	leave_space(b);
	while (ref_read(&p->refs) > 2 && (s = space_after(&pid))) {
		struct page *same;

		rw_read_lock(&s->lock);
		same = page_take_out(s, f->at, f->pfn);
		rw_read_unlock(&s->lock);
		vm_space_put(s);
		if (same)
			page_put(same);
	}
}

static enum frame_use use_in_batch(struct frame *f, void *arg)
{
	struct batch *b = arg;
	struct vm_space *s = enter_space(b, f->pid);
	enum frame_use use = s ? page_use(s, f, false) : FRAME_GONE;

	b->made_old |= use == FRAME_USED;
	WRITE_ONCE(rc.looked, rc.looked + 1);
	return use;
}

/* f was chosen.  Context: [rc.lock]. */
static void put_out(struct batch *b, struct frame *f)
{
	struct vm_space *s = enter_space(b, f->pid);
	struct page *p = s ? page_take_out(s, f->at, f->pfn) : NULL;

	if (!p)
		return;
	/* the cache's reference and ours; another: somebody maps it, too */
	if (ref_read(&p->refs) > 2)
		take_from_others(b, f, p);
	add_page(b, p);
}

/* ---- the sweep: which pages there are ------------------------------------ */

static struct frame *frame_of(pfn_t pfn)
{
	unsigned long i = pfn - page_first;

	return &rc.chunk[i / CHUNK][i % CHUNK];
}

/* Context: [rc.lock, pt_lock].  Return: it was not listed yet. */
static bool list_page(pfn_t pfn, int pid, uaddr_t at)
{
	struct frame *f = frame_of(pfn);
	bool listed = !list_empty(&f->link);

	f->pid = pid;
	f->at = at;
	f->pfn = (u32)pfn;
	if (!listed)
		pool_arrived(&rc.pool, f);
	return !listed;
}

/*
 * Superpages go in pieces.  Pages of a shared table are listed as others are,
 * and the table becomes the space's own when one is taken out.
 */
static struct pt_run split_super(struct vm_space *s, uaddr_t at, uaddr_t end,
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
		r = split_super(s, at, v->end, r);
	for (uaddr_t end = at + r.len; r.slot && !r.level && at < end;
	     at += PAGE_SIZE, r.slot++) {
		pte_t e = pte_read(r.slot);

		if (is_anon(e))
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

		for (; may_go(v) && at < v->end && found < SWEEP; at += len)
			found += sweep_run(v, at, &len);
		rc.at = may_go(v) ? at : v->end;
		if (rc.at < v->end)
			break;
	}
	if (!v)
		rc.at = 0;
	rw_read_unlock(&s->lock);
	return found;
}

/* Once round all spaces at most, until enough is listed. */
static unsigned sweep(void)
{
	unsigned found = 0, turns = 0;
	struct vm_space *s;

	mutex_must_hold(&rc.lock);
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
		if (pfn_valid(pfn) && !list_empty(&frame_of(pfn)->link))
			show(arg, pfn, frame_of(pfn)->active);
	mutex_unlock(&rc.lock);
}

/* ---- rounds -------------------------------------------------------------- */

static unsigned long reclaim_locked(unsigned long n)
{
	struct batch b = { .n = 0 };
	unsigned tries = 8 * (unsigned)n + SWEEP;

	b.won = cache_trim(n);
	while (b.won + b.n < n && tries-- && swap_has_room()) {
		struct frame *f;

		if (pool_size(&rc.pool) < 2 * SWAP_BATCH) {
			leave_space(&b);
			sweep();
		}
		f = replacement->choose(&rc.pool, use_in_batch, &b);
		if (!f)
			break;
		put_out(&b, f);
	}
	write_batch(&b);
	return b.won;
}

static unsigned long reclaim(unsigned long n)
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
	if (!is_anon(e) || ref_read(&pfn_page(pte_pfn(e))->refs) != 1)
		return NULL;
	if (!cold)
		return swap_unmap(s, at, slot);
	if (pte_accessed(e))
		make_old(s, at, slot, true);
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

	if (pte_shared(e) || !is_anon(e) ||
	    page_mappers(pfn_page(pte_pfn(e)), 0) != 1)
		return false;
	if (!cold || r->len < r->span) {
		superpage->split(s, r->slot, at);
		*r = pt_run_at(s->root, at, end);
		return true;
	}
	if (pte_accessed(e))
		make_old(s, at, r->slot, true);
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

	if (!may_go(v) || (!cold && !swap_has_room()))
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

/* From page_alloc(), wherever that was called. */
static void memory_low(void)
{
	if (rc.others)
		rc.others();
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

	return won + reclaim(max(anon, ROUND - min(won, ROUND)));
}

/* Somebody is going to be chosen to die: how much is whose? */
static void count_all(void)
{
	struct vm_space *s;
	int pid = 0;

	while ((s = space_after(&pid))) {
		rw_read_lock(&s->lock);
		WRITE_ONCE(s->swapped, swap_pages_out(s, 0, USER_TOP));
		rw_read_unlock(&s->lock);
		vm_space_put(s);
	}
}

/* Whoever waits for memory looks again after each pass. */
static void pageout(void *arg __unused)
{
	while (!kthread_should_stop()) {
		wait_event(&rc.wait, READ_ONCE(rc.wanted) || kthread_called());
		kthread_park_here();
		WRITE_ONCE(rc.wanted, false);
		do {
			WRITE_ONCE(rc.won, balance());
			if (!rc.won)
				count_all();
			WRITE_ONCE(rc.passes, rc.passes + 1);
			wake_up(&rc.done);
		} while (rc.won && page_free_count() < high_mark() &&
			 !kthread_should_stop());
	}
}

/*
 * However long it takes: only of a pass that has ended is known what it won.
 * Return: that; 0: the daemon stands still, or the caller is to die.
 */
static unsigned long wait_for_pass(void)
{
	unsigned long passes = READ_ONCE(rc.passes), looked;
	int err;

	WRITE_ONCE(rc.wanted, true);
	wake_up(&rc.wait);
	do {
		looked = READ_ONCE(rc.looked);
		err = wait_event_(&rc.done, READ_ONCE(rc.passes) != passes,
				  TASK_KILLABLE, arch_clock() + PATIENCE);
	} while (err == -ETIMEDOUT && READ_ONCE(rc.looked) != looked);
	return err ? 0 : READ_ONCE(rc.won);
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
		won = wait_for_pass();
		if (!swap_has_room())
			break;
	}
	return won;
}

/* ---- begin and end ------------------------------------------------------- */

static unsigned long chunks(void)
{
	return (page_end - page_first + CHUNK - 1) / CHUNK;
}

static void free_frames(struct frame **chunk)
{
	for (unsigned long i = 0; chunk && i < chunks(); i++)
		kfree(chunk[i]);
	kfree(chunk);
}

static struct frame **make_frames(void)
{
	struct frame **chunk = kzalloc(chunks() * sizeof(*chunk));

	for (unsigned long i = 0; chunk && i < chunks(); i++) {
		chunk[i] = kzalloc(CHUNK * sizeof(**chunk));
		if (!chunk[i]) {
			free_frames(chunk);
			return NULL;
		}
		for (unsigned k = 0; k < CHUNK; k++)
			list_init(&chunk[i][k].link);
	}
	return chunk;
}

bool reclaim_start(struct block_device *d)
{
	struct frame **chunk = make_frames();
	struct task *t = chunk && spare_make(d) ?
		kthread_create(pageout, NULL, "kswapd0") : NULL;

	if (!t) {
		spare_free();
		free_frames(chunk);
		return false;
	}
	mutex_lock(&rc.lock);
	rc.chunk = chunk;
	pool_init(&rc.pool);
	rc.pid = 0;
	rc.at = 0;
	mutex_unlock(&rc.lock);
	WRITE_ONCE(rc.daemon, t);
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
	task_put(t);
	mutex_lock(&rc.lock);
	chunk = rc.chunk;
	rc.chunk = NULL;
	mutex_unlock(&rc.lock);
	free_frames(chunk);
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
	rc.others = page_low_hook;
	page_low_hook = memory_low;
}
