/* SPDX-License-Identifier: MIT */
/*
 * Leap seconds (row B10): STA_INS and STA_DEL of adjtimex(2) make the last
 * minute of the day longer or shorter.  The test sets the clock to just before
 * midnight and looks how far the clocks are from CLOCK_MONOTONIC, before and
 * after; nothing depends on how fast the machine is.
 */
#include "timex.h"

#define SECOND		1000000000LL
#define DAY		86400LL
#define DAYS		20000LL		/* since 1970: of the days set here */
#define CANCEL_ON_SET	2

#ifdef SYS_timerfd_settime64
#define ABI_timerfd_settime	SYS_timerfd_settime64
#else
#define ABI_timerfd_settime	SYS_timerfd_settime
#endif

static int64_t found;			/* the clock's, at first */

/* So much is the clock ahead of CLOCK_MONOTONIC, to a tenth of a second. */
static int64_t ahead(int clock, int64_t (*read)(int))
{
	int64_t a, b, at;

	do {
		a = asked_ns(CLOCK_MONOTONIC);
		at = read(clock);
		b = asked_ns(CLOCK_MONOTONIC);
	} while (b - a > SECOND / 10);
	return at - a;
}

/* In whole seconds */
static int64_t rounded(int64_t by)
{
	return (by + (by < 0 ? -SECOND : SECOND) / 2) / SECOND;
}

static void set_clock(int64_t to)
{
	int64_t when[2] = { to / SECOND, to % SECOND };

	if (syscall(ABI_clock_settime, CLOCK_REALTIME, when))
		tap_bail("clock_settime");
}

/*
 * Soon so many seconds before midnight.  With a small error: a large one would
 * grow, and end being synchronised.
 */
static void before_midnight(int64_t seconds)
{
	set_clock((DAYS * DAY - seconds) * SECOND - SECOND / 4);
	adjust(MAXERROR, 0);
}

static int is_past_midnight(void)
{
	return asked_ns(CLOCK_REALTIME) >= DAYS * DAY * SECOND;
}

/* Nothing is announced, whatever the last test did. */
static void rest(void)
{
	adjust(MAXERROR, 0);
	adjust(STATUS, 0);
	if (!eventually(ask() == TIME_OK))
		tap_bail("the state does not end");
	adjust(TAI, 10);
}

/* ---- the state ----------------------------------------------------------- */

static void announced(int bit, int state, const char *what)
{
	rest();
	before_midnight(DAY / 2);
	printf("# %s\n", what);
	check_eq(adjust(STATUS, bit), TIME_OK, "not before the next second");
	check(eventually(ask() == state), "the state");
	check_eq(adjust(STATUS, 0), state, "no more: not before the next");
	check(eventually(ask() == TIME_OK), "the state ends");
}

static void loop_ends(void)
{
	rest();
	before_midnight(DAY / 2);
	adjust(STATUS, INS | PLL);
	check(eventually(ask() == TIME_INS), "a second is announced");
	check_eq(adjust(STATUS, INS | PLL | UNSYNC), TIME_ERROR,
		 "not synchronised: TIME_ERROR");
	check_eq(adjust(STATUS | NANO, INS | PLL), TIME_INS, "and back");
	check_eq(adjust(STATUS, INS), TIME_OK, "the loop's end ends it");
	check_eq(t.status, INS, "and all that stood in the status");
}

/* ---- the day's end ------------------------------------------------------- */

/* Announce it while the day lasts.  => it was not too late */
static int announce(int bit, int state)
{
	rest();
	before_midnight(bit == INS ? 1 : 2);
	adjust(STATUS, bit);
	return eventually(ask() != TIME_OK) && ask() == state;
}

/* A timer that ends when the clock is set. */
static int set_timer(void)
{
	int64_t far[4] = { 0, 0, 2 * DAYS * DAY, 0 };
	int fd = (int)syscall(SYS_timerfd_create, CLOCK_REALTIME, O_NONBLOCK);

	if (syscall(ABI_timerfd_settime, fd, 1 | CANCEL_ON_SET, far, NULL))
		tap_bail("timerfd_settime");
	return fd;
}

static int is_cancelled(int fd)
{
	uint64_t n;

	return read(fd, &n, sizeof(n)) < 0 && errno == ECANCELED;
}

