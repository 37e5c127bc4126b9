/* SPDX-License-Identifier: MIT */
/*
 * adjtimex(2) and clock_adjtime(2) (row B10): read the state of the clock, jump
 * by an offset, set how far CLOCK_TAI is ahead of CLOCK_REALTIME.  The clock
 * runs at the rate of the machine's counter: requests to change that rate, and
 * settings that belong to them, fail with EOPNOTSUPP.
 */
#include <uapi/errno.h>
#include <kernel/cred/cred.h>
#include <kernel/time/time.h>
#include <kernel/time/clock.h>
#include <mm/uaccess.h>
#include <syscalls.h>
#include "settime.h"

#define ADJ_TAI			0x0080u
#define ADJ_SETOFFSET		0x0100u
#define ADJ_MICRO		0x1000u
#define ADJ_NANO		0x2000u
#define ADJ_TICK		0x4000u
#define ADJ_ADJTIME		0x8000u	/* adjtime(3); ADJ_SLEW and ADJ_ONLY_ASK
					   qualify it */
#define ADJ_SLEW		0x0001u
#define ADJ_ONLY_ASK		0x2000u
#define ADJ_DONE		(ADJ_TAI | ADJ_SETOFFSET | ADJ_MICRO | ADJ_NANO)

#define STA_UNSYNC		0x40
#define TIME_ERROR		5	/* result: not synchronized */
#define MAX_ERROR_US		16000000
#define MAX_FREQ		((s64)500 << 16)	/* ppm, scaled by
							   2^16 */
#define MAX_TAI			100000
#define TICK_US			10000

/*
 * Check a request of adjtime(3).  Any task may query the remaining adjustment,
 * which is always 0; so is the only one that can be set.
 */
static int check_slew(const struct timex *t)
{
	if (!(t->modes & ADJ_SLEW))
		return -EINVAL;
	if (t->modes & ADJ_ONLY_ASK)
		return 0;
	if (!capable(CAP_SYS_TIME))
		return -EPERM;
	return t->offset ? -EOPNOTSUPP : 0;
}

static int check_jump(const struct timex *t)
{
	s64 unit = t->modes & ADJ_NANO ? 1 : NSEC_PER_USEC;

	if (!(t->modes & ADJ_SETOFFSET))
		return 0;
	if (!capable(CAP_SYS_TIME))
		return -EPERM;
	return t->usec < 0 || t->usec >= (s64)NSEC_PER_SEC / unit ?
		-EINVAL : 0;
}

static int timex_check(const struct timex *t)
{
	int err = 0;

	if (t->modes & ADJ_ADJTIME)
		err = check_slew(t);
	else if (t->modes && !capable(CAP_SYS_TIME))
		err = -EPERM;
	else if (t->modes & ADJ_TICK && (t->tick < TICK_US - TICK_US / 10 ||
					 t->tick > TICK_US + TICK_US / 10))
		err = -EINVAL;
	else if (t->modes & ~ADJ_DONE)
		err = -EOPNOTSUPP;
	return err ? err : check_jump(t);
}

/* Move the clock by the requested offset, which may be negative. */
static int set_offset(const struct timex *t)
{
	s64 unit = t->modes & ADJ_NANO ? 1 : NSEC_PER_USEC;
	s64 by;

	if (__builtin_mul_overflow(t->sec, (s64)NSEC_PER_SEC, &by) ||
	    __builtin_add_overflow(by, t->usec * unit, &by) ||
	    __builtin_add_overflow(by, clock_offset(&realtime_offset), &by) ||
	    by < -(s64)arch_clock())
		return -EINVAL;
	clock_jump(by);
	return 0;
}

static void set_tai(s64 seconds)
{
	s64 offset = clock_offset(&realtime_offset);

	if (seconds >= 0 && seconds <= MAX_TAI)
		clock_set_offsets(offset,
				  offset + seconds * (s64)NSEC_PER_SEC);
}

static void timex_tell(struct timex *t)
{
	ktime_t now = realtime_from(arch_clock());
	s64 ahead = clock_offset(&tai_offset) - clock_offset(&realtime_offset);

	*t = (struct timex){
		.modes = t->modes,
		.maxerror = MAX_ERROR_US, .esterror = MAX_ERROR_US,
		.status = STA_UNSYNC, .constant = 2, .precision = 1,
		.tolerance = MAX_FREQ, .tick = TICK_US,
		.sec = (s64)(now / NSEC_PER_SEC),
		.usec = (s64)(now % NSEC_PER_SEC / NSEC_PER_USEC),
		.tai = (s32)(ahead / (s64)NSEC_PER_SEC),
	};
}

long clock_adjust(struct timex *t)
{
	int err = timex_check(t);

	if (!err && t->modes & ADJ_SETOFFSET)
		err = set_offset(t);
	if (err)
		return err;
	if (t->modes & ADJ_TAI && !(t->modes & ADJ_ADJTIME))
		set_tai(t->constant);
	timex_tell(t);
	return TIME_ERROR;
}

/* ---- the calls, in both layouts ------------------------------------------ */

/* Layout with 32-bit words, for old 32-bit programs. */
#define NO_GAP(n)
TIMEX(timex_word, s32, NO_GAP);

long sys_adjtimex(uaddr_t at)
{
	struct timex t;
	long n;

	if (get_user(&t, at))
		return -EFAULT;
	n = clock_adjust(&t);
	return n >= 0 && put_user(t, at) ? -EFAULT : n;
}

/* Convert between the two layouts; only fields that are used. */
#define CONVERTED(type, word, t) ((struct type){			\
	.modes = (t).modes, .offset = (word)(t).offset,			\
	.freq = (word)(t).freq, .maxerror = (word)(t).maxerror,		\
	.esterror = (word)(t).esterror, .status = (t).status,		\
	.constant = (word)(t).constant,					\
	.precision = (word)(t).precision,				\
	.tolerance = (word)(t).tolerance, .sec = (word)(t).sec,		\
	.usec = (word)(t).usec, .tick = (word)(t).tick, .tai = (t).tai,	\
})

long sys_adjtimex_time32(uaddr_t at)
{
	struct timex_word w;
	struct timex t;
	long n;

	if (get_user(&w, at))
		return -EFAULT;
	t = CONVERTED(timex, s64, w);
	n = clock_adjust(&t);
	if (n < 0)
		return n;
	w = CONVERTED(timex_word, s32, t);
	return put_user(w, at) ? -EFAULT : n;
}

/* Return: 0 for the real-time clock, the only adjustable one; else -errno. */
static int adjustable(int clock)
{
	ktime_t now;

	if (clock >= 0 && clock_read(clock, &now))
		return -EINVAL;
	return clock == CLOCK_REALTIME ? 0 :
		clock_is_device(clock) ? -EINVAL : -EOPNOTSUPP;
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
