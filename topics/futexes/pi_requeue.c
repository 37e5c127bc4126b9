/* SPDX-License-Identifier: MIT */
/*
 * FUTEX_WAIT_REQUEUE_PI, FUTEX_CMP_REQUEUE_PI (futex(2)): a task sleeps on a
 * word without an owner, which belongs to a condition variable, and is moved to
 * a word with an owner, a lock.
 *
 *	wait:     sleeps --moved--> waits for the lock --handed over--> owns it
 *	          |  signal: restart |  signal: EAGAIN
 *	          +- time: ETIMEDOUT +- time: ETIMEDOUT
 *	requeue:  each sleeper, highest first, takes the lock or queues for it
 *
 * As with other futexes, a sleeper is in its list before it reads the word.
 */
#include "ops.h"
#include "pi.h"
#include <topics/scheduling/schedpolicy.h>
#include <mm/frames/slab.h>

/*
 * A sleeping task.  The record lies on the task's own stack, and is in
 * `sleepers` while w.state is PI_SLEEPS.
 */
struct sleeper {
	struct pi_waiter w;		/* in `sleepers` by w.link */
	struct futex_key key, to;	/* const */
	/* in the bucket of key, while PI_SLEEPS */
	struct futex_waiter mark;
	u64 turn;			/* const; order of arrival */
};

/* [pi_guard] highest first */
static struct list sleepers = LIST_INIT(sleepers);
static u64 turns = 1;			/* [pi_guard] */

static struct sleeper *sleeper_of(struct pi_waiter *w)
{
	return container_of(w, struct sleeper, w);
}

/* ---- waiting ------------------------------------------------------------- */

