/* SPDX-License-Identifier: MIT */
/*
 * adjtimex(2) and clock_adjtime(2).  Nothing disciplines this clock: it tells
 * that it is not synchronised, can be read and moved at once, and refuses to
 * be slewed (EOPNOTSUPP); a slew by nothing ends one, and none is under way.
 */
#include <kernel/cred.h>
#include <kernel/syscall/syscalls.h>
#include <kernel/time.h>
#include <kernel/time/clock.h>
#include <mm/uaccess.h>

#define ADJ_SETOFFSET		0x0100u
#define ADJ_NANO		0x2000u
#define ADJ_OFFSET_SINGLESHOT	0x8001u	/* adjtime(3): slew */
#define ADJ_OFFSET_SS_READ	0xa001u	/* what adjtime(3) has left to do */

#define STA_UNSYNC	0x0040
#define TIME_ERROR	5		/* the result: not synchronised */
#define MAX_ERROR_US	16000000
#define TOLERANCE	(500 << 16)	/* ppm, of what it refuses to do */
#define TICK_US		10000

/* struct timex with 64-bit times, and with machine words ("word"). */
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
#define NO_GAP(n)
TIMEX(timex, s64, GAP);
TIMEX(timex_word, s32, NO_GAP);

/* Move the clock by what stands in the request.  Seconds may be negative. */
static int set_offset(const struct timex *t)
{
	s64 unit = t->modes & ADJ_NANO ? 1 : NSEC_PER_USEC;
	s64 by;

	if (t->usec < 0 || t->usec >= (s64)NSEC_PER_SEC / unit)
		return -EINVAL;
	if (__builtin_mul_overflow(t->sec, (s64)NSEC_PER_SEC, &by) ||
	    __builtin_add_overflow(by, t->usec * unit, &by) ||
	    __builtin_add_overflow(by, realtime_offset, &by) ||
	    by < -(s64)arch_clock())
		return -EINVAL;
	realtime_set_offset(by);
	timerfd_clock_was_set();
	return 0;
}

/* => TIME_ERROR with *t filled in, or why not */
static long adjust(struct timex *t)
{
	u32 modes = t->modes;
	ktime_t now;
	int err = 0;

	if (modes && modes != ADJ_OFFSET_SS_READ) {
		if (!capable(CAP_SYS_TIME))
			return -EPERM;
		if (modes == ADJ_OFFSET_SINGLESHOT && !t->offset)
			modes = 0;
		if (modes & ~(ADJ_SETOFFSET | ADJ_NANO))
			return -EOPNOTSUPP;
		if (modes & ADJ_SETOFFSET)
			err = set_offset(t);
		if (err)
			return err;
	}
	now = realtime_from(arch_clock());
	*t = (struct timex){
		.modes = t->modes,
		.maxerror = MAX_ERROR_US, .esterror = MAX_ERROR_US,
		.status = STA_UNSYNC, .constant = 2, .precision = 1,
		.tolerance = TOLERANCE, .tick = TICK_US,
		.sec = (s64)(now / NSEC_PER_SEC),
		.usec = (s64)(now % NSEC_PER_SEC / NSEC_PER_USEC),
	};
	return TIME_ERROR;
}

long sys_adjtimex(uaddr_t at)
{
	struct timex t;
	long n;

	if (get_user(&t, at))
		return -EFAULT;
	n = adjust(&t);
	return n >= 0 && put_user(t, at) ? -EFAULT : n;
}

long sys_adjtimex_time32(uaddr_t at)
{
	struct timex_word w;
	struct timex t = { 0 };
	long n;

	if (get_user(&w, at))
		return -EFAULT;
	t.modes = w.modes;
	t.offset = w.offset;
	t.sec = w.sec;
	t.usec = w.usec;
	n = adjust(&t);
	if (n < 0)
		return n;
	w = (struct timex_word){
		.modes = t.modes,
		.maxerror = (s32)t.maxerror, .esterror = (s32)t.esterror,
		.status = t.status, .constant = (s32)t.constant,
		.precision = (s32)t.precision,
		.tolerance = (s32)t.tolerance, .tick = (s32)t.tick,
		.sec = (s32)t.sec, .usec = (s32)t.usec,
	};
	return put_user(w, at) ? -EFAULT : n;
}

/* The one clock that can be adjusted is the real-time one. */
static int adjustable(int clock)
{
	ktime_t now;
	int err = clock_read(clock, &now);

	if (err)
		return err;
	return clock == CLOCK_REALTIME ? 0 : -EOPNOTSUPP;
}

long sys_clock_adjtime(int clock, uaddr_t at)
{
	int err = adjustable(clock);
	struct timex t;

	if (err && get_user(&t, at))
		return -EFAULT;
	return err ? err : sys_adjtimex(at);
}

long sys_clock_adjtime_time32(int clock, uaddr_t at)
{
	int err = adjustable(clock);
	struct timex_word w;

	if (err && get_user(&w, at))
		return -EFAULT;
	return err ? err : sys_adjtimex_time32(at);
}
