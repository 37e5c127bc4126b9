/* SPDX-License-Identifier: MIT */
/*
 * Sleeping locks: mutexes and reader-writer locks (row B13).
 *
 *   lock:    owner NULL ----compare-exchange----> owner = current     done
 *                 |fails
 *                 v
 *            try for a while
 *                 |fails
 *                 v
 *            onto the queue; try again; sleep  <---+
 *                                      |           |
 *                                      +-- woken --+
 *
 *   unlock:  owner = NULL;  is anybody on the queue?  wake one
 *
 * Invariant against lost wake-ups: a sleeper is on the queue before its last
 * try; an unlocker frees the lock before it looks at the queue.
 */
#include <kernel/current.h>
#include <kernel/events.h>
#include <kernel/lock/lock.h>
#include <kernel/lock/lock_debug.h>
#include <kernel/sched/preempt.h>
#include <kernel/sched/sched.h>
#include <kernel/smp/smp.h>
#include <lt/bug.h>

/*
 * Spin on `try` before sleeping for a lock, since holders rarely sleep.  The
 * spinning lasts about as long as a sleep and a wake-up by another CPU.  So a
 * task waits at most twice as long as if it had known whether to spin or to
 * sleep at once.  While spinning, the task answers calls of other CPUs, and
 * unloads its space, so that a holder that flushes TLBs need not call this CPU.
 * Return: true if `try` succeeded.
 */
#define PATIENCE 1000		/* tries */
#define try_for_a_while(try) ({						\
	unsigned left_ = nr_cpus > 1 ? PATIENCE : 0;			\
	enum ipl old_ = preempt_disable();				\
	struct vm_space *lent_ = vm_space_lend();			\
	bool got_ = false;						\
	while (left_-- && !READ_ONCE(current->resched) &&		\
	       !(got_ = (try)))						\
		smp_relax(cpu_self());					\
	vm_space_switch(lent_);						\
	preempt_enable(old_);						\
	got_;								\
})

/* ---- mutex --------------------------------------------------------------- */

void mutex_init(struct mutex *m, const char *name)
{
	m->owner = NULL;
	m->name = name;
	wait_queue_init(&m->wait);
}

/*
 * Try to take m.  Acquire pairs with the release in mutex_unlock(): the new
 * owner sees all stores of the last one.
 */
