/* SPDX-License-Identifier: MIT */
/*
 * What a signal tells is not lost because others wait in front of it, whoever
 * sends it (rows B6, C1): every number's siginfo while all numbers are pending,
 * a child's end and stop, real-time signals of another process in their order,
 * to groups, to threads, and RLIMIT_SIGPENDING.
 */
#include <sys/resource.h>
#include <thread.h>
#include <time.h>
#include "tap.h"

#define BIT(sig)	(1ull << ((sig) - 1))
#define RTS		20

static const int plain[] = {
	SIGUSR1, SIGUSR2, SIGHUP, SIGINT, SIGALRM, SIGTERM, SIGIO,
};

static sigset_t all;

/* The pending sig, waited for.  => its number, or -1 */
static int take_pending(int sig, siginfo_t *si)
{
	struct timespec long_enough = { 60, 0 };
	sigset_t set = BIT(sig);

	memset(si, 0xff, sizeof(*si));
	return sigtimedwait(&set, si, &long_enough);
}

/* Nothing of what the part before left behind. */
static void drain_pending(void)
{
	struct timespec none = { 0, 0 };
	siginfo_t si;

	while (sigtimedwait(&all, &si, &none) > 0)
		;
}

static void wait_until_ended(pid_t pid)
{
	int st;

	while (waitpid(pid, &st, 0) < 0 && errno == EINTR)
		;
}

/* ---- children ------------------------------------------------------------ */

static void an_end(void)
{
	siginfo_t si;
	pid_t pid;

	for (int i = 0; i < COUNT(plain); i++)
		kill(getpid(), plain[i]);
	pid = fork();
	if (pid == 0)
		_exit(7);
	check_eq(take_pending(SIGCHLD, &si), SIGCHLD,
		 "a child ends, signals pending");
	check_eq(si.si_code, CLD_EXITED, "its code");
	check_eq(si.si_pid, pid, "its number");
	check_eq(si.si_status, 7, "its status");
	wait_until_ended(pid);
	for (int i = 0; i < COUNT(plain); i++) {
		check_eq(take_pending(plain[i], &si), plain[i],
			 "%d is still there",
			 plain[i]);
		check(si.si_pid == getpid() && si.si_code == SI_USER,
		      "with its sender");
	}
}

/* Stopped, continued and killed, with something in front each time. */
static void tell_child_changes(void)
{
	siginfo_t si;
	pid_t pid = fork();

	if (pid == 0) {
		sigset_t none = 0;

		sigprocmask(SIG_SETMASK, &none, NULL);
		for (;;)
			pause();
	}
	kill(getpid(), SIGUSR1);
	kill(pid, SIGSTOP);
	take_pending(SIGCHLD, &si);
	check(si.si_code == CLD_STOPPED && si.si_pid == pid &&
	      si.si_status == SIGSTOP, "a child that stops");
	kill(pid, SIGCONT);
	take_pending(SIGCHLD, &si);
	check(si.si_code == CLD_CONTINUED && si.si_pid == pid &&
	      si.si_status == SIGCONT, "that goes on");
	kill(pid, SIGKILL);
	take_pending(SIGCHLD, &si);
	check(si.si_code == CLD_KILLED && si.si_pid == pid &&
	      si.si_status == SIGKILL, "that is killed");
	wait_until_ended(pid);
	drain_pending();
}

/* ---- others who send ----------------------------------------------------- */

static void send_plain(void *arg)
{
	pid_t to = *(pid_t *)arg;

	for (int i = 0; i < COUNT(plain); i++)
		if (kill(to, plain[i]))
			_exit(1);
}

/* => how many of the plain signals name `from` as their sender */
static int count_senders(pid_t from)
{
	siginfo_t si;
	int n = 0;

	for (int i = 0; i < COUNT(plain); i++) {
		take_pending(plain[i], &si);
		n += si.si_pid == from && si.si_code == SI_USER &&
			si.si_uid == getuid();
	}
	return n;
}

static void from_child(pid_t to, const char *what)
{
	pid_t pid = fork();

	if (pid == 0) {
		send_plain(&to);
		_exit(0);
	}
	wait_until_ended(pid);
	check_eq(count_senders(pid), COUNT(plain), "%s", what);
	drain_pending();
}

static void send_queue(pid_t to, int sig, int n)
{
	for (int i = 0; i < n; i++) {
		union sigval v = { .sival_int = 100 + i };

		if (sigqueue(to, sig, v))
			_exit(1);
	}
	_exit(0);
}

static void queue_realtime(void)
{
	pid_t me = getpid(), pid = fork();
	siginfo_t si;
	int good = 0;

	if (pid == 0)
		send_queue(me, SIGRTMIN + 3, RTS);
	wait_until_ended(pid);
	take_pending(SIGCHLD, &si);
	check(si.si_code == CLD_EXITED && si.si_status == 0,
	      "another process queues %d signals", RTS);
	for (int i = 0; i < RTS; i++) {
		take_pending(SIGRTMIN + 3, &si);
		good += si.si_pid == pid && si.si_code == SI_QUEUE &&
			si.si_value.sival_int == 100 + i;
	}
	check_eq(good, RTS, "all come, in order");
	pid = fork();
	if (pid == 0) {
		for (int i = 0; i < RTS; i++)
			kill(me, SIGRTMIN + 4);
		_exit(0);
	}
	wait_until_ended(pid);
	for (good = 0; good < RTS; good++) {
		struct timespec none = { 0, 0 };
		sigset_t set = BIT(SIGRTMIN + 4);

		if (sigtimedwait(&set, &si, &none) < 0 || si.si_pid != pid)
			break;
	}
	check_eq(good, RTS, "real-time signals by kill do not collapse");
	drain_pending();
}

