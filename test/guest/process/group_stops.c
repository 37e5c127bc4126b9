/* SPDX-License-Identifier: MIT */
/*
 * When a process with several threads has stopped: its parent hears of it from
 * the last thread that does, and nothing of it runs after that (rows B14, B16,
 * D2).
 */
#include <sched.h>
#include <thread.h>
#include "ptrace.h"

#define SPINNERS	3
#define ROUNDS		40

/* What the subject and whoever stops it both see. */
static struct shared {
	volatile int tid;		/* of its second thread */
	volatile int go;
	volatile unsigned long count[SPINNERS];
} *shared;

static int hold[2];			/* open: the second thread is held up */
static char stack[16384] __attribute__((aligned(16)));

/* ---- a process whose second thread does not stop at once ----------------- */

static int wait_for_end(void *arg)
{
	char c;

	(void)arg;
	raw_syscall(SYS_read, hold[0], &c, 1);
	raw_syscall(SYS_exit, 0);
	return 0;
}

/* vfork() comes back when the child has ended, whatever signals come. */
static void *held_up(void *arg)
{
	(void)arg;
	shared->tid = gettid();
	__clone(wait_for_end, stack + sizeof(stack), CLONE_VM | CLONE_VFORK |
		SIGCHLD, NULL, NULL, NULL, NULL);
	for (;;)
		pause();
	return NULL;
}

static void two_threads(void)
{
	struct thread t;

	close(hold[1]);
	thread_create(&t, held_up, NULL);
	for (;;)
		pause();
}

/* => a process with one thread that pauses and one that is held up */
static pid_t subject(void)
{
	pid_t pid;

	shared->tid = 0;
	if (pipe(hold) || (pid = fork()) < 0)
		tap_bail("fork");
	if (!pid)
		two_threads();
	close(hold[0]);
	if (!eventually(shared->tid) ||
	    !eventually(tap_state(pid, shared->tid) == 'D'))
		tap_bail("no second thread");
	return pid;
}

static void end_stopped(pid_t pid)
{
	int st;

	kill(pid, SIGKILL);
	while (waitpid(pid, &st, 0) == pid && !WIFSIGNALED(st))
		;
	close(hold[1]);
}

/* What SIGCHLD told, if one is pending.  => its code, or 0 */
static int take_child_news(siginfo_t *si)
{
	static const struct { long s, ns; } at_once;
	unsigned long set[2] = { 1ul << (SIGCHLD - 1), 0 };

	return raw_syscall(SYS_rt_sigtimedwait, set, si, &at_once, 8L) ==
		SIGCHLD ? si->si_code : 0;
}

static void last_one_tells(void)
{
	pid_t pid = subject();
	siginfo_t si;
	int st = 0;

	kill(pid, SIGSTOP);
	check(comes_to(pid, "T"), "one thread has stopped");
	check_eq(waitpid(pid, &st, WUNTRACED | WNOHANG), 0,
		 "the process has not");
	check_eq(take_child_news(&si), 0, "nor is it told");
	close(hold[1]);
	check_eq(waitpid(pid, &st, WUNTRACED), pid, "it stops");
	check_eq(st, SIGSTOP << 8 | 0x7f, "as it was told to");
	check_eq(tap_state(pid, pid), 'T', "the first thread is stopped");
	check_eq(tap_state(pid, shared->tid), 'T', "and so is the second");
	check_eq(take_child_news(&si), CLD_STOPPED, "SIGCHLD");
	check_eq(si.si_status, SIGSTOP, "by which signal");
	check_eq(si.si_pid, pid, "of whom");
	end_stopped(pid);
	take_child_news(&si);
}

static void continued_before(void)
{
	pid_t pid = subject();
	siginfo_t si;
	int st = 0;

	kill(pid, SIGSTOP);
	check(comes_to(pid, "T"), "one thread has stopped");
	kill(pid, SIGCONT);
	check_eq(waitpid(pid, &st, WUNTRACED | WNOHANG), 0,
		 "SIGCONT in between: there was no stop");
	check_eq(waitpid(pid, &st, WCONTINUED | WNOHANG), pid,
		 "but a continuation");
	check(eventually(take_child_news(&si)), "it is told");
	check_eq(si.si_code, CLD_STOPPED, "as a stop");
	check_eq(si.si_status, 0, "by nothing");
	kill(pid, SIGSTOP);
	check(comes_to(pid, "T"), "stopped again");
	check_eq(waitpid(pid, &st, WUNTRACED | WNOHANG), 0, "in part");
	close(hold[1]);
	check_eq(waitpid(pid, &st, WUNTRACED), pid, "and then wholly");
	check_eq(tap_state(pid, shared->tid), 'T', "both of them");
	end_stopped(pid);
	take_child_news(&si);
}

/* => what a parent is told of a child that is killed while it stops */
static int told_of_killed(void)
{
	pid_t pid = subject();
	siginfo_t si;
	int st = 0, code;

	kill(pid, SIGSTOP);
	if (!comes_to(pid, "T"))
		tap_bail("one thread has stopped");
	kill(pid, SIGKILL);
	if (waitpid(pid, &st, WUNTRACED) != pid || st != SIGKILL)
		return -1;
	code = take_child_news(&si);
	close(hold[1]);
	return code;
}

