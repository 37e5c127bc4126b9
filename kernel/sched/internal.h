/* SPDX-License-Identifier: MIT */
/* Shared by the files of kernel/sched/, by boot and by task exit. */
#ifndef KERNEL_SCHED_INTERNAL_H
#define KERNEL_SCHED_INTERNAL_H

#include "tasks.h"

/*
 * Sampled accounting: attribute t's run time since the last sample to the mode
 * that the clock interrupted.
 * Context: interrupt.
 */
void sched_sample(struct task *t, bool user);

/* ---- shared by the files of this directory ------------------------------- */

/*
 * Move t, which waits on `from`, to the CPU `to`.
 * Context: [from->rq.lock], which is released.
 * Return: the CPU where real-time tasks wait now, for sched_push_rt(); or NULL.
 */
struct cpu *sched_move(struct cpu *from, struct task *t, struct cpu *to);

/* Note that c is idle (true), or has found work (false). */
void sched_note_idle(struct cpu *c, bool idle);

/*
 * Take a waiting task from another CPU.
 * Return: true if a task waits on c now.
 */
bool sched_steal(struct cpu *c);
void sched_balance(struct cpu *c);

/* Note whether real-time tasks wait on c.  Context: [rq->lock]. */
void sched_note_rt(struct cpu *c, bool waits);

/*
 * Move real-time tasks that wait on c to CPUs that run tasks of lower priority.
 */
void sched_push_rt(struct cpu *c);

#endif
