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

/* => 0 or an errno; rest: what clock_nanosleep(2) says remains */
static int sleep_by_clock(int clock, int flags, int64_t ns,
			  struct timespec *rest)
{
	struct timespec t = { ns / 1000000000, ns % 1000000000 };

	return clock_nanosleep(clock, flags, &t, rest);
}

static pid_t start_computing(void)
{
	pid_t pid = fork();

	if (pid < 0)
		tap_bail("fork");
	while (!pid)
		;
	return pid;
}

static pid_t start_idle(void)
{
	pid_t pid = fork();

	if (pid < 0)
		tap_bail("fork");
	while (!pid)
		pause();
	return pid;
}

static void end_computing(pid_t pid)
{
	int st;

	kill(pid, SIGKILL);
	waitpid(pid, &st, 0);
}

static void of_another(void)
{
	pid_t pid = start_computing();
	int clock = OF_PROCESS(pid);
	int64_t from = clock_ns(clock);

	check_eq(sleep_by_clock(clock, 0, 30 * MS, NULL), 0,
		 "until another process has computed");
	check(clock_ns(clock) >= from + 30 * MS, "it has");
	from = clock_ns(clock);
	check_eq(sleep_by_clock(clock, TIMER_ABSTIME, from + 20 * MS, NULL), 0,
		 "to a time");
	check(clock_ns(clock) >= from + 20 * MS, "that has come");
	check_eq(sleep_by_clock(clock, TIMER_ABSTIME, 1, NULL), 0,
		 "that is over");
	check_eq(sleep_by_clock(clock, 0, 0, NULL), 0, "for no time");
	end_computing(pid);
}

static volatile int stop;

static void *compute_until_stop(void *arg)
{
	(void)arg;
	while (!stop)
		;
	return NULL;
}

static void of_ones_own(void)
{
	int64_t from = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	struct thread t;

	thread_create(&t, compute_until_stop, NULL);
	check_eq(sleep_by_clock(CLOCK_PROCESS_CPUTIME_ID, 0, 20 * MS, NULL), 0,
		 "until a thread of one's own has computed");
	check(clock_ns(CLOCK_PROCESS_CPUTIME_ID) >= from + 20 * MS, "it has");
	check_eq(sleep_by_clock(OF_THREAD(t.tid), 0, 20 * MS, NULL), 0,
		 "by that thread's clock");
	stop = 1;
	thread_join(&t);
}

/* Asked in between, what sleeps has computed nothing, what runs all of it. */
static void exact(void)
{
	int64_t own = clock_ns(CLOCK_PROCESS_CPUTIME_ID), its;
	int stood = 0, clock;
	pid_t pid = start_idle();

	clock = OF_PROCESS(pid);
	comes_to(pid, "S");
	its = clock_ns(clock);
	while (clock_ns(CLOCK_PROCESS_CPUTIME_ID) < own + 60 * MS)
		;
	check(clock_ns(clock) < its + 20 * MS,
	      "a sleeper's clock stands still");
	for (int i = 0; i < 100; i++) {
		own = clock_ns(CLOCK_THREAD_CPUTIME_ID);
		stood += clock_ns(CLOCK_THREAD_CPUTIME_ID) <= own;
	}
	check_eq(stood, 0, "that of who runs never does");
	end_computing(pid);
}

static void interrupt_sleep(void)
{
	/* again and again: the first may come before the call */
	struct { long s, us, at_s, at_us; } in = {
		.us = 20000, .at_us = 20000
	}, off = { 0 };
	struct sigaction sa = { .sa_handler = ignore_signal };
	struct timespec rest = { -1, -1 };
	pid_t pid = start_idle();

	sigaction(SIGALRM, &sa, NULL);
	syscall(SYS_setitimer, 0L, &in, NULL);
	check_eq(sleep_by_clock(OF_PROCESS(pid), 0, 50000 * MS, &rest), EINTR,
		 "a signal comes while it computes nothing");
	check(rest.tv_sec >= 49 && rest.tv_sec <= 50, "most remains");
	rest.tv_sec = -1;
	check_eq(sleep_by_clock(OF_PROCESS(pid), TIMER_ABSTIME, 50000 * MS,
				&rest),
		 EINTR, "to a time");
	check_eq(rest.tv_sec, -1, "then nothing is told");
	syscall(SYS_setitimer, 0L, &off, NULL);
	end_computing(pid);
}

