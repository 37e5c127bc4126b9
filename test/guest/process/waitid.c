/* SPDX-License-Identifier: MIT */
/*
 * Waiting in all its forms, what children used, and who inherits them (rows
 * B16, C1, D1): waitid by every kind of id and option, threads as parents,
 * getrusage, subreapers.
 */
#include <sched.h>
#include <sys/resource.h>
#include <thread.h>
#include <time.h>
#include "tap.h"

#define PR_SET_CHILD_SUBREAPER	36
#define PR_GET_CHILD_SUBREAPER	37
#define RUSAGE_THREAD		1

static char stack[32768] __attribute__((aligned(16)));

static pid_t exiting(int code)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(code);
	return pid;
}

static void kill_and_reap(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, __WALL);
}

/* ---- kinds of id --------------------------------------------------------- */

static void wait_by_group(void)
{
	pid_t a = start_pausing(), b;
	siginfo_t si;
	int st;

	setpgid(a, a);
	b = exiting(3);
	memset(&si, 0, sizeof(si));
	check_eq(waitid(P_PGID, a, &si, WEXITED | WNOHANG), 0, "P_PGID");
	check_eq(si.si_pid, 0, "nobody of that group has ended");
	check_eq(waitid(P_PGID, 0, &si, WEXITED), 0, "P_PGID 0: one's own");
	check(si.si_pid == b && si.si_status == 3, "the other child");
	check_err(ECHILD, waitid(P_PGID, 0, &si, WEXITED), "no more there");
	check_err(ECHILD, waitpid(0, &st, WNOHANG), "for waitpid(0) too");
	check_eq(waitpid(-a, &st, WNOHANG), 0, "waitpid(-group)");
	kill(a, SIGTERM);
	check_eq(waitid(P_PGID, a, &si, WEXITED), 0, "then one has");
	check(si.si_pid == a && si.si_code == CLD_KILLED &&
	      si.si_status == SIGTERM && si.si_signo == SIGCHLD,
	      "CLD_KILLED, by what");
	check_err(EINVAL, waitid(P_PGID, -1, &si, WEXITED), "group -1");
	check_err(EINVAL, waitid(P_PID, 0, &si, WEXITED), "P_PID 0");
	check_err(EINVAL, waitid(P_PID, -1, &si, WEXITED), "P_PID -1");
	check_err(EINVAL, waitid(4, 1, &si, WEXITED), "no such kind");
	check_err(ECHILD, waitid(P_PID, getpid(), &si, WEXITED), "oneself");
	check_err(ECHILD, waitid(P_PID, 1, &si, WEXITED), "not a child");
}

/* ---- options ------------------------------------------------------------- */

static void not_waiting(void)
{
	pid_t pid = exiting(9);
	siginfo_t si;

	for (int i = 0; i < 3; i++) {
		memset(&si, 0, sizeof(si));
		check(waitid(P_ALL, 0, &si, WEXITED | WNOWAIT) == 0 &&
		      si.si_pid == pid && si.si_status == 9 &&
		      si.si_code == CLD_EXITED && si.si_uid == getuid(),
		      "WNOWAIT, time %d", i + 1);
	}
	check_eq(waitid(P_ALL, 0, NULL, WEXITED), 0, "nowhere to tell it");
	check_err(ECHILD, waitid(P_ALL, 0, &si, WEXITED), "it is gone now");
	pid = exiting(1);
	check_err(EFAULT, waitid(P_PID, pid, BAD, WEXITED), "bad pointer");
	check_err(ECHILD, waitid(P_PID, pid, &si, WEXITED),
		  "as on Linux, it is reaped none the less");
	check_err(EINVAL, waitid(P_ALL, 0, &si, WNOHANG), "waits for nothing");
	check_err(EINVAL, waitid(P_ALL, 0, &si, WEXITED | 0x100), "unknown");
}

static void wait_for_stops(void)
{
	pid_t pid = start_pausing();
	siginfo_t si;

	kill(pid, SIGSTOP);
	check(waitid(P_PID, pid, &si, WSTOPPED | WNOWAIT) == 0 &&
	      si.si_code == CLD_STOPPED && si.si_status == SIGSTOP,
	      "WSTOPPED | WNOWAIT");
	si.si_pid = 1;
	check(waitid(P_PID, pid, &si, WEXITED | WCONTINUED | WNOHANG) == 0 &&
	      !si.si_pid, "a stop is neither end nor continuation");
	check(waitid(P_PID, pid, &si, WSTOPPED) == 0 && si.si_pid == pid,
	      "WSTOPPED");
	si.si_pid = 1;
	check(waitid(P_PID, pid, &si, WSTOPPED | WNOHANG) == 0 && !si.si_pid,
	      "told once");
	kill(pid, SIGCONT);
	check(waitid(P_PID, pid, &si, WCONTINUED | WNOWAIT) == 0 &&
	      si.si_code == CLD_CONTINUED && si.si_status == SIGCONT,
	      "WCONTINUED | WNOWAIT");
	check(waitid(P_PID, pid, &si, WSTOPPED | WCONTINUED) == 0 &&
	      si.si_code == CLD_CONTINUED, "WCONTINUED among others");
	si.si_pid = 1;
	check(waitid(P_PID, pid, &si, WCONTINUED | WNOHANG) == 0 &&
	      !si.si_pid, "told once");
	kill(pid, SIGKILL);
	check(waitid(P_PID, pid, &si, WSTOPPED | WCONTINUED | WEXITED) == 0 &&
	      si.si_code == CLD_KILLED, "its end");
}

