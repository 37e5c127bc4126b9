/* SPDX-License-Identifier: MIT */
/*
 * adjtimex(2) (row B10): what is set is told, and obeyed by the clocks that
 * programs see, while CLOCK_MONOTONIC_RAW stays the bare counter.  How fast
 * the machine is does not matter: only which clock gained on the other.
 */
#include "timex.h"

#define PPM		(1 << 16)
#define MS		1000000LL

/* ---- what is set is told ------------------------------------------------- */

static void frequency(void)
{
	check(adjust(FREQUENCY, 100 * PPM) >= 0 && t.freq == 100 * PPM,
	      "a frequency");
	check(ask() >= 0 && t.freq == 100 * PPM, "told again");
	check(adjust(FREQUENCY, -7) >= 0 && t.freq == -7, "slower by a bit");
	check(adjust(FREQUENCY, 501 * PPM) >= 0 && t.freq == 500 * PPM,
	      "not more than 500 ppm");
	check(adjust(FREQUENCY, -501 * PPM) >= 0 && t.freq == -500 * PPM,
	      "nor less");
	if (sizeof(long) == 8)
		check_err(EINVAL, adjust(FREQUENCY, 1LL << 62), "far too much");
	check(adjust(FREQUENCY, 0) >= 0 && !t.freq, "none");
	check_eq(t.tolerance, 500 * PPM, "how far it may go");
}

static void tick(void)
{
	check_err(EINVAL, adjust(TICK, 8999), "a tick too short");
	check_err(EINVAL, adjust(TICK, 11001), "and too long");
	check_err(EINVAL, adjust(TICK | FREQUENCY, 0), "with others");
	check(adjust(TICK, 9000) >= 0 && t.tick == 9000, "the shortest");
	check(adjust(TICK, 11000) >= 0 && t.tick == 11000, "the longest");
	check(ask() >= 0 && t.tick == 11000, "told again");
	check(adjust(TICK, 10000) >= 0 && t.tick == 10000, "as it was");
}

static void status(void)
{
	check_eq(adjust(STATUS, 0), 0, "synchronised: TIME_OK");
	check_eq(adjust(STATUS, UNSYNC), TIME_ERROR, "not: TIME_ERROR");
	check_eq(t.status & ~STA_NANO, UNSYNC, "and told");
	check(adjust(STATUS, READ_ONLY | UNSYNC) == TIME_ERROR &&
	      !(t.status & READ_ONLY), "bits that only the kernel sets");
	check_eq(adjust(STATUS, PLL | FREQHOLD), 0, "a loop");
	check_eq(t.status, PLL | FREQHOLD, "is told");
	check_eq(adjust(STATUS, 0), 0, "its end");
	check_eq(t.status, 0, "leaves what was asked for");
	check_eq(adjust(STATUS, UNSYNC), TIME_ERROR, "as at first");
}

static void errors(void)
{
	check(adjust(ESTERROR, 12345) >= 0 && t.esterror == 12345,
	      "an estimated error");
	check(adjust(MAXERROR, 1000) >= 0 && t.maxerror >= 1000 &&
	      t.maxerror < 16000000, "the largest, which grows");
	check(t.esterror == 12345, "the other stays");
	adjust(ESTERROR | MAXERROR, 16000000);
}

static void constant(void)
{
	check(adjust(NANO, 0) >= 0 && t.status & STA_NANO, "nanoseconds");
	check(ask() >= 0 && t.usec < 1000000000, "of the time");
	check(adjust(TIMECONST, 6) >= 0 && t.constant == 6, "a constant");
	check(adjust(TIMECONST, 11) >= 0 && t.constant == 10, "10 at most");
	check(adjust(MICRO, 0) >= 0 && !(t.status & STA_NANO), "and back");
	check(ask() >= 0 && t.usec < 1000000, "microseconds");
	check(adjust(TIMECONST, 3) >= 0 && t.constant == 7,
	      "without nanoseconds it counts from 4");
	adjust(NANO | TIMECONST, 2);
	adjust(MICRO, 0);
}

static void tai(void)
{
	int64_t a, b;

	check(adjust(TAI, 37) >= 0 && t.tai == 37, "atomic time");
	a = ns(CLOCK_REALTIME);
	b = ns(CLOCK_TAI);
	check(b - a >= 37000 * MS, "CLOCK_TAI is later");
	check(adjust(TAI, -1) >= 0 && t.tai == 37, "never earlier");
	check(adjust(TAI, 100001) >= 0 && t.tai == 37, "nor far off");
	check(adjust(TAI, 0) >= 0 && !t.tai, "as at first");
}

static void offset(void)
{
	check(adjust(OFFSET, 1000) >= 0 && !t.offset,
	      "an offset without a loop is ignored");
	adjust(STATUS, PLL | FREQHOLD);
	check(adjust(OFFSET, 1000) >= 0 && t.offset > 0 && t.offset <= 1000,
	      "with one it is worked off");
	check(adjust(OFFSET, 2000000) >= 0 && t.offset <= 500000 &&
	      t.offset > 0, "half a second at most");
	check(adjust(OFFSET, 0) >= 0 && !t.offset, "ended");
	adjust(STATUS, UNSYNC);
	adjust(FREQUENCY, 0);
}

