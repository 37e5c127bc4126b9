/* SPDX-License-Identifier: MIT */
/*
 * Chains of locks, owners and waiters; priorities lent along them; and the
 * locks of a task that ends (rows B13, B14).  Invariants, under pi_guard: each
 * lock has a waiter or is inherited.  The owner of a lock has been lent at
 * least the priority of the first waiter.
 */
#include "pi.h"
#include <topics/scheduling/schedpolicy.h>
#include <kernel/task/part.h>
#include <lt/init.h>
#include <mm/frames/slab.h>

#define HASHES		64
#define CHAIN_MAX	1024		/* as Linux's max_lock_depth */

struct spinlock pi_guard = SPIN_INIT("futex pi", IPL_HIGH);
static struct list hashes[HASHES];	/* [pi_guard] */
static unsigned pi_at;
static unsigned pi_process_at;

struct pi_task **pi_of(struct task *t)
{
	return (struct pi_task **)task_slot(t, pi_at);
}

/* ---- locks --------------------------------------------------------------- */

static struct list *hash_of(const struct futex_key *k)
{
	return &hashes[(futex_bucket_of(k) - futex_buckets) % HASHES];
}

struct pi_lock *pi_find(const struct futex_key *k)
{
	struct pi_lock *l;

	list_for_each(l, hash_of(k), hash)
		if (futex_same(&l->key, k))
			return l;
	return NULL;
}

void pi_mark(struct futex_waiter *mark, const struct futex_key *k)
{
	struct futex_bucket *b = futex_bucket_of(k);

	*mark = (struct futex_waiter){ .key = *k, .bucket = b,
				       .rank = FUTEX_MARK };
	spin_lock(&b->lock);
	list_push(&b->waiters, &mark->link);
	b->nr++;
	spin_unlock(&b->lock);
}

void pi_unmark(struct futex_waiter *mark)
{
	spin_lock(&mark->bucket->lock);
	futex_dequeue(mark->bucket, mark);
	spin_unlock(&mark->bucket->lock);
}

void pi_add(struct pi_lock *l, struct task *owner)
{
	pi_mark(&l->mark, &l->key);
	l->owner = owner;
	l->inherited = false;
	list_init(&l->waiters);
	list_append(hash_of(&l->key), &l->hash);
	list_append(&(*pi_of(owner))->held, &l->held);
}

void pi_settle(struct pi_lock *l)
{
	if (!list_empty(&l->waiters) || l->inherited)
		return;
	pi_unmark(&l->mark);
	list_remove(&l->hash);
	list_remove(&l->held);
	kfree(l);
}

static struct pi_waiter *first_of(const struct pi_lock *l)
{
	return list_empty(&l->waiters) ? NULL :
		list_first(&l->waiters, struct pi_waiter, link);
}

/* ---- the chain ----------------------------------------------------------- */

/*
 * True if w goes before a waiter with these keys: a higher priority, or an
 * earlier deadline.
 */
static bool pi_chain_before(const struct pi_waiter *w, unsigned priority,
			    u64 due)
{
	return w->priority > priority ||
		(w->priority == priority && w->due < due);
}

/* Insert w by the priority it lends, behind its equals. */
static void pi_chain_insert(struct list *waiters, struct pi_waiter *w)
{
	struct pi_waiter *next;

	w->priority = sched_lends(w->task, &w->due);
	list_for_each(next, waiters, link)
		if (pi_chain_before(w, next->priority, next->due))
			break;
	list_append(&next->link, &w->link);	/* before next, or at the end */
}

/* Return: the best waiter of all locks of p, or NULL. */
static struct pi_waiter *pi_chain_best(const struct pi_task *p)
{
	struct pi_waiter *first, *w = NULL;
	struct pi_lock *l;

	list_for_each(l, &p->held, held) {
		first = first_of(l);
		if (first &&
		    (!w || pi_chain_before(first, w->priority, w->due)))
			w = first;
	}
	return w;
}

/* Lend t the priority of the best waiter of its locks. */
static void pi_chain_lend(struct task *t)
{
	struct pi_task *p = *pi_of(t);
	struct pi_waiter *w = p ? pi_chain_best(p) : NULL;

	sched_lend(t, w ? w->priority : 0, w ? w->due : 0);
}

