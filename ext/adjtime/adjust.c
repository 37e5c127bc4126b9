/* SPDX-License-Identifier: MIT */
/*
 * adjtimex(2) and clock_adjtime(2) (row B10): what a program that knows the
 * time better asks of the clock.  A second is made longer or shorter by the
 * sum of four: the tick, the frequency, a part of what is left of an offset
 * (the loop, STA_PLL), and of adjtime(3)'s.  kernel/time/slew.c obeys it; here
 * the sum is made, anew each second while something is left of the last two.
 * A timer at the beginning of a second does that, and what leap seconds ask
 * for (ext/adjtime/leap.c); where nothing is to be done it is not set.
 */
#include <ext/adjtime/leap.h>
#include <ext/adjtime/timex.h>
#include <ext/settime/settime.h>
#include <kernel/cred.h>
#include <kernel/lock.h>
#include <kernel/time.h>
#include <kernel/time/clock.h>
#include <lt/init.h>

#define ADJ_OFFSET		0x0001u
#define ADJ_FREQUENCY		0x0002u
#define ADJ_MAXERROR		0x0004u
#define ADJ_ESTERROR		0x0008u
#define ADJ_STATUS		0x0010u
#define ADJ_TIMECONST		0x0020u
#define ADJ_TAI			0x0080u
#define ADJ_SETOFFSET		0x0100u
#define ADJ_MICRO		0x1000u
#define ADJ_NANO		0x2000u
#define ADJ_TICK		0x4000u
#define ADJ_ADJTIME		0x8000u	/* adjtime(3), with the next two */
#define ADJ_SLEW		0x0001u
#define ADJ_ONLY_ASK		0x2000u

#define STA_PLL		0x0001
#define STA_FLL		0x0008
#define STA_UNSYNC	0x0040
#define STA_FREQHOLD	0x0080
#define STA_CLOCKERR	0x1000
#define STA_NANO	0x2000
#define STA_MODE	0x4000		/* by frequency, not by phase */
#define STA_RONLY	0xff00

#define TIME_ERROR	5		/* the result: not synchronised */
#define MAX_ERROR_US	16000000
#define ERROR_GROWTH_US	500		/* in a second */
#define MAX_FREQ	((s64)500 << 16)	/* ppm / 2^16 */
#define MAX_PHASE	500000000	/* ns */
#define MAX_CONSTANT	10
#define MAX_TAI		100000
#define MAX_SLEW_US	500		/* in a second */
#define TICK_US		10000
#define TICKS		100		/* a second */
#define FREQ_UNIT	1000		/* ns in a second, of 1 ppm */
#define FREQ_LIMIT	((s64)(~0ull >> 1) / (FREQ_UNIT << 16))
#define PLL_SHIFT	2
#define FLL_SHIFT	2
#define FLL_LEAST	256		/* s between offsets: by frequency */
#define FLL_ALWAYS	2048

static void next_second(struct timer *t);

static struct spinlock lock = SPIN_INIT("adjtimex", IPL_HIGH);
static struct {
	s64 freq;			/* ns in a second / 2^16 */
	s64 offset;			/* ns / 2^16 the loop has left */
	s64 slew;			/* us adjtime(3) has left */
	s64 share;			/* of both in this second, ns / 2^16 */
	s64 maxerror, esterror;		/* us */
	s64 constant, tick;
	s32 status;
	s32 tai;			/* s that CLOCK_TAI is ahead */
	struct leap leap;
	ktime_t aged;			/* maxerror is of then */
	ktime_t last_offset;		/* when one was set */
	struct timer second;
	ktime_t due;			/* when it is to come */
} ntp = {				/* [lock] */
	.maxerror = MAX_ERROR_US, .esterror = MAX_ERROR_US,
	.constant = 2, .tick = TICK_US, .status = STA_UNSYNC,
	.leap.at = LEAP_NEVER, .due = KTIME_NEVER, .second.fn = next_second,
};

/* ---- the rate ------------------------------------------------------------ */

static s64 clamped(s64 v, s64 least, s64 most)
{
	return min(max(v, least), most);
}

