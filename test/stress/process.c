/* SPDX-License-Identifier: MIT */
/*
 * Births and deaths (rows B15, B16, C1): forks with every kind of wait, exec
 * from one of several threads, spawn and join, children whose parent died.
 */
#include <spawn.h>
#include "stress.h"

#define PR_SET_CHILD_SUBREAPER 36

/* ---- fork, exit, wait ---------------------------------------------------- */

/* One of the n children is looked at first, then collected.  => 1 */
static int wait_by_id(pid_t *pid, int n)
{
	int i = (int)rnd((unsigned)n);
	siginfo_t si, again;

	memset(&si, 0, sizeof(si));
	memset(&again, 0, sizeof(again));
	need(waitid(P_PID, pid[i], &si, WEXITED | WNOWAIT) == 0);
	need(si.si_pid == pid[i]);
	need(si.si_code == CLD_KILLED ? si.si_status == SIGKILL :
	     si.si_code == CLD_EXITED && si.si_status == 10 + i);
	need(waitid(P_PID, pid[i], &again, WEXITED) == 0);
	need(again.si_pid == pid[i] && again.si_status == si.si_status);
	pid[i] = 0;
	return 1;
}

static void fork_round(void)
{
	pid_t pid[6];
	int n = 1 + (int)rnd(COUNT(pid)), left = n, status;

	for (int i = 0; i < n; i++) {
		pid[i] = branch();
		if (pid[i] == 0) {
			if (rnd(3) == 0)
				sched_yield();
			if (rnd(8) == 0)
				raise(SIGKILL);
			_exit(10 + i);
		}
	}
	if (rnd(4) == 0)
		left -= wait_by_id(pid, n);
	while (left-- > 0) {
		pid_t got = wait_for(-1, &status, 0);
		int i = 0;

		while (i < n && pid[i] != got)
			i++;
		need(i < n);
		pid[i] = 0;
		need(status == (10 + i) << 8 || status == SIGKILL);
		step();
	}
	need(wait_for(-1, &status, WNOHANG) == -1 && errno == ECHILD);
}

const struct work work_fork = { "fork", NULL, fork_round, NULL };

/* ---- exec ---------------------------------------------------------------- */

static char *exit_argv[] = { self, "-exit", "33", NULL };
static char *pause_argv[] = { self, "-pause", "0", NULL };

static void *spin_thread(void *arg)
{
	for (;;)
		sched_yield();
	return arg;
}

static void *exec_thread(void *arg)
{
	(void)arg;
	execv(self, exit_argv);
	failed("execv", __FILE__, __LINE__);
}

/* Several threads, one of which becomes another program. */
static void exec_among_threads(void)
{
	struct thread t[3];
	int execs = 1 + (int)rnd(2);	/* two at once: one of them wins */

	for (int i = 0; i < COUNT(t); i++)
		if (thread_create(&t[i], i < execs ? exec_thread : spin_thread,
				  NULL))
			_exit(33);
	if (rnd(2))
		execv(self, exit_argv);
	for (;;)
		pause();
}

static int vfork_child(void *arg)
{
	(void)arg;
	execv(self, exit_argv);
	return 1;
}

static void exec_vfork(void)
{
	static char stack[16384] __attribute__((aligned(16)));
	pid_t pid = (pid_t)__clone(vfork_child, stack + sizeof(stack),
				   CLONE_VM | CLONE_VFORK | SIGCHLD, NULL,
				   NULL, NULL, NULL);

	need(pid > 0);
	reap(pid, 33);
}

static void exec_round(void)
{
	int how = (int)rnd(5), status;
	pid_t pid;

	if (how == 0) {
		exec_vfork();
		return;
	}
	pid = branch();
	if (pid == 0) {
		if (how == 1)
			exec_among_threads();
		execv(self, how == 2 ? pause_argv : exit_argv);
		_exit(98);
	}
	if (how == 2 || how == 3) {	/* killed on the way, or after it */
		if (rnd(2))
			nap(rnd(300) * 1000);
		kill(pid, SIGKILL);
		need(wait_for(pid, &status, 0) == pid);
		need(status == SIGKILL || (how == 3 && status == 33 << 8));
		return;
	}
	reap(pid, 33);
}

const struct work work_exec = { "exec", NULL, exec_round, NULL };

/* ---- spawn and join ------------------------------------------------------ */

static void spawn_round(void)
{
	pid_t pid[4];
	int n = 1 + (int)rnd(COUNT(pid));
	char *none[] = { NULL };

	for (int i = 0; i < n; i++) {
		pid[i] = spawn(self, exit_argv, none, NULL, 0, NULL);
		if (pid[i] < 0 && errno == ENOSYS) {	/* another kernel */
			nap(50 * MS);
			return;
		}
		need(pid[i] > 0);
	}
	for (int i = n; i-- > 0;)
		if (rnd(2))
			need(join(pid[i]) == 33 << 8);
		else
			reap(pid[i], 33);
}

const struct work work_spawn = { "spawn", NULL, spawn_round, NULL };

/* ---- orphans ------------------------------------------------------------- */

static void orphan_setup(void)
{
	need(syscall(SYS_prctl, PR_SET_CHILD_SUBREAPER, 1) == 0);
}

/* A child that ends before its children: they come to us. */
static void orphan_round(void)
{
	int n = 1 + (int)rnd(4), early = (int)rnd(2), status, seen = 0;
	pid_t pid = branch();

	if (pid == 0) {
		for (int i = 0; i < n; i++)
			if (branch() == 0) {
				if (early)
					nap(rnd(200) * 1000);
				_exit(50);
			}
		_exit(51);
	}
	while (wait_for(-1, &status, 0) > 0) {
		need(status == 50 << 8 || status == 51 << 8);
		seen++;
		step();
	}
	/* those that ended before their parent died with it or came, too */
	need(errno == ECHILD && seen == n + 1);
}

const struct work work_orphan = { "orphan", orphan_setup, orphan_round,
	NULL };
