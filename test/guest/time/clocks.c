/* SPDX-License-Identifier: MIT */
/*
 * Clocks and sleeping: what each clock promises, sleeping never too short,
 * absolute sleep, CPU clocks that count work and not waiting.
 */
#include <sys/resource.h>
#include "tap.h"
#include "timex_abi.h"

#ifndef CLOCK_REALTIME_ALARM
#define CLOCK_REALTIME_ALARM	8
#define CLOCK_BOOTTIME_ALARM	9
#endif

#define MS	1000000LL

static void read_clocks(void)
{
	static const int ids[] = {
		CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME_ID,
		CLOCK_THREAD_CPUTIME_ID, CLOCK_MONOTONIC_RAW,
		CLOCK_REALTIME_COARSE, CLOCK_MONOTONIC_COARSE, CLOCK_BOOTTIME,
	};
	struct timeval tv;
	int64_t a, b, c;
	int back = 0;

	for (int i = 0; i < COUNT(ids); i++)
		check(clock_ns(ids[i]) >= 0, "clock %d", ids[i]);
	check_err(EINVAL, clock_gettime(77, &(struct timespec){ 0, 0 }),
		  "clock 77");
	check_err(EINVAL, clock_gettime((~getpid() << 3) | 3,
					&(struct timespec){ 0, 0 }),
		  "that of a descriptor, which is none");
	a = clock_ns(CLOCK_MONOTONIC);
	for (int i = 0; i < 10000; i++) {
		b = clock_ns(CLOCK_MONOTONIC);
		back += b < a;
		a = b;
	}
	check_eq(back, 0, "CLOCK_MONOTONIC never goes back");
	a = clock_ns(CLOCK_REALTIME);
	syscall(SYS_gettimeofday, &tv, 0);
	c = clock_ns(CLOCK_REALTIME);
	b = (int64_t)tv.tv_sec * 1000000000 + tv.tv_usec * 1000;
	check(b > a - 1000 && b <= c, "gettimeofday agrees");
	check(a > 1000000000LL * 1000000000, "it is later than 2001");
}

static void sleep_by_clocks(void)
{
	struct timespec t = { 0, 30 * MS }, bad = { 0, 1000000000 }, rest;
	int64_t a = clock_ns(CLOCK_MONOTONIC), d;

	check_ok(nanosleep(&t, NULL), "nanosleep");
	d = clock_ns(CLOCK_MONOTONIC) - a;
	check(d >= 30 * MS, "not too short (%lld us)", (long long)d / 1000);
	check(d < 100000 * MS, "not far too long");
	check_err(EINVAL, nanosleep(&bad, &rest), "10^9 nanoseconds");
	bad = (struct timespec){ -1, 0 };
	check_err(EINVAL, nanosleep(&bad, &rest), "negative");
	a = clock_ns(CLOCK_MONOTONIC) + 20 * MS;
	t = (struct timespec){ a / 1000000000, a % 1000000000 };
	check_eq(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL), 0,
		 "absolute sleep");
	check(clock_ns(CLOCK_MONOTONIC) >= a, "until then");
	check_eq(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL), 0,
		 "a time in the past returns at once");
	t = (struct timespec){ 0, 0 };
	check_ok(nanosleep(&t, NULL), "no time");
}

static void spin_cpu_ms(int ms)
{
	int64_t end = clock_ns(CLOCK_PROCESS_CPUTIME_ID) + ms * MS;

	while (clock_ns(CLOCK_PROCESS_CPUTIME_ID) < end)
		;
}

static void cpu_clocks(void)
{
	struct rusage u;
	int64_t a, b;
	pid_t pid;
	int st;

	/* a host that is busy elsewhere makes computing look long, now and
	 * then; sleeping would cost at least this each time */
	check(eventually((a = clock_ns(CLOCK_PROCESS_CPUTIME_ID),
			  usleep(50000),
			  b = clock_ns(CLOCK_PROCESS_CPUTIME_ID),
			  b - a < 40 * MS)), "sleeping costs no CPU time");
	spin_cpu_ms(50);
	check(clock_ns(CLOCK_THREAD_CPUTIME_ID) >= 40 * MS, "working does");
	getrusage(RUSAGE_SELF, &u);
	check(u.ru_utime.tv_usec + u.ru_stime.tv_usec > 0 ||
	      u.ru_utime.tv_sec + u.ru_stime.tv_sec > 0, "getrusage");
	pid = fork();
	if (pid == 0) {
		spin_cpu_ms(60);
		_exit(0);
	}
	wait4(pid, &st, 0, &u);
	a = u.ru_utime.tv_usec + u.ru_stime.tv_usec +
	    1000000LL * (u.ru_utime.tv_sec + u.ru_stime.tv_sec);
	check(a >= 40000 && a < 100000000, "wait4 tells the child's (%lld us)",
	      (long long)a);
}

