/* SPDX-License-Identifier: MIT */
/* Hooks of process timers at signals and clock ticks (compat/timers). */
#ifndef KERNEL_OPS_TIMER_OPS_H
#define KERNEL_OPS_TIMER_OPS_H

#include <lt/types.h>
#include <uapi/errno.h>

struct process;
struct siginfo;

struct timer_ops {
	/*
	 * A signal with the code SI_TIMER was dequeued for current: update its
	 * overrun count and let the timer expire again.
	 * Context: no lock.
	 */
	void (*timer_taken)(struct siginfo *info);
	/*
	 * A tick hit a task of p: send the signals of expired CPU-time timers.
	 * Context: the tick, no lock.
	 */
	void (*cpu_time_passed)(struct process *p);
	/*
	 * A real-time task of p has run for `ran` ns without sleeping.
	 * Context: the tick, no lock.
	 */
	void (*rt_time_passed)(struct process *p, u64 ran);
	/* p's RLIMIT_CPU has been set.  Context: [tree_lock]. */
	void (*cpu_limited)(struct process *p);
	/*
	 * Serve clock_nanosleep(2) on a CPU-time clock.  flags: TIMER_ABSTIME
	 * or 0.  remain: where to store the remaining time; word: store it in
	 * 32-bit fields.
	 * Context: no lock.
	 */
	long (*cpu_nanosleep)(int clock, int flags, u64 time, uaddr_t remain,
			      bool word);
};
extern const struct timer_ops *timer_ops;	/* const after init, or NULL */

#endif
