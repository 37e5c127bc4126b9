/* SPDX-License-Identifier: MIT */
/*
 * The run queue of a CPU: operations for both sched.c (the switch) and wake.c.
 * The most frequent paths are inline; the rare ones are in rq.c.
 * Context: [rq->lock] for all operations.
 */
#ifndef KERNEL_SCHED_RQ_H
#define KERNEL_SCHED_RQ_H

#include <kernel/sched/policy/policy.h>
#include <kernel/sched/internal.h>
#include <kernel/time/time.h>

void rq_charge_other(struct cpu *c, struct task *t, s64 ns);
void rq_arm_turn(struct cpu *c, struct task *t, ktime_t now);

/*
 * Request a reschedule on c.  The running task of c loses the CPU on its way to
 * user mode at the latest.  It loses the CPU at once if the caller is an
 * interrupt handler on c, or if c is another CPU, which gets an IPI.  By
 * default, a task that wakes another task continues at first, because it often
 * holds a resource that the other task needs.  now: the waking task must not
 * continue.
 */
void rq_want_resched(struct cpu *c, bool now);
/*
 * True if real-time tasks have used up their quota, so that ordinary tasks run.
 * Context: the running task of c has just been charged.
 */
bool rq_rt_gives_way(const struct cpu *c);

static inline struct task *rq_fair_task(struct fair_entity *e)
{
	return e ? container_of(e, struct task, fair) : NULL;
}

/* Return: the entity that runs on c, or NULL: no ordinary task runs. */
static inline struct fair_entity *rq_fair_curr(struct cpu *c)
{
	return likely(c->rq.rank == RANK_ORDINARY) ? &c->running->fair : NULL;
}

static inline int rq_rank_of(const struct cpu *c, const struct task *t)
{
	return t == c->idle ? RANK_IDLE : t->rt_priority;
}

/* Queue t, for which sched_join() was called.  first: t's turn is not over. */
static inline void rq_enqueue(struct cpu *c, struct task *t, bool first)
{
	t->queued = true;
	c->rq.nr += !t->rt_priority;
	sched_policy_of(t)->enqueue(c, t, first);
}

static inline void rq_dequeue(struct cpu *c, struct task *t)
{
	t->queued = false;
	c->rq.nr -= !t->rt_priority;
	sched_policy_of(t)->dequeue(c, t);
}

/* Add the wait of t, which no longer waits, to its waiting time. */
static inline void rq_note_waited(struct task *t, ktime_t now)
{
	s64 ns = (s64)(now - t->last_run);

	if (likely(ns > 0))	/* negative if the clocks of two CPUs differ
				   slightly */
		t->waited += (u64)ns;
}

static inline void rq_note_turn(struct task *t, ktime_t now)
{
	rq_note_waited(t, now);
	t->turns++;
}

/* Note that t, which is in no queue, is no longer runnable on c. */
static inline void rq_leave(struct cpu *c, struct task *t)
{
	if (sched_policy_of(t)->depart)
		sched_policy_of(t)->depart(c, t);
	sched_count_out(c, t);
}

/*
 * Return: how long t, which runs on c, may continue, in ns; one tick if no
 * other task waits.
 */
static inline u64 rq_turn(struct cpu *c, struct task *t)
{
	const struct sched_policy *p;

	if (!c->rq.nr && !t->rt_priority)
		return SCHED_TICK;
	if (likely(t->plain))
		return fair_rest(&t->fair);	/* does the same as
						   fair_policy.turn */
	p = sched_policy_of(t);
	return p->turn ? p->turn(c, t) : SCHED_TICK;
}

/*
 * Charge the running task for the time since it was last charged; at the end
 * of its turn request a reschedule.
 */
static inline void rq_charge(struct cpu *c, struct task *t, ktime_t now)
{
	s64 ns = now - t->last_run;
	u64 v = t->fair.vruntime + ns;

	if (unlikely(ns < 0))
		return;		/* clocks of two CPUs differ slightly */
	t->last_run = now;
	if (unlikely(!t->plain || !fair_before(v, t->fair.deadline))) {
		rq_charge_other(c, t, ns);
		return;
	}
	t->runtime += ns;
	t->fair.vruntime = v;
}

/*
 * Arm the clock for the next sched_tick() with t on the CPU.  If no task waits,
 * an earlier setting of the clock may remain: its tick finds nothing to do and
 * arms the clock again.
 */
static inline void rq_arm_slice(struct cpu *c, struct task *t, ktime_t now)
{
	if (unlikely(c->rq.nr || !t->plain ||
		     c->slice_at > now + SCHED_TICK))
		rq_arm_turn(c, t, now);
}

#endif