/* Of an offset the loop makes good, in a second.  [lock] */
static s64 phase(void)
{
	return ntp.offset / (1 << (PLL_SHIFT + ntp.constant));
}

/* Something is left to make good, or just being so.  [lock] */
static bool is_busy(void)
{
	return ntp.share || ntp.slew || phase();
}

static void take_share(void)
{
	s64 slew = clamped(ntp.slew, -MAX_SLEW_US, MAX_SLEW_US);
	s64 part = phase();

	ntp.slew -= slew;
	ntp.offset -= part;
	ntp.share = part + slew * ((s64)NSEC_PER_USEC << 16);
}

static void set_rate(void)
{
	s64 tick = (ntp.tick - TICK_US) * TICKS * (s64)NSEC_PER_USEC;
	s64 gained = tick * (1 << 16) + ntp.freq + ntp.share;

	clock_set_rate(gained * (1 << 16) / (s64)NSEC_PER_SEC);
}

/* ---- the seconds --------------------------------------------------------- */

static s64 second_now(void)
{
	return (s64)(realtime_from(arch_clock()) / NSEC_PER_SEC);
}

/* Set the timer for the next second that changes anything.  [lock] */
static void arm(void)
{
	s64 now = second_now(), next;

	next = leap_wakes(&ntp.leap, now, ntp.status);
	if (is_busy())
		next = min(next, now + 1);
	ntp.due = KTIME_NEVER;
	if (next == LEAP_NEVER)
		return;
	ntp.due = (u64)next * NSEC_PER_SEC - (u64)realtime_offset;
	timer_set(&ntp.second, ntp.due);
}

/* What the clocks of the calendar are ahead of CLOCK_MONOTONIC.  [lock] */
static void move_clock(s64 offset, s32 tai)
{
	ntp.tai = tai;
	clock_set_offsets(offset, offset + tai * (s64)NSEC_PER_SEC);
}

/*
 * A second has begun that something waited for.  CLOCK_TAI knows of no leap
 * seconds.  => the clock jumped  [lock]
 */
static bool pass_second(void)
{
	int by;

	if (arch_clock() < ntp.due)
		return false;
	if (is_busy()) {
		take_share();
		set_rate();
	}
	by = leap_second(&ntp.leap, second_now(), ntp.status);
	if (by)
		move_clock(realtime_offset + by * (s64)NSEC_PER_SEC,
			   ntp.tai - by);
	arm();
	return by;
}

/* (interrupt) */
static void next_second(struct timer *t)
{
	bool jumped;

	(void)t;
	spin_lock(&lock);
	jumped = pass_second();
	spin_unlock(&lock);
	if (jumped)
		clock_was_set();
}

/* What is known of a clock that was set is nothing.  [lock] */
static void forget(void)
{
	ntp.slew = ntp.offset = 0;
	ntp.status |= STA_UNSYNC;
	ntp.maxerror = ntp.esterror = MAX_ERROR_US;
	ntp.leap.at = LEAP_NEVER;
	if (ntp.share) {
		ntp.share = 0;
		set_rate();
	}
	arm();
}

static void jump(s64 offset)
{
	spin_lock(&lock);
	move_clock(offset, ntp.tai);
	forget();
	spin_unlock(&lock);
}

/* ---- what is asked for --------------------------------------------------- */

/* Move the clock by what stands in the request.  Seconds may be negative.
 * [lock] */
static int set_offset(const struct timex *t)
{
	s64 unit = t->modes & ADJ_NANO ? 1 : NSEC_PER_USEC;
	s64 by;

	if (__builtin_mul_overflow(t->sec, (s64)NSEC_PER_SEC, &by) ||
	    __builtin_add_overflow(by, t->usec * unit, &by) ||
	    __builtin_add_overflow(by, realtime_offset, &by) ||
	    by < -(s64)arch_clock())
		return -EINVAL;
	move_clock(by, ntp.tai);
	forget();
	return 0;
}

