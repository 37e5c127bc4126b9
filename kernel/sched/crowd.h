/* SPDX-License-Identifier: MIT */
/*
 * A user's crowd, for policy fair: all runnable tasks of a user on one CPU
 * together weigh at most as much as SCHED_CROWD tasks of nice 0.
 */
#ifndef KERNEL_SCHED_CROWD_H
#define KERNEL_SCHED_CROWD_H

#include <kernel/sched/internal.h>

#define SCHED_CROWD	16u

/* True if the last count found a crowd on c, or if there may be one now. */
static inline bool sched_may_crowd(const struct cpu *c)
{
	return c->rq.nr > SCHED_CROWD || c->rq.crowd;
}

/*
 * Update the weight of t, which is in no queue and becomes runnable on c.  t's
 * lag and place in virtual time do not change.
 * Context: [c's run queue]; t's weight is part of the queue's weight.
 */
void sched_crowd_arrive(struct cpu *c, struct task *t);
/*
 * t's turn on c is over: count the tasks again if the last count is old, and
 * update t's weight.
 */
void sched_crowd_turn(struct cpu *c, struct task *t);

#endif
