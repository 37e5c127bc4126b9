/* SPDX-License-Identifier: MIT */
/*
 * Waits for a time of CLOCK_REALTIME while the clock is set (row B10): they end
 * when the clock says so, sooner or later than they would have.  Relative ones
 * do not change.  A timer of a descriptor is canceled if that is asked for.
 *
 * Every wait is for a time far away: a kernel that is wrong makes the program
 * hang.
 */
#include <poll.h>
#include <time.h>
#include "tap.h"
#include "timex_abi.h"

#ifdef SYS_timerfd_settime64
#define ABI_clock_nanosleep	SYS_clock_nanosleep_time64
#define ABI_futex		SYS_futex_time64
#define ABI_timer_settime	SYS_timer_settime64
#define ABI_timerfd_settime	SYS_timerfd_settime64
#define ABI_timerfd_gettime	SYS_timerfd_gettime64
#else
#define ABI_clock_nanosleep	SYS_clock_nanosleep
#define ABI_futex		SYS_futex
#define ABI_timer_settime	SYS_timer_settime
#define ABI_timerfd_settime	SYS_timerfd_settime
#define ABI_timerfd_gettime	SYS_timerfd_gettime
#endif

#define CLOCK_TAI	11
#define ABSOLUTE	1
#define CANCEL		2		/* TFD_TIMER_CANCEL_ON_SET */
#define WAIT_REALTIME	(9 | 256)	/* FUTEX_WAIT_BITSET */
#define LOCK_PI		6
#define FAR		1000		/* seconds */

struct time { int64_t sec, nsec; };
struct setting { struct time interval, value; };

static struct time later(int clock, int seconds)
{
	int64_t ns = clock_ns(clock);

	return (struct time){ ns / 1000000000 + seconds, ns % 1000000000 };
}

static void move_clock(int seconds)
{
	struct time t = later(CLOCK_REALTIME, seconds);

	if (raw_syscall(ABI_clock_settime, CLOCK_REALTIME, &t))
		tap_bail("clock_settime");
}

/* ---- waits, each in a child that exits with 0 ---------------------------- */

static uint32_t *word;			/* shared */

static void nap(void *clock)
{
	struct time t = later(*(int *)clock, FAR);

	need(raw_syscall(ABI_clock_nanosleep, *(int *)clock, ABSOLUTE, &t,
			 NULL) == 0, 1);
}

static void nap_for(void *arg)
{
	struct time t = { FAR, 0 };

	(void)arg;
	raw_syscall(ABI_clock_nanosleep, CLOCK_REALTIME, 0, &t, NULL);
}

static void futex(void *arg)
{
	struct time t = later(CLOCK_REALTIME, FAR);

	(void)arg;
	need(raw_syscall(ABI_futex, &word[0], WAIT_REALTIME, 0, &t, NULL, ~0u)
	     == -ETIMEDOUT, 1);
}

/* The word says that the parent has the lock. */
static void lock(void *arg)
{
	struct time t = later(CLOCK_REALTIME, FAR);

	(void)arg;
	need(raw_syscall(ABI_futex, &word[1], LOCK_PI, 0, &t, NULL, 0)
	     == -ETIMEDOUT, 1);
}

static int timerfd(int flags, int seconds, int nonblock)
{
	struct setting s = { .value = later(CLOCK_REALTIME, seconds) };
	int fd = (int)syscall(SYS_timerfd_create, CLOCK_REALTIME, nonblock);

	if (!flags)
		s.value = (struct time){ seconds, 0 };
	s.interval.sec = flags & CANCEL ? FAR : 0;
	need(!syscall(ABI_timerfd_settime, fd, flags, &s, NULL), 2);
	return fd;
}

static void read_timerfd(void *flags)
{
	int fd = timerfd(*(int *)flags, FAR, 0);
	uint64_t n;

	need(read(fd, &n, 8) == 8 && n == 1, 1);
}

static void take_timer(void *flags)
{
	struct setting s = { .value = later(CLOCK_REALTIME, FAR) };
	sigset_t set = sigmask(SIGALRM);
	siginfo_t si;
	int id;

	if (!*(int *)flags)
		s.value = (struct time){ FAR, 0 };
	sigprocmask(SIG_BLOCK, &set, NULL);
	need(!syscall(SYS_timer_create, CLOCK_REALTIME, NULL, &id), 2);
	need(!syscall(ABI_timer_settime, id, *(int *)flags, &s, NULL), 3);
	need(sigtimedwait(&set, &si, NULL) == SIGALRM && si.si_code == SI_TIMER, 1);
}

static int real = CLOCK_REALTIME, tai = CLOCK_TAI;
static int absolute = ABSOLUTE, relative;

