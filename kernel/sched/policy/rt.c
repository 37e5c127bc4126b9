/* SPDX-License-Identifier: MIT */
/*
 * The policy of real-time tasks (row B14): the task with the highest priority
 * runs.  SCHED_RR tasks of equal priority take turns, SCHED_FIFO tasks do not.
 * Tasks with deadlines wait at a level above all priorities, in the order of
 * their deadlines.  The lists are in rt.h.
 */
#include "policy.h"
#include <kernel/sched/rq.h>
#include <kernel/ops/sched_ops.h>
#include <uapi/sched.h>

static void rt_enqueue(struct cpu *c, struct task *t, bool first)
{
	struct list *level = &c->rq.rt.level[t->rt_priority];
	struct list *next = first ? level->next : level;

	while (t->rt_due && next->prev != level && t->rt_due <
	       list_entry(next->prev, struct task, run_link)->rt_due)
		next = next->prev;
	rt_insert(&c->rq.rt, &t->run_link, t->rt_priority, next);
	if (c->rq.rt.nr == 1)
		sched_note_rt(c, true);
}

static void rt_dequeue(struct cpu *c, struct task *t)
{
	rt_remove(&c->rq.rt, &t->run_link, t->rt_priority);
	if (!c->rq.rt.nr)
		sched_note_rt(c, false);
}

/*
 * Pick the next real-time task.  prev runs before tasks of equal priority,
 * unless its turn is over or its deadline is later.
 */
static struct task *rt_pick(struct cpu *c, struct task *prev, bool yields)
{
	unsigned best = rt_highest(&c->rq.rt);
	struct task *first = list_first(&c->rq.rt.level[best], struct task,
					run_link);

	if (!prev || prev->rt_priority < best)
		return first;
	if (prev->rt_priority > best)
		return prev;
	return yields || prev->turn_over || prev->rt_due > first->rt_due ?
		first : prev;
}

/*
 * Charge t for its run time.  If real-time tasks have used up their quota of
 * the period, request a reschedule, so that ordinary tasks get the CPU.
 * Return: true: the turn of t is over.
 */
static bool rt_tick(struct cpu *c, struct task *t, u64 ns)
{
	t->rt_ran += ns;
	t->turn_left -= (s64)ns;
	rt_use(&c->rq.rt_quota, t->last_run, ns,
	       1000ull * HINT(sched_rt_period));
	if (c->rq.nr && rq_rt_gives_way(c))
		rq_want_resched(c, true);
	if (t->policy == SCHED_DEADLINE && t->turn_left <= 0)
		deadline_ops->deadline_spent(c, t);
	if (t->policy != SCHED_RR || t->turn_left > 0)
		return false;
	t->turn_left = RT_QUANTUM;
	return true;
}

static bool rt_wakeup(struct cpu *c, struct task *t)
{
	return t->rt_priority > c->rq.rank ||
		(t->rt_due && t->rt_due < c->running->rt_due);
}

/* Iterate in the order of priorities, the highest first. */
static struct task *next(struct cpu *c, struct task *t)
{
	struct rt_queue *q = &c->rq.rt;
	unsigned level = t ? t->rt_priority : RT_LEVELS;

	if (t && t->run_link.next != &q->level[level])
		return list_next(t, run_link);
	level = rt_below(q, level);
	return level ? list_first(&q->level[level], struct task, run_link) :
		NULL;
}

static u64 rt_turn(struct cpu *c, struct task *t)
{
	if (t->policy == SCHED_DEADLINE ? t->turn_left > 0 :
	    t->policy == SCHED_RR && rt_highest(&c->rq.rt) == t->rt_priority)
		return min((u64)SCHED_TICK, (u64)t->turn_left);
	return SCHED_TICK;
}

const struct sched_policy rt_policy = {
	.name = "real-time",
	.enqueue = rt_enqueue,
	.dequeue = rt_dequeue,
	.pick = rt_pick,
	.tick = rt_tick,
	.wakeup = rt_wakeup,
	.next = next,
	.turn = rt_turn,
};
