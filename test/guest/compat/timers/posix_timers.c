/* SPDX-License-Identifier: MIT */
/*
 * Timers that expire faster than anyone can take their signals: the machine
 * goes on, overruns are counted, nothing is lost when the signal is taken
 * (rows B6, B16).  And what belongs to a POSIX timer otherwise: its signal's
 * details, its end with exec and its absence after fork.
 */
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <time.h>
#include <sys/resource.h>
#include "tap.h"
#include "timex_abi.h"

#ifdef SYS_timer_settime64
#define ABI_timer_settime	SYS_timer_settime64
#define ABI_timer_gettime	SYS_timer_gettime64
#else
#define ABI_timer_settime	SYS_timer_settime
#define ABI_timer_gettime	SYS_timer_gettime
#endif

#define MS	1000000LL
/* A storm may take that long on a checking kernel; a program has 240 s. */
#define PATIENCE	(200000 * (uint64_t)MS)

#ifndef CLOCK_TAI
#define CLOCK_TAI	11
#endif
#define ADJ_TAI	0x80

struct event {
	union sigval value;
	int signo, notify, tid;
	char pad[52];
};

struct its {
	struct timespec interval, value;
};

static volatile int heard;

static void count_expiry(int sig)
{
	(void)sig;
	heard++;
}

static int create_on(int clock, int signo, int value)
{
	struct event e = { .value.sival_int = value, .signo = signo };
	int id = -1;

	if (syscall(SYS_timer_create, clock, &e, &id))
		tap_bail("timer_create");
	return id;
}

static int create(int signo, int value)
{
	return create_on(CLOCK_MONOTONIC, signo, value);
}

static long set_timer_how(int id, int flags, long long value,
			  long long interval)
{
	struct its s = {
		{ interval / 1000000000, interval % 1000000000 },
		{ value / 1000000000, value % 1000000000 },
	};

	return syscall(ABI_timer_settime, id, flags, &s, NULL);
}

static long set_timer(int id, long long value, long long interval)
{
	return set_timer_how(id, 0, value, interval);
}

static int take_expiry(int sig, siginfo_t *si, long long wait)
{
	sigset_t s = sigmask(sig);
	struct timespec t = { wait / 1000000000, wait % 1000000000 };

	return sigtimedwait(&s, si, &t);
}

static void spin_for(long long ns)
{
	uint64_t end = now_ns() + (uint64_t)ns;

	while (now_ns() < end)
		;
}

static void details(void)
{
	int a = create(SIGUSR1, 11), b = create(SIGUSR2, 22), c;
	siginfo_t si;
	struct its left;

	c = create(SIGUSR1, 33);
	set_timer(a, 5 * MS, 0);
	set_timer(b, 5 * MS, 0);
	set_timer(c, 5 * MS, 0);
	check(take_expiry(SIGUSR1, &si, 60000 * MS) == SIGUSR1 &&
	      si.si_code == SI_TIMER && si.si_pid == a &&
	      si.si_value.sival_int == 11, "a timer's signal says whose it is");
	check(take_expiry(SIGUSR2, &si, 60000 * MS) == SIGUSR2 &&
	      si.si_code == SI_TIMER && si.si_pid == b &&
	      si.si_value.sival_int == 22, "so does another's, due together");
	check(take_expiry(SIGUSR1, &si, 60000 * MS) == SIGUSR1 &&
	      si.si_pid == c &&
	      si.si_value.sival_int == 33,
	      "and a third's with the same signal");
	syscall(SYS_timer_delete, c);
	set_timer(a, 10000000 * MS, 20 * MS);
	syscall(ABI_timer_gettime, a, &left);
	check(left.value.tv_sec > 9000 && left.value.tv_sec < 10000 &&
	      left.interval.tv_nsec == 20 * MS,
	      "the time left");
	check_ok(syscall(SYS_timer_delete, a), "deleted");
	check_err(EINVAL, set_timer(a, MS, 0), "then unknown");
	syscall(SYS_timer_delete, b);
}

/* Until a signal came, however long a loaded machine takes. */
static void until_heard(void)
{
	uint64_t end = now_ns() + PATIENCE;

	while (!heard && now_ns() < end)
		;
}