static struct wait {
	const char *name;
	void (*fn)(void *);
	void *arg;
	int lasts;			/* whatever the clock shows */
	pid_t pid;
} waits[] = {
	{ "a sleep", nap, &real, 0, 0 },
	{ "a sleep by CLOCK_TAI", nap, &tai, 0, 0 },
	{ "a futex", futex, NULL, 0, 0 },
	{ "a futex that was stopped", futex, NULL, 0, 0 },
	{ "a lock", lock, NULL, 0, 0 },
	{ "a descriptor's timer", read_timerfd, &absolute, 0, 0 },
	{ "a timer", take_timer, &absolute, 0, 0 },
	{ "a relative sleep", nap_for, NULL, 1, 0 },
	{ "a descriptor's relative timer", read_timerfd, &relative, 1, 0 },
	{ "a relative timer", take_timer, &relative, 1, 0 },
};

static int ended(void)
{
	int n = 0;

	for (int i = 0; i < COUNT(waits); i++)
		if (waits[i].pid)
			n += waitpid(waits[i].pid, NULL, WNOHANG) != 0;
	return n;
}

static void set_the_clock(void)
{
	word = mmap(NULL, PG, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	word[1] = (uint32_t)getpid();
	for (int i = 0; i < COUNT(waits); i++) {
		waits[i].pid = start_child(waits[i].fn, waits[i].arg);
		comes_to(waits[i].pid, "S");
	}
	kill(waits[3].pid, SIGSTOP);
	comes_to(waits[3].pid, "T");
	kill(waits[3].pid, SIGCONT);
	comes_to(waits[3].pid, "S");
	move_clock(-FAR);
	move_clock(FAR + FAR / 2);
	usleep(50000);
	check_eq(ended(), 0, "none ends before its time");
	move_clock(FAR);
	for (int i = 0; i < COUNT(waits); i++)
		if (!waits[i].lasts)
			check_eq(wait_status(waits[i].pid), 0,
				 "%s ends when the clock is set",
				 waits[i].name);
	for (int i = 0; i < COUNT(waits); i++) {
		if (!waits[i].lasts)
			continue;
		check(comes_to(waits[i].pid, "S"), "%s goes on",
		      waits[i].name);
		kill(waits[i].pid, SIGKILL);
		wait_status(waits[i].pid);
	}
	move_clock(-3 * FAR / 2);
}

/* ---- canceled timers ----------------------------------------------------- */

static int is_readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

static int64_t seconds_left(int fd)
{
	struct setting s;

	return syscall(ABI_timerfd_gettime, fd, &s) ? -1 : s.value.sec;
}

static void cancel(void)
{
	struct setting s = { .value = later(CLOCK_REALTIME, FAR) };
	int fd = timerfd(ABSOLUTE | CANCEL, FAR, O_NONBLOCK);
	int due = timerfd(ABSOLUTE | CANCEL, -1, O_NONBLOCK);
	int other = timerfd(ABSOLUTE, FAR, O_NONBLOCK);
	uint64_t n;

	check_err(EAGAIN, read(fd, &n, 8), "a timer that is not due");
	check(eventually(is_readable(due)), "one that is due");
	move_clock(10);
	move_clock(-10);
	check(is_readable(fd), "the clock was set: it is readable");
	check_err(ECANCELED, read(fd, &n, 8), "it was canceled");
	check_err(EAGAIN, read(fd, &n, 8), "which is told once");
	check(seconds_left(fd) > FAR / 2, "and goes on");
	check_err(ECANCELED, read(due, &n, 8), "one that had expired, too");
	check_eq(seconds_left(due), 0, "which does not go on");
	check_err(EAGAIN, read(other, &n, 8), "one that did not ask is not");
	move_clock(10);
	check_err(ECANCELED, syscall(ABI_timerfd_settime, fd,
				     ABSOLUTE | CANCEL, &s, NULL),
		  "who sets it is told, too");
	check(seconds_left(fd) > FAR / 2, "though it is set");
	check_ok(syscall(ABI_timerfd_settime, fd, ABSOLUTE | CANCEL, &s, NULL),
		 "the next time it is not");
	check_err(EAGAIN, read(fd, &n, 8), "nor is who reads it");
	move_clock(-10);
	check_ok(syscall(ABI_timerfd_settime, fd, 0, &s, NULL),
		 "who does not ask any more is not");
	check_err(EAGAIN, read(fd, &n, 8), "nor is who reads it then");
	close(fd);
	close(due);
	close(other);
}

int main(void)
{
	set_the_clock();
	cancel();
	return tap_done();
}