static volatile int alarms;

static void note_alarm(int sig)
{
	alarms++;
}

static void cpu_limits(void *arg)
{
	struct rlimit r = { 1, 2 };

	setrlimit(RLIMIT_CPU, &r);
	signal(SIGXCPU, note_alarm);
	while (!alarms)
		;
	for (;;)
		;
}

/* => does a timer of 20 ms survive a sleep of twice that? */
static int sleeps_through(void)
{
	struct itimerval it = { { 0, 0 }, { 0, 20000 } };

	alarms = 0;
	setitimer(ITIMER_VIRTUAL, &it, NULL);
	usleep(40000);
	return !alarms;
}

static void virtual_timer(void)
{
	signal(SIGVTALRM, note_alarm);
	/* as above: the host's absence may count as computing, not always */
	check(eventually(sleeps_through()),
	      "ITIMER_VIRTUAL does not count sleeping");
	/* few system calls: they are time of the kernel, which is not counted */
	for (int64_t a = clock_ns(CLOCK_MONOTONIC); !alarms &&
	     clock_ns(CLOCK_MONOTONIC) - a < 100000 * MS;)
		for (volatile int i = 0; i < 100000; i++)
			;
	check_eq(alarms, 1, "but working");
}

/* Half of the time it counts is the kernel's. */
static void profiling_timer(void)
{
	struct itimerval it = { { 0, 0 }, { 0, 20000 } };

	alarms = 0;
	signal(SIGPROF, note_alarm);
	setitimer(ITIMER_PROF, &it, NULL);
	for (int64_t a = clock_ns(CLOCK_MONOTONIC); !alarms &&
	     clock_ns(CLOCK_MONOTONIC) - a < 100000 * MS;)
		for (int i = 0; i < 1000; i++)
			getppid();
	check_eq(alarms, 1, "ITIMER_PROF counts the kernel's work, too");
}

#define ADJ_SETOFFSET	0x100
#define ADJ_OFFSET_SINGLESHOT 0x8001
#define ADJ_OFFSET_SS_READ 0xa001

static long adjtime_of(int clock, struct timex *t)
{
	return syscall(ABI_clock_adjtime, clock, t);
}

static long jump_clock(int64_t sec, int64_t usec)
{
	struct timex t = { .modes = ADJ_SETOFFSET, .sec = sec, .usec = usec };

	return adjtime_of(CLOCK_REALTIME, &t);
}

/* adjtime(3): move the clock little by little. */
static long slew(int64_t usec)
{
	struct timex t = { .modes = ADJ_OFFSET_SINGLESHOT, .offset = usec };

	return adjtime_of(CLOCK_REALTIME, &t) < 0 ? -1 : (long)t.offset;
}

static void no_right_to_slew(void *arg)
{
	(void)arg;
	syscall(SYS_setuid, 1000);
	_exit(slew(0) == -1 && errno == EPERM ? 0 : 1);
}

static void asks_for_slew(void *arg)
{
	struct timex t = { .modes = ADJ_OFFSET_SS_READ, .offset = 1 };

	(void)arg;
	syscall(SYS_setuid, 1000);
	_exit(adjtime_of(CLOCK_REALTIME, &t) >= 0 && !t.offset ? 0 : 1);
}

static void no_right(void *arg)
{
	(void)arg;
	syscall(SYS_setuid, 1000);
	_exit(jump_clock(0, 0) == -1 && errno == EPERM ? 0 : 1);
}

#define NONBLOCK	04000
#ifdef SYS_timerfd_settime64
#define ABI_timerfd_settime	SYS_timerfd_settime64
#else
#define ABI_timerfd_settime	SYS_timerfd_settime
#endif

/* In many years, and ended by a jump of the clock: TFD_TIMER_CANCEL_ON_SET. */
static long timerfd_far(int fd)
{
	struct { int64_t every[2], at[2]; } t = { { 0, 0 }, { 1LL << 32, 0 } };

	return syscall(ABI_timerfd_settime, fd, 1 | 2, &t, NULL);
}