/* A timer that goes off once is not overrun, whatever it counts. */
static void once(void)
{
	for (int clock = 1; clock <= 2; clock++) {
		int id = create_on(clock, SIGUSR1, 1);
		siginfo_t si;

		set_timer(id, 1000, 0);
		while (take_expiry(SIGUSR1, &si, 0) != SIGUSR1)
			;		/* time of this process, too, goes on */
		check_eq(si.si_uid, 0, "once, of clock %d: no overrun", clock);
		check_eq(syscall(SYS_timer_getoverrun, id), 0, "... it says");
		syscall(SYS_timer_delete, id);
	}
}

/*
 * Whoever takes the signal is told all that came before he asked, also when the
 * timer expires at that very moment.
 */
static void counted_to_the_end(void)
{
	unsigned long long each = 200000, sum = 0, before, after, asked;
	int id = create(SIGUSR1, 1), late = 0, early = 0;
	siginfo_t si;

	/* a host may take the CPU away while it begins: it did between these */
	before = now_ns();
	set_timer(id, each, each);
	after = now_ns();
	for (int i = 0; i < 80; i++) {
		/* unheard, a timer may look at its clock every 20 ms or so */
		spin_for(20 * MS + (i % 40 - 20) * 10000LL);
		asked = now_ns();
		if (take_expiry(SIGUSR1, &si, 60000 * MS) != SIGUSR1)
			break;
		sum += 1 + si.si_uid;
		late += sum + 1 < (asked - after) / each;
		early += sum > (now_ns() - before) / each;
	}
	check_eq(late, 0, "each signal tells all until it is taken");
	check_eq(early, 0, "and no more");
	syscall(SYS_timer_delete, id);
}

/* Nobody takes them for a while: one signal, the rest counted. */
static void overruns(void)
{
	int id = create(SIGUSR1, 1);
	siginfo_t si;
	struct its left;
	uint64_t start;

	set_timer(id, MS, MS);
	spin_for(100 * MS);
	start = now_ns();
	check(take_expiry(SIGUSR1, &si, 60000 * MS) == SIGUSR1,
	      "the signal is there");
	/* pid and uid stand where id and overrun count do */
	check(si.si_uid >= 90 && si.si_uid < 100000,
	      "100 ms of a 1 ms timer: %u overruns", si.si_uid);
	check_eq(syscall(SYS_timer_getoverrun, id), si.si_uid,
		 "timer_getoverrun agrees");
	check(take_expiry(SIGUSR1, &si, 60000 * MS) == SIGUSR1 &&
	      si.si_uid <= (now_ns() - start) / MS + 1,
	      "the next one starts anew (%u)", si.si_uid);
	syscall(ABI_timer_gettime, id, &left);
	check(left.value.tv_sec == 0 && left.value.tv_nsec <= MS,
	      "less than an interval is left");
	syscall(SYS_timer_delete, id);
	take_expiry(SIGUSR1, &si, 0);
}

static volatile unsigned told;		/* by the first */

static void hear_overruns(int sig, siginfo_t *si, void *uc)
{
	(void)sig;
	(void)uc;
	if (!heard++)
		told = si->si_uid;
}

/* A handler is told as many as who waits for the signal. */
static void overruns_handled(void)
{
	struct sigaction old, act = {
		.sa_sigaction = hear_overruns, .sa_flags = SA_SIGINFO,
	};
	sigset_t s = sigmask(SIGUSR1);
	int id = create(SIGUSR1, 1);
	siginfo_t si;

	sigaction(SIGUSR1, &act, &old);
	heard = 0;
	set_timer(id, MS, MS);
	spin_for(100 * MS);
	sigprocmask(SIG_UNBLOCK, &s, NULL);
	until_heard();
	sigprocmask(SIG_BLOCK, &s, NULL);
	syscall(SYS_timer_delete, id);
	take_expiry(SIGUSR1, &si, 0);
	check(told >= 90 && told < 100000,
	      "a handler is told of %u overruns", told);
	sigaction(SIGUSR1, &old, NULL);
}

/*
 * Until a signal, which is blocked, is queued.  Spinning for some time does not
 * bring it: a busy host may give time to the processor and none to the timer.
 */
