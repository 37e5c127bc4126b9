/* SPDX-License-Identifier: MIT */
/*
 * Clocks and timers, each by its number and flag, and which of two bad
 * arguments their calls tell (rows B3, B6, B10, B14).
 */
#include <stdint.h>
#include <time.h>
#include "arguments.h"

#define SOMEBODY	4711

struct ts64 { long long sec, nsec; };
struct its64 { struct ts64 interval, value; };

static char buf[512];
static struct { int64_t sec, nsec; } late = { 0, 2000000000 };

/* ---- what is wrong ------------------------------------------------------- */

static void ask_clocks_badly(void)
{
	bad(EINVAL, gettime_of, 77, BAD);
	bad(EFAULT, gettime_of, 0, BAD);
	bad(EINVAL, getres_of, 77, BAD);
	bad(EINVAL, settime_of, 77, BAD);
	bad(EINVAL, settime_of, 1, BAD);
	bad(EFAULT, settime_of, 0, BAD);
	bad(EINVAL, settime_of, 0, &late);
	bad(EINVAL, sleep_of, 77, 0, BAD, BAD);
	bad(EFAULT, sleep_of, 1, 99, BAD, BAD);
	bad(EINVAL, sleep_of, 1, 99, &late, BAD);
	bad(EOPNOTSUPP, sleep_of, 4, 0, BAD, BAD);
	bad(EOPNOTSUPP, sleep_of, 3, 0, BAD, BAD);
	bad(EFAULT, timer_create, 77, BAD, BAD);
	bad(EINVAL, timer_create, 77, NULL, BAD);
	bad(EFAULT, timer_create, 0, NULL, BAD);
	bad(EOPNOTSUPP, timer_create, 4, NULL, BAD);
	bad(EINVAL, timer_set, 77, 0, NULL, BAD);
	bad(EFAULT, timer_set, 77, 0, BAD, BAD);
	bad(EINVAL, timer_get, 77, BAD);
	bad(EINVAL, timer_getoverrun, 77);
	bad(EINVAL, timer_delete, 77);
	bad(EFAULT, adjtime_of, 77, BAD);
	bad(EFAULT, adjtime_of, 0, BAD);
	bad(EFAULT, gettimeofday, BAD, BAD);
	bad(EFAULT, settimeofday, BAD, BAD);
	bad(EINVAL, getitimer, 77, BAD);
	bad(EFAULT, getitimer, 0, BAD);
	bad(EFAULT, setitimer, 77, BAD, BAD);
	bad(EINVAL, setitimer, 77, buf, BAD);
}

static void ask_clock_of_process(void)
{
	long bad[2] = { 0, -1 };
	int id = -7;

	check_eq(raw_syscall(SYS_clock_settime, -1, BAD), -EFAULT,
		 "clock_settime of a clock without a number: the time first");
	check_eq(raw_syscall(SYS_clock_settime, -1, bad), -EINVAL, "then it");
	check_eq(raw_syscall(SYS_clock_settime, 1, BAD), -EINVAL,
		 "of one that has one, the clock");
	check_eq(raw_syscall(SYS_clock_nanosleep, -1, 0, BAD, 0), -EFAULT,
		 "clock_nanosleep likewise");
	check_eq(raw_syscall(SYS_clock_nanosleep, -1, 0, bad, 0), -EINVAL,
		 "its nanoseconds");
	memset(buf, 0, sizeof(buf));
	check_eq(raw_syscall(SYS_clock_adjtime, -1, buf), -EOPNOTSUPP,
		 "clock_adjtime: what is not adjusted, whoever's it is");
	check_eq(raw_syscall(SYS_timer_create, -1, 0, BAD), -EFAULT,
		 "timer_create: where the number goes");
	check_eq(raw_syscall(SYS_timer_create, -1, 0, &id), -EINVAL,
		 "before whose clock it is");
	check(id != -7, "and it was told");
	check_eq(raw_syscall(SYS_timer_delete, id), -EINVAL, "of no timer");
}

static void read_adjustment_first(void)
{
	check_eq(raw_syscall(SYS_clock_adjtime, 1, BAD), -EFAULT,
		 "clock_adjtime reads before it looks at the clock");
}

static void cut_events(void)
{
	char *p = anon_pages(2, PROT_READ | PROT_WRITE), *end = p + PG;
	int id;

	munmap(end, PG);
	memset(p, 0, PG);
	*(int *)(end - 32 + sizeof(long)) = SIGUSR1;
	check_eq(raw_syscall(SYS_timer_create, 1, end - 32, &id), -EFAULT,
		 "timer_create: an event that is cut off");
	*(int *)(end - 64 + sizeof(long)) = SIGUSR1;
	check_eq(raw_syscall(SYS_timer_create, 1, end - 64, &id), 0, "a whole");
	raw_syscall(SYS_timer_delete, id);
	munmap(p, PG);
}

