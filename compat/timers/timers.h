/* SPDX-License-Identifier: MIT */
/*
 * The timers of a process: a part of its record (kernel/task/part.h), so that
 * setitimer(2) and alarm(2) need no allocation.
 */
#ifndef COMPAT_TIMERS_TIMERS_H
#define COMPAT_TIMERS_TIMERS_H

#include <kernel/task/part.h>
#include <kernel/time/time.h>

/* ITIMER_REAL. */
struct itimer {
	struct timer timer;
	u64 interval;			/* ns; 0: one shot */
};

/* ITIMER_VIRTUAL, ITIMER_PROF: ns of CPU time. */
struct cpu_timer {
	u64 at;				/* CPU time of expiry; 0: off */
	u64 interval;			/* 0: one shot */
};

struct process_timers {
	struct process *process;	/* const: owner */
	struct itimer real;		/* [sighand->lock] */
	struct list posix;		/* [tree_lock] timer_create(2) */
	struct cpu_timer virtual, prof;	/* [tree_lock] */
	struct list alarms;		/* [tree_lock] struct cpu_alarm */
	u64 warn;			/* [tree_lock] CPU seconds of the next
					   SIGXCPU */
	bool watch;			/* [tree_lock] the tick must check */
};

/*
 * A wait for a CPU-time clock: `look` is called periodically while the process
 * of that clock runs, and may disarm the alarm.
 */
struct cpu_alarm {
	struct list link;		/* [tree_lock] process_timers.alarms */
	struct cpu_clock clock;		/* const */
	bool armed;			/* [tree_lock] */
	void (*look)(struct cpu_alarm *a);	/* Context: tick, [tree_lock] */
};

extern unsigned timers_at;		/* const after init */
static inline struct process_timers *timers_of(struct process *p)
{
	return process_slot(p, timers_at);
}

/* ---- cpu.c --------------------------------------------------------------- */

/* Context: [tree_lock]. */
void cpu_alarm_arm(struct cpu_alarm *a, bool armed);
/*
 * Recompute `watch` after a timer or limit of p has changed.
 * Context: [tree_lock].
 */
void cpu_timers_update(struct process *p);
/*
 * Set a timer to *new (relative; NULL: leave it unchanged); *old: the previous
 * setting, as time left.
 */
void cpu_timer_set(struct process *p, bool prof, const struct cpu_timer *new,
		   struct cpu_timer *old);

/* ---- sleep.c, as <kernel/ops/timer_ops.h> says --------------------------- */

long cpu_nanosleep(int clock, int flags, ktime_t time, uaddr_t remain,
		   bool word);

/* ---- posix.c ------------------------------------------------------------- */

/*
 * Delete all timers of timer_create(2).  Context: only p's last thread is left.
 */
void posix_timers_exit(struct process *p);
unsigned long posix_timers_bytes(struct process *p);	/* for part.pins */
void posix_timer_taken(struct siginfo *info);	/* <kernel/ops/timer_ops.h> */

#endif