/* Nobody else keeps count of the seconds.  [lock] */
static void age(void)
{
	u64 seconds = (arch_clock() - ntp.aged) / NSEC_PER_SEC;

	ntp.aged += seconds * NSEC_PER_SEC;
	if (!seconds)
		return;
	ntp.maxerror += (s64)min(seconds, (u64)MAX_ERROR_US) * ERROR_GROWTH_US;
	if (ntp.maxerror > MAX_ERROR_US) {
		ntp.maxerror = MAX_ERROR_US;
		ntp.status |= STA_UNSYNC;
	}
}

/* The end of a loop ends all that was said with it. */
static void set_status(s32 status)
{
	if (ntp.status & STA_PLL && !(status & STA_PLL)) {
		ntp.leap = (struct leap){ TIME_OK, LEAP_NEVER };
		ntp.status = 0;
	}
	if (!(ntp.status & STA_PLL) && status & STA_PLL)
		ntp.last_offset = arch_clock();
	ntp.status = (ntp.status & STA_RONLY) | (status & ~STA_RONLY);
}

/* What offsets that come far apart tell of the frequency.  [lock] */
static s64 by_frequency(s64 ns, s64 seconds)
{
	ntp.status &= ~STA_MODE;
	if (seconds < FLL_LEAST ||
	    (!(ntp.status & STA_FLL) && seconds <= FLL_ALWAYS))
		return 0;
	ntp.status |= STA_MODE;
	return ns * (1 << (16 - FLL_SHIFT)) / seconds;
}

/* And those that come often.  [lock] */
static s64 by_phase(s64 ns, s64 seconds)
{
	s64 most = 1 << (PLL_SHIFT + 1 + ntp.constant);
	s64 part = 1 << 2 * (PLL_SHIFT + 2 + ntp.constant);

	return ns * min(seconds, most) * (1 << 16) / part;
}

/* Have the loop work off an offset, and learn from it.  [lock] */
static void set_phase(s64 offset)
{
	s64 seconds = (s64)((arch_clock() - ntp.last_offset) / NSEC_PER_SEC);
	s64 ns = clamped(offset, -MAX_PHASE, MAX_PHASE);

	if (!(ntp.status & STA_PLL))
		return;
	if (!(ntp.status & STA_NANO))
		ns = clamped(ns * (s64)NSEC_PER_USEC, -MAX_PHASE, MAX_PHASE);
	if (ntp.status & STA_FREQHOLD)
		seconds = 0;
	ntp.last_offset = arch_clock();
	ntp.freq += by_frequency(ns, seconds) + by_phase(ns, seconds);
	ntp.freq = clamped(ntp.freq, -MAX_FREQ * FREQ_UNIT,
			   MAX_FREQ * FREQ_UNIT);
	ntp.offset = ns * (1 << 16);
}

static void set_constant(s64 constant)
{
	s64 more = ntp.status & STA_NANO ? 0 : 4;

	ntp.constant = clamped(clamped(constant, -more, MAX_CONSTANT) + more,
			       0, MAX_CONSTANT);
}

/* What only is told.  [lock] */
static void set_words(const struct timex *t)
{
	if (t->modes & ADJ_STATUS)
		set_status(t->status);
	if (t->modes & ADJ_NANO)
		ntp.status |= STA_NANO;
	if (t->modes & ADJ_MICRO)
		ntp.status &= ~STA_NANO;
	if (t->modes & ADJ_MAXERROR)
		ntp.maxerror = clamped(t->maxerror, 0, MAX_ERROR_US);
	if (t->modes & ADJ_ESTERROR)
		ntp.esterror = clamped(t->esterror, 0, MAX_ERROR_US);
	if (t->modes & ADJ_TIMECONST)
		set_constant(t->constant);
	if (t->modes & ADJ_TAI && t->constant >= 0 && t->constant <= MAX_TAI)
		move_clock(realtime_offset, (s32)t->constant);
}

/* [lock] */
static void set_rates(const struct timex *t)
{
	if (t->modes & ADJ_FREQUENCY)
		ntp.freq = clamped(t->freq, -MAX_FREQ, MAX_FREQ) * FREQ_UNIT;
	if (t->modes & ADJ_OFFSET)
		set_phase(t->offset);
	if (t->modes & ADJ_TICK)
		ntp.tick = t->tick;
	if (t->modes & (ADJ_FREQUENCY | ADJ_OFFSET | ADJ_TICK))
		set_rate();
}