/* ---- one thread of several ----------------------------------------------- */

static volatile int thread_tid, thread_good;
static volatile int sent;

static void *receiver(void *arg)
{
	siginfo_t si;
	int good = 0;

	thread_tid = gettid();
	while (!sent)
		usleep(1000);
	for (int i = 0; i < COUNT(plain); i++) {
		take_pending(plain[i], &si);
		good += si.si_code == SI_TKILL && si.si_pid == getpid();
	}
	thread_good = good;
	return arg;
}

static void to_thread(void)
{
	struct thread t;

	if (thread_create(&t, receiver, NULL))
		tap_bail("thread");
	while (!thread_tid)
		usleep(1000);
	for (int i = 0; i < COUNT(plain); i++)
		syscall(SYS_tgkill, getpid(), thread_tid, plain[i]);
	sent = 1;
	thread_join(&t);
	check_eq(thread_good, COUNT(plain), "a thread is told by tgkill");
}

/* ---- RLIMIT_SIGPENDING --------------------------------------------------- */

/* What could not be kept is as if nobody in particular had sent it. */
static int told_of_nobody(int sig)
{
	siginfo_t si;

	return take_pending(sig, &si) == sig && si.si_code == SI_USER &&
	       !si.si_pid &&
		!si.si_uid;
}

static void no_queue(void *arg)
{
	struct rlimit none = { 0, 0 };
	union sigval v = { .sival_int = 1 };
	siginfo_t si;

	(void)arg;
	if (setrlimit(RLIMIT_SIGPENDING, &none))
		_exit(1);
	if (sigqueue(getpid(), SIGRTMIN, v) != -1 || errno != EAGAIN)
		_exit(2);
	/* kill is not refused, and the plain ones tell all the same */
	if (kill(getpid(), SIGRTMIN) || !told_of_nobody(SIGRTMIN))
		_exit(3);
	if (sigqueue(getpid(), SIGUSR1, v) || !told_of_nobody(SIGUSR1))
		_exit(5);
	kill(getpid(), SIGUSR1);
	kill(getpid(), SIGUSR2);
	if (take_pending(SIGUSR2, &si) != SIGUSR2 || si.si_pid != getpid() ||
	    take_pending(SIGUSR1, &si) != SIGUSR1 || si.si_pid != getpid())
		_exit(4);
}

static void few_queued(void *arg)
{
	struct rlimit few = { 5, 5 };
	union sigval v = { .sival_int = 1 };
	int n = 0;

	(void)arg;
	/* counted a user on Linux: one of our own */
	if (getuid() == 0 && setresuid(4321, 4321, 4321))
		_exit(99);
	if (setrlimit(RLIMIT_SIGPENDING, &few))
		_exit(98);
	while (n < 20 && !sigqueue(getpid(), SIGRTMIN, v))
		n++;
	_exit(n);
}

static void limit_queued_signals(void)
{
	check_eq(in_child(no_queue, NULL), 0, "RLIMIT_SIGPENDING 0");
	check_eq(in_child(few_queued, NULL), 5 << 8, "RLIMIT_SIGPENDING 5");
	drain_pending();
}

/* What a program's own call raises it has sent to itself. */
static void from_own_calls(void)
{
	const struct rlimit r = { 100, RLIM_INFINITY };
	int fd, p[2];
	siginfo_t si;

	pipe(p);
	close(p[0]);
	check_err(EPIPE, write(p[1], "x", 1), "nobody reads");
	check_eq(take_pending(SIGPIPE, &si), SIGPIPE, "SIGPIPE");
	check(si.si_code == SI_USER && si.si_pid == getpid(), "by itself");
	close(p[1]);
	tap_scratch("siginfo");
	fd = open("limited", O_RDWR | O_CREAT, 0600);
	setrlimit(RLIMIT_FSIZE, &r);
	check_err(EFBIG, pwrite(fd, "x", 1, 100), "too far");
	check_eq(take_pending(SIGXFSZ, &si), SIGXFSZ, "SIGXFSZ");
	check(si.si_code == SI_USER && si.si_pid == getpid(), "by itself");
	close(fd);
	unlink("limited");
	tap_scratch_end();
}

int main(void)
{
	all = ~0ull & ~(BIT(SIGKILL) | BIT(SIGSTOP));
	sigprocmask(SIG_SETMASK, &all, NULL);
	an_end();
	tell_child_changes();
	from_child(getpid(), "what another process tells");
	if (setpgid(0, 0) == 0 || getpgrp() == getpid())
		from_child(-getpid(), "what it tells a group");
	queue_realtime();
	to_thread();
	limit_queued_signals();
	from_own_calls();
	return tap_done();
}
