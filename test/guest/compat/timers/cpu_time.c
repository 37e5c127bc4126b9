/* SPDX-License-Identifier: MIT */
/*
 * Waiting until a process has computed for some time, one's own or another:
 * clock_nanosleep(2) and timer_create(2) on CPU-time clocks (row B14).
 */
#include <sched.h>
#include <thread.h>
#include <time.h>
#include "tap.h"

#define MS		1000000LL
#define OF_PROCESS(pid)	((int)(~(unsigned)(pid) << 3 | 2))
#define OF_THREAD(tid)	((int)(~(unsigned)(tid) << 3 | 6))
#define OF_FILE(fd)	((int)(~(unsigned)(fd) << 3 | 3))
#define NOBODY		0x7ffffff

static int64_t read_ns(int clock)
{
	struct timespec t;

	if (clock_gettime(clock, &t))
		return -1;
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* => 0 or an errno; rest: what clock_nanosleep(2) says remains */
static int sleep_on(int clock, int flags, int64_t ns, struct timespec *rest)
{
	struct timespec t = { ns / 1000000000, ns % 1000000000 };

	return clock_nanosleep(clock, flags, &t, rest);
}

static pid_t busy(void)
{
	pid_t pid = fork();

	if (pid < 0)
		tap_bail("fork");
	while (!pid)
		;
	return pid;
}

static pid_t idle(void)
{
	pid_t pid = fork();

	if (pid < 0)
		tap_bail("fork");
	while (!pid)
		pause();
	return pid;
}

static void end(pid_t pid)
{
	int st;

	kill(pid, SIGKILL);
	waitpid(pid, &st, 0);
}

static void of_another(void)
{
	pid_t pid = busy();
	int clock = OF_PROCESS(pid);
	int64_t from = read_ns(clock);

	check_eq(sleep_on(clock, 0, 30 * MS, NULL), 0,
		 "until another process has computed");
	check(read_ns(clock) >= from + 30 * MS, "it has");
	from = read_ns(clock);
	check_eq(sleep_on(clock, TIMER_ABSTIME, from + 20 * MS, NULL), 0,
		 "to a time");
	check(read_ns(clock) >= from + 20 * MS, "that has come");
	check_eq(sleep_on(clock, TIMER_ABSTIME, 1, NULL), 0, "that is over");
	check_eq(sleep_on(clock, 0, 0, NULL), 0, "for no time");
	end(pid);
}

static volatile int stop;

static void *compute(void *arg)
{
	(void)arg;
	while (!stop)
		;
	return NULL;
}

static void of_ones_own(void)
{
	int64_t from = read_ns(CLOCK_PROCESS_CPUTIME_ID);
	struct thread t;

	thread_create(&t, compute, NULL);
	check_eq(sleep_on(CLOCK_PROCESS_CPUTIME_ID, 0, 20 * MS, NULL), 0,
		 "until a thread of one's own has computed");
	check(read_ns(CLOCK_PROCESS_CPUTIME_ID) >= from + 20 * MS, "it has");
	check_eq(sleep_on(OF_THREAD(t.tid), 0, 20 * MS, NULL), 0,
		 "by that thread's clock");
	stop = 1;
	thread_join(&t);
}

static void ignore(int sig)
{
	(void)sig;
}

/* Asked in between, what sleeps has computed nothing, what runs all of it. */
static void exact(void)
{
	int64_t own = read_ns(CLOCK_PROCESS_CPUTIME_ID), its;
	int stood = 0, clock;
	pid_t pid = idle();

	clock = OF_PROCESS(pid);
	comes_to(pid, "S");
	its = read_ns(clock);
	while (read_ns(CLOCK_PROCESS_CPUTIME_ID) < own + 60 * MS)
		;
	check(read_ns(clock) < its + 20 * MS, "a sleeper's clock stands still");
	for (int i = 0; i < 100; i++) {
		own = read_ns(CLOCK_THREAD_CPUTIME_ID);
		stood += read_ns(CLOCK_THREAD_CPUTIME_ID) <= own;
	}
	check_eq(stood, 0, "that of who runs never does");
	end(pid);
}

static void interrupted(void)
{
	/* again and again: the first may come before the call */
	struct { long s, us, at_s, at_us; } in = {
		.us = 20000, .at_us = 20000
	}, off = { 0 };
	struct sigaction sa = { .sa_handler = ignore };
	struct timespec rest = { -1, -1 };
	pid_t pid = idle();

	sigaction(SIGALRM, &sa, NULL);
	syscall(SYS_setitimer, 0L, &in, NULL);
	check_eq(sleep_on(OF_PROCESS(pid), 0, 50000 * MS, &rest), EINTR,
		 "a signal comes while it computes nothing");
	check(rest.tv_sec >= 49 && rest.tv_sec <= 50, "most remains");
	rest.tv_sec = -1;
	check_eq(sleep_on(OF_PROCESS(pid), TIMER_ABSTIME, 50000 * MS, &rest),
		 EINTR, "to a time");
	check_eq(rest.tv_sec, -1, "then nothing is told");
	syscall(SYS_setitimer, 0L, &off, NULL);
	end(pid);
}

/* A stop and SIGCONT have no handler: the call goes on by itself. */
static void goes_on(void)
{
	pid_t other = idle(), pid = fork();
	int st;

	if (!pid)
		_exit(sleep_on(OF_PROCESS(other), 0, 30 * MS, NULL));
	check(comes_to(pid, "S"), "it sleeps");
	kill(pid, SIGSTOP);
	waitpid(pid, &st, WUNTRACED);
	kill(pid, SIGCONT);
	check(comes_to(pid, "S"), "and goes on sleeping");
	check_eq(waitpid(pid, &st, WNOHANG), 0, "after a stop");
	end(other);
	check_eq(waitpid(pid, &st, WNOHANG), 0,
		 "also when what it waits for has ended");
	end(pid);
}

static void refused(void)
{
	struct timespec bad = { 0, -1 };
	int none = OF_PROCESS(NOBODY);

	check_eq(sleep_on(CLOCK_THREAD_CPUTIME_ID, 0, 1, NULL), EOPNOTSUPP,
		 "nobody waits for itself");
	check_eq(sleep_on(OF_THREAD(0), 0, 1, NULL), EINVAL, "nor by number 0");
	check_eq(sleep_on(OF_THREAD(gettid()), 0, 1, NULL), EINVAL,
		 "nor by its own");
	check_eq(sleep_on(OF_THREAD(getppid()), 0, 1, NULL), EINVAL,
		 "a thread of others");
	check_eq(sleep_on(none, 0, 1, NULL), EINVAL, "nobody's clock");
	check_eq(sleep_on(OF_FILE(0), 0, 1, NULL), EOPNOTSUPP,
		 "a descriptor's clock");
	check_eq(sleep_on(0x7fff, 0, 1, NULL), EINVAL, "no clock");
	check_eq(-raw_syscall(SYS_clock_nanosleep, none, 0, BAD, 0), EFAULT,
		 "a bad time before nobody's clock");
	check_eq(clock_nanosleep(none, 0, &bad, NULL), EINVAL, "negative");
	check_eq(clock_nanosleep(OF_FILE(0), 0, BAD, NULL), EOPNOTSUPP,
		 "a descriptor before a bad time");
}

struct its {
	struct { long s, ns; } interval, value;
};

static int timer_on(int clock, long ns, int *id)
{
	struct its its = { { 0, 0 }, { 0, ns } };

	if (syscall(SYS_timer_create, clock, NULL, id))
		return errno;
	return raw_syscall(SYS_timer_settime, *id, 0, &its, 0);
}

static void timers(void)
{
	sigset_t set = sigmask(SIGALRM);
	pid_t pid = busy();
	siginfo_t si;
	int id = -1;

	sigprocmask(SIG_BLOCK, &set, NULL);
	check_eq(timer_on(OF_PROCESS(pid), 20 * MS, &id), 0,
		 "a timer by what another process computes");
	check_eq(sigtimedwait(&set, &si, NULL), SIGALRM, "expires");
	check_eq(si.si_code, SI_TIMER, "as a timer");
	check_eq(timer_on(OF_PROCESS(pid), 999 * MS, &id), 0, "another");
	end(pid);
	check_ok(syscall(SYS_timer_delete, id), "outlives the process");
	check_eq(timer_on(OF_PROCESS(pid), 1, &id), EINVAL, "nobody's");
	check_eq(timer_on(OF_FILE(0), 1, &id), EOPNOTSUPP, "a descriptor's");
}

/* Of a timer on it that is armed, or of who sleeps on it. */
static void ends_first(void)
{
	pid_t pid = idle(), child = fork();
	int st, id;

	if (!child) {
		timer_on(OF_PROCESS(pid), 999 * MS, &id);
		_exit(0);
	}
	waitpid(child, &st, 0);
	check_eq(st, 0, "who has a timer on another's clock ends");
	child = fork();
	if (!child)
		sleep_on(OF_PROCESS(pid), 0, 9999 * MS, NULL);
	check(comes_to(child, "S"), "who sleeps on it");
	end(child);
	end(pid);
	child = busy();
	check_eq(sleep_on(OF_PROCESS(child), 0, MS, NULL), 0, "others go on");
	end(child);
}

static void *own_number(void *arg)
{
	(void)arg;
	return (void *)(long)(read_ns(OF_PROCESS(gettid())) > 0);
}

static void by_a_thread(void)
{
	struct thread t;

	thread_create(&t, own_number, NULL);
	check(thread_join(&t), "a thread reads its process's by its number");
}

int main(void)
{
	of_another();
	of_ones_own();
	exact();
	interrupted();
	goes_on();
	refused();
	timers();
	ends_first();
	by_a_thread();
	return tap_done();
}