/* Reading what nobody may have set, and one jump there and back. */
static void adjusting(void)
{
	struct timex t = { 0 };
	uint64_t n;
	int fd;
	int64_t a = clock_ns(CLOCK_REALTIME), b;

	check(adjtime_of(CLOCK_REALTIME, &t) >= 0, "clock_adjtime reads");
	check(t.tick >= 9000 && t.tick <= 11000, "a tick, us");
	check(t.sec >= a / 1000000000 &&
	      t.sec <= clock_ns(CLOCK_REALTIME) / 1000000000, "the time");
	memset(&t, 0, sizeof(t));
	check_err(EINVAL, adjtime_of(77, &t), "clock 77");
	check_err(EOPNOTSUPP, adjtime_of(CLOCK_MONOTONIC, &t),
		  "one that cannot be adjusted");
	check_err(EFAULT, adjtime_of(CLOCK_REALTIME, BAD), "nowhere");
	check_eq(in_child(no_right, NULL), 0, "moving needs the right");
	check_eq(in_child(no_right_to_slew, NULL), 0, "slewing, too");
	if (!on_other_kernel())
		check_err(EOPNOTSUPP, slew(1000), "which nobody can");
	check_ok(slew(0), "but by nothing");
	check_eq(in_child(asks_for_slew, NULL), 0,
		 "what is left of one, asked by anyone");
	check_err(EINVAL, jump_clock(0, 1000000), "a million microseconds");
	a = clock_ns(CLOCK_MONOTONIC) - clock_ns(CLOCK_REALTIME);
	fd = (int)syscall(SYS_timerfd_create, CLOCK_REALTIME, NONBLOCK);
	check_ok(timerfd_far(fd), "a timer that is told of jumps");
	check(jump_clock(5000, 0) >= 0, "on");
	check(read(fd, &n, sizeof(n)) == -1 && errno == ECANCELED,
	      "the timer is told");
	close(fd);
	b = clock_ns(CLOCK_MONOTONIC) - clock_ns(CLOCK_REALTIME);
	check(a - b > 4000 * 1000 * MS, "by 5000 s");
	check(jump_clock(-5000, 0) >= 0, "and back");
	b = clock_ns(CLOCK_MONOTONIC) - clock_ns(CLOCK_REALTIME);
	check(a - b < 1000 * 1000 * MS, "to what it was");
}

/* They would wake a machine that sleeps; of this one they are as the others. */
static void alarm_clocks(void)
{
	static const struct { int alarm, plain; } pairs[] = {
		{ CLOCK_REALTIME_ALARM, CLOCK_REALTIME },
		{ CLOCK_BOOTTIME_ALARM, CLOCK_BOOTTIME },
	};
	struct timespec t = { 0, MS }, past = { 1, 0 };
	int64_t a, b, c;

	for (int i = 0; i < COUNT(pairs); i++) {
		int id = pairs[i].alarm;

		a = clock_ns(pairs[i].plain);
		b = clock_ns(id);
		c = clock_ns(pairs[i].plain);
		if (b < 0 && on_other_kernel()) {
			tap_skip("alarm clocks", "Linux wants a clock chip");
			return;
		}
		check(a <= b && b <= c, "alarm clock %d tells the same", id);
		a = clock_ns(pairs[i].plain);
		check_eq(clock_nanosleep(id, 0, &t, NULL), 0, "a sleep by it");
		check(clock_ns(pairs[i].plain) - a >= MS, "not too short");
		check_eq(clock_nanosleep(id, TIMER_ABSTIME, &past, NULL), 0,
			 "until long ago");
	}
}

/* The first member; as many bytes as it has on either machine. */
static void up_time(void)
{
	int64_t before = clock_ns(CLOCK_BOOTTIME), after;
	struct {
		long up;
		char rest[200];
	} info;

	check_ok(syscall(SYS_sysinfo, &info), "sysinfo");
	after = clock_ns(CLOCK_BOOTTIME);
	check(info.up >= (before + 999999999) / 1000000000 &&
	      info.up <= (after + 999999999) / 1000000000,
	      "its up time is a second that is begun");
}

int main(void)
{
	int st;

	read_clocks();
	up_time();
	sleep_by_clocks();
	alarm_clocks();
	cpu_clocks();
	virtual_timer();
	profiling_timer();
	adjusting();
	st = in_child(cpu_limits, NULL);
	check(WIFSIGNALED(st) && WTERMSIG(st) == SIGKILL,
	      "RLIMIT_CPU: SIGXCPU, then SIGKILL");
	return tap_done();
}
