/* SPDX-License-Identifier: MIT */
/*
 * FUTEX_LOCK_PI, FUTEX_LOCK_PI2, FUTEX_TRYLOCK_PI, FUTEX_UNLOCK_PI (futex(2)).
 * A word is 0, or its owner's thread number and two flag bits:
 *
 *   user code, without a call:   0 --> tid        tid --> 0
 *   lock, another task owns it:  tid --> WAITERS | tid; queue; sleep
 *   unlock, with waiters:        WAITERS | tid --> WAITERS | next's tid
 *   the owner has ended:         any --> WAITERS | OWNER_DIED | next's tid
 *
 * The kernel changes the word only by compare-and-exchange under pi_guard, so
 * the owner cannot miss a task that has set WAITERS and is queued: the owner's
 * own exchange to 0 fails from then on, and its system call finds the queue.
 * No page fault may happen under pi_guard: an absent page is fetched without
 * locks, and the attempt starts over.
 */
#include "ops.h"
#include "pi.h"
#include <mm/frames/slab.h>

/* ---- the word ------------------------------------------------------------ */

/*
 * Change the word from *old to new.
 * Context: [pi_guard].
 * Return: 0; PI_AGAIN: the word had another value, now in *old; PI_ABSENT.
 */
static int pi_lock_exchange(uaddr_t at, u32 *old, u32 new)
{
	u32 expect = *old;
	int err;

	current->no_faults = true;
	barrier();
	err = arch_user_cmpxchg32(at, expect, new, old);
	barrier();
	current->no_faults = false;
	return err ? PI_ABSENT : *old == expect ? 0 : PI_AGAIN;
}

/*
 * Read by exchanging the value with itself, which proves that the page is
 * writable, too.
 */
int pi_read_word(uaddr_t at, u32 *word)
{
	int err;

	*word = 0;
	do
		err = pi_lock_exchange(at, word, *word);
	while (err == PI_AGAIN);
	return err;
}

/*
 * Fetch the page at `at` for writing.  Context: no lock.  Return: 0, -EFAULT.
 */
static int pi_lock_fetch(uaddr_t at)
{
	u32 word, found;

	if (arch_user_load32(&word, at) ||
	    arch_user_cmpxchg32(at, word, word, &found))
		return -EFAULT;
	return 0;
}

bool pi_plain_waiters(const struct futex_key *k)
{
	struct futex_bucket *b = futex_bucket_of(k);
	struct futex_waiter *w;
	bool found = false;

	if (!HINT(b->nr))
		return false;
	spin_lock(&b->lock);
	list_for_each(w, &b->waiters, link)
		found |= w->bitset && futex_same(&w->key, k);
	spin_unlock(&b->lock);
	return found;
}

/* ---- lock: an attempt, context: [tree_lock, pi_guard] -------------------- */

static int pi_lock_queue(struct pi_attempt *a, struct pi_lock *l)
{
	if (pi_circle(l->owner, a->w->task))
		return -EDEADLK;
	pi_wait(l, a->w);
	return PI_QUEUED;
}

/*
 * Queue for a lock that has waiters: the word and the lock must agree on the
 * owner.
 */
static int pi_lock_join(struct pi_attempt *a, struct pi_lock *l, u32 word)
{
	u32 owner = (u32)pid_shown(l->owner->tid);

	if (!l->inherited && (word & FUTEX_TID_MASK) != owner)
		return -EINVAL;
	return a->try ? -EAGAIN : pi_lock_queue(a, l);
}

/*
 * Give t a part if it has none.
 * Return: true if t is exiting.  Either t sees its part when it exits and hands
 * over its locks, or this function sees TF_EXITING: the part is set before the
 * flag is read here, and task_exit() sets the flag before it looks for a part.
 */
static bool pi_lock_is_exiting(struct pi_attempt *a, struct task *t)
{
	if (!*pi_of(t)) {
		*pi_of(t) = a->part;
		a->part = NULL;
	}
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return HINT(t->flags) & TF_EXITING;
}

/*
 * Handle a word whose number belongs to no task: -ESRCH, unless the word has
 * changed.
 */
static int pi_lock_no_owner(struct pi_attempt *a, u32 word)
{
	u32 now;
	int err = pi_read_word(a->at, &now);

	return err ? err : now == word ? -ESRCH : PI_AGAIN;
}