static void until_queued(int sig)
{
	sigset_t queued = 0;

	while (!(queued & sigmask(sig)))
		sigpending(&queued);
}

/* Start a timer of 1 ms; its signal is queued and has overruns at the end. */
static void overrun(int id, int sig)
{
	set_timer(id, MS, MS);
	until_queued(sig);
	spin_for(60 * MS);
}

/* What a setting of the timer counted is nothing to the next one. */
static void overruns_forgotten(void)
{
	int id = create(SIGUSR1, 1), other;
	siginfo_t si;

	for (int again = 1; again >= 0; again--) {
		const char *how = again ? "set anew" : "disarmed";

		overrun(id, SIGUSR1);
		set_timer(id, again * 10000000 * MS, 0);
		check(take_expiry(SIGUSR1, &si, 0) == SIGUSR1 &&
		      si.si_uid == 0, "%s: the last signal tells nothing", how);
		check_eq(syscall(SYS_timer_getoverrun, id), 0,
			 "%s: nor does the timer", how);
	}
	overrun(id, SIGUSR1);
	syscall(SYS_timer_delete, id);
	other = create(SIGUSR1, 2);
	set_timer(other, MS, 0);
	check(take_expiry(SIGUSR1, &si, 60000 * MS) == SIGUSR1 &&
	      si.si_value.sival_int == 1 && si.si_uid == 0,
	      "deleted: the last signal tells nothing");
	check(take_expiry(SIGUSR1, &si, 60000 * MS) == SIGUSR1 &&
	      si.si_value.sival_int == 2 && si.si_uid == 0,
	      "another timer's is not taken for it");
	syscall(SYS_timer_delete, other);
}

/* Expiries count, too, if the signal is ignored when it is unblocked. */
static void overruns_ignored(void)
{
	static void (*const how[])(int) = { SIG_DFL, SIG_IGN };
	sigset_t s = sigmask(SIGWINCH);

	for (int i = 0; i < 2; i++) {
		int id = create(SIGWINCH, 1);

		signal(SIGWINCH, how[i]);
		sigprocmask(SIG_BLOCK, &s, NULL);
		overrun(id, SIGWINCH);
		sigprocmask(SIG_UNBLOCK, &s, NULL);
		check(syscall(SYS_timer_getoverrun, id) > 40,
		      "ignored %s: overruns are counted",
		      i ? "by the program" : "by default");
		syscall(SYS_timer_delete, id);
	}
	signal(SIGWINCH, SIG_DFL);
}

/* n timers of one nanosecond; work must go on beside them. */
static void storm_of_timers(int n, const char *how, int heed)
{
	int id[64];
	uint64_t start = now_ns();

	for (int i = 0; i < n; i++) {
		id[i] = create(SIGUSR1, i);
		set_timer(id[i], 1, 1);
	}
	spin_for(20 * MS);
	/* a busy host may bring the first interrupt later than that */
	if (heed)
		until_heard();
	for (int i = 0; i < n; i++)
		syscall(SYS_timer_delete, id[i]);
	check(now_ns() - start < PATIENCE,
	      "%d timers of 1 ns, %s", n, how);
}

static void storm_each_way(void)
{
	struct itimerval fast = { { 0, 1 }, { 0, 1 } }, off = { 0 };
	siginfo_t si;

	storm_of_timers(64, "blocked", 0);
	take_expiry(SIGUSR1, &si, 0);
	signal(SIGUSR1, SIG_IGN);
	storm_of_timers(64, "ignored", 0);
	signal(SIGUSR1, count_expiry);
	sigprocmask(SIG_UNBLOCK, &(sigset_t){ sigmask(SIGUSR1) }, NULL);
	storm_of_timers(8, "handled", 1);
	check(heard > 0, "handler ran");
	signal(SIGALRM, SIG_IGN);
	setitimer(ITIMER_REAL, &fast, NULL);
	spin_for(20 * MS);
	heard = 0;
	signal(SIGALRM, count_expiry);
	/* Linux starts the next interval when the signal is taken, so one
	 * that was ignored may have been the last */
	setitimer(ITIMER_REAL, &fast, NULL);
	until_heard();
	check(heard > 0, "an interval of 1 us: %d alarms", heard);
	setitimer(ITIMER_REAL, &off, NULL);
	sched_yield();		/* one that was on its way has come */
	heard = 0;
	spin_for(20 * MS);
	check_eq(heard, 0, "none once it is off");
}

