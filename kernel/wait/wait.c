/* SPDX-License-Identifier: MIT */
/*
 * Wait queues (lecture row B11 of docs/coverage.md).
 *
 *   sleeper (wait_event)             waker
 *
 *   wait_add: onto the queue         makes the condition true
 *   wait_set_state: "sleeping"       wake_up():
 *   ---- fence ---------------       ---- fence -------------
 *   is the condition true?           is anybody on the queue?
 *     |yes       |no                   |yes               |no
 *     |          v                     v                  |
 *     |       schedule() <--------- task_wake(): state    |
 *     |          |                  "running", queued     |
 *     |          |  test again                            |
 *     v          v                                        v
 *   wait_remove: off the queue       goes on
 *
 * Invariant: each side stores before the fence and loads after it, so at least
 * one sees what the other has stored, and no wake-up is lost.  Without either
 * fence both may see the old value: the sleeper sleeps, and nobody wakes it.
 */
#include <kernel/current.h>
#include <kernel/ops/hooks.h>
#include <kernel/sched/sched.h>
#include <kernel/task/state.h>
#include <kernel/time/time.h>
#include <kernel/wait/many.h>
#include <kernel/wait/wait.h>
#include <uapi/fs.h>

static bool wake_entry(struct wait_entry *e, unsigned long key __unused)
{
	return task_wake(e->task, WAKE_NORMAL);
}

void wait_entry_init(struct wait_entry *e)
{
	list_init(&e->link);
	e->task = current;
	e->wake = wake_entry;
	e->exclusive = false;
}

void wait_add(struct wait_queue *q, struct wait_entry *e)
{
	/* lab sleep: begin */
	spin_lock(&q->lock);
	list_append(&q->entries, &e->link);
	spin_unlock(&q->lock);
	/* lab sleep: end */
}

static bool of_crowd(const struct list *link)
{
	const struct wait_entry *e = container_of(link, struct wait_entry,
						  link);

	return HINT(e->task->fair.behind);
}

void wait_add_fairly(struct wait_queue *q, struct wait_entry *e)
{
	struct list *next = &q->entries;

	spin_lock(&q->lock);
	if (!of_crowd(&e->link))
		while (next->prev != &q->entries && of_crowd(next->prev))
			next = next->prev;
	list_append(next, &e->link);
	spin_unlock(&q->lock);
}

/*
 * Remove e from q.  When this returns, no waker uses e any more, so e may leave
 * the stack.
 */
void wait_remove(struct wait_queue *q, struct wait_entry *e)
{
	/* lab sleep: begin */
	spin_lock(&q->lock);
	list_remove(&e->link);
	spin_unlock(&q->lock);
	/* lab sleep: end */
}

/* Wake sleepers until `exclusive` exclusive ones were woken; 0: no limit. */
static __noinline void wake_entries(struct wait_queue *q, unsigned long key,
				    int exclusive)
{
	/* lab sleep: begin */
	struct wait_entry *e, *next;

	spin_lock(&q->lock);
	list_for_each_safe(e, next, &q->entries, link)
		if (e->wake(e, key) && e->exclusive && exclusive &&
		    --exclusive == 0)
			break;
	spin_unlock(&q->lock);
	/* lab sleep: end */
}

static inline bool anybody(const struct wait_queue *q)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return wait_queue_active(q);
}

void wake_up(struct wait_queue *q)
{
	if (anybody(q))
		wake_entries(q, 0, 0);
}

#define WAKE_SOME 64			/* sleepers woken in one hold */

static bool wake_nobody(struct wait_entry *e __unused,
			unsigned long key __unused)
{
	return false;
}

/*
 * Two entries that wake nobody mark the place where the next piece begins, and
 * the end: a sleeper that is back in the queue already is behind it.
 */
void wake_up_many(struct wait_queue *q)
{
	struct wait_entry mark, end, *e;
	unsigned n = 0;

	if (!anybody(q))
		return;
	wait_entry_init(&mark);
	wait_entry_init(&end);
	mark.wake = end.wake = wake_nobody;
	spin_lock(&q->lock);
	list_push(&q->entries, &mark.link);
	list_append(&q->entries, &end.link);
	while ((e = list_next(&mark, link)) != &end) {
		list_remove(&mark.link);
		list_push(&e->link, &mark.link);
		e->wake(e, 0);
		if (++n % WAKE_SOME == 0) {
			spin_unlock(&q->lock);
			spin_lock(&q->lock);
		}
	}
	list_remove(&mark.link);
	list_remove(&end.link);
	spin_unlock(&q->lock);
}