static inline bool mutex_try(struct mutex *m)
{
	struct task *free = NULL;

	if (!__atomic_compare_exchange_n(&m->owner, &free, current, false,
					 __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return false;
	current->nr_locks++;
	return true;
}

bool mutex_trylock(struct mutex *m)
{
	if (!mutex_try(m))
		return false;
	lock_debug_take(m, m->name, LOCK_MUTEX, 0, TAKE_TRY, LOCK_CALLER);
	return true;
}

/*
 * Enter the queue and set the state before trying: if an unlock comes before
 * the try, the try finds the lock free; a later unlock wakes the sleeper.  The
 * entry is exclusive: one unlock wakes one sleeper.
 * Return: 0; -errno: a signal ended the sleep (never in TASK_UNINTERRUPTIBLE).
 */
static __noinline int mutex_lock_slow(struct mutex *m, int state)
{
	struct wait_entry e;
	int err = 0;

	if (mutex_held(m))
		panic("mutex '%s' taken twice", m->name);
	event_note(EVENT_CONTENTION, m, CONTENDED_MUTEX, 0);
	if (try_for_a_while(mutex_try(m)))
		goto ours;
	wait_entry_init(&e);
	e.exclusive = true;
	wait_add_fairly(&m->wait, &e);
	while (!err) {
		wait_set_state(state);
		if (mutex_try(m))
			break;
		err = wait_sleep(state, NO_DEADLINE);
	}
	wait_set_running();
	wait_remove(&m->wait, &e);
	/* pass on a wake-up that this task may have received and not used */
	if (unlikely(err) && !READ_ONCE(m->owner))
		wake_up_one(&m->wait);
ours:
	event_note(EVENT_CONTENDED, m, err, 0);
	return err;
}

static __inlined int mutex_take(struct mutex *m, enum lock_take how, int state)
{
	preempt_may_sleep();
	lock_debug_take(m, m->name, LOCK_MUTEX, 0, how, LOCK_CALLER);
	return unlikely(!mutex_try(m)) ? mutex_lock_slow(m, state) : 0;
}

void mutex_lock(struct mutex *m)
{
	mutex_take(m, TAKE_PLAIN, TASK_UNINTERRUPTIBLE);
}

int mutex_lock_interruptible(struct mutex *m)
{
	int err = mutex_take(m, TAKE_PLAIN, TASK_INTERRUPTIBLE);

	if (unlikely(err))
		lock_debug_give(m, m->name, LOCK_MUTEX);
	return err;
}

void mutex_lock_below(struct mutex *m)
{
	mutex_take(m, TAKE_BELOW, TASK_UNINTERRUPTIBLE);
}

/*
 * Free the lock first, then look at the queue, with a fence in between: the
 * counterpart of mutex_lock_slow().  The lock is not handed over: any task may
 * take it before the woken task runs, which keeps CPUs busy.
 */
void mutex_unlock(struct mutex *m)
{
	ASSERT(mutex_held(m));
	lock_debug_give(m, m->name, LOCK_MUTEX);
	current->nr_locks--;
	__atomic_store_n(&m->owner, NULL, __ATOMIC_RELEASE);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (unlikely(wait_queue_active(&m->wait)))
		wake_up_one(&m->wait);
}

bool mutex_held(const struct mutex *m)
{
	return READ_ONCE(m->owner) == current;
}

/* ---- readers and a writer ------------------------------------------------ */

#define RW_WRITER (-1)		/* value of readers while a writer holds it */

void rw_init(struct rwlock *l, const char *name)
{
	l->readers = 0;
	l->writers_waiting = 0;
	l->writer = NULL;
	l->name = name;
	wait_queue_init(&l->wait);
}

/*
 * Take l for reading, but not while a writer waits, or the writer might starve.
 */
static inline bool rw_try_read(struct rwlock *l)
{
	int n = __atomic_load_n(&l->readers, __ATOMIC_RELAXED);

	while (n >= 0 && !READ_ONCE(l->writers_waiting))
		if (__atomic_compare_exchange_n(&l->readers, &n, n + 1, false,
						__ATOMIC_ACQUIRE,
						__ATOMIC_RELAXED)) {
			current->nr_locks++;
			return true;
		}
	return false;
}

static bool rw_try_write(struct rwlock *l)
{
	int free = 0;

	if (!__atomic_compare_exchange_n(&l->readers, &free, RW_WRITER, false,
					 __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return false;
	l->writer = current;
	current->nr_locks++;
	return true;
}

/*
 * Wait until `try` succeeds.  Each unlock wakes all waiters; then some readers
 * or one writer get the lock.
 */
static __noinline void rw_wait(struct rwlock *l, bool (*try)(struct rwlock *))
{
	if (rw_write_held(l))
		panic("lock '%s' taken again by its writer", l->name);
	event_note(EVENT_CONTENTION, l, try == rw_try_read ? CONTENDED_READ :
		   CONTENDED_WRITE, 0);
	if (!try_for_a_while(try(l)))
		wait_event_queued(&l->wait, try(l), TASK_UNINTERRUPTIBLE, 0);
	event_note(EVENT_CONTENDED, l, 0, 0);
}

void rw_read_lock(struct rwlock *l)
{
	preempt_may_sleep();
	lock_debug_take(l, l->name, LOCK_READ, 0, TAKE_PLAIN, LOCK_CALLER);
	if (unlikely(!rw_try_read(l)))
		rw_wait(l, rw_try_read);
}

void rw_read_unlock(struct rwlock *l)
{
	int left;

	lock_debug_give(l, l->name, LOCK_READ);
	left = __atomic_sub_fetch(&l->readers, 1, __ATOMIC_SEQ_CST);
	ASSERT(left >= 0);
	current->nr_locks--;
	if (left != 0)
		return;
	mb_after_atomic();
	if (unlikely(wait_queue_active(&l->wait)))
		wake_up(&l->wait);
}

/* writers_waiting keeps new readers out until this writer has the lock. */
void rw_write_lock(struct rwlock *l)
{
	preempt_may_sleep();
	lock_debug_take(l, l->name, LOCK_WRITE, 0, TAKE_PLAIN, LOCK_CALLER);
	if (likely(rw_try_write(l)))
		return;
	__atomic_fetch_add(&l->writers_waiting, 1, __ATOMIC_SEQ_CST);
	rw_wait(l, rw_try_write);
	__atomic_fetch_sub(&l->writers_waiting, 1, __ATOMIC_SEQ_CST);
}

void rw_write_unlock(struct rwlock *l)
{
	ASSERT(rw_write_held(l));
	lock_debug_give(l, l->name, LOCK_WRITE);
	current->nr_locks--;
	l->writer = NULL;
	__atomic_store_n(&l->readers, 0, __ATOMIC_RELEASE);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (unlikely(wait_queue_active(&l->wait)))
		wake_up(&l->wait);
}

bool rw_write_held(const struct rwlock *l)
{
	return HINT(l->writer) == current;
}