#ifdef SYS_timerfd_settime64
#define ABI_timerfd_settime	SYS_timerfd_settime64
#else
#define ABI_timerfd_settime	SYS_timerfd_settime
#endif

static int timerfd(long long value, long long interval)
{
	struct its s = {
		{ interval / 1000000000, interval % 1000000000 },
		{ value / 1000000000, value % 1000000000 },
	};
	int fd = (int)syscall(SYS_timerfd_create, CLOCK_MONOTONIC, O_NONBLOCK);

	if (syscall(ABI_timerfd_settime, fd, 0, &s, NULL))
		tap_bail("timerfd_settime");
	return fd;
}

static int timerfd_readable(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, ms) == 1;
}

/* Many that nobody reads; each knows how often it expired meanwhile. */
static void expire_timerfds(void)
{
	uint64_t start = now_ns(), n = 0, m = 0;
	int fd[64], bad = 0;

	for (int i = 0; i < COUNT(fd); i++)
		fd[i] = timerfd(1, 1);
	spin_for(50 * MS);
	check(now_ns() - start < PATIENCE,
	      "work goes on beside 64 descriptors of 1 ns");
	for (int i = 0; i < COUNT(fd); i++) {
		if (!timerfd_readable(fd[i], 60000) ||
		    read(fd[i], &n, 8) != 8 ||
		    n < 50 * MS)
			bad++;
		close(fd[i]);
	}
	check_eq(bad, 0, "every expiry was counted (%llu)",
		 (unsigned long long)n);
	fd[0] = timerfd(5 * MS, 5 * MS);
	for (int i = 0; i < 3; i++) {
		bad += !timerfd_readable(fd[0], 60000);
		bad += read(fd[0], &m, 8) != 8 || m < 1;
	}
	check_eq(bad, 0, "one that is read goes on");
	spin_for(50 * MS);
	check(timerfd_readable(fd[0], 60000) && read(fd[0], &m, 8) == 8 &&
	      m >= 10 &&
	      m <= (now_ns() - start) / (5 * MS), "ten times in 50 ms (%llu)",
	      (unsigned long long)m);
	close(fd[0]);
	fd[0] = timerfd(MS, 0);
	check(timerfd_readable(fd[0], 60000) && read(fd[0], &m, 8) == 8 &&
	      m == 1,
	      "without an interval once");
	spin_for(5 * MS);
	check_err(EAGAIN, read(fd[0], &m, 8), "and no more");
	close(fd[0]);
}

/* Its exit status says whether timer 0 is known. */
static int has_timer(void)
{
	return syscall(SYS_timer_getoverrun, 0) != -1;
}

/* Of two pending signals exec keeps the one that no timer sent. */
static int kept_signals(void)
{
	sigset_t pending = 0;

	sigpending(&pending);
	return (pending & sigmask(SIGUSR1) ? 1 : 0) |
		(pending & sigmask(SIGUSR2) ? 0 : 2);
}

static void exec_with_pending(void *argv)
{
	int id = create(SIGUSR1, 0);

	set_timer(id, 1, 0);
	kill(getpid(), SIGUSR2);
	until_queued(SIGUSR1);
	execv(tap_self, argv);
	_exit(9);
}

static void fork_and_exec(void)
{
	char *argv[] = { tap_self, "-timer", NULL };
	int st;
	pid_t pid;

	pid = fork();
	if (pid == 0)
		_exit(has_timer());
	waitpid(pid, &st, 0);
	check_eq(st, 0, "a child starts without timers");
	pid = fork();
	if (pid == 0) {
		create(SIGUSR1, 0);
		if (!has_timer())
			_exit(2);
		execv(tap_self, argv);
		_exit(3);
	}
	waitpid(pid, &st, 0);
	check_eq(st, 0, "exec ends them");
	argv[1] = "-pending";
	check_eq(in_child(exec_with_pending, argv), 0,
		 "exec takes back the signal of a timer, and no other");
}

