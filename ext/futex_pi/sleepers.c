/* SPDX-License-Identifier: MIT */
/*
 * Sleeping locks of the kernel's as links of the chain (row B14): who sleeps for
 * a mutex, or for what a writer has, lends its priority to the owner.
 *
 *	bed of t ----> sleeper (on t's stack): task, lock --> its owner
 *	                  |
 *	lenders ------> [if it has something to lend] highest first
 *
 * Nobody notes who takes a free lock, which must stay cheap: the owner is read
 * from the lock whenever a chain is walked.  It is safe there, as it cannot go:
 *
 *	walk, under pi_guard              owner
 *
 *	a sleeper is one of the lenders   the lock is free
 *	---- fence --------------------   ---- fence, mutex_unlock() ---------
 *	who owns the lock?                is anybody one of the lenders?
 *
 * An owner that is seen on the left sees a lender on the right, and comes for
 * the guard before it does anything else.  One that gets a lock past a sleeper
 * that was woken is seen when that one, which has failed, sleeps again.
 */
#include <ext/futex_pi/pi.h>
#include <kernel/current.h>
#include <kernel/hooks.h>
#include <kernel/sched.h>
#include <kernel/task.h>
#include <lt/init.h>

#define BEDS	64
#define PATIENCE	1000000		/* ns */

struct sleeper {
	struct list link;	/* [its bed] */
	struct pi_waiter w;	/* in lenders by its link, if it is found */
	struct wait_queue *q;	/* const: of the lock */
	struct task **owner;	/* const: where the lock has it */
	bool lone;		/* const: no owner: it is free */
	bool found;		/* [its bed] set, by who has pi_guard, too */
	struct task *to;	/* [pi_guard] it has lent to, with a reference */
};

static struct bed {
	struct spinlock lock;
	struct list sleepers;	/* [lock] */
} beds[BEDS];

static struct list lenders = LIST_INIT(lenders);	/* [pi_guard] */
static unsigned nr_lenders;	/* [pi_guard] others peek */

static struct sleeper *sleeper_of(struct pi_waiter *w)
{
	return container_of(w, struct sleeper, w);
}

static struct bed *bed_of(const struct task *t)
{
	return &beds[(uintptr_t)t / 256 % BEDS];
}

/* ---- walks, [pi_guard] --------------------------------------------------- */

/*
 * s lends to that task from now on; NULL: to nobody.  One that it lent to before
 * has yet to come for the guard: it is not freed here.
 */
static void note_lent(struct sleeper *s, struct task *to)
{
	if (to == s->to)
		return;
	if (s->to)
		task_put(s->to);
	if (to)
		task_get(to);
	s->to = to;
}

struct pi_waiter *pi_sleepers_first(struct task *t)
{
	struct pi_waiter *w;

	list_for_each(w, &lenders, link)
		if (HINT(*sleeper_of(w)->owner) == t) {
			note_lent(sleeper_of(w), t);
			return w;
		}
	return NULL;
}

/*
 * What t sleeps for.  From when it is found on, it cannot leave without the
 * guard.
 */
static struct sleeper *find(const struct task *t)
{
	struct bed *b = bed_of(t);
	struct sleeper *s, *its = NULL;

	spin_lock(&b->lock);
	list_for_each(s, &b->sleepers, link)
		if (s->w.task == t)
			its = s;
	if (its && !its->found) {
		its->found = true;
		__atomic_fetch_add(&nr_lenders, 1, __ATOMIC_RELAXED);
	}
	spin_unlock(&b->lock);
	return its;
}

struct task *pi_sleepers_move(struct task *t)
{
	struct sleeper *s = find(t);
	struct task *owner;

	if (!s || !pi_has_moved(&s->w))
		return NULL;
	list_remove(&s->w.link);
	pi_insert(&lenders, &s->w);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	owner = HINT(*s->owner);
	/* freed, and perhaps for one that is worse and has yet to run */
	if (!owner && s->lone)
		task_wake(t, WAKE_NORMAL);
	return owner;
}

/* Return: the best one who sleeps in q and has something to lend was woken. */
static bool wake_best(const struct wait_queue *q)
{
	struct pi_waiter *w;

	list_for_each(w, &lenders, link)
		if (w->priority && sleeper_of(w)->q == q &&
		    task_wake(w->task, WAKE_NORMAL))
			return true;
	return false;
}

/* ---- hooks --------------------------------------------------------------- */

/*
 * A writer says who it is just after it has the lock, and readers do not at
 * all: then who has something to lend looks again before long.
 * Return: when.
 */
static ktime_t lie_down(struct sleeper *s, struct bed *b)
{
	list_init(&s->w.link);
	spin_lock(&b->lock);
	list_push(&b->sleepers, &s->link);
	spin_unlock(&b->lock);
	/* who raises us from now on finds us; before that, we see it here */
	if (!HINT(current->rt_priority))
		return 0;
	spin_lock(&pi_guard);
	pi_lend_along(pi_sleepers_move(current));
	spin_unlock(&pi_guard);
	return s->lone || HINT(*s->owner) ? 0 : arch_clock() + PATIENCE;
}

/*
 * Woken, it tries again, and lends to nobody meanwhile.  It takes back what it
 * has lent: an owner that has freed the lock by now may find nobody in its
 * queue.  One that gives up, err, was perhaps woken in another's stead.
 */
static void leave_lenders(struct sleeper *s, int err)
{
	struct task *owner;

	spin_lock(&pi_guard);
	list_remove(&s->w.link);
	if (s->to)
		pi_lend_along(s->to);
	if (err) {
		owner = HINT(*s->owner);
		if (owner)
			pi_lend_along(owner);
		else
			wake_best(s->q);
	}
	__atomic_fetch_sub(&nr_lenders, 1, __ATOMIC_RELAXED);
	spin_unlock(&pi_guard);
	if (s->to)
		task_put(s->to);
}

static int lock_sleep(struct wait_queue *q, struct task **owner, bool lone,
		      int state)
{
	struct sleeper s = { .w.task = current, .q = q, .owner = owner,
			     .lone = lone };
	struct bed *b = bed_of(current);
	int err = wait_sleep(state, lie_down(&s, b));

	if (err == -ETIMEDOUT)
		err = 0;
	spin_lock(&b->lock);
	list_remove(&s.link);
	spin_unlock(&b->lock);
	if (s.found)
		leave_lenders(&s, err);
	return err;
}

/* [pi_guard] current owns a lock less. */
static void take_back(void)
{
	struct pi_waiter *w;

	list_for_each(w, &lenders, link) {
		struct sleeper *s = sleeper_of(w);

		if (s->to == current && HINT(*s->owner) != current)
			note_lent(s, NULL);
	}
	pi_lend_along(current);
}

/*
 * It is free already.  Others are woken first: with what it has itself current
 * may not run for long.
 */
static void lock_wake(struct wait_queue *q, bool all)
{
	bool woken = all;

	if (all)
		wake_up(q);
	if (HINT(nr_lenders)) {
		spin_lock(&pi_guard);
		woken = all || wake_best(q);
		take_back();
		spin_unlock(&pi_guard);
	}
	if (!woken)
		wake_up_one(q);
}

static void locks_init(void)
{
	for (unsigned i = 0; i < BEDS; i++) {
		spin_init(&beds[i].lock, "futex pi sleepers", IPL_HIGH);
		list_init(&beds[i].sleepers);
	}
	hooks.lock_sleep = lock_sleep;
	hooks.lock_wake = lock_wake;
}
INIT(task, locks_init);