/* Create the lock for its first waiter: the word names the owner. */
static int pi_lock_begin(struct pi_attempt *a, u32 word)
{
	struct task *t = task_find((int)(word & FUTEX_TID_MASK));
	struct pi_lock *l = a->lock;

	if (!t)
		return pi_lock_no_owner(a, word);
	if (!t->process)
		return -EPERM;		/* the owner is a kernel thread */
	if (!t->space)
		return pi_lock_no_owner(a, word);
	if (pi_lock_is_exiting(a, t))
		return PI_ENDING;
	if (a->try)
		return -EAGAIN;
	if (pi_circle(t, a->w->task))
		return -EDEADLK;
	a->lock = NULL;
	l->key = a->key;
	pi_add(l, t);
	pi_wait(l, a->w);
	return PI_QUEUED;
}

int pi_attempt(struct pi_attempt *a)
{
	u32 me = (u32)pid_shown(a->w->task->tid), word;
	struct pi_lock *l;
	int err = pi_read_word(a->at, &word);

	if (err)
		return err;
	if ((word & FUTEX_TID_MASK) == me)
		return -EDEADLK;
	l = pi_find(&a->key);
	if (l)
		return pi_lock_join(a, l, word);
	if (pi_plain_waiters(&a->key))
		return -EINVAL;
	if (!(word & FUTEX_TID_MASK))
		return pi_lock_exchange(
			a->at, &word, (word & FUTEX_OWNER_DIED) | me | a->bit);
	err = pi_lock_exchange(a->at, &word, word | FUTEX_WAITERS);
	return err ? err : pi_lock_begin(a, word | FUTEX_WAITERS);
}

/* ---- lock: waiting ------------------------------------------------------- */

int pi_sleep(struct pi_waiter *w, struct timer_deadline deadline)
{
	int err = 0;

	while (!err) {
		wait_set_state(TASK_INTERRUPTIBLE);
		if (READ_ONCE(w->state) >= PI_OWNS)
			break;
		err = wait_sleep(TASK_INTERRUPTIBLE, deadline);
	}
	wait_set_running();
	return err;
}

/* Write current's number into the word.  Return: 0, -EFAULT. */
static int pi_lock_claim(uaddr_t at)
{
	u32 new = FUTEX_WAITERS | FUTEX_OWNER_DIED | (u32)current->vtid;
	u32 word, found;

	if (arch_user_load32(&word, at))
		return -EFAULT;
	for (;;) {
		if (arch_user_cmpxchg32(at, word, new, &found))
			return -EFAULT;
		if (found == word)
			return 0;
		word = found;
	}
}

/*
 * Take over the lock of an owner that has ended.  Tasks that come meanwhile
 * find the lock and queue behind current.  If the word is not mapped, current
 * does not get the lock: hand it to the next waiter.
 */
int pi_inherit(struct pi_lock *l, uaddr_t at)
{
	int err = pi_lock_claim(at);

	spin_lock(&pi_guard);
	l->inherited = false;
	if (err && !list_empty(&l->waiters))
		pi_hand_over(l, PI_INHERITS);
	else
		pi_settle(l);
	spin_unlock(&pi_guard);
	return err;
}

/*
 * Wait for the lock.  If it was handed over, current owns it even after a
 * signal or a timeout.
 */
static int pi_lock_wait_for(struct pi_waiter *w, uaddr_t at,
			    struct timer_deadline deadline)
{
	int err = pi_sleep(w, deadline);

	spin_lock(&pi_guard);
	if (w->state == PI_WAITS)
		pi_give_up(w);
	spin_unlock(&pi_guard);
	if (w->state == PI_INHERITS)
		return pi_inherit(w->lock, at);
	if (w->state == PI_OWNS)
		return 0;
	return err == -ERESTARTSYS ? -ERESTARTNOINTR : err;
}

/*
 * Wait briefly: the exiting owner will soon have changed the word or left the
 * task list.
 */
static int wait_for_end(void)
{
	wait_set_state(TASK_INTERRUPTIBLE);
	wait_sleep(TASK_INTERRUPTIBLE,
		   timer_deadline(arch_clock() + 1000000));
	wait_set_running();
	return signal_pending() ? -ERESTARTNOINTR : 0;
}

static struct pi_task *new_part(void)
{
	struct pi_task *p = kzalloc(sizeof(*p));

	if (p)
		list_init(&p->held);
	return p;
}

int pi_part_create(void)
{
	struct pi_task *mine = NULL;

	if (!*pi_of(current) && !(mine = new_part()))
		return -ENOMEM;
	spin_lock(&pi_guard);
	if (!*pi_of(current)) {
		*pi_of(current) = mine;
		mine = NULL;
	}
	spin_unlock(&pi_guard);
	kfree(mine);
	return 0;
}

