/* SPDX-License-Identifier: MIT */
/*
 * A policy decides which of the tasks that wait for a CPU runs next (row B14).
 * This table is all that the scheduler knows about a policy, apart from its
 * shortcuts for fair.  docs/scheduler.md
 * explains how to write one; topics/scheduling/lottery.c is the shortest.
 *
 * Two policies are in use at a time.  Real-time tasks have rt_policy (rt.c),
 * which goes first until their quota is used up.  All other tasks, called
 * ordinary, have sched_ordinary; the option sched=NAME of the command line
 * selects this policy, by default fair.  The file of a policy for ordinary
 * tasks ends with
 *
 *	static const struct sched_policy mine __table(sched_policy) = {
 *		.name = "mine", .enqueue = ..., ...
 *	};
 *
 * and no other file mentions the policy.
 *
 * The scheduler (sched.c, wake.c) calls these operations, in this order, when
 * a task
 *
 *	wakes, is new, comes from another CPU:	arrive, enqueue, wakeup
 *	is chosen:				pick, dequeue
 *	runs:					turn, tick, tick, ...
 *	is replaced by another task:		pick, enqueue
 *	goes to sleep:				depart, pick
 *	moves to another CPU while it waits:	next, dequeue, depart
 *
 * Rules.  The running task is in no queue.  Every call is made with the lock of
 * c's run queue held and interrupts off: a policy takes no locks, does not
 * sleep, and calls no function of wake.c.  A policy never sees tasks of the
 * other policy.
 *
 * A policy may read these fields of a task:
 *
 *	fair.weight	1024 for nice 0, a factor of 1.25 for each step of the
 *			nice value; less in a cgroup
 *	fair.slice	length of a turn in ns
 *	turn_over	tick returned true for the task, which still runs
 *
 * The fields run_link, turn_left and c->rq.list belong to the policy.
 * turn_left starts as 0 and keeps its value while a task sleeps; it is
 * undefined when a task comes from another policy.  The scheduler itself counts
 * c->rq.nr, moves tasks between CPUs, and handles wake-ups of SCHED_BATCH and
 * SCHED_IDLE tasks; SCHED_IDLE tasks have a weight of 3.
 */
#ifndef KERNEL_SCHED_POLICY_POLICY_H
#define KERNEL_SCHED_POLICY_POLICY_H

#include <kernel/current.h>
#include <lt/table.h>

struct sched_policy {
	const char *name;

	/*
	 * Add t to the tasks that wait on c.  first: t ran until now, and its
	 * turn is not over.
	 */
	void (*enqueue)(struct cpu *c, struct task *t, bool first);
	/* Remove t from the tasks that wait on c. */
	void (*dequeue)(struct cpu *c, struct task *t);
	/*
	 * Choose the next task, but do not change the queue.  Except for some
	 * shortcuts for fair in sched.c, this function makes every choice.  At
	 * least one task waits on c.  prev: the running task, or NULL if it
	 * does not continue.  yields: prev wants another task to run.
	 * Return: prev or a waiting task; never NULL.
	 */
	struct task *(*pick)(struct cpu *c, struct task *prev, bool yields);
	/*
	 * t, which runs on c, has run for another ns nanoseconds.  Called at
	 * the latest when t's turn ends, and often before.
	 * Return: true if t's turn is over; if tasks wait, pick is called soon.
	 */
	bool (*tick)(struct cpu *c, struct task *t, u64 ns);
	/*
	 * Decide whether t, which was just queued, preempts c->running, which
	 * has the same policy.  tick has been called for all the run time of
	 * c->running.
	 * Return: true: t shall run at once.
	 */
	bool (*wakeup)(struct cpu *c, struct task *t);
	/*
	 * Iterate over the waiting tasks of c, for a CPU that looks for work.
	 * Return: the task after t, or the first one if t is NULL; NULL: no
	 * more tasks.
	 */
	struct task *(*next)(struct cpu *c, struct task *t);

	/* The following operations may be NULL. */

	/*
	 * Return: the rest of the turn of t, which runs on c while others wait,
	 * in ns; at least 1.  Without this operation a turn lasts until the
	 * next tick, 10 ms.
	 */
	u64 (*turn)(struct cpu *c, struct task *t);
	/*
	 * arrive: t, which is in no queue, becomes runnable on c.  depart: t,
	 * which ran or waited on c, is no longer runnable there.
	 */
	void (*arrive)(struct cpu *c, struct task *t);
	void (*depart)(struct cpu *c, struct task *t);
};

extern const struct sched_policy rt_policy, fair_policy;
/* The policy of ordinary tasks. */
extern const struct sched_policy *sched_ordinary;	/* const after init */

static inline const struct sched_policy *sched_policy_of(const struct task *t)
{
	return unlikely(t->rt_priority) ? &rt_policy : sched_ordinary;
}

/* Return: the name of a required operation that p lacks, or NULL. */
static inline const char *sched_policy_lacks(const struct sched_policy *p)
{
	return !p->name ? "name" : !p->enqueue ? "enqueue" :
		!p->dequeue ? "dequeue" : !p->pick ? "pick" :
		!p->tick ? "tick" : !p->wakeup ? "wakeup" :
		!p->next ? "next" : NULL;
}

/*
 * Select the policy that the command line names.  Panics if a policy lacks a
 * required operation.
 */
void sched_choose_policy(void);

#endif
