/* SPDX-License-Identifier: MIT */
/*
 * Zeroed blocks, prepared by CPUs that have nothing else to do (row C5),
 * because clearing is most of the cost of a superpage fault.  A thread clears
 * pages while no task waits for a CPU, and tries again after a while.  The
 * blocks are at most one thirty-second of all memory.  They are reported as
 * free memory, and returned when memory is short.
 *
 * Invariant: a block on the list is all zeros and has no other user.
 */
#define LOG_PREFIX "hugepage"
#include "hugepage.h"
#include <kernel/task/kthread.h>
#include <kernel/smp/smp.h>
#include <kernel/task/task.h>
#include <kernel/time/time.h>
#include <lt/init.h>
#include <lt/log.h>

#define SHARE		32	/* the pool has at most 1/SHARE of memory */
#define FIRST_LOOK	NSEC_PER_SEC
#define NEXT_LOOK	(NSEC_PER_SEC / 10)

static struct {
	/* outer lock; held to clear or to return blocks */
	struct mutex lock;
	struct page *part;		/* [lock] block that is being cleared */
	/* [lock] number of cleared pages of part */
	unsigned cleared;
	struct spinlock list_lock;
	struct list blocks;		/* [list_lock] */
	/* [list_lock] number of blocks, including `part` */
	unsigned kept;
	unsigned most;			/* const after init */
	/* the thread should refill the pool; accessed without a lock */
	bool wanted;
	struct wait_queue wait;
} pool = {
	.list_lock = SPIN_INIT("superpage pool", IPL_SOFT),
	.blocks = LIST_INIT(pool.blocks),
	.wait = WAIT_QUEUE_INIT(pool.wait),
};

/* Add to the number of blocks kept.  Context: [pool.list_lock]. */
static void note_kept(int blocks)
{
	spin_must_hold(&pool.list_lock);
	pool.kept += (unsigned)blocks;
	WRITE_ONCE(page_kept, pool.kept * HUGE_PAGES);
}

static void superpage_keep(int blocks)
{
	spin_lock(&pool.list_lock);
	note_kept(blocks);
	spin_unlock(&pool.list_lock);
}

static struct page *pool_pop(void)
{
	struct page *head = NULL;

	spin_lock(&pool.list_lock);
	if (!list_empty(&pool.blocks)) {
		head = list_first(&pool.blocks, struct page, link);
		list_remove(&head->link);
		note_kept(-1);
	}
	spin_unlock(&pool.list_lock);
	return head;
}

static struct page *superpage_pool_take(void)
{
	struct page *head = pool_pop();

	if (!READ_ONCE(pool.wanted)) {
		WRITE_ONCE(pool.wanted, true);
		wake_up(&pool.wait);
	}
	return head;
}

/*
 * Return all blocks.  The pool is not refilled before the next superpage fault,
 * so that a test that compares the amount of free memory is not disturbed.
 */
void huge_pool_shrink(void)
{
	struct page *head;

	mutex_lock(&pool.lock);
	WRITE_ONCE(pool.wanted, false);
	if (pool.part) {
		page_put(pool.part);
		pool.part = NULL;
		superpage_keep(-1);
	}
	while ((head = pool_pop()))
		page_put(head);
	mutex_unlock(&pool.lock);
}

/* ---- the thread ---------------------------------------------------------- */

/* True if every runnable task has a CPU of its own. */
static bool pool_cpus_idle(void)
{
	return sched_nr_running() <= nr_cpus;
}

/*
 * Begin to clear a block.
 * Context: [pool.lock].
 * Return: false: there are enough blocks, or not enough memory.
 */
static bool begin_block(void)
{
	if (pool.part)
		return true;
	if (READ_ONCE(pool.kept) >= pool.most ||
	    page_free_count() < page_total() / 4)
		return false;
	pool.part = page_alloc(HUGE_ORDER, PAGE_ANON);
	pool.cleared = 0;
	if (pool.part)
		superpage_keep(1);
	return pool.part;
}

/* Clear one more page.  Context: [pool.lock]. */
static void clear_some(void)
{
	struct page *head = pool.part;

	arch_clear_page(page_virt(head + pool.cleared));
	if (++pool.cleared < HUGE_PAGES)
		return;
	pool.part = NULL;
	spin_lock(&pool.list_lock);
	list_push(&pool.blocks, &head->link);
	spin_unlock(&pool.list_lock);
}

static bool superpage_step(void)
{
	bool more;

	mutex_lock(&pool.lock);
	more = READ_ONCE(pool.wanted) && begin_block();
	if (more)
		clear_some();
	else
		WRITE_ONCE(pool.wanted, false);
	mutex_unlock(&pool.lock);
	return more;
}

static void pause_for(u64 ns)
{
	wait_event_deadline(&pool.wait, kthread_should_stop(),
			    arch_clock() + ns);
}

static void pool_thread(void *arg __unused)
{
	pause_for(FIRST_LOOK);
	WRITE_ONCE(pool.wanted, true);
	while (!kthread_should_stop()) {
		(void)wait_event_interruptible(&pool.wait,
					       READ_ONCE(pool.wanted));
		while (pool_cpus_idle() && superpage_step())
			;
		if (READ_ONCE(pool.wanted))
			pause_for(NEXT_LOOK);
	}
}

static void pool_init(void)
{
	struct task *t;

	mutex_init(&pool.lock, "superpage pool");
	pool.most = page_total() / SHARE / HUGE_PAGES;
	if (!huge_enabled || !pool.most)
		return;
	t = kthread_create(pool_thread, NULL, "zeropage");
	if (!t) {
		log_warn("no memory for the thread that clears");
		return;
	}
	huge_pool = superpage_pool_take;
	task_start(t);
}
INIT(task, pool_init);
