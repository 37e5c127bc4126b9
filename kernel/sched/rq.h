/* SPDX-License-Identifier: MIT */
/*
 * The run queue of a CPU: what sched.c (the switch) and wake.c both do to it.
 * The commonest paths are inline; what they leave out is in rq.c.
 * Context: [rq->lock] for all of it.
 */
#ifndef KERNEL_SCHED_RQ_H
#define KERNEL_SCHED_RQ_H

#include <kernel/sched/policy/policy.h>
#include <kernel/sched/internal.h>
#include <kernel/time/time.h>

void rq_charge_other(struct cpu *c, struct task *t, s64 ns);
void rq_arm_turn(struct cpu *c, struct task *t, ktime_t now);

/*
 * The running task of c is to go: on its way to user mode at the latest; at
 * once, if this is an interrupt in the kernel (another CPU gets one).  A task
 * that wakes its equal first finishes what it is doing, or runs until the tick:
 * it often holds what the other one needs.  now: not even that.
 */
void rq_want_resched(struct cpu *c, bool now);
/*
 * Is it the turn of others, though a real-time task wants to run?  The task
 * that runs on c has just been charged.
 */
bool rq_rt_gives_way(const struct cpu *c);

static inline struct task *rq_fair_task(struct fair_entity *e)
{
	return e ? container_of(e, struct task, fair) : NULL;
}

/* What runs on c, if it is an ordinary task. */
static inline struct fair_entity *rq_fair_curr(struct cpu *c)
{
	return likely(c->rq.rank == RANK_ORDINARY) ? &c->running->fair : NULL;
}

static inline int rq_rank_of(const struct cpu *c, const struct task *t)
{
	return t == c->idle ? RANK_IDLE : t->rt_priority;
}

/* t, which has joined, waits.  first: its turn is not over. */
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

/* t waits no more. */
static inline void rq_note_waited(struct task *t, ktime_t now)
{
	s64 ns = (s64)(now - t->last_run);

	if (likely(ns > 0))	/* clocks of two CPUs, a little apart */
		t->waited += (u64)ns;
}

static inline void rq_note_turn(struct task *t, ktime_t now)
{
	rq_note_waited(t, now);
	t->turns++;
}

/* t, in no queue, does not want to run on c any more. */
static inline void rq_leave(struct cpu *c, struct task *t)
{
	if (sched_policy_of(t)->depart)
		sched_policy_of(t)->depart(c, t);
	sched_count_out(c, t);
}

/* How long t, which runs on c, may go on, ns; alone it has no turns. */
static inline u64 rq_turn(struct cpu *c, struct task *t)
{
	const struct sched_policy *p;

	if (!c->rq.nr && !t->rt_priority)
		return SCHED_TICK;
	if (likely(t->plain))
		return fair_rest(&t->fair);	/* as its policy says */
	p = sched_policy_of(t);
	return p->turn ? p->turn(c, t) : SCHED_TICK;
}

/*
 * Charge the running task for the time since it was last charged; at the end
 * of its turn it is asked to go.
 */
static inline void rq_charge(struct cpu *c, struct task *t, ktime_t now)
{
	s64 ns = now - t->last_run;
	u64 v = t->fair.vruntime + ns;

	if (unlikely(ns < 0))
		return;		/* clocks of two CPUs, a little apart */
	t->last_run = now;
	if (unlikely(!t->plain || !fair_before(v, t->fair.deadline))) {
		rq_charge_other(c, t, ns);
		return;
	}
	t->runtime += ns;
	t->fair.vruntime = v;
}

/*
 * When the clock must come back to the scheduler, with t on the CPU.  While
 * nobody waits it may come too early: it finds nothing and is set anew.
 */
static inline void rq_arm_slice(struct cpu *c, struct task *t, ktime_t now)
{
	if (unlikely(c->rq.nr || !t->plain ||
		     c->slice_at > now + SCHED_TICK))
		rq_arm_turn(c, t, now);
}

#endif