int pi_attempt_alloc(struct pi_attempt *a)
{
	if (!a->part)
		a->part = new_part();
	if (!a->lock)
		a->lock = kmalloc(sizeof(*a->lock));
	return a->part && a->lock ? 0 : -ENOMEM;
}

int pi_after_attempt(struct pi_attempt *a, int err)
{
	if (err == PI_ABSENT)
		return pi_lock_fetch(a->at) ? -EFAULT : PI_AGAIN;
	if (err == PI_ENDING)
		return wait_for_end() ? -ERESTARTNOINTR : PI_AGAIN;
	return err;
}

static int attempt_once(struct pi_attempt *a)
{
	int err = pi_attempt_alloc(a);

	if (err)
		return err;
	spin_lock(&tree_lock);
	spin_lock(&pi_guard);
	err = pi_attempt(a);
	spin_unlock(&pi_guard);
	spin_unlock(&tree_lock);
	return pi_after_attempt(a, err);
}

static long pi_take_word(const struct futex_call *c,
			 struct timer_deadline deadline, bool try)
{
	struct pi_waiter w = { .task = current };
	struct pi_attempt a = { .at = c->at, .try = try, .w = &w };
	int err = futex_key_get(&a.key, c->at, c->op & FUTEX_PRIVATE);

	if (err || (err = pi_part_create()))
		return err;
	do
		err = attempt_once(&a);
	while (err == PI_AGAIN);
	kfree(a.lock);
	kfree(a.part);
	return err == PI_QUEUED ? pi_lock_wait_for(&w, c->at, deadline) : err;
}

/* ---- unlock -------------------------------------------------------------- */

/*
 * Release the lock.
 * Context: [pi_guard].
 * Return: 0; PI_AGAIN: the word has changed to *word; PI_ABSENT; -errno.
 */
static int pi_lock_release(uaddr_t at, const struct futex_key *k, u32 *word)
{
	struct pi_lock *l = pi_find(k);
	u32 had = *word;
	struct task *next;
	int err;

	if (!l && pi_plain_waiters(k))
		return -EINVAL;
	if (!l) {
		err = pi_lock_exchange(at, word, 0);
		return err == PI_AGAIN ? -EAGAIN : err;
	}
	if (l->owner != current)
		return -EINVAL;
	next = list_first(&l->waiters, struct pi_waiter, link)->task;
	err = pi_lock_exchange(at, word,
			       FUTEX_WAITERS | (u32)pid_shown(next->tid));
	if (!err)
		pi_hand_over(l, PI_OWNS);
	/* only FUTEX_WAITERS may have changed since the word was read */
	if (err == PI_AGAIN && (*word & FUTEX_TID_MASK) != had)
		return -EINVAL;
	return err;
}

long futex_unlock_pi(const struct futex_call *c)
{
	struct futex_key k;
	u32 word;
	int err;

	if (get_user(&word, c->at))
		return -EFAULT;
	if ((word & FUTEX_TID_MASK) != (u32)current->vtid)
		return -EPERM;
	err = futex_key_get(&k, c->at, c->op & FUTEX_PRIVATE);
	if (err)
		return err;
	do {
		spin_lock(&pi_guard);
		err = pi_lock_release(c->at, &k, &word);
		spin_unlock(&pi_guard);
		if (err == PI_ABSENT)
			err = pi_lock_fetch(c->at) ? -EFAULT : PI_AGAIN;
	} while (err == PI_AGAIN);
	return err;
}

/* ---- operations ---------------------------------------------------------- */

/*
 * Lock with a timeout: on the wall clock for LOCK_PI, on c->op's clock for
 * LOCK_PI2.
 */
static long lock_timed(const struct futex_call *c, int clock)
{
	struct timer_deadline deadline = NO_DEADLINE;
	int err = c->timeout ? futex_deadline(&deadline, c->timeout,
			FUTEX_WAIT_BITSET | clock, c->word) : 0;

	return err ? err : pi_take_word(c, deadline, false);
}

long futex_lock_pi(const struct futex_call *c)
{
	return lock_timed(c, FUTEX_CLOCK_REALTIME);
}

long futex_lock_pi2(const struct futex_call *c)
{
	return lock_timed(c, c->op & FUTEX_CLOCK_REALTIME);
}

long futex_trylock_pi(const struct futex_call *c)
{
	return pi_take_word(c, NO_DEADLINE, true);
}

/* Refuse with -ENOSYS, but report an invalid timeout first. */
long futex_lock_pi_clocked(const struct futex_call *c)
{
	struct timer_deadline deadline;
	int err = c->timeout ? futex_deadline(&deadline, c->timeout,
			FUTEX_WAIT_BITSET, c->word) : 0;

	return err ? err : -ENOSYS;
}
