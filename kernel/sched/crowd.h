/* SPDX-License-Identifier: MIT */
/*
 * A user's crowd, for policy fair: however many of its tasks want a CPU, there
 * they weigh together at most as SCHED_CROWD tasks of nice 0.
 */
#ifndef KERNEL_SCHED_CROWD_H
#define KERNEL_SCHED_CROWD_H

#include <kernel/sched/internal.h>

#define SCHED_CROWD	16u

/* Was there a crowd on c when tasks were last counted, or may one come? */
static inline bool sched_may_crowd(const struct cpu *c)
{
	return c->rq.nr > SCHED_CROWD || c->rq.crowd;
}

/*
 * t, in no queue, wants c: it gets its weight.  What it is owed and its place
 * in virtual time stay as they are.
 * Context: [c's run queue]; t counts in the queue's weight.
 */
void sched_crowd_arrive(struct cpu *c, struct task *t);
/* t's turn on c is over: count, if that was long ago; t gets its weight. */
void sched_crowd_turn(struct cpu *c, struct task *t);

#endif