static void pi_requeue_enter(struct sleeper *s)
{
	struct pi_waiter *next;

	s->w.priority = sched_lends(s->w.task, &s->w.due);
	spin_lock(&pi_guard);
	s->turn = turns++;
	list_for_each(next, &sleepers, link)
		if (next->priority < s->w.priority ||
		    (next->priority == s->w.priority && next->due > s->w.due))
			break;
	list_append(&next->link, &s->w.link);
	pi_mark(&s->mark, &s->key);
	spin_unlock(&pi_guard);
	/*
	 * The sleeper is in the list before the word is read.  This pairs with
	 * a task that changes the word.
	 */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/*
 * End the sleep of s.  err: why it ended.  Return: 0: current owns the lock;
 * -errno.
 */
static int wake_up_as(struct sleeper *s, uaddr_t lock, int err)
{
	enum pi_state state;

	spin_lock(&pi_guard);
	state = s->w.state;
	if (state == PI_SLEEPS) {
		list_remove(&s->w.link);
		pi_unmark(&s->mark);
	} else if (state == PI_WAITS) {
		pi_give_up(&s->w);
	}
	spin_unlock(&pi_guard);
	if (state == PI_INHERITS)
		return pi_inherit(s->w.lock, lock);
	if (state == PI_OWNS)
		return 0;
	if (err == -ERESTARTSYS)
		return state == PI_SLEEPS ? -ERESTARTNOINTR : -EAGAIN;
	return err;
}

static int pi_requeue_sleep_for(const struct futex_call *c,
				struct timer_deadline deadline)
{
	bool private = c->op & FUTEX_PRIVATE;
	struct sleeper s = { .w = { .task = current, .state = PI_SLEEPS } };
	u32 word;
	int err;

	if ((err = pi_part_create()) ||
	    (err = futex_key_get(&s.to, c->at2, private)) ||
	    (err = futex_key_get(&s.key, c->at, private)))
		return err;
	pi_requeue_enter(&s);
	if (arch_user_load32(&word, c->at))
		err = -EFAULT;
	else if (word != c->val)
		err = -EAGAIN;
	else if (futex_same(&s.key, &s.to))
		err = -EINVAL;
	else
		err = pi_sleep(&s.w, deadline);
	return wake_up_as(&s, c->at2, err);
}

long futex_wait_requeue_pi(const struct futex_call *c)
{
	struct timer_deadline deadline = NO_DEADLINE;
	int err = c->timeout ? futex_deadline(&deadline, c->timeout,
			FUTEX_WAIT_BITSET | (c->op & FUTEX_CLOCK_REALTIME),
			c->word) : 0;

	if (err)
		return err;
	return c->at == c->at2 ? -EINVAL : pi_requeue_sleep_for(c, deadline);
}

/* ---- moving -------------------------------------------------------------- */

struct move {
	struct pi_attempt a;		/* the attempt to take the lock */
	struct futex_key from;
	uaddr_t at;
	u32 expect;
	/* move sleepers with a lower turn; 0: the word is not compared yet */
	u64 until;
	unsigned most, moved;
};

static struct sleeper *next_sleeper(const struct move *m)
{
	struct pi_waiter *w;

	list_for_each(w, &sleepers, link) {
		struct sleeper *s = sleeper_of(w);

		if (s->turn < m->until && futex_same(&s->key, &m->from))
			return s;
	}
	return NULL;
}

/*
 * Move one sleeper.
 * Context: [tree_lock, pi_guard].
 * Return: 0; PI_ABSENT, PI_ENDING, PI_AGAIN; -errno.
 */
static int pi_requeue_move_one(struct move *m, struct sleeper *s)
{
	struct list *before = s->w.link.prev;
	int err;

	if (!futex_same(&s->to, &m->a.key))
		return -EINVAL;
	m->a.w = &s->w;
	list_remove(&s->w.link);
	err = pi_attempt(&m->a);
	if (err && err != PI_QUEUED) {
		list_push(before, &s->w.link);	/* put s back in its place */
		return err;
	}
	m->moved++;
	pi_unmark(&s->mark);
	if (!err) {
		__atomic_store_n(&s->w.state, PI_OWNS, __ATOMIC_RELEASE);
		task_wake(s->w.task, WAKE_NORMAL);
	}
	return 0;
}

/*
 * Move the sleepers.  The word is compared only once, under pi_guard: tasks
 * that go to sleep after that are not moved.
 * Return: as pi_requeue_move_one().
 */
static int pi_requeue_move_all(struct move *m)
{
	struct sleeper *s;
	int err = 0;
	u32 word;

	if (!m->until) {
		if (futex_peek(&word, m->at))
			return PI_ABSENT;
		if (word != m->expect)
			return -EAGAIN;
		if (pi_plain_waiters(&m->from))
			return -EINVAL;
		m->until = turns;
	}
	while (!err && m->moved < m->most && (s = next_sleeper(m)))
		err = pi_requeue_move_one(m, s);
	return err;
}

static int move_once(struct move *m)
{
	u32 word;
	int err = pi_attempt_alloc(&m->a);

	if (err)
		return err;
	if (arch_user_load32(&word, m->at))
		return -EFAULT;
	spin_lock(&tree_lock);
	spin_lock(&pi_guard);
	err = pi_requeue_move_all(m);
	spin_unlock(&pi_guard);
	spin_unlock(&tree_lock);
	return pi_after_attempt(&m->a, err);
}

/*
 * Serve FUTEX_CMP_REQUEUE_PI.  c->val: number of tasks to wake, always 1: the
 * one that takes the lock.  c->timeout: how many more tasks to move.
 */
long futex_cmp_requeue_pi(const struct futex_call *c)
{
	struct move m = { .a.at = c->at2, .at = c->at, .expect = c->val3 };
	bool private = c->op & FUTEX_PRIVATE;
	int err;

	if ((int)c->timeout < 0 || c->at == c->at2 || c->val != 1)
		return -EINVAL;
	if ((err = futex_key_get(&m.from, c->at, private)) ||
	    (err = futex_key_get(&m.a.key, c->at2, private)))
		return err;
	if (futex_same(&m.from, &m.a.key))
		return -EINVAL;
	m.a.bit = (int)c->timeout ? FUTEX_WAITERS : 0;
	m.most = 1 + (unsigned)c->timeout;
	do
		err = move_once(&m);
	while (err == PI_AGAIN);
	kfree(m.a.lock);
	kfree(m.a.part);
	return err ? err : (long)m.moved;
}