void wake_up_one(struct wait_queue *q)
{
	/* lab sleep: begin */
	if (anybody(q))
		wake_entries(q, 0, 1);
	/* lab sleep: end, else wake_up(q); */
}

/*
 * key: POLL_ events; entries of poll and epoll ignore events that they did not
 * ask for.  New data or space wakes only one exclusive sleeper; POLLHUP and
 * POLLERR wake all sleepers.
 */
void wake_up_key(struct wait_queue *q, unsigned long key)
{
	/* lab sleep: begin */
	if (anybody(q))
		wake_entries(q, key, key & (POLLHUP | POLLERR) ? 0 : 1);
	/* lab sleep: end, else wake_up(q); */
}

void wait_set_state(int state)
{
	task_set_state(current, (enum task_state)state);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

void wait_set_running(void)
{
	task_set_state(current, TASK_RUNNING);
}

/*
 * Return: the time at which a sleep ends.  An ordinary program sleeps slightly
 * longer than requested, as on Linux (PR_SET_TIMERSLACK, prctl(2)).  Otherwise
 * a program that waits for a few microseconds would find its deadline past
 * before it sleeps, and never give up the CPU.
 */
static ktime_t end_of_sleep(const struct task *t, ktime_t deadline)
{
	ktime_t end = deadline + t->timer_slack;

	return t->process && !t->rt_priority && end >= deadline ? end :
		deadline;
}

/*
 * Sleep.  The caller has set the state; if a waker has changed the state since
 * then, schedule() returns at once.
 * Return: 0: woken, perhaps without a reason; -ERESTARTSYS; -ETIMEDOUT.
 */
int wait_sleep(int state, struct timer_deadline until)
{
	ktime_t deadline = until.at;
	struct task *t = current;

	/* lab sleep: begin */
	if (state == TASK_INTERRUPTIBLE) {
		if (signal_pending())
			return -ERESTARTSYS;
	} else {
		if (state == TASK_KILLABLE && signal_pending_fatal())
			return -ERESTARTSYS;
		rseq_moved(t);		/* page faults also sleep here */
	}
	/* lab sleep: end, else if (signal_pending()) return -ERESTARTSYS; */
	if (unlikely(PEEK(hooks.blocks != NULL)))
		hooks.blocks(t);
	/* lab sleep: begin */
	if (deadline == 0 || deadline == KTIME_NEVER) {
		t->wchan = (uintptr_t)__builtin_return_address(0);
		schedule();
		t->wchan = 0;
		return 0;
	}
	/* lab sleep: end, else wait_set_running(), schedule(); */
	/* lab sleep: begin */
	t->timed_out = false;
	deadline = end_of_sleep(t, deadline);
	if (timer_clock_now(until.clock) >= deadline)
		return -ETIMEDOUT;
	t->wchan = (uintptr_t)__builtin_return_address(0);
	timer_set_on(&t->sleep_timer,
		     (struct timer_deadline){ deadline, until.clock });
	schedule();
	timer_stop(&t->sleep_timer);
	t->wchan = 0;
	return t->timed_out ? -ETIMEDOUT : 0;
	/* lab sleep: end, else return deadline ? -ETIMEDOUT : 0; */
}

void completion_init(struct completion *c)
{
	c->done = false;
	wait_queue_init(&c->wait);
}

/*
 * Set c->done and walk the queue in one critical section, because the waiter
 * may free c as soon as it sees done, which it reads under the lock.
 */
void complete(struct completion *c)
{
	/* lab sleep: begin */
	struct wait_entry *e, *next;

	spin_lock(&c->wait.lock);
	c->done = true;
	list_for_each_safe(e, next, &c->wait.entries, link)
		e->wake(e, 0);
	spin_unlock(&c->wait.lock);
	/* lab sleep: end, else c->done = true; */
}

static bool completion_done(struct completion *c)
{
	bool done;

	spin_lock(&c->wait.lock);
	done = c->done;
	spin_unlock(&c->wait.lock);
	return done;
}

void completion_wait(struct completion *c)
{
	wait_event(&c->wait, completion_done(c));
}

int completion_wait_killable(struct completion *c)
{
	return wait_event_killable(&c->wait, completion_done(c));
}
