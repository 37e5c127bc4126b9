/* SPDX-License-Identifier: MIT */
/* Run-queue operations for code that changes how tasks are scheduled. */
#ifndef KERNEL_SCHED_TASKS_H
#define KERNEL_SCHED_TASKS_H

#include <kernel/current.h>
#include <kernel/ops/sched_ops.h>
#include "sched.h"

/* Times in ns. */
#define SCHED_TICK	10000000ull	/* the tick of a task that runs alone */

/* Initialize the queues of c, before c runs. */
void sched_init_cpu(struct cpu *c);

/* Make t the idle task of a CPU. */
void sched_init_idle(struct task *t);

/*
 * Set up cpu_self() and current on the boot CPU.  Called before anything else.
 */
void sched_early(void);

/*
 * Called when a dead task no longer uses its stack.  Const after init.
 * Context: interrupts off.
 */
extern void (*sched_task_left)(struct task *t);

/*
 * Defined in mm/tables/asid.c, a higher layer: make s the address space of c,
 * this CPU; NULL: any space will do.
 * Context: interrupts off.
 */
void vm_space_switch_off(struct cpu *c, struct vm_space *s);

/* ---- weights of tasks ---------------------------------------------------- */

/* Return: t's part of the run queue's weight; 0 for real-time tasks. */
static inline unsigned long sched_weight(const struct task *t)
{
	return t->rt_priority ? 0 : t->fair.weight;
}

/*
 * sched_count_in() adds t, which is in no queue, to c's weight;
 * sched_count_out() subtracts t.
 */
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

/*
 * Return: the number of tasks that wait on c.  Without c's lock the number is
 * only a hint.
 */
static inline unsigned sched_waiting(const struct cpu *c)
{
	return HINT(c->rq.nr) + HINT(c->rq.rt.nr);
}

/*
 * sched_remove() takes t, which waits or runs, out of c and records its lag, so
 * that t can be moved or changed.  sched_join() adds t to c again, in no queue:
 * the caller queues t unless it runs.
 * Context: [rq->lock].
 */
void sched_remove(struct cpu *c, struct task *t);
void sched_join(struct cpu *c, struct task *t);

/*
 * Change how t is scheduled.
 * Context: [rq->lock]; t is in no queue, and t's weight is not part of the
 * queue's weight.
 */
void sched_apply_how(struct task *t, const struct sched_how *how);

/* Return: t's weight by policy and nice value, ignoring groups and crowds. */
u32 sched_own_weight(const struct task *t);

/*
 * Update t->plain after a change of t's policy, nice value, group or crowd.
 * Context: [rq->lock].
 */
void sched_note_plain(struct task *t);

/* Lock the queue to which t belongs.  Return: the CPU of that queue. */
struct cpu *sched_lock_task(struct task *t);

/* Do what sched_lock_task() does, and charge t for its run time until now. */
struct cpu *sched_lock_charged(struct task *t);

/*
 * Queue t, which is in no queue and does not run, on the CPU `to`.
 * Context: [from->rq.lock], which is released.
 */
void sched_place(struct cpu *from, struct task *t, struct cpu *to);

/* Choose a CPU for t, whose last CPU was `was`. */
struct cpu *sched_choose(struct task *t, struct cpu *was);

/*
 * Call sched_push_rt() for all CPUs, because this CPU may run a task of lower
 * priority now.
 */
void sched_spread_rt(void);

#endif