/* => a bit for each state that was seen */
static int leaps(int bit, int state, int64_t by)
{
	int64_t real, quick, tai, was;
	int seen = 0, fd;

	if (!eventually(announce(bit, state)))
		tap_bail("the day always ends first");
	fd = set_timer();
	real = ahead(CLOCK_REALTIME, asked_ns);
	quick = ahead(CLOCK_REALTIME, ns);
	tai = ahead(CLOCK_TAI, asked_ns);
	check_eq(rounded(tai - real), 10, "atomic time");
	check(eventually((seen |= 1 << ask(), t.tai != 10)), "it happens");
	check_eq(t.tai, 10 - by, "another offset of atomic time is told");
	was = ahead(CLOCK_REALTIME, asked_ns);
	check_eq(rounded(was - real), by, "the clock jumped by a second");
	was = ahead(CLOCK_REALTIME, ns);
	check_eq(rounded(was - quick), by, "however it is read");
	was = ahead(CLOCK_TAI, asked_ns);
	check_eq(rounded(was - tai), 0, "atomic time goes on");
	check(eventually(is_cancelled(fd)), "who asked is told of the jump");
	close(fd);
	check(eventually((seen |= 1 << ask(), seen & 1 << TIME_WAIT)),
	      "TIME_WAIT follows");
	check(!(seen & ~(1 << state | 1 << TIME_WAIT | 1 << TIME_OOP)),
	      "no other state comes in between");
	check_eq(adjust(STATUS, 0), TIME_WAIT, "until the status is cleared");
	check(eventually(ask() == TIME_OK), "and a second ends");
	check_eq(t.tai, 10 - by, "just once");
	return seen;
}

/* The second of its own: a slow machine may miss it, if not every time. */
static int sees_oop(void)
{
	return announce(INS, TIME_INS) && eventually(ask() == TIME_OOP);
}

/* The kernel does it by itself: nobody asks, by a call that would see to it. */
static void unasked(void)
{
	int64_t was;

	if (!eventually(announce(INS, TIME_INS)))
		tap_bail("the day always ends first");
	was = ahead(CLOCK_REALTIME, asked_ns);
	check(eventually(rounded(ahead(CLOCK_REALTIME, asked_ns) - was) == -1),
	      "it happens, though nobody asks");
}

/* ---- the clock is set ---------------------------------------------------- */

static void forgets(const char *what)
{
	printf("# %s\n", what);
	check(ask() == TIME_ERROR && t.status == (INS | UNSYNC),
	      "not synchronised");
	check_eq(t.esterror, 16000000, "an error as large as can be");
	check_eq(t.maxerror, 16000000, "at most, too");
	adjust(SS_READ, 0);
	check_eq(t.offset, 0, "nothing to make good");
	adjust(MAXERROR, 0);
	check_eq(adjust(STATUS, INS), TIME_INS, "the state stays");
	check(eventually(is_past_midnight()), "the day ends");
	check(adjust(STATUS, INS) == TIME_INS && t.tai == 10,
	      "without a leap second");
}

/* A leap second and a slew, and errors that are known: all far from done. */
static void ask_for_much(void)
{
	rest();
	before_midnight(DAY / 2);
	adjust(STATUS, INS);
	(void)eventually(ask() == TIME_INS);
	adjust(ESTERROR | MAXERROR, 5);
	adjust(SINGLESHOT, 100000);
}

static void set_meanwhile(void)
{
	ask_for_much();
	set_clock(DAYS * DAY * SECOND - SECOND / 4);
	forgets("clock_settime");
	ask_for_much();
	memset(&t, 0, sizeof(t));
	t.modes = SETOFFSET;
	t.sec = DAY / 2 - 1;
	check(syscall(ABI_clock_adjtime, CLOCK_REALTIME, &t) == TIME_ERROR,
	      "a jump");
	forgets("ADJ_SETOFFSET");
}

int main(void)
{
	int seen;

	if (geteuid())
		return tap_skip_all("sets the clock");
	found = ahead(CLOCK_REALTIME, asked_ns);
	announced(INS, TIME_INS, "one more");
	announced(DEL, TIME_DEL, "one less");
	announced(INS | DEL, TIME_INS, "both: one more");
	loop_ends();
	seen = leaps(INS, TIME_INS, -1);
	check(seen & 1 << TIME_OOP || eventually(sees_oop()),
	      "TIME_OOP: the second that is one more");
	leaps(DEL, TIME_DEL, 1);
	unasked();
	set_meanwhile();
	rest();
	set_clock(asked_ns(CLOCK_MONOTONIC) + found);
	adjust(TAI, 0);
	adjust(STATUS, UNSYNC);
	return tap_done();
}