/* True if the keys of the waiting task have changed. */
static bool has_moved(const struct pi_waiter *w)
{
	u64 due;
	unsigned priority = sched_lends(w->task, &due);

	return w->priority != priority || w->due != due;
}

/*
 * Move t to its new place among the waiters of its lock, if its priority
 * changed.
 * Return: the owner that t lends to; NULL: t waits for no lock, or its keys are
 * the same.
 */
static struct task *pi_chain_move(struct task *t)
{
	struct pi_task *p = *pi_of(t);
	struct pi_waiter *w = p ? p->waits : NULL;

	if (!w || !has_moved(w))
		return NULL;
	list_remove(&w->link);
	pi_chain_insert(&w->lock->waiters, w);
	return w->lock->owner;
}

/* Update the chain from t on.  The loop ends because a chain has no cycle. */
void pi_lend_along(struct task *t)
{
	while (t) {
		pi_chain_lend(t);
		t = pi_chain_move(t);
	}
}

bool pi_circle(struct task *owner, const struct task *who)
{
	struct pi_task *p;

	for (int i = 0; i < CHAIN_MAX; i++) {
		if (owner == who)
			return true;
		p = *pi_of(owner);
		if (!p || !p->waits)
			return false;
		owner = p->waits->lock->owner;
	}
	return true;
}

void pi_wait(struct pi_lock *l, struct pi_waiter *w)
{
	w->lock = l;
	w->state = PI_WAITS;
	(*pi_of(w->task))->waits = w;
	pi_chain_insert(&l->waiters, w);
	pi_lend_along(l->owner);
}

static void pi_chain_leave(struct pi_waiter *w)
{
	list_remove(&w->link);
	(*pi_of(w->task))->waits = NULL;
}

void pi_give_up(struct pi_waiter *w)
{
	struct task *owner = w->lock->owner;

	pi_chain_leave(w);
	pi_settle(w->lock);
	pi_lend_along(owner);
}

void pi_hand_over(struct pi_lock *l, enum pi_state how)
{
	struct pi_waiter *w = first_of(l);
	struct task *from = l->owner, *to = w->task;

	pi_chain_leave(w);
	list_remove(&l->held);
	list_append(&(*pi_of(to))->held, &l->held);
	l->owner = to;
	l->inherited = how == PI_INHERITS;
	pi_settle(l);
	pi_lend_along(to);
	/*
	 * w may vanish as soon as its task sees this state and takes pi_guard
	 */
	__atomic_store_n(&w->state, how, __ATOMIC_RELEASE);
	task_wake(to, WAKE_NORMAL);
	pi_lend_along(from);
}

/* Handle sched_changed(): t's own priority has been set.  t may be waiting. */
static void pi_chain_own_changed(struct task *t)
{
	spin_lock(&pi_guard);
	pi_lend_along(t);
	spin_unlock(&pi_guard);
}

/* ---- the end of an owner ------------------------------------------------- */

/*
 * Hand over the locks of t, which is current and ends or executes another
 * program, to their first waiters.  The new owners write the words themselves:
 * the words are in their memory, and may no longer be in t's.
 */
static void pi_chain_let_go(struct task *t)
{
	struct pi_task *p = *pi_of(t);
	bool more = p;

	while (more) {
		spin_lock(&pi_guard);
		more = !list_empty(&p->held);
		if (more)
			pi_hand_over(list_first(&p->held, struct pi_lock, held),
				     PI_INHERITS);
		spin_unlock(&pi_guard);
	}
}

static void pi_chain_part_free(struct task *t)
{
	kfree(*pi_of(t));
}

static const struct task_part part[] __table(task_part) = {
	{ .at = &pi_at, .exit = pi_chain_let_go, .free = pi_chain_part_free },
};

static void pi_chain_exec(struct process *p)
{
	(void)p;
	pi_chain_let_go(current);
}

/* Do nothing: the process part exists only for its exec hook. */
static void pi_chain_begins(struct process *p, struct process *parent)
{
	(void)p;
	(void)parent;
}

static const struct process_part process[] __table(process_part) = {
	{ .at = &pi_process_at,
	  .init = pi_chain_begins,
	  .exec = pi_chain_exec },
};

static void pi_init(void)
{
	for (unsigned i = 0; i < HASHES; i++)
		list_init(&hashes[i]);
	sched_changed = pi_chain_own_changed;
}
INIT(fs, pi_init);