static void singleshot(void)
{
	check(adjust(SINGLESHOT, 100000) >= 0 && !t.offset, "nothing before");
	check(adjust(SS_READ, 5) >= 0 && t.offset > 0 && t.offset <= 100000,
	      "what is left");
	check(adjust(SINGLESHOT, -100000) >= 0 && t.offset > 0,
	      "another instead");
	check(adjust(SINGLESHOT, 0) >= 0 && t.offset < 0, "none instead");
	check(adjust(SS_READ, 5) >= 0 && !t.offset, "nothing is left");
	check_err(EINVAL, adjust(0x8000, 0), "not without its bit");
	check_err(EINVAL, adjust(0xa000, 0), "reading neither");
}

static void as_other(void *arg)
{
	(void)arg;
	syscall(SYS_setuid, 1000);
	if (ask() < 0 || adjust(SS_READ, 1) < 0)
		_exit(1);
	for (int k = 0; k < 15; k++)
		if (k != 8 && (adjust(1u << k, 0) != -1 || errno != EPERM))
			_exit(2 + k);
	/* with what only reads */
	if (adjust(SS_READ | SETOFFSET, 0) != -1 || errno != EPERM)
		_exit(19);
	_exit(adjust(SINGLESHOT, 0) == -1 && errno == EPERM ? 0 : 20);
}

/* ---- and obeyed ---------------------------------------------------------- */

/* Did the clock gain on the counter in a while?  Never in doubt. */
static int gains(int clock)
{
	int64_t raw = asked_ns(CLOCK_MONOTONIC_RAW), from = ns(clock), by;

	usleep(300000);
	by = ns(clock) - from;
	return by > asked_ns(CLOCK_MONOTONIC_RAW) - raw;
}

static int loses(int clock)
{
	int64_t from = ns(clock), raw = asked_ns(CLOCK_MONOTONIC_RAW), by;

	usleep(300000);
	by = asked_ns(CLOCK_MONOTONIC_RAW) - raw;
	return ns(clock) - from < by;
}

static void rates(void)
{
	adjust(TICK, 11000);
	check(eventually(gains(CLOCK_MONOTONIC)), "a long tick is fast");
	check(eventually(gains(CLOCK_REALTIME)), "by the calendar, too");
	adjust(TICK, 9000);
	check(eventually(loses(CLOCK_MONOTONIC)), "a short one is slow");
	check(eventually(loses(CLOCK_REALTIME)), "by the calendar, too");
	adjust(TICK, 10000);
}

/* How long a short sleep lasts by the counter. */
static int64_t sleeps_for(void)
{
	int64_t from = asked_ns(CLOCK_MONOTONIC_RAW);

	usleep(1000);
	return asked_ns(CLOCK_MONOTONIC_RAW) - from;
}

static int64_t ahead(void)
{
	return ns(CLOCK_MONOTONIC) - asked_ns(CLOCK_MONOTONIC_RAW);
}

/*
 * Most of some sleeps are shorter than what the clock is ahead by: others'
 * timers may end one that is set to later.
 */
static int in_time(void)
{
	int good = 0;

	for (int round = 0; round < 4 && good < 4; round++) {
		good = 0;
		for (int k = 0; k < 5; k++)
			good += sleeps_for() < ahead() / 2;
	}
	return good >= 4;
}

/* A timer is set by the counter, whatever the clock has gained on it. */
static void short_sleeps(void)
{
	adjust(TICK, 11000);
	while (ahead() < 400 * MS)
		usleep(100000);
	check(in_time(), "of a clock that is ahead timers are in time");
	adjust(TICK, 10000);
	check(in_time(), "its rate as it was, too");
}

/* Two ways to ask, in turn, while the rate changes. */
static void never_back(void)
{
	int64_t last = 0, now;
	int back = 0;

	for (int i = 0; i < 4000; i++) {
		if (i % 20 == 0)
			adjust(TICK, i % 40 ? 9000 : 11000);
		now = i & 1 ? asked_ns(CLOCK_MONOTONIC) : ns(CLOCK_MONOTONIC);
		back += now < last;
		last = now;
	}
	adjust(TICK, 10000);
	check_eq(back, 0, "CLOCK_MONOTONIC never goes back");
}

/* One task sets, another reads, on any CPU. */
static void never_back_of_two(void)
{
	int64_t last = 0, now;
	int back = 0, st;
	pid_t pid = fork();

	if (pid == 0) {
		for (int i = 0; i < 2000; i++)
			adjust(TICK, i & 1 ? 9000 : 11000);
		_exit(0);
	}
	for (int i = 0; i < 20000; i++) {
		now = ns(CLOCK_MONOTONIC);
		back += now < last;
		last = now;
	}
	waitpid(pid, &st, 0);
	adjust(TICK, 10000);
	check_eq(back, 0, "nor for another task");
}

int main(void)
{
	if (geteuid())
		return tap_skip_all("sets the clock's rate");
	frequency();
	tick();
	status();
	errors();
	constant();
	tai();
	offset();
	singleshot();
	memset(&t, 0, sizeof(t));
	t.modes = SETOFFSET;
	t.sec = -(1LL << 40);
	check_err(EINVAL, syscall(ABI_clock_adjtime, CLOCK_REALTIME, &t),
		  "a jump to before the beginning");
	t.modes = SETOFFSET;
	t.sec = 1LL << 62;
	check_err(EINVAL, syscall(ABI_clock_adjtime, CLOCK_REALTIME, &t),
		  "and behind the end");
	check_eq(in_child(as_other, NULL), 0, "without the right it may look");
	short_sleeps();
	never_back();
	never_back_of_two();
	rates();
	return tap_done();
}
