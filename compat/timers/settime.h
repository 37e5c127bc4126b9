/* SPDX-License-Identifier: MIT */
/* Setting the clock: by a jump, or by adjtimex(2). */
#ifndef COMPAT_TIMERS_SETTIME_H
#define COMPAT_TIMERS_SETTIME_H

#include <lt/types.h>

/*
 * Set CLOCK_REALTIME to CLOCK_MONOTONIC + offset ns, shift CLOCK_TAI by the
 * same amount, and notify files and timerfds.
 * Context: no lock.
 */
void clock_jump(s64 offset);

/* ---- adjtimex(2) --------------------------------------------------------- */

/*
 * struct timex of adjtimex(2), with 64-bit times, and the function that carries
 * out the request in it.
 */

/* gap: padding before a field that is wider than status. */
#define TIMEX(name, time_t, gap)					\
struct name {								\
	u32 modes;							\
	gap(a)								\
	time_t offset, freq, maxerror, esterror;			\
	s32 status;							\
	gap(b)								\
	time_t constant, precision, tolerance, sec, usec, tick;		\
	time_t ppsfreq, jitter;						\
	s32 shift;							\
	gap(c)								\
	time_t stabil, jitcnt, calcnt, errcnt, stbcnt;			\
	s32 tai, unused[11];						\
}
#define GAP(n) s32 gap_##n;
TIMEX(timex, s64, GAP);

/*
 * Apply the requested changes, and report the state of the clock.
 * Context: no lock.
 * Return: TIME_ERROR with *t filled in; -EPERM, -EINVAL, -EOPNOTSUPP.
 */
long clock_adjust(struct timex *t);

#endif