/* A stop and SIGCONT have no handler: the call goes on by itself. */
static void goes_on(void)
{
	pid_t other = start_idle(), pid = fork();
	int st;

	if (!pid)
		_exit(sleep_by_clock(OF_PROCESS(other), 0, 30 * MS, NULL));
	check(comes_to(pid, "S"), "it sleeps");
	kill(pid, SIGSTOP);
	waitpid(pid, &st, WUNTRACED);
	kill(pid, SIGCONT);
	check(comes_to(pid, "S"), "and goes on sleeping");
	check_eq(waitpid(pid, &st, WNOHANG), 0, "after a stop");
	end_computing(other);
	check_eq(waitpid(pid, &st, WNOHANG), 0,
		 "also when what it waits for has ended");
	end_computing(pid);
}

static void refuse_waits(void)
{
	struct timespec bad = { 0, -1 };
	int none = OF_PROCESS(NOBODY);

	check_eq(sleep_by_clock(CLOCK_THREAD_CPUTIME_ID, 0, 1, NULL),
		 EOPNOTSUPP,
		 "nobody waits for itself");
	check_eq(sleep_by_clock(OF_THREAD(0), 0, 1, NULL), EINVAL,
		 "nor by number 0");
	check_eq(sleep_by_clock(OF_THREAD(gettid()), 0, 1, NULL), EINVAL,
		 "nor by its own");
	check_eq(sleep_by_clock(OF_THREAD(getppid()), 0, 1, NULL), EINVAL,
		 "a thread of others");
	check_eq(sleep_by_clock(none, 0, 1, NULL), EINVAL, "nobody's clock");
	check_eq(sleep_by_clock(OF_FILE(0), 0, 1, NULL), EOPNOTSUPP,
		 "a descriptor's clock");
	check_eq(sleep_by_clock(0x7fff, 0, 1, NULL), EINVAL, "no clock");
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

static void arm_cpu_timers(void)
{
	sigset_t set = sigmask(SIGALRM);
	pid_t pid = start_computing();
	siginfo_t si;
	int id = -1;

	sigprocmask(SIG_BLOCK, &set, NULL);
	check_eq(timer_on(OF_PROCESS(pid), 20 * MS, &id), 0,
		 "a timer by what another process computes");
	check_eq(sigtimedwait(&set, &si, NULL), SIGALRM, "expires");
	check_eq(si.si_code, SI_TIMER, "as a timer");
	check_eq(timer_on(OF_PROCESS(pid), 999 * MS, &id), 0, "another");
	end_computing(pid);
	check_ok(syscall(SYS_timer_delete, id), "outlives the process");
	check_eq(timer_on(OF_PROCESS(pid), 1, &id), EINVAL, "nobody's");
	check_eq(timer_on(OF_FILE(0), 1, &id), EOPNOTSUPP, "a descriptor's");
}

/* Of a timer on it that is armed, or of who sleeps on it. */
static void ends_first(void)
{
	pid_t pid = start_idle(), child = fork();
	int st, id;

	if (!child) {
		timer_on(OF_PROCESS(pid), 999 * MS, &id);
		_exit(0);
	}
	waitpid(child, &st, 0);
	check_eq(st, 0, "who has a timer on another's clock ends");
	child = fork();
	if (!child)
		sleep_by_clock(OF_PROCESS(pid), 0, 9999 * MS, NULL);
	check(comes_to(child, "S"), "who sleeps on it");
	end_computing(child);
	end_computing(pid);
	child = start_computing();
	check_eq(sleep_by_clock(OF_PROCESS(child), 0, MS, NULL), 0,
		 "others go on");
	end_computing(child);
}

static void *own_number(void *arg)
{
	(void)arg;
	return (void *)(long)(clock_ns(OF_PROCESS(gettid())) > 0);
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
	interrupt_sleep();
	goes_on();
	refuse_waits();
	arm_cpu_timers();
	ends_first();
	by_a_thread();
	return tap_done();
}
