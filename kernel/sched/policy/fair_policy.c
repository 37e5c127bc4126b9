/* SPDX-License-Identifier: MIT */
/*
 * Policy fair (row B14): the operations of the policy, on top of fair.c.  The
 * tree of a CPU's waiting tasks is c->rq.fair; the sums include the running
 * task.
 */
#include <kernel/sched/crowd.h>
#include "policy.h"
#include <kernel/sched/rq.h>

static void fair_policy_enqueue(struct cpu *c, struct task *t,
				bool first __unused)
{
	fair_enqueue(&c->rq.fair, &t->fair);
}

static void fair_policy_dequeue(struct cpu *c, struct task *t)
{
	fair_dequeue(&c->rq.fair, &t->fair);
}

static struct task *fair_policy_pick(struct cpu *c, struct task *prev,
				     bool yields)
{
	struct fair_entity *curr = prev && !yields ? &prev->fair : NULL;
	struct fair_entity *e = fair_pick(&c->rq.fair, curr);

	if (yields)
		fair_yield(&prev->fair, e);
	return rq_fair_task(e);
}

static bool fair_policy_tick(struct cpu *c, struct task *t, u64 ns)
{
	if (!fair_charge(&t->fair, ns))
		return false;
	if (unlikely(sched_may_crowd(c) || t->fair.behind))
		sched_crowd_turn(c, t);
	return true;
}

/* True if t's deadline is earlier than the running task's and t is eligible. */
static bool fair_policy_wakeup(struct cpu *c, struct task *t)
{
	struct fair_entity *r = &c->running->fair;

	return fair_sooner(&t->fair, r) &&
	       fair_eligible(&c->rq.fair, r, &t->fair);
}

static struct task *fair_policy_next(struct cpu *c, struct task *t)
{
	struct rb_node *n = t ? rb_next(&t->fair.node) :
		rb_first(&c->rq.fair.tree);

	return n ? rq_fair_task(fair_entity_of(n)) : NULL;
}

static u64 fair_policy_turn(struct cpu *c __unused, struct task *t)
{
	return fair_rest(&t->fair);
}

/* Let t join with the lag that it had when it left. */
static void arrive(struct cpu *c, struct task *t)
{
	struct fair_entity *curr = rq_fair_curr(c);

	if (unlikely(c->rq.crowd || t->fair.behind))
		sched_crowd_arrive(c, t);
	fair_place(&c->rq.fair, curr == &t->fair ? NULL : curr, &t->fair);
}

static void depart(struct cpu *c, struct task *t)
{
	fair_leave(&c->rq.fair, rq_fair_curr(c), &t->fair);
}

const struct sched_policy fair_policy __table(sched_policy) = {
	.name = "fair",
	.enqueue = fair_policy_enqueue,
	.dequeue = fair_policy_dequeue,
	.pick = fair_policy_pick,
	.tick = fair_policy_tick,
	.wakeup = fair_policy_wakeup,
	.next = fair_policy_next,
	.turn = fair_policy_turn,
	.arrive = arrive,
	.depart = depart,
};