/* ---- each clock ---------------------------------------------------------- */

static void ask_each_clock(void)
{
	static const int all[] = { 0, 1, 2, 3, 4, 5, 6, 7, 11 };
	static const int slept[] = { 0, 1, 7, 11 };
	struct ts64 t, ms = { 0, 1000000 };
	long long timex[32];
	int of_parent = ~getppid() * 8 | 2;

	for (int i = 0; i < COUNT(all); i++) {
		check_ok(syscall(SYS_gettime_of, all[i], &t), "clock %d",
			 all[i]);
		check_ok(syscall(SYS_getres_of, all[i], &t), "its step");
	}
	check_ok(syscall(SYS_gettime_of, of_parent, &t), "another's time");
	check_err(EINVAL, syscall(SYS_gettime_of, 99, &t), "no such clock");
	for (int i = 0; i < COUNT(slept); i++) {
		check_ok(syscall(SYS_sleep_of, slept[i], 0, &ms, NULL),
			 "sleep by clock %d", slept[i]);
		syscall(SYS_gettime_of, slept[i], &t);
		check_ok(syscall(SYS_sleep_of, slept[i], 1, &t, NULL),
			 "TIMER_ABSTIME");
	}
	check_err(EOPNOTSUPP, syscall(SYS_sleep_of, 3, 0, &ms, NULL),
		  "not by a thread's own");
	check_err(EOPNOTSUPP, syscall(SYS_sleep_of, 4, 0, &ms, NULL),
		  "nor by the raw one");
	check_err(EOPNOTSUPP, syscall(SYS_sleep_of, 6, 0, &ms, NULL),
		  "nor by a coarse one");
	memset(timex, 0, sizeof(timex));
	check(syscall(SYS_adjtimex, timex) >= 0, "adjtimex asked");
	check(syscall(SYS_clock_adjtime, 0, timex) >= 0, "clock_adjtime");
	syscall(SYS_gettime_of, 0, &t);
	check_ok(syscall(SYS_settime_of, 0, &t), "clock_settime");
	check_err(EINVAL, syscall(SYS_settime_of, 1, &t), "of one only");
	{
		struct { long sec, usec; } tv = { t.sec, t.nsec / 1000 };

		check_ok(syscall(SYS_settimeofday, &tv, NULL),
			 "settimeofday");
	}
#ifdef SYS_stime
	{
		long sec = (long)t.sec, now = 0, word[2] = { 0, 0 };

		check_ok(syscall(SYS_stime, &sec), "stime");
		check(syscall(SYS_time, &now) >= sec && now >= sec, "time");
		word[0] = now;
		check_ok(syscall(SYS_clock_settime, 0, word),
			 "clock_settime with a word");
	}
#endif
}

struct event {
	union { int i; void *p; } value;
	int signo, notify, tid;
	char pad[52];
};

static int take_signal(int sig)
{
	struct ts64 t = { 60, 0 };
	sigset_t set = 1ul << (sig - 1);
	siginfo_t si;

	return (int)syscall(SYS_sigtimedwait_of, &set, &si, &t, 8);
}

