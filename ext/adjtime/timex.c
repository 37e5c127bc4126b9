/* SPDX-License-Identifier: MIT */
/*
 * The calls of adjtimex(2) and clock_adjtime(2) (row B10), in both layouts of
 * struct timex; ext/adjtime/adjust.c obeys them.
 */
#include <ext/adjtime/timex.h>
#include <kernel/time.h>
#include <kernel/time/clock.h>
#include <mm/uaccess.h>
#include <syscalls.h>

/* With machine words, as 32-bit programs had it. */
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

/* All that is read or told, in the one layout or the other. */
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

/* The one clock that can be adjusted is the real-time one. */
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
