/* SPDX-License-Identifier: MIT */
/*
 * Signals of all kinds (rows B6, B8): stop and continue, queued ones in
 * order, handlers on other stacks, groups, and processes by descriptor.
 */
#include <poll.h>
#include <sys/resource.h>
#include "stress.h"

/* ---- stop and continue --------------------------------------------------- */

static void stop_round(void)
{
	static const int stops[] = { SIGSTOP, SIGTSTP, SIGTTIN };
	int n = 1 + (int)rnd(3), status;
	pid_t pid = branch();

	if (pid == 0) {
		setpgid(0, 0);
		for (;;)
			sched_yield();
	}
	setpgid(pid, pid);
	for (int i = 0; i < n; i++) {
		int sig = stops[rnd(COUNT(stops))];

		kill(pid, sig);
		need(wait_for(pid, &status, WUNTRACED) == pid);
		need(WIFSTOPPED(status) && WSTOPSIG(status) == sig);
		step();
		if (rnd(4) == 0)
			break;		/* killed while it is stopped */
		kill(pid, SIGCONT);
		need(wait_for(pid, &status, WCONTINUED) == pid);
		need(WIFCONTINUED(status));
		step();
	}
	kill(pid, SIGKILL);
	need(wait_for(pid, &status, 0) == pid && status == SIGKILL);
}

const struct work work_stop = { "stop", NULL, stop_round, NULL };

/* ---- queued signals ------------------------------------------------------ */

#define QUEUED 40

static int send_value(pid_t pid, int value)
{
	union sigval v = { .sival_int = value };

	return sigqueue(pid, SIGRTMIN + 3, v);
}

/* As many as were sent, in order, each with its value. */
static void take_values(void)
{
	sigset_t set = sigmask(SIGRTMIN + 3);
	siginfo_t si;

	for (int i = 0; i < QUEUED; i++) {
		while (sigtimedwait(&set, &si, NULL) < 0)
			need(errno == EINTR);
		need(si.si_code == SI_QUEUE && si.si_value.sival_int == i);
		step();
	}
	_exit(60);
}

static void queue_round(void)
{
	sigset_t set = sigmask(SIGRTMIN + 3), old;
	pid_t pid;

	sigprocmask(SIG_BLOCK, &set, &old);
	pid = branch();
	if (pid == 0)
		take_values();
	for (int i = 0; i < QUEUED; i++) {
		while (send_value(pid, i)) {
			need(errno == EAGAIN);
			sched_yield();
		}
		if (rnd(8) == 0)
			sched_yield();
	}
	sigprocmask(SIG_SETMASK, &old, NULL);
	reap(pid, 60);
}

const struct work work_queue = { "queue", NULL, queue_round, NULL };

/* ---- handlers ------------------------------------------------------------ */

static volatile unsigned handled;	/* by whichever thread */
static volatile int handlers_end;

static void on_signal(int sig)
{
	unsigned here = 0;

	/* something on the stack that another frame would destroy */
	for (volatile unsigned i = 0; i < 50; i++)
		here += i ^ (unsigned)sig;
	__atomic_fetch_add(&handled, here ? 1 : 0, __ATOMIC_RELAXED);
}

/* Numbers that must survive all interruptions. */
static void *count_on(void *arg)
{
	unsigned long want = 0, got = 0;
	double d = 1;

	for (unsigned long i = 0; !handlers_end; i++) {
		want += i * 3;
		d = d * 0.5 + (double)(i & 1);
		got += i + i + i;
		if (want != got || d < 0 || d > 3)
			failed("registers in a handler", __FILE__, __LINE__);
	}
	return arg;
}

static void handler_child(void)
{
	struct sigaction sa = { .sa_handler = on_signal,
				.sa_flags = SA_ONSTACK | SA_RESTART };
	static char stack[SIGSTKSZ];
	stack_t ss = { .ss_sp = stack, .ss_size = sizeof(stack) };
	struct thread t[2];

	sigaltstack(&ss, NULL);
	for (int s = SIGUSR1; s <= SIGUSR2; s += SIGUSR2 - SIGUSR1)
		sigaction(s, &sa, NULL);
	sa.sa_flags |= SA_NODEFER;
	sigaction(SIGRTMIN + 1, &sa, NULL);
	for (int i = 0; i < COUNT(t); i++)
		need(!thread_create(&t[i], count_on, NULL));
	kill(getppid(), SIGUSR2);	/* ready */
	while (handled < 60) {
		/* to one of us, or to all of us */
		tgkill(getpid(), t[rnd(2)].tid, SIGUSR1);
		kill(getpid(), rnd(2) ? SIGUSR2 : SIGRTMIN + 1);
		step();
	}
	handlers_end = 1;
	for (int i = 0; i < COUNT(t); i++)
		thread_join(&t[i]);
	_exit(61);
}