/* Whichever thread ends first: the other must not complete the stop. */
static void killed_before(void)
{
	int code = CLD_KILLED;

	for (int i = 0; i < 20 && code == CLD_KILLED; i++)
		code = told_of_killed();
	check_eq(code, CLD_KILLED, "SIGKILL in between: no stop is told");
}

/* ---- a thread that ends meanwhile ---------------------------------------- */

static void *ends_when_told(void *arg)
{
	(void)arg;
	shared->tid = gettid();
	while (!shared->go)
		sched_yield();
	return NULL;
}

static void ends_meanwhile(void)
{
	int st = 0, traced;
	pid_t pid;

	shared->tid = shared->go = 0;
	pid = fork();
	if (!pid) {
		struct thread t;

		thread_create(&t, ends_when_told, NULL);
		for (;;)
			pause();
	}
	eventually(shared->tid);
	traced = shared->tid;
	if (ptrace(PTRACE_SEIZE, traced, 0, O(EXIT)))
		tap_bail("PTRACE_SEIZE");
	shared->go = 1;
	check_eq(next_stop(traced), EVENT(PTRACE_EVENT_EXIT),
		 "the second thread is about to end");
	kill(pid, SIGSTOP);
	check(comes_to(pid, "T"), "the first has stopped");
	check_eq(waitpid(pid, &st, WUNTRACED | WNOHANG), 0,
		 "the process has not");
	ptrace(PTRACE_CONT, traced, 0, 0);
	check_eq(waitpid(pid, &st, WUNTRACED), pid, "it has by that end");
	check_eq(st, SIGSTOP << 8 | 0x7f, "as it was told to");
	check_eq(next_stop(traced), EXITED(0), "the thread is gone");
	kill(pid, SIGKILL);
	waitpid(pid, &st, 0);
}

/* ---- nothing runs after it ----------------------------------------------- */

static void *count_for_ever(void *arg)
{
	volatile unsigned long *n = arg;

	for (;;)
		++*n;
	return NULL;
}

static void *count_once(void *arg)
{
	volatile unsigned long *n = arg;

	for (int i = 0; i < 1000; i++)
		++*n;
	return NULL;
}

/* One thread is made after another, besides those that are there. */
static void start_spinners(void)
{
	struct thread t[SPINNERS];

	for (int i = 1; i < SPINNERS; i++)
		thread_create(&t[i], count_for_ever, (void *)&shared->count[i]);
	for (;;) {
		thread_create(&t[0], count_once, (void *)&shared->count[0]);
		shared->go = 1;
		thread_join(&t[0]);
	}
}

static int spinners_stand(void)
{
	unsigned long before[SPINNERS];

	for (int i = 0; i < SPINNERS; i++)
		before[i] = shared->count[i];
	usleep(1000);
	for (int i = 0; i < SPINNERS; i++)
		if (shared->count[i] != before[i])
			return 0;
	return 1;
}

static void nothing_runs_after_it(void)
{
	int st, stops = 0, still = 0, conts = 0;
	pid_t pid;

	shared->go = 0;
	pid = fork();
	if (!pid)
		start_spinners();
	eventually(shared->go);
	for (int i = 0; i < ROUNDS; i++) {
		kill(pid, SIGSTOP);
		stops += waitpid(pid, &st, WUNTRACED) == pid &&
			st == (SIGSTOP << 8 | 0x7f);
		still += spinners_stand();
		kill(pid, SIGCONT);
		conts += waitpid(pid, &st, WCONTINUED) == pid && st == 0xffff;
	}
	check_eq(stops, ROUNDS, "stops of a busy process");
	check_eq(still, ROUNDS, "it stands still each time");
	check_eq(conts, ROUNDS, "and goes on");
	kill(pid, SIGKILL);
	waitpid(pid, &st, 0);
}

/* ---- the time it has used ------------------------------------------------ */

static void tells_its_time(void)
{
	struct { long s, ns; } t;
	siginfo_t si;
	int st;
	pid_t pid;

	while (take_child_news(&si))
		;
	pid = fork();
	if (!pid) {
		do {
			syscall(SYS_clock_gettime, 2L, &t);
		} while (!t.s && t.ns < 200000000);
		raise(SIGSTOP);
		_exit(0);
	}
	waitpid(pid, &st, WUNTRACED);
	check_eq(take_child_news(&si), CLD_STOPPED, "a stop");
	check(si.si_utime + si.si_stime >= 1, "with the time it used");
	kill(pid, SIGKILL);
	waitpid(pid, &st, 0);
}

int main(void)
{
	unsigned long set[2] = { 1ul << (SIGCHLD - 1), 0 };

	shared = mmap(NULL, PG, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	raw_syscall(SYS_rt_sigprocmask, SIG_BLOCK, set, 0L, 8L);
	last_one_tells();
	continued_before();
	killed_before();
	ends_meanwhile();
	nothing_runs_after_it();
	tells_its_time();
	return tap_done();
}