/* Computes until a blocked signal is there, however long that takes. */
static int computed_until(int sig, siginfo_t *si)
{
	for (int i = 0; i < 20000; i++) {
		spin_for(MS);
		if (take_expiry(sig, si, 0) == sig)
			return 1;
	}
	return 0;
}

/* A clock that stands still while nobody computes. */
static void cpu_timer(int clock, const char *whose)
{
	int id = create_on(clock, SIGUSR1, 44);
	struct timespec nap = { 0, 300 * MS };
	struct its left;
	siginfo_t si;

	set_timer(id, 10000 * MS, 0);
	nanosleep(&nap, NULL);
	syscall(ABI_timer_gettime, id, &left);
	check(left.value.tv_sec >= 9 && left.value.tv_sec <= 10 &&
	      left.interval.tv_nsec == 0, "%s CPU time: what is left", whose);
	set_timer(id, 20 * MS, 0);
	check(computed_until(SIGUSR1, &si) && si.si_code == SI_TIMER &&
	      si.si_pid == id && si.si_value.sival_int == 44,
	      "%s CPU time: it expires by computing", whose);
	syscall(ABI_timer_gettime, id, &left);
	check(left.value.tv_sec == 0 && left.value.tv_nsec == 0,
	      "%s CPU time: once", whose);
	set_timer(id, MS, MS);
	spin_for(400 * MS);
	check(computed_until(SIGUSR1, &si) && computed_until(SIGUSR1, &si),
	      "%s CPU time: again and again", whose);
	set_timer(id, 0, 0);
	take_expiry(SIGUSR1, &si, 0);
	check(set_timer_how(id, 1, 1, 0) == 0 &&
	      take_expiry(SIGUSR1, &si, 60000 * MS) ==
	      SIGUSR1, "%s CPU time: a time that is over is due", whose);
	check_ok(syscall(SYS_timer_delete, id), "%s CPU time: gone", whose);
}

static void cpu_timers(void)
{
	int id;

	cpu_timer(CLOCK_PROCESS_CPUTIME_ID, "a process's");
	cpu_timer(CLOCK_THREAD_CPUTIME_ID, "a thread's");
	cpu_timer((int)(~(unsigned)getpid() << 3 | 6), "a named thread's");
	check_err(EINVAL, syscall(SYS_timer_create, -1, NULL, &id),
		  "no such CPU clock");
	/* one that is armed goes with its process */
	if (fork() == 0) {
		set_timer(create_on(CLOCK_PROCESS_CPUTIME_ID, SIGUSR1, 0), MS,
			  MS);
		_exit(0);
	}
	wait(&id);
	check_eq(id, 0, "a process ends with its CPU timer armed");
}

/* Due since 1970 and every nanosecond: as many as a number can count. */
static void long_ago(void)
{
	int id = create_on(CLOCK_REALTIME, SIGUSR1, 1);
	siginfo_t si;

	/* what a timer sent that is deleted stays on Linux */
	while (take_expiry(SIGUSR1, &si, 0) == SIGUSR1)
		;
	check_ok(set_timer_how(id, 1, 1, 1), "an absolute time long ago");
	usleep(50000);			/* likely it comes again, unheard */
	check(take_expiry(SIGUSR1, &si, 60000 * MS) == SIGUSR1, "it is over");
	check_eq((int)si.si_uid, 0x7fffffff, "si_overrun stops at its most");
	check_eq(syscall(SYS_timer_getoverrun, id), 0x7fffffff,
		 "timer_getoverrun too");
	syscall(SYS_timer_delete, id);
	take_expiry(SIGUSR1, &si, 0);
}

/* CLOCK_TAI is ahead so much; root's to say. */
static void set_tai(long seconds)
{
	struct timex t = { .modes = ADJ_TAI, .constant = seconds };

	if (syscall(ABI_clock_adjtime, CLOCK_REALTIME, &t) < 0)
		tap_bail("clock_adjtime");
}

