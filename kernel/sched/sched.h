/* SPDX-License-Identifier: MIT */
/* Shared by the files of kernel/sched/ and by task exit. */
#ifndef KERNEL_SCHED_SCHED_H
#define KERNEL_SCHED_SCHED_H

#include <kernel/task.h>

/* Nanoseconds. */
#define SCHED_SLICE	4000000ull	/* turn while others wait */
#define SCHED_TICK	10000000ull	/* alone: time sampling, limits */
#define SCHED_WAKE_LEAD	1000000ull	/* wake-up preemption: lead needed */

/* A CPU's queue, before it runs. */
void sched_init_cpu(struct cpu *c);
/* The task that a CPU to be started runs first.  => false: no memory */
bool sched_create_idle(struct cpu *c);
/* The boot CPU's cpu_self() and current; before anything else. */
void sched_early(void);
/*
 * Sampled accounting: time not yet attributed goes to the mode the clock
 * found.  => interrupt context
 */
void sched_sample(struct task *t, bool user);
/* Bring t->runtime up to now. */
void sched_charge(struct task *t);
/* A dead task has left its stack for good.  => interrupts off */
void task_off_cpu(struct task *t);


/* ---- between sched.c and balance.c --------------------------------------- */

/* => [rq->lock] */
void sched_enqueue(struct run_queue *rq, struct task *t);
void sched_dequeue(struct run_queue *rq, struct task *t);
/* Lock the queue that t belongs to.  => its CPU */
struct cpu *sched_lock_task(struct task *t);
/* Queue a task that runs nowhere.  => [from->rq.lock], released */
void sched_place(struct cpu *from, struct task *t, struct cpu *to);
/* The CPU for t, which was on `was`. */
struct cpu *sched_choose(struct task *t, struct cpu *was);
/* c is idle (true) or has found work. */
void sched_note_idle(struct cpu *c, bool idle);
/* Take a waiting task from another CPU.  => c's queue has one now */
bool sched_steal(struct cpu *c);
void sched_balance(struct cpu *c);

#endif
