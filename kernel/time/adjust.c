/* SPDX-License-Identifier: MIT */
/*
 * adjtimex(2) and clock_adjtime(2) (row B10): what a program that knows the
 * time better asks of the clock.  A second is made longer or shorter by the
 * sum of four: the tick, the frequency, a part of what is left of an offset
 * (the loop, STA_PLL), and of adjtime(3)'s.  kernel/time/slew.c obeys it; here
 * the sum is made, anew each second while something is left of the last two.
 * Leap seconds are neither inserted nor left out.
 */
#include <kernel/cred.h>
#include <kernel/lock.h>
#include <kernel/syscall/syscalls.h>
#include <kernel/time.h>
#include <kernel/time/clock.h>
#include <mm/uaccess.h>

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

#define TIME_OK		0
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

s32 tai_offset;

static struct spinlock lock = SPIN_INIT("adjtimex", IPL_HIGH);
static struct {
	s64 freq;			/* ns in a second / 2^16 */
	s64 offset;			/* ns / 2^16 the loop has left */
	s64 slew;			/* us adjtime(3) has left */
	s64 share;			/* of both in this second, ns / 2^16 */
	s64 maxerror, esterror;		/* us */
	s64 constant, tick;
	s32 status;
	ktime_t aged;			/* maxerror is of then */
	ktime_t last_offset;		/* when one was set */
	struct timer second;
	bool runs;			/* the timer is armed */
} ntp = {				/* [lock] */
	.maxerror = MAX_ERROR_US, .esterror = MAX_ERROR_US,
	.constant = 2, .tick = TICK_US, .status = STA_UNSYNC,
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

/* (interrupt) */
static void next_second(struct timer *t)
{
	spin_lock(&lock);
	take_share();
	set_rate();
	ntp.runs = is_busy();
	if (ntp.runs)
		timer_set(t, arch_clock() + NSEC_PER_SEC);
	spin_unlock(&lock);
}

/* Shares begin with the next second.  [lock] */
static void rate_changed(void)
{
	set_rate();
	if (ntp.runs || !is_busy())
		return;
	ntp.runs = true;
	timer_init(&ntp.second, next_second);
	timer_set(&ntp.second, arch_clock() + NSEC_PER_SEC);
}

/* ---- what is asked for --------------------------------------------------- */

/* Move the clock by what stands in the request.  Seconds may be negative. */
static int set_offset(const struct timex *t)
{
	s64 unit = t->modes & ADJ_NANO ? 1 : NSEC_PER_USEC;
	s64 by;

	if (__builtin_mul_overflow(t->sec, (s64)NSEC_PER_SEC, &by) ||
	    __builtin_add_overflow(by, t->usec * unit, &by) ||
	    __builtin_add_overflow(by, realtime_offset, &by) ||
	    by < -(s64)arch_clock())
		return -EINVAL;
	realtime_set_offset(by);
	timerfd_clock_was_set();
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

static void set_status(s32 status)
{
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
		tai_offset = (s32)t->constant;
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
		rate_changed();
}

/* adjtime(3).  => what was left before  [lock] */
static s64 set_slew(const struct timex *t)
{
	s64 left = ntp.slew;

	if (!(t->modes & ADJ_ONLY_ASK)) {
		ntp.slew = t->offset;
		rate_changed();
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
	s64 unit;

	if (t->modes & ADJ_ADJTIME)
		return set_slew(t);
	set_words(t);
	set_rates(t);
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
		.tai = tai_offset,
	};
}

/* => TIME_OK or TIME_ERROR with *t filled in, or why not */
static long adjust(struct timex *t)
{
	int err = check(t);
	long result;

	if (!err && t->modes & ADJ_SETOFFSET)
		err = set_offset(t);
	if (err)
		return err;
	spin_lock(&lock);
	age();
	tell(t, obey(t));
	result = ntp.status & (STA_UNSYNC | STA_CLOCKERR) ? TIME_ERROR :
		TIME_OK;
	spin_unlock(&lock);
	return result;
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
	n = adjust(&t);
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