static void handler_setup(void)
{
	struct sigaction sa = { .sa_handler = on_signal };

	sigaction(SIGUSR2, &sa, NULL);
}

static void handler_round(void)
{
	sigset_t usr2 = sigmask(SIGUSR2), old;
	int status;
	pid_t pid;

	sigprocmask(SIG_BLOCK, &usr2, &old);
	handled = 0;
	pid = branch();
	if (pid == 0) {
		sigprocmask(SIG_SETMASK, &old, NULL);
		handler_child();
	}
	while (!handled)
		sigsuspend(&old);
	sigprocmask(SIG_SETMASK, &old, NULL);
	if (rnd(4) == 0) {		/* it may be in a handler, or done */
		kill(pid, SIGKILL);
		need(wait_for(pid, &status, 0) == pid);
		need(status == SIGKILL || status == 61 << 8);
		return;
	}
	reap(pid, 61);
}

const struct work work_handler = { "handler", handler_setup, handler_round,
	NULL };

/* ---- groups -------------------------------------------------------------- */

/* A group is signalled while members come and go; at last none is left. */
static void group_round(void)
{
	pid_t leader = branch(), pid[4];
	int status;

	if (leader == 0) {
		setpgid(0, 0);
		signal(SIGUSR1, SIG_IGN);
		for (;;)
			pause();
	}
	setpgid(leader, leader);
	for (int i = 0; i < COUNT(pid); i++) {
		pid[i] = branch();
		if (pid[i] == 0) {
			setpgid(0, leader);
			for (;;)
				if (fork() == 0)
					_exit(0);
				else
					wait(NULL);
		}
		setpgid(pid[i], leader);
		if (rnd(2))
			kill(-leader, SIGCONT);
	}
	if (rnd(2))
		kill(-leader, SIGSTOP);
	nap(rnd(3000) * 1000);
	/* a fork under way is not missed: the child has the signal, too */
	need(kill(-leader, SIGKILL) == 0);
	for (int i = 0; i <= COUNT(pid); i++) {
		need(wait_for(-1, &status, 0) > 0 && status == SIGKILL);
		step();
	}
	while (kill(-leader, 0) == 0) {	/* grandchildren on their way out */
		nap(MS);
		step();
	}
	need(errno == ESRCH);
}

const struct work work_group = { "group", NULL, group_round, NULL };

/* ---- processes by descriptor --------------------------------------------- */

static void pidfd_round(void)
{
	int kill_it = (int)rnd(2), fd, status;
	pid_t pid = branch(), watcher;
	struct pollfd p;
	siginfo_t si;

	if (pid == 0) {
		if (kill_it)
			pause();
		nap(rnd(500) * 1000);
		_exit(62);
	}
	fd = (int)syscall(SYS_pidfd_open, pid, 0);
	need(fd >= 0);
	p = (struct pollfd){ .fd = fd, .events = POLLIN };
	watcher = branch();
	if (watcher == 0) {		/* not its parent, but may look */
		need(poll(&p, 1, -1) == 1 && p.revents & POLLIN);
		_exit(63);
	}
	if (kill_it)
		need(syscall(SYS_pidfd_send_signal, fd, SIGTERM, NULL, 0) ==
		     0);
	need(poll(&p, 1, -1) == 1);
	reap(watcher, 63);
	memset(&si, 0, sizeof(si));
	need(waitid(P_PIDFD, fd, &si, WEXITED) == 0 && si.si_pid == pid);
	need(si.si_status == (kill_it ? SIGTERM : 62));
	need(syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0) == -1 &&
	     errno == ESRCH);
	need(wait_for(pid, &status, WNOHANG) == -1);
	close(fd);
}

const struct work work_pidfd = { "pidfd", NULL, pidfd_round, NULL };