/* adjtime(3).  => what was left before  [lock] */
static s64 set_slew(const struct timex *t)
{
	s64 left = ntp.slew;

	if (!(t->modes & ADJ_ONLY_ASK)) {
		ntp.slew = t->offset;
		set_rate();
	}
	return left;
}

/* ---- the calls ----------------------------------------------------------- */

/* Of adjtime(3): looking is everybody's right. */
static int check_slew(u32 modes)
{
	if (!(modes & ADJ_SLEW))
		return -EINVAL;
	return modes & ADJ_ONLY_ASK || capable(CAP_SYS_TIME) ? 0 : -EPERM;
}

static int check_modes(const struct timex *t)
{
	if (t->modes & ADJ_ADJTIME)
		return check_slew(t->modes);
	if (t->modes && !capable(CAP_SYS_TIME))
		return -EPERM;
	if (t->modes & ADJ_TICK && (t->tick < TICK_US - TICK_US / 10 ||
				    t->tick > TICK_US + TICK_US / 10))
		return -EINVAL;
	return 0;
}

static int check_jump(const struct timex *t)
{
	s64 unit = t->modes & ADJ_NANO ? 1 : NSEC_PER_USEC;

	if (!capable(CAP_SYS_TIME))
		return -EPERM;
	return t->usec < 0 || t->usec >= (s64)NSEC_PER_SEC / unit ?
		-EINVAL : 0;
}

static int check(const struct timex *t)
{
	int err = check_modes(t);

	if (!err && t->modes & ADJ_SETOFFSET)
		err = check_jump(t);
	if (err)
		return err;
	/* where a long is long enough to hold too much */
	if (t->modes & ADJ_FREQUENCY && sizeof(long) == sizeof(s64) &&
	    (t->freq > FREQ_LIMIT || t->freq < -FREQ_LIMIT))
		return -EINVAL;
	return 0;
}

/* What is asked for is done.  => the offset to be told  [lock] */
static s64 obey(const struct timex *t)
{
	s64 unit, left = 0;

	if (t->modes & ADJ_ADJTIME) {
		left = set_slew(t);
	} else {
		set_words(t);
		set_rates(t);
	}
	if (t->modes)
		arm();
	if (t->modes & ADJ_ADJTIME)
		return left;
	unit = ntp.status & STA_NANO ? 1 : NSEC_PER_USEC;
	return ntp.offset / (1 << 16) / unit;
}

/* [lock] */
static void tell(struct timex *t, s64 offset)
{
	ktime_t now = realtime_from(arch_clock());
	s64 unit = ntp.status & STA_NANO ? 1 : NSEC_PER_USEC;

	*t = (struct timex){
		.modes = t->modes, .offset = offset,
		.freq = ntp.freq / FREQ_UNIT,
		.maxerror = ntp.maxerror, .esterror = ntp.esterror,
		.status = ntp.status, .constant = ntp.constant,
		.precision = 1, .tolerance = MAX_FREQ, .tick = ntp.tick,
		.sec = (s64)(now / NSEC_PER_SEC),
		.usec = (s64)(now % NSEC_PER_SEC) / unit,
		.tai = ntp.tai,
	};
}

/* => TIME_ERROR or the state of leap seconds  [lock] */
static long obey_and_tell(struct timex *t)
{
	age();
	tell(t, obey(t));
	return ntp.status & (STA_UNSYNC | STA_CLOCKERR) ? TIME_ERROR :
		(long)ntp.leap.state;
}

long clock_adjust(struct timex *t)
{
	long result = check(t);
	bool jumped;

	if (result)
		return result;
	spin_lock(&lock);
	jumped = pass_second();		/* the timer may be late */
	if (t->modes & ADJ_SETOFFSET)
		result = set_offset(t);
	if (!result) {
		jumped |= t->modes & ADJ_SETOFFSET;
		result = obey_and_tell(t);
	}
	spin_unlock(&lock);
	if (jumped)
		clock_was_set();
	return result;
}

static void adjust_init(void)
{
	clock_jump = jump;
}
INIT(fs, adjust_init);
