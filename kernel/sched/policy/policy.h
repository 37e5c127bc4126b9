/* SPDX-License-Identifier: MIT */
/*
 * A policy decides who of the tasks that wait for a CPU runs next (row B14).
 * This table is all that the scheduler knows of one.  docs/scheduler.md leads
 * through writing one; topics/scheduling/lottery.c is the shortest.
 *
 * Two policies are in use at a time: real-time tasks have rt_policy, which
 * goes first (rt.c); all others, the ordinary ones, have sched_ordinary, which
 * the kernel's command line names: sched=NAME, sched=fair when it names none.
 * The file of a policy for ordinary tasks ends with
 *
 *	static const struct sched_policy mine __table(sched_policy) = {
 *		.name = "mine", .enqueue = ..., ...
 *	};
 *
 * and no other file says anything about it.
 *
 * What the scheduler (sched.c, wake.c) asks, as a task lives:
 *
 *	wakes, is new, comes from another CPU:	arrive, enqueue, wakeup
 *	is chosen:				pick, dequeue
 *	runs:					turn, tick, tick, ...
 *	another one is chosen instead:		pick, enqueue
 *	goes to sleep:				depart, pick
 *	goes to another CPU while it waits:	next, dequeue, depart
 *
 * Rules.  The running task is in no queue.  Every call is made with the lock of
 * c's run queue held and interrupts off: a policy takes no locks, does not
 * sleep, and calls nothing of wake.c.  Tasks of the other policy do not come
 * here.  Of a task a policy may read fair.weight (1024 for nice 0, a factor of
 * 1.25 a step; a part of it in a cgroup), fair.slice (ns, the turn it should
 * have) and turn_over (its tick said so, and it runs still); run_link, turn_left
 * and c->rq.list are its own.  turn_left begins as 0, stays while a task sleeps,
 * and is anything when a task comes from another policy.  The scheduler counts
 * c->rq.nr, moves tasks between CPUs, and sees to how tasks of SCHED_BATCH and
 * SCHED_IDLE wake; the latter have a weight of 3.
 */
#ifndef KERNEL_SCHED_POLICY_POLICY_H
#define KERNEL_SCHED_POLICY_POLICY_H

#include <kernel/current.h>
#include <lt/table.h>

struct sched_policy {
	const char *name;

	/*
	 * t waits on c from now on.  first: it ran until now, and its turn is
	 * not over.
	 */
	void (*enqueue)(struct cpu *c, struct task *t, bool first);
	/* t, which waits on c, does so no more. */
	void (*dequeue)(struct cpu *c, struct task *t);
	/*
	 * Who runs next?  Nobody is chosen without this, but for fair's own
	 * short ways (sched.c).  At least one task waits on c; prev: it runs, and
	 * wants to go on; NULL: there is none.  yields: prev asks that somebody
	 * else runs.  The queue stays as it is.
	 * Return: prev, or one that waits; never NULL.
	 */
	struct task *(*pick)(struct cpu *c, struct task *prev, bool yields);
	/*
	 * t, which runs on c, ran for ns more.  Called at the latest when its
	 * turn ends, and often before.
	 * Return: its turn is over; pick is asked soon, if anybody waits.
	 */
	bool (*tick)(struct cpu *c, struct task *t, u64 ns);
	/*
	 * t has just been queued.  Does it run at once, instead of c->running?
	 * Of both tick was told all; c->running has the same policy.
	 */
	bool (*wakeup)(struct cpu *c, struct task *t);
	/*
	 * All that wait, one after the other, for a CPU that has nothing to do:
	 * the one after t; t == NULL: the first.
	 * Return: NULL: that was the last.
	 */
	struct task *(*next)(struct cpu *c, struct task *t);

	/* The following may be NULL. */

	/*
	 * For how many ns more has t, which runs on c, its turn, while others
	 * wait?  At least 1.  NULL: until the clock's next tick, 10 ms.
	 */
	u64 (*turn)(struct cpu *c, struct task *t);
	/*
	 * t, which is in no queue, wants to run on c from now on; or, having
	 * run or waited there, does so no more.
	 */
	void (*arrive)(struct cpu *c, struct task *t);
	void (*depart)(struct cpu *c, struct task *t);
};

extern const struct sched_policy rt_policy, fair_policy;
/* That of ordinary tasks. */
extern const struct sched_policy *sched_ordinary;	/* const after init */

static inline const struct sched_policy *sched_policy_of(const struct task *t)
{
	return unlikely(t->rt_priority) ? &rt_policy : sched_ordinary;
}

/* Return: the name of an operation that p needs and has not; or NULL. */
static inline const char *sched_policy_lacks(const struct sched_policy *p)
{
	return !p->name ? "name" : !p->enqueue ? "enqueue" :
		!p->dequeue ? "dequeue" : !p->pick ? "pick" :
		!p->tick ? "tick" : !p->wakeup ? "wakeup" :
		!p->next ? "next" : NULL;
}

/* Take the one that the command line names.  Panics if a table has gaps. */
void sched_choose_policy(void);

#endif