/* => s left of a timer that ends 1000 s after now, by its clock */
static long long left_on(int clock)
{
	int id = create_on(clock, SIGUSR1, 0);
	struct timespec now;
	struct its left;

	clock_gettime(clock, &now);
	set_timer_how(id, TIMER_ABSTIME, (now.tv_sec + 1000) * 1000 * MS, 0);
	syscall(ABI_timer_gettime, id, &left);
	syscall(SYS_timer_delete, id);
	return left.value.tv_sec;
}

/* Each counts by its own clock, of two that are 500 s apart. */
static void of_two_clocks(void)
{
	long long left;

	if (geteuid()) {
		tap_skip("absolute timers", "only root may set CLOCK_TAI");
		return;
	}
	set_tai(500);
	left = left_on(CLOCK_REALTIME);
	check(left > 500 && left <= 1000,
	      "an absolute timer of CLOCK_REALTIME");
	left = left_on(CLOCK_TAI);
	check(left > 500 && left <= 1000, "and one of CLOCK_TAI");
	set_tai(0);
}

/*
 * The longest time that can be said is one that does not end, whatever is added
 * to it: not the next to come after the first, which is soon.
 */
static void longest(void)
{
	const struct its its = {
		{ INT64_MAX, 999999999 }, { 0, 1000000 },
	};
	struct { long every, every_us, first, first_us; } spent = {
		.every = LONG_MAX, .every_us = 999999,
		.first = LONG_MAX, .first_us = 999999,
	}, off = { 0 };
	int id = create(SIGUSR2, 0), fd = timerfd(0, 0);
	struct sigaction sa = { .sa_handler = count_expiry };
	struct its read_back;
	uint64_t n = 0;

	heard = 0;
	sigaction(SIGVTALRM, &sa, NULL);
	sigaction(SIGPROF, &sa, NULL);
	syscall(SYS_setitimer, 1L, &spent, NULL);
	syscall(SYS_setitimer, 2L, &spent, NULL);
	spin_for(60 * MS);
	check_eq(heard, 0, "CPU time comes to no end");
	syscall(SYS_setitimer, 1L, &off, NULL);
	syscall(SYS_setitimer, 2L, &off, NULL);
	check_eq(syscall(ABI_timer_settime, id, 0, &its, NULL), 0, "a timer");
	check_eq(take_expiry(SIGUSR2, NULL, 60000 * MS), SIGUSR2, "comes");
	check_eq(take_expiry(SIGUSR2, NULL, 20 * MS), -1, "once");
	check_eq(syscall(ABI_timer_gettime, id, &read_back), 0, "look at it");
	check(read_back.interval.tv_sec == 9223372036 &&
	      read_back.interval.tv_nsec == 854775807, "all of 63 bits");
	syscall(SYS_timer_delete, id);
	syscall(ABI_timerfd_settime, fd, 0, &its, NULL);
	check(timerfd_readable(fd, 60000), "a descriptor");
	check_eq(read(fd, &n, 8), 8, "expires");
	check_eq(n, 1, "once");
	check(!timerfd_readable(fd, 20), "and no more");
	close(fd);
}

/* Each timer may have a signal under way: no more of them than of signals. */
static void rationed(void)
{
	struct event odd = { .signo = 0 };
	struct rlimit old, none;
	int id;

	getrlimit(RLIMIT_SIGPENDING, &old);
	none = old;
	none.rlim_cur = 0;
	check_eq(setrlimit(RLIMIT_SIGPENDING, &none), 0, "no signals");
	check_err(EAGAIN, syscall(SYS_timer_create, 1, NULL, &id),
		  "no timers");
	check_err(EAGAIN, syscall(SYS_timer_create, 1, &odd, &id),
		  "... before its signal is looked at");
	check_err(EINVAL, syscall(SYS_timer_create, 99, NULL, &id),
		  "its clock is looked at first");
	setrlimit(RLIMIT_SIGPENDING, &old);
}

/*
 * The line about a value has the digits of the kernel's pointers, which may be
 * longer than this program's.
 */
static int digits_of_value(const char *text)
{
	const char *at = strchr(text, '/');

	return at ? (int)strspn(at + 1, "0123456789abcdef") : 0;
}

