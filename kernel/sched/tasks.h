/* SPDX-License-Identifier: MIT */
/*
 * Tasks on run queues, for those who change how they are scheduled.
 */
#ifndef KERNEL_SCHED_TASKS_H
#define KERNEL_SCHED_TASKS_H

#include <kernel/current.h>
#include <kernel/ops/sched_ops.h>
#include "sched.h"

/* Nanoseconds. */
#define SCHED_TICK	10000000ull	/* alone: time sampling, limits */

/* A CPU's queue, before it runs. */
void sched_init_cpu(struct cpu *c);

/* t is to be the idle task of a CPU. */
void sched_init_idle(struct task *t);

/* The boot CPU's cpu_self() and current; before anything else. */
void sched_early(void);

/* A dead task has left its stack for good.  Const.  Context: interrupts off. */
extern void (*sched_task_left)(struct task *t);

/*
 * mm/tables/asid.c, from above this layer: s, or NULL for any, becomes the address
 * space of this CPU, c.  Context: interrupts off.
 */
void vm_space_switch_off(struct cpu *c, struct vm_space *s);

/* ---- what a task counts for ---------------------------------------------- */

/* What t counts for in struct run_queue's weight: real-time tasks have none. */
static inline unsigned long sched_weight(const struct task *t)
{
	return t->rt_priority ? 0 : t->fair.weight;
}

/* t counts on c from now on, or does no more: it is in no queue. */
static inline void sched_count_in(struct cpu *c, struct task *t)
{
	if (unlikely(t->grouped))
		share_ops->group_wants(t, true);
	c->rq.weight += sched_weight(t);
}
static inline void sched_count_out(struct cpu *c, struct task *t)
{
	c->rq.weight -= sched_weight(t);
	if (unlikely(t->grouped))
		share_ops->group_wants(t, false);
}

/* How many wait on c: exact under its lock, else a hint. */
static inline unsigned sched_waiting(const struct cpu *c)
{
	return HINT(c->rq.nr) + HINT(c->rq.rt.nr);
}

/*
 * t, which waits or runs, leaves its queue, as it is being moved or changed;
 * what it is owed is noted.  join: it runs, and counts again.
 * Context: [rq->lock].
 */
void sched_remove(struct cpu *c, struct task *t);
void sched_join(struct cpu *c, struct task *t);

/*
 * t is scheduled otherwise from now on.
 * Context: [rq->lock]; t is in no queue, and if it runs, it is not counted as
 * running.
 */
void sched_apply_how(struct task *t, const struct sched_how *how);

/* What policy and nice value alone make of t's weight. */
u32 sched_own_weight(const struct task *t);

/* Policy, nice value, group, or crowd of t has changed.  Context: [rq->lock]. */
void sched_note_plain(struct task *t);

/* Lock the queue that t belongs to.  Return: its CPU. */
struct cpu *sched_lock_task(struct task *t);

/* The same, with t's time brought up to now. */
struct cpu *sched_lock_charged(struct task *t);

/*
 * Queue a task that runs nowhere.
 * Context: [from->rq.lock], which it releases.
 */
void sched_place(struct cpu *from, struct task *t, struct cpu *to);

/* The CPU for t, which was on `was`. */
struct cpu *sched_choose(struct task *t, struct cpu *was);

/* This CPU may run something lower than before: the same for all CPUs. */
void sched_spread_rt(void);

#endif
