/* SPDX-License-Identifier: MIT */
/* What timers of processes do at signals and the clock (compat/timers). */
#ifndef KERNEL_OPS_TIMER_OPS_H
#define KERNEL_OPS_TIMER_OPS_H

#include <lt/types.h>
#include <uapi/errno.h>

struct process;
struct siginfo;

struct timer_ops {
	/*
	 * A signal with the code SI_TIMER was taken off current's queues:
	 * brings its overrun count up to date and lets the timer expire again.
	 * Context: no lock.
	 */
	void (*timer_taken)(struct siginfo *info);
	/*
	 * A tick of a task of p: send what is due.
	 * Context: the tick, no lock.
	 */
	void (*cpu_time_passed)(struct process *p);
	/*
	 * A real-time task of p has run so long without sleeping, ns.
	 * Context: the tick, no lock.
	 */
	void (*rt_time_passed)(struct process *p, u64 ran);
	/* p's RLIMIT_CPU has been set.  Context: [tree_lock]. */
	void (*cpu_limited)(struct process *p);
	/*
	 * clock_nanosleep(2) by a clock of CPU time; flags: TIMER_ABSTIME.
	 * remain: where to put what is left, in words or not.
	 * Context: no lock.
	 */
	long (*cpu_nanosleep)(int clock, int flags, u64 time, uaddr_t remain,
			      bool word);
};
extern const struct timer_ops *timer_ops;	/* const after init, or NULL */

#endif
