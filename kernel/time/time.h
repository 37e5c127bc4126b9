/* SPDX-License-Identifier: MIT */
/* Clocks, and conversion of times in user memory. */
#ifndef KERNEL_TIME_TIME_H
#define KERNEL_TIME_TIME_H

#include <kernel/ops/namespace_ops.h>
#include <kernel/lock/seqlock.h>
#include "timer.h"
#include <lt/list.h>
#include <lt/types.h>

struct process;
struct task;
/* A CPU-time clock: the time of all threads of a process, or of one thread. */
struct cpu_clock {
	struct process *process;	/* with a reference; NULL: no clock
					   yet */
	struct task *task;		/* with a reference; NULL: the
					   process */
	bool user_only;
};
/*
 * Find the process or thread whose CPU time a clock id measures, for
 * timer_create(2) and clock_nanosleep(2).
 * Return: 0 with *c filled; -EINVAL: no such clock; -ENOTSUP: a clock without
 * timers.
 */
int cpu_clock_get(int clock, struct cpu_clock *c);
void cpu_clock_put(struct cpu_clock *c);
/* Return: the CPU time of the process or thread, ns.  Context: [tree_lock]. */
ktime_t cpu_clock_time(const struct cpu_clock *c);
/*
 * Differences of CLOCK_REALTIME and CLOCK_TAI to CLOCK_MONOTONIC, ns.  They can
 * be set.  Read them with clock_offset(), as a 32-bit machine loads them in two
 * parts.
 */
extern struct seqlock clock_lock;	/* protects the offsets */
extern s64 realtime_offset, tai_offset;	/* [clock_lock] */
static inline s64 clock_offset(const s64 *offset)
{
	unsigned seq;
	s64 ns;

	if (sizeof(long) == sizeof(s64))
		return READ_ONCE(*offset);
	do {
		seq = seq_read_begin(&clock_lock);
		ns = READ_ONCE(*offset);
	} while (seq_read_retry(&clock_lock, seq));
	return ns;
}
/*
 * Set the offsets, and their copies in the vDSO.  Deadlines of these clocks
 * come nearer or move away.
 */
void clock_set_offsets(s64 realtime, s64 tai);

/* Return: how far, in ns, a clock of deadlines is ahead of arch_clock(). */
static inline s64 timer_clock_ahead(enum timer_clock clock)
{
	if (likely(clock == TIMER_MONOTONIC))
		return 0;
	return clock_offset(clock == TIMER_TAI ? &tai_offset :
			    &realtime_offset);
}

/* Return: the time of a clock of deadlines. */
static inline ktime_t timer_clock_now(enum timer_clock clock)
{
	return arch_clock() + (u64)timer_clock_ahead(clock);
}

/*
 * Return: the clock by which timers of `clock`, a CLOCK_ id, run.  A relative
 * time lasts as long as it says, whether or not the clock is set.
 */
enum timer_clock clock_of_timers(int clock, bool absolute);
/*
 * Return: the absolute time `time` of `clock`, which is no CPU-time clock, as
 * the deadline of a wait in current's time namespace.
 */
struct timer_deadline clock_deadline(int clock, ktime_t time);
/*
 * Times in user memory.  There are two layouts: 64-bit, and "word" (seconds and
 * fraction in machine words, for the _time32 calls of 32-bit machines).
 * timespec_get() returns 0 with *ns, at most KTIME_LATEST; -EFAULT; -EINVAL:
 * the time is negative, or its fraction is a second or more.
 */
struct timespec64 {
	s64 sec;
	s64 nsec;
};
int timespec_get(ktime_t *ns, uaddr_t from, bool word);
int timespec_put(ktime_t ns, uaddr_t to, bool word);
/*
 * Like timespec_get(), but without the range check, for utimensat's special
 * values.
 */
int timespec_get_raw(struct timespec64 *ts, uaddr_t from, bool word);
/* Convert to ns, at most KTIME_LATEST; ts must be in range. */
ktime_t timespec_ns(const struct timespec64 *ts);
/*
 * Read or write a struct itimerspec: the interval, then the first expiry.  The
 * whole structure is copied before any value is checked, so a structure that is
 * partly outside user memory yields -EFAULT even if its first part is invalid.
 */
#define TIMESPEC_SIZE(word) ((word) ? 2 * sizeof(long) : \
	sizeof(struct timespec64))
int itimerspec_get(ktime_t *interval, ktime_t *value, uaddr_t from, bool word);
int itimerspec_put(ktime_t interval, ktime_t value, uaddr_t to, bool word);
/* Read or write a struct itimerval, like a struct itimerspec. */
int itimerval_get(ktime_t *interval, ktime_t *value, uaddr_t from);
/* Read or write a struct timeval in machine words. */
int timeval_get(ktime_t *ns, uaddr_t from);
int timeval_put(ktime_t ns, uaddr_t to);
/*
 * The longest or latest time that user mode can pass.  Longer times are reduced
 * to it, as on Linux.  The sum of two such times does not overflow.
 */
#define KTIME_LATEST	(KTIME_NEVER >> 1)
/* Return: now + delay, at most KTIME_LATEST. */
ktime_t ktime_after(ktime_t now, ktime_t delay);
/* Return: how far, in ns, a clock is ahead in current's time namespace. */
static inline ktime_t clock_ahead(int clock)
{
	return likely(!READ_ONCE(time_spaces)) ? 0 :
		namespace_ops->clock_ahead(clock);
}

/* Read a clock by its CLOCK_ id.  Return: 0 or -EINVAL. */
int clock_read(int clock, ktime_t *now);
static inline ktime_t realtime_from(ktime_t mono)
{
	return mono + (u64)clock_offset(&realtime_offset);
}

static inline ktime_t tai_from(ktime_t mono)
{
	return mono + (u64)clock_offset(&tai_offset);
}

#endif