/* /proc/PID/timers: what each was made with, the newest first. */
static void read_timer_list(void)
{
	static const int kinds[] = { 0, 1, 2, 4 };
	static const char *const how[] = { "signal/pid", "none/pid",
					   "thread/pid", "signal/tid" };
	char want[600] = "", got[600] = "", line[150];
	int id[COUNT(kinds)], f = open("/proc/self/timers", O_RDONLY);
	int digits;
	ssize_t n;

	if (f < 0) {
		tap_skip("/proc/self/timers", "the kernel has no such file");
		return;
	}
	for (int i = 0; i < COUNT(kinds); i++) {
		struct event e = { .value.sival_ptr = &id[i], .tid = getpid(),
				   .signo = SIGUSR1 + i, .notify = kinds[i] };

		check_ok(syscall(SYS_timer_create, i & 1, &e, &id[i]),
			 "a timer");
	}
	n = read(f, got, sizeof(got) - 1);
	digits = digits_of_value(got);
	check(digits == 8 || digits == 16, "a pointer's digits");
	for (int i = COUNT(kinds) - 1; i >= 0; i--) {
		snprintf(line, sizeof(line), "ID: %d\nsignal: %d/%0*lx\n"
			 "notify: %s.%d\nClockID: %d\n", id[i], SIGUSR1 + i,
			 digits, (unsigned long)&id[i], how[i],
			 getpid(), i & 1);
		strcat(want, line);
	}
	check(n > 0 && !strcmp(got, want), "the file tells of all");
	if (n > 0 && strcmp(got, want))
		printf("# %s", got);
	for (int i = 0; i < COUNT(kinds); i++)
		syscall(SYS_timer_delete, id[i]);
	check_eq(pread(f, got, sizeof(got), 0), 0, "and of none");
	close(f);
}

/* A timer that comes to nothing is not told of, whoever looks meanwhile. */
static void looked_at(void)
{
	struct event e = { .signo = SIGUSR1, .notify = 1 << 28 };
	char name[40], text[200];
	int id, bad = 0, status;
	pid_t pid;

	snprintf(name, sizeof(name), "/proc/%d/timers", getpid());
	if (access(name, R_OK)) {
		tap_skip("a timer looked at", "the kernel has no such file");
		return;
	}
	pid = fork();
	while (!pid) {
		int f = open(name, O_RDONLY);

		read(f, text, sizeof(text));
		close(f);
	}
	for (int i = 0; i < 20000; i++)
		bad += syscall(SYS_timer_create, 0, &e, &id) != -1 ||
			errno != EINVAL;
	check_eq(bad, 0, "no such way to notify");
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	check_eq(status, SIGKILL, "who looked went on");
}

/* A number that was given back may come again, but never for two. */
static void number_timers(void)
{
	int id[5], same = 0;

	for (int i = 0; i < 3; i++)
		id[i] = create(SIGUSR1, 0);
	syscall(SYS_timer_delete, id[0]);
	id[0] = create(SIGUSR1, 0);
	id[3] = create(SIGUSR1, 0);
	syscall(SYS_timer_delete, id[1]);
	id[1] = create(SIGUSR1, 0);
	id[4] = create(SIGUSR1, 0);
	for (int i = 0; i < 5; i++)
		for (int j = 0; j < i; j++)
			same += id[i] == id[j];
	check_eq(same, 0, "timers have numbers of their own");
	for (int i = 0; i < 5; i++)
		check_ok(syscall(SYS_timer_delete, id[i]), "... given back");
}

int main(int argc, char **argv)
{
	sigset_t block = sigmask(SIGUSR1) | sigmask(SIGUSR2);
	int keep;

	if (argc > 1 && !strcmp(argv[1], "-pending"))
		return kept_signals();
	if (argc > 1)
		return has_timer();
	tap_find_self(argv[0]);
	sigprocmask(SIG_BLOCK, &block, NULL);
	details();
	rationed();
	read_timer_list();
	looked_at();
	once();
	overruns();
	overruns_handled();
	overruns_forgotten();
	overruns_ignored();
	counted_to_the_end();
	long_ago();
	keep = create(SIGUSR2, 0);
	fork_and_exec();
	syscall(SYS_timer_delete, keep);
	cpu_timers();
	storm_each_way();
	number_timers();
	expire_timerfds();
	of_two_clocks();
	longest();
	return tap_done();
}
