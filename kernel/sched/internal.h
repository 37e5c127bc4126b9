/* SPDX-License-Identifier: MIT */
/* Shared by the files of kernel/sched/, by boot and by task exit. */
#ifndef KERNEL_SCHED_INTERNAL_H
#define KERNEL_SCHED_INTERNAL_H

#include "tasks.h"

/*
 * Sampled accounting: time not yet attributed goes to the mode that the clock
 * interrupted.
 * Context: interrupt.
 */
void sched_sample(struct task *t, bool user);

/* ---- between the files of this folder ------------------------------------ */

/*
 * Move t, which waits on `from`.
 * Context: [from->rq.lock], which it releases.
 * Return: the CPU where real-time tasks wait now, for sched_push_rt(); or NULL.
 */
struct cpu *sched_move(struct cpu *from, struct task *t, struct cpu *to);

/* c is idle (true) or has found work. */
void sched_note_idle(struct cpu *c, bool idle);

/*
 * Take a waiting task from another CPU.
 * Return: whether c's queue has one now.
 */
bool sched_steal(struct cpu *c);
void sched_balance(struct cpu *c);

/* Real-time tasks wait on c, or none any more.  Context: [rq->lock]. */
void sched_note_rt(struct cpu *c, bool waits);

/* Find CPUs that run something lower for those that wait on c. */
void sched_push_rt(struct cpu *c);

#endif