static void set_each_timer(void)
{
	static const int by[] = { 0, 1, 7, 11 };
	struct its64 soon = { { 0, 0 }, { 0, 1000000 } }, at, left;
	sigset_t set = 1ul << (SIGUSR1 - 1);
	struct event e = { .signo = SIGUSR1 };
	int id, none[4] = { 0, 1, 2, 4 };

	sigprocmask(SIG_BLOCK, &set, NULL);
	for (int i = 0; i < COUNT(by); i++) {
		check_ok(syscall(SYS_timer_create, by[i], &e, &id),
			 "a timer by clock %d", by[i]);
		check_ok(syscall(SYS_timer_set, id, 0, &soon, NULL), "set");
		check_eq(take_signal(SIGUSR1), SIGUSR1, "it ends");
		at = soon;
		syscall(SYS_gettime_of, by[i], &at.value);
		check_ok(syscall(SYS_timer_set, id, 1, &at, &left),
			 "TIMER_ABSTIME");
		check_eq(take_signal(SIGUSR1), SIGUSR1, "is over");
		check_ok(syscall(SYS_timer_get, id, &left), "asked");
		check(!left.value.sec && !left.value.nsec, "nothing is left");
		syscall(SYS_timer_delete, id);
	}
	for (int i = 0; i < COUNT(none); i++) {
		e.notify = none[i];
		e.tid = getpid();
		check_ok(syscall(SYS_timer_create, 1, &e, &id),
			 "sigev_notify %d", none[i]);
		syscall(SYS_timer_set, id, 0, &soon, NULL);
		if (none[i] != 1)
			check_eq(take_signal(SIGUSR1), SIGUSR1, "it is told");
		syscall(SYS_timer_delete, id);
	}
	e.notify = 3;
	check_err(EINVAL, syscall(SYS_timer_create, 1, &e, &id),
		  "no such notice");
#ifdef SYS_timer_settime64
	{
		long word[4] = { 0, 0, 1000, 0 };

		e.notify = 1;
		syscall(SYS_timer_create, 1, &e, &id);
		check_ok(syscall(SYS_timer_settime, id, 0, word, NULL),
			 "timer_settime with words");
		check_ok(syscall(SYS_timer_gettime, id, word), "and back");
		check(word[2] > 0 && word[2] <= 1000, "so much is left");
		syscall(SYS_timer_delete, id);
	}
#endif
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static void set_interval_timers(void)
{
	static const char *const names[] = { "ITIMER_REAL", "ITIMER_VIRTUAL",
					     "ITIMER_PROF" };
	struct itimerval t = { { 0, 0 }, { 1000, 0 } }, was;

	for (int i = 0; i < 3; i++) {
		check_ok(setitimer(i, &t, NULL), "%s", names[i]);
		check_ok(syscall(SYS_getitimer, i, &was), "asked");
		check(was.it_value.tv_sec > 900, "told");
		setitimer(i, &(struct itimerval){ { 0, 0 }, { 0, 0 } }, NULL);
	}
	check_err(EINVAL, setitimer(3, &t, NULL), "no such timer");
}

/* ---- clocks that wake ---------------------------------------------------- */

/* There is one such descriptor even where no clock wakes. */
static void set_alarm_as_user(void *arg)
{
	long at[4] = { 0 };
	int fd = (int)raw_syscall(SYS_timerfd_create, 9, 0);

	(void)arg;
	become_user(SOMEBODY);
	_exit((int)-raw_syscall(SYS_timerfd_settime, fd, 0, at, NULL));
}

/* Some machines have no clock that wakes them. */
static int has_clock_that_wakes(void)
{
	long past[2] = { 0, 0 };

	return raw_syscall(SYS_clock_nanosleep, 8, 1, past, 0) == 0;
}

static void create_alarms_as_user(void *arg)
{
	long past[2] = { 0, 0 };
	int id;

	(void)arg;
	become_user(SOMEBODY);
	if (raw_syscall(SYS_clock_nanosleep, 8, 2, past, 0) != -EINVAL)
		_exit(1);
	if (raw_syscall(SYS_timer_create, 9, 0, BAD) != -EFAULT)
		_exit(2);
	_exit(raw_syscall(SYS_timer_create, 8, 0, &id) != -EPERM);
}

static void create_alarms(void)
{
	static const char what[] = "clocks that wake";
	int id = -1;

	if (!has_clock_that_wakes()) {
		tap_skip(what, "no such clock");
		return;
	}
	for (int clock = 8; clock <= 9; clock++) {
		check_eq(raw_syscall(SYS_timer_create, clock, 0, &id), 0,
			 "%s: %d", what, clock);
		check_eq(raw_syscall(SYS_timer_delete, id), 0, "have timers");
	}
	check_eq(in_child(create_alarms_as_user, NULL), 0,
		 "for who may; flags and addresses come first");
}

/* Some machines have no clock that wakes them. */
static void sleep_by_alarm_as_user(void *arg)
{
	long past[2] = { 0, 0 }, r;

	(void)arg;
	become_user(SOMEBODY);
	r = raw_syscall(SYS_clock_nanosleep, 8, 1, past, NULL);
	_exit(r != -EPERM && r != -EINVAL && r != -EOPNOTSUPP);
}

int main(void)
{
	ask_clocks_badly();
	ask_clock_of_process();
	read_adjustment_first();
	cut_events();
	ask_each_clock();
	set_each_timer();
	set_interval_timers();
	create_alarms();
	check_eq(in_child(set_alarm_as_user, NULL), EPERM << 8,
		 "timerfd_settime of one: the same right");
	check_eq(in_child(sleep_by_alarm_as_user, NULL), 0,
		 "clocks that wake need a right");
	return tap_done();
}