static int return_code(void *arg)
{
	return (int)(long)arg;
}

static pid_t clone_child(long flags, int code)
{
	return (pid_t)__clone(return_code, stack + sizeof(stack), flags,
			      (void *)(long)code, NULL, NULL, NULL);
}

/* Children by the signal they send: a "clone" child is one of another. */
static void wait_for_clones(void)
{
	pid_t plain = exiting(1), odd = clone_child(0, 2);
	siginfo_t si;

	check(waitid(P_ALL, 0, &si, (int)(WEXITED | __WCLONE)) == 0 &&
	      si.si_pid == odd, "__WCLONE: the one without SIGCHLD");
	check_err(ECHILD, waitid(P_ALL, 0, &si, (int)(WEXITED | __WCLONE)),
		  "and no other");
	check(waitid(P_ALL, 0, &si, WEXITED) == 0 && si.si_pid == plain,
	      "without it: the one with");
	plain = exiting(1);
	signal(SIGUSR2, SIG_IGN);
	odd = clone_child(SIGUSR2, 2);
	check_err(ECHILD, waitid(P_PID, odd, &si, WEXITED), "not ordinary");
	for (int i = 0; i < 2; i++)
		check_eq(waitid(P_ALL, 0, &si, WEXITED | __WALL), 0,
			 "__WALL: both");
	check_err(ECHILD, waitid(P_ALL, 0, &si, WEXITED | __WALL), "all");
	signal(SIGUSR2, SIG_DFL);
}

/* ---- threads as parents -------------------------------------------------- */

static volatile pid_t others;
static volatile int go;
static siginfo_t seen;
static volatile int seen_errno;

static void *has_child(void *arg)
{
	others = exiting(5);
	while (!go)
		usleep(1000);
	seen_errno = waitid(P_PID, others, &seen, WEXITED | WNOWAIT |
			    __WNOTHREAD) ? errno : 0;
	return NULL;
}

static void *wait_for_mine(void *arg)
{
	seen_errno = waitid(P_ALL, 0, &seen, WEXITED | __WNOTHREAD) ? errno :
		     0;
	return NULL;
}

static void wait_from_threads(void)
{
	struct thread t;
	pid_t pid;
	siginfo_t si;

	others = go = 0;
	thread_create(&t, has_child, NULL);
	while (!others)
		usleep(1000);
	check_err(ECHILD, waitid(P_PID, others, &si, WEXITED | __WNOTHREAD),
		  "__WNOTHREAD: another thread's child is not ours");
	check(waitid(P_PID, others, &si, WEXITED | WNOWAIT) == 0,
	      "without it, it is");
	go = 1;
	thread_join(&t);
	check(!seen_errno && seen.si_pid == others, "it is that thread's");
	/* joined is a bit before it has ended */
	check(eventually(!waitid(P_PID, others, &si, WEXITED |
				 __WNOTHREAD)) &&
	      si.si_status == 5, "and ours when that thread has ended");
	pid = exiting(6);
	thread_create(&t, wait_for_mine, NULL);
	thread_join(&t);
	check_eq(seen_errno, ECHILD, "a new thread has no children");
	waitpid(pid, NULL, 0);
}

/* ---- usage --------------------------------------------------------------- */

static double seconds(const struct timeval *t)
{
	return (double)t->tv_sec + (double)t->tv_usec / 1e6;
}

static void burn(int ms)
{
	struct timespec a, b;
	volatile unsigned n = 0;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
	do {
		for (int i = 0; i < 10000; i++)
			n++;
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
	} while ((b.tv_sec - a.tv_sec) * 1000 +
		 (b.tv_nsec - a.tv_nsec) / 1000000 < ms);
}

static void no_children(void *arg)
{
	struct rusage u = { .ru_maxrss = 1 };

	getrusage(RUSAGE_CHILDREN, &u);
	_exit(u.ru_maxrss ? 1 : 0);
}

