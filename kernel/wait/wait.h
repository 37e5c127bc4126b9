/* SPDX-License-Identifier: MIT */
/*
 * Wait queues: the one place where tasks sleep (row B11).  The sleeper puts
 * itself on the queue and sets its state *before* it tests the condition; the
 * waker makes the condition true *before* it looks at the queue.  So no
 * wake-up is lost.
 */
#ifndef KERNEL_WAIT_WAIT_H
#define KERNEL_WAIT_WAIT_H

#include <kernel/lock/spin.h>
#include <kernel/time/timer.h>
#include <lt/list.h>
#include <lt/types.h>
#include <uapi/errno.h>

struct task;

struct wait_queue {
	struct spinlock lock;	/* IPL_HIGH */
	struct list entries;	/* [lock] */
};

struct wait_entry {
	struct list link;	/* [queue] */
	struct task *task;	/* the task to wake */
	/*
	 * Called by wake_up() in the waker's context at IPL_HIGH; the default
	 * function wakes the task.
	 * Return: true if the call counts as a wake-up.
	 */
	bool (*wake)(struct wait_entry *e, unsigned long key);
	bool exclusive;		/* wake_up_one() wakes only one of these */
};

#define WAIT_QUEUE_INIT(q) \
	{ SPIN_INIT("wait", IPL_HIGH), LIST_INIT((q).entries) }

static inline void wait_queue_init(struct wait_queue *q)
{
	spin_init(&q->lock, "wait", IPL_HIGH);
	list_init(&q->entries);
}

static inline bool wait_queue_active(const struct wait_queue *q)
{
	return !PEEK(list_empty(&q->entries));
}

/* Initialize e for the current task; e is not yet on a queue. */
void wait_entry_init(struct wait_entry *e);
void wait_add(struct wait_queue *q, struct wait_entry *e);
/*
 * Like wait_add(), but queue tasks of a crowd behind all others.  Otherwise the
 * others would wait for a thousand tasks, each of which must wait for its turn
 * on the CPU after it was woken.
 */
void wait_add_fairly(struct wait_queue *q, struct wait_entry *e);
void wait_remove(struct wait_queue *q, struct wait_entry *e);

/*
 * wake_up() wakes all sleepers; wake_up_one() wakes at most one exclusive
 * sleeper and all others.  wake_up_key() passes key (poll events) to the
 * entries' wake functions; if key contains neither POLLHUP nor POLLERR, it
 * wakes the same sleepers as wake_up_one().
 * Context: any.
 */
void wake_up(struct wait_queue *q);
void wake_up_one(struct wait_queue *q);
void wake_up_key(struct wait_queue *q, unsigned long key);

/*
 * Sleep until cond is true.  cond is evaluated with the task on the queue and
 * must not sleep.  cond may read data that change concurrently; this is safe
 * because the waker makes cond true before it calls wake_up().
 * wait_event: the wait cannot be interrupted.
 * wait_event_interruptible: a pending signal ends the wait.
 * wait_event_killable: only a signal that kills the task ends the wait.
 * wait_event_deadline: a pending signal ends the wait, or the time when
 * arch_clock() passes deadline (0: never).
 * Return: 0, -ERESTARTSYS (a signal) or -ETIMEDOUT.
 */
#define wait_event(q, cond) \
	((void)wait_event_(q, cond, TASK_UNINTERRUPTIBLE, 0))
#define wait_event_interruptible(q, cond) \
	wait_event_(q, cond, TASK_INTERRUPTIBLE, 0)
#define wait_event_killable(q, cond) \
	wait_event_(q, cond, TASK_KILLABLE, 0)
#define wait_event_deadline(q, cond, deadline) \
	wait_event_(q, cond, TASK_INTERRUPTIBLE, deadline)

#define wait_event_(q, cond, state, deadline) \
	(PEEK(cond) ? 0 : wait_event_queued(q, cond, state, deadline))

/* Like wait_event, but without a first test of cond, for an expensive cond. */
#define wait_event_queued(q, cond, state, deadline) ({			\
	int err_ = 0;							\
	struct wait_entry e_;						\
	wait_entry_init(&e_);						\
	wait_add(q, &e_);						\
	for (;;) {							\
		wait_set_state(state);					\
		if (PEEK(cond))						\
			break;						\
		err_ = wait_sleep(state, timer_deadline(deadline));	\
		if (err_) {						\
			if (PEEK(cond))					\
				err_ = 0;				\
			break;						\
		}							\
	}								\
	wait_set_running();						\
	wait_remove(q, &e_);						\
	err_;								\
})

/* Sleep for ns nanoseconds, ignoring signals. */
#define wait_nap(ns) do {						\
	wait_set_state(TASK_UNINTERRUPTIBLE);				\
	wait_sleep(TASK_UNINTERRUPTIBLE,				\
		   timer_deadline(arch_clock() + (ns)));		\
	wait_set_running();						\
} while (0)

/* An event that happens once, and tasks that wait for it. */
struct completion {
	bool done;			/* [wait.lock] */
	struct wait_queue wait;
};

void completion_init(struct completion *c);
void complete(struct completion *c);	/* any context */
void completion_wait(struct completion *c);
int completion_wait_killable(struct completion *c);	/* 0 or -ERESTARTSYS */

/* The parts of wait_event.  state: a TASK_ state of <kernel/current.h>. */
void wait_set_state(int state);
void wait_set_running(void);
/* For wait_sleep(): sleep until woken. */
#define NO_DEADLINE	((struct timer_deadline){ 0, TIMER_MONOTONIC })
/*
 * Give up the CPU, unless the task was woken since wait_set_state().
 * Return: 0: woken; -ERESTARTSYS; -ETIMEDOUT.
 */
int wait_sleep(int state, struct timer_deadline until);

#endif
