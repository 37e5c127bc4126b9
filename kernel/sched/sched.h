/* SPDX-License-Identifier: MIT */
/* Shared by the files of kernel/sched/ and by task exit. */
#ifndef KERNEL_SCHED_SCHED_H
#define KERNEL_SCHED_SCHED_H

#include <kernel/task.h>

/* Nanoseconds. */
#define SCHED_SLICE	4000000ull	/* turn while others wait */
#define SCHED_TICK	10000000ull	/* alone: time sampling, limits */
#define SCHED_WAKE_LEAD	1000000ull	/* wake-up preemption: lead needed */

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

#endif