static void sum_usage(void)
{
	struct rusage a, b, of;
	int st;
	pid_t pid;
	char *p;

	getrusage(RUSAGE_CHILDREN, &a);
	pid = fork();
	if (pid == 0) {
		p = anon_pages(64, PROT_READ | PROT_WRITE);
		madvise(p, 64 * PG, MADV_NOHUGEPAGE);
		for (unsigned long i = 0; i < 64; i++)
			p[i * PG] = 1;
		burn(60);
		_exit(0);
	}
	check_eq(wait4(pid, &st, 0, &of), pid, "wait4 with a rusage");
	check(seconds(&of.ru_utime) + seconds(&of.ru_stime) >= 0.05,
	      "its time");
	check(of.ru_minflt >= 64, "its faults: %ld", of.ru_minflt);
	check(of.ru_maxrss >= 256, "its memory: %ld KiB", of.ru_maxrss);
	check_eq(in_child(no_children, NULL), 0,
		 "who has waited for nobody has no children's memory");
	getrusage(RUSAGE_CHILDREN, &b);
	check(seconds(&b.ru_utime) + seconds(&b.ru_stime) -
	      seconds(&a.ru_utime) - seconds(&a.ru_stime) >= 0.05 &&
	      b.ru_minflt - a.ru_minflt >= 64, "RUSAGE_CHILDREN has it");
	check(b.ru_maxrss >= of.ru_maxrss, "and the most of their memory");
	getrusage(RUSAGE_CHILDREN, &a);
	pid = fork();
	if (pid == 0) {
		burn(30);
		_exit(0);
	}
	usleep(100000);
	getrusage(RUSAGE_CHILDREN, &b);
	check(seconds(&b.ru_utime) == seconds(&a.ru_utime),
	      "not before it is waited for");
	waitpid(pid, &st, 0);
	check_ok(getrusage(RUSAGE_SELF, &a), "RUSAGE_SELF");
	b = a;
	check_ok(getrusage(RUSAGE_THREAD, &a), "RUSAGE_THREAD");
	check(a.ru_maxrss >= b.ru_maxrss, "with the memory of all threads");
	check_err(EINVAL, getrusage(7, &a), "of whom?");
	check_err(EFAULT, getrusage(RUSAGE_SELF, BAD), "bad pointer");
	pid = exiting(0);
	check_eq(syscall(SYS_waitid, P_PID, pid, 0, WEXITED, &of), 0,
		 "waitid with a rusage");
}

/* ---- who inherits -------------------------------------------------------- */

static long prctl_of_waiter(int what, unsigned long arg)
{
	return syscall(SYS_prctl, what, arg, 0, 0, 0);
}

/* The parent that a grandchild sees once its own parent is dead. */
static pid_t adopted_by(void (*between)(void))
{
	int p[2];
	pid_t pid, up = -1;

	pipe(p);
	pid = fork();
	if (pid == 0) {
		pid_t me;

		if (between)
			between();
		me = getpid();
		if (fork() == 0) {
			while (getppid() == me)
				usleep(1000);
			up = getppid();
			write(p[1], &up, sizeof(up));
			_exit(44);
		}
		_exit(0);
	}
	close(p[1]);
	waitpid(pid, NULL, 0);
	read(p[0], &up, sizeof(up));
	close(p[0]);
	return up;
}

static void subreapers(void)
{
	int set = -1, st;
	pid_t pid, up;

	check_ok(prctl_of_waiter(PR_SET_CHILD_SUBREAPER, 1),
		 "become a subreaper");
	check_ok(prctl_of_waiter(PR_GET_CHILD_SUBREAPER, (unsigned long)&set),
		 "ask");
	check_eq(set, 1, "one is");
	pid = fork();
	if (pid == 0) {
		prctl_of_waiter(PR_GET_CHILD_SUBREAPER, (unsigned long)&set);
		_exit(set);
	}
	waitpid(pid, &st, 0);
	check_eq(st, 0, "children are not");
	check_eq(adopted_by(NULL), getpid(), "an orphan comes to us");
	check(wait(&st) > 0 && st == 44 << 8, "and is ours to wait for");
	prctl_of_waiter(PR_SET_CHILD_SUBREAPER, 0);
	up = adopted_by(NULL);
	check(up != getpid() && up > 0, "no longer: to another");
	check_err(ECHILD, wait(&st), "nothing of it is ours");
}

/* A dead child whose parent dies is its new parent's at once. */
static void zombies_move(void)
{
	int st, sum = 0;
	pid_t pid;

	prctl_of_waiter(PR_SET_CHILD_SUBREAPER, 1);
	pid = fork();
	if (pid == 0) {
		exiting(2);
		usleep(20000);
		_exit(1);
	}
	for (int i = 0; i < 2; i++) {
		if (wait(&st) < 0)
			sum = 99;
		sum += st >> 8;
	}
	check_eq(sum, 3, "a zombie is inherited too");
	check_err(ECHILD, wait(&st), "both once");
	prctl_of_waiter(PR_SET_CHILD_SUBREAPER, 0);
	kill_and_reap(start_pausing());
}

int main(void)
{
	wait_by_group();
	not_waiting();
	wait_for_stops();
	wait_for_clones();
	wait_from_threads();
	sum_usage();
	subreapers();
	zombies_move();
	return tap_done();
}
