/* SPDX-License-Identifier: MIT */
/* Clocks, and what is measured by them. */
#ifndef KERNEL_TIME_TIME_H
#define KERNEL_TIME_TIME_H

#include <kernel/ops/namespace_ops.h>
#include <kernel/lock/seqlock.h>
#include "timer.h"
#include <lt/list.h>
#include <lt/types.h>

struct process;
struct task;
/* A CPU-time clock of a process: of all its threads, or of one. */
struct cpu_clock {
	struct process *process;	/* referenced; NULL: no clock yet */
	struct task *task;		/* referenced; NULL: the process */
	bool user_only;
};
/*
 * What a clock id measures, of whomever (timer_create, clock_nanosleep).
 * Return: 0; -EINVAL: no such clock; -ENOTSUP: it has no timers.
 */
int cpu_clock_get(int clock, struct cpu_clock *c);
void cpu_clock_put(struct cpu_clock *c);
/* ns that the process, or the thread, has computed.  Context: [tree_lock]. */
ktime_t cpu_clock_time(const struct cpu_clock *c);
/*
 * CLOCK_REALTIME and CLOCK_TAI - CLOCK_MONOTONIC, ns; settable.  Read them by
 * clock_offset(): where a word has 32 bits they are two.
 */
extern struct seqlock clock_lock;	/* of these */
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
/* Change them, for programs that read the clock in the vDSO too. */
void clock_set_offsets(s64 realtime, s64 tai);
/*
 * Times in user memory.  Two layouts: 64-bit, and "word" (seconds and fraction
 * in machine words: the _time32 calls of 32-bit machines).
 * timespec_get() Return: 0 with *ns, KTIME_LATEST at most; -EFAULT, -EINVAL
 * (negative, or a fraction of a second and more).
 */
struct timespec64 {
	s64 sec;
	s64 nsec;
};
int timespec_get(ktime_t *ns, uaddr_t from, bool word);
int timespec_put(ktime_t ns, uaddr_t to, bool word);
/* The same without the range check, for utimensat's special values. */
int timespec_get_raw(struct timespec64 *ts, uaddr_t from, bool word);
/* As ns, saturated likewise; ts is in range. */
ktime_t timespec_ns(const struct timespec64 *ts);
/*
 * struct itimerspec: how often, then when first.  All of it is copied before
 * any of it is looked at, so what lies over the end of memory is -EFAULT,
 * whatever its beginning says.
 */
#define TIMESPEC_SIZE(word) ((word) ? 2 * sizeof(long) : \
	sizeof(struct timespec64))
int itimerspec_get(ktime_t *interval, ktime_t *value, uaddr_t from, bool word);
int itimerspec_put(ktime_t interval, ktime_t value, uaddr_t to, bool word);
/* struct itimerval, likewise. */
int itimerval_get(ktime_t *interval, ktime_t *value, uaddr_t from);
/* struct timeval in machine words. */
int timeval_get(ktime_t *ns, uaddr_t from);
int timeval_put(ktime_t ns, uaddr_t to);
/*
 * Who asks for a very long time gets the longest, as Linux has it: two of them
 * can be summed.
 */
#define KTIME_LATEST	(KTIME_NEVER >> 1)
/* now + delay, KTIME_LATEST at most. */
ktime_t ktime_after(ktime_t now, ktime_t delay);
/* What current, in a name space of times, sees a clock ahead by, ns. */
static inline ktime_t clock_ahead(int clock)
{
	return likely(!READ_ONCE(time_spaces)) ? 0 :
		namespace_ops->clock_ahead(clock);
}

/* A CLOCK_ id now.  Return: 0 or -EINVAL. */
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
