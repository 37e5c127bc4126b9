/* SPDX-License-Identifier: MIT */
/*
 * Waits for, and signals to, tasks that are not one's own: the parent, a
 * sibling, a grandchild, a thread, the first process, nobody; numbers that
 * mean nothing; as root and as nobody.  Always an errno, never a wait without
 * end, and the stranger does not notice (rows B16, B17, C1, D10).
 */
#include <sched.h>
#include <spawn.h>
#include <sys/resource.h>
#include <thread.h>
#include "tap.h"

#define NOBODY		65534
#define NO_PID		0x3fffff	/* above all numbers in use */

static pid_t parent, sibling, grandchild;
static int thread_tid;
static const char *who;
static int *told;

static int lectern(void)
{
	return !on_other_kernel();
}

/* Numbers of live tasks that are nobody's child here. */
struct stranger {
	const char *name;
	pid_t pid;
};

static int list_strangers(struct stranger *s)
{
	int n = 0;

	s[n++] = (struct stranger){ "the parent", parent };
	s[n++] = (struct stranger){ "a sibling", sibling };
	s[n++] = (struct stranger){ "a grandchild", grandchild };
	s[n++] = (struct stranger){ "the first process", 1 };
	s[n++] = (struct stranger){ "oneself", getpid() };
	s[n++] = (struct stranger){ "a thread", thread_tid };
	s[n++] = (struct stranger){ "nobody", NO_PID };
	return n;
}

static void wait_for_stranger(const struct stranger *s)
{
	siginfo_t si;
	int st;

	check_err(ECHILD, waitpid(s->pid, &st, 0), "%s: wait4 for %s", who,
		  s->name);
	check_err(ECHILD, waitpid(s->pid, &st, WNOHANG | __WALL),
		  "%s: with WNOHANG", who);
	/* -1 is anybody, and the parent's group is ours */
	if (s->pid != 1 && s->pid != getpgrp())
		check_err(ECHILD, waitpid(-s->pid, &st, __WALL),
			  "%s: for its group", who);
	check_err(ECHILD, waitid(P_PID, s->pid, &si, WEXITED | __WALL),
		  "%s: waitid for %s", who, s->name);
	check_err(ECHILD, waitid(P_PGID, NO_PID, &si, WEXITED),
		  "%s: for a group of nobody", who);
	if (lectern())
		check_err(ECHILD, join(s->pid), "%s: join of %s", who,
			  s->name);
}

static void wait_arguments(void)
{
	siginfo_t si;

	check_err(EINVAL, waitpid(-1, NULL, 0x100), "%s: an unknown option",
		  who);
	check_err(EINVAL, waitid(P_PID, 0, &si, WEXITED), "%s: P_PID 0", who);
	check_err(EINVAL, waitid(P_PID, -5, &si, WEXITED), "%s: P_PID -5",
		  who);
	check_err(EINVAL, waitid(P_PGID, -5, &si, WEXITED), "%s: P_PGID -5",
		  who);
	check_err(EINVAL, waitid(9, 1, &si, WEXITED), "%s: no such kind", who);
	check_err(EINVAL, waitid(P_ALL, 0, &si, 0), "%s: for nothing", who);
	check_err(EINVAL, waitid(P_ALL, 0, &si, WNOHANG), "%s: WNOHANG alone",
		  who);
	check_err(EBADF, waitid(P_PIDFD, 99, &si, WEXITED),
		  "%s: a descriptor that is closed", who);
	check_err(EBADF, waitid(P_PIDFD, 1, &si, WEXITED),
		  "%s: one of something else", who);
	check_err(ESRCH, waitpid((pid_t)0x80000000, NULL, 0),
		  "%s: the group that has no number", who);
}

/* ---- signals ------------------------------------------------------------- */

static void signals_to(const struct stranger *s, int allowed)
{
	int exists = s->pid != NO_PID, own = s->pid == getpid();
	int leader = s->pid != thread_tid;
	siginfo_t si = { .si_code = SI_QUEUE };
	int fd = (int)syscall(SYS_pidfd_open, s->pid, 0);

	if (exists && allowed) {
		check_ok(kill(s->pid, 0), "%s: kill %s", who, s->name);
	} else if (exists && !own && leader) {
		check_err(EPERM, kill(s->pid, 0), "%s: kill %s", who,
			  s->name);
	}
	if (!exists)
		check_err(ESRCH, kill(s->pid, 0), "%s: kill nobody", who);
	check_err(ESRCH, tgkill(NO_PID, s->pid, 0), "%s: in no group", who);
	if (leader && !own)
		check_err(ESRCH, tgkill(getpid(), s->pid, 0),
			  "%s: tgkill of %s in this group", who, s->name);
	check_err(EINVAL, tgkill(0, s->pid, 0), "%s: group 0", who);
	check_err(EINVAL, tgkill(s->pid, 0, 0), "%s: thread 0", who);
	check_err(EINVAL, tgkill(s->pid, -1, 0), "%s: thread -1", who);
	check_err(EINVAL, syscall(SYS_tkill, -1, 0), "%s: tkill -1", who);
	if (exists && (allowed || own))
		check_err(EINVAL, kill(s->pid, 65), "%s: no such signal", who);
	if (exists && leader && !own)
		check_err(EPERM, syscall(SYS_rt_sigqueueinfo, s->pid, SIGUSR1,
					 &(siginfo_t){ .si_code = SI_TKILL }),
			  "%s: another's words to %s", who, s->name);
	if (!exists)
		check(fd == -1, "%s: no pidfd of nobody", who);
	else if (!leader)
		check(fd == -1, "%s: no pidfd of a thread", who);
	else
		check(fd >= 0, "%s: a pidfd of %s", who, s->name);
	if (fd < 0)
		return;
	if (allowed || own)
		check_ok(syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0),
			 "%s: a question by it", who);
	else
		check_err(EPERM, syscall(SYS_pidfd_send_signal, fd, 0, NULL,
					 0), "%s: not by it either", who);
	check_err(EINVAL, syscall(SYS_pidfd_send_signal, fd, SIGUSR1, &si, 0),
		  "%s: another signal inside", who);
	check_err(EINVAL, syscall(SYS_pidfd_send_signal, fd, 0, NULL, ~0u),
		  "%s: unknown flags", who);
	check_err(ECHILD, waitid(P_PIDFD, fd, &si, WEXITED),
		  "%s: nor waited for by it", who);
	close(fd);
}

/* What else takes a number of a process. */
static void other_calls(void)
{
	struct rlimit r;

	check_err(ESRCH, getpgid(NO_PID), "%s: getpgid", who);
	check_err(ESRCH, getsid(NO_PID), "%s: getsid", who);
	check_err(ESRCH, setpgid(NO_PID, 0), "%s: setpgid", who);
	check_err(ESRCH, setpgid(parent, 0), "%s: setpgid of the parent",
		  who);
	check_err(EINVAL, setpgid(0, -1), "%s: into -1", who);
	check_err(ESRCH, syscall(SYS_sched_getaffinity, NO_PID, 8, &r),
		  "%s: sched_getaffinity", who);
	check_err(ESRCH, syscall(SYS_sched_setaffinity, NO_PID, 8, &r),
		  "%s: sched_setaffinity", who);
	check_err(ESRCH, syscall(SYS_sched_getaffinity, -1, 8, &r),
		  "%s: sched_getaffinity of -1", who);
	check_err(ESRCH, syscall(SYS_sched_setaffinity, -1, 8, &r),
		  "%s: sched_setaffinity of -1", who);
	check_err(EINVAL, syscall(SYS_sched_getscheduler, -1),
		  "%s: sched_getscheduler of -1", who);
	check_err(ESRCH, syscall(SYS_sched_getscheduler, NO_PID),
		  "%s: sched_getscheduler", who);
	check_err(ESRCH, syscall(SYS_getpriority, 0, NO_PID),
		  "%s: getpriority", who);
	check_err(ESRCH, syscall(SYS_setpriority, 0, NO_PID, 0),
		  "%s: setpriority", who);
	check_err(ESRCH, syscall(SYS_prlimit64, NO_PID, RLIMIT_NOFILE, NULL,
				 &r), "%s: prlimit", who);
	check_err(ESRCH, syscall(SYS_get_robust_list, NO_PID, &r, &r),
		  "%s: get_robust_list", who);
	check_err(EINVAL, syscall(SYS_pidfd_open, 0, 0), "%s: pidfd of 0",
		  who);
	check_err(EINVAL, syscall(SYS_pidfd_open, -1, 0), "%s: of -1", who);
	check_err(EINVAL, syscall(SYS_pidfd_open, getpid(), ~0u),
		  "%s: with unknown flags", who);
}

static void one_view(int root)
{
	struct stranger s[8];
	int n = list_strangers(s);

	who = root ? "root" : "nobody";
	for (int i = 0; i < n; i++) {
		wait_for_stranger(&s[i]);
		signals_to(&s[i], root || s[i].pid == grandchild ||
			   s[i].pid == thread_tid);
	}
	wait_arguments();
	other_calls();
}

/*
 * In a child: its sibling sleeps, and its only child has one that does, which
 * has the same user.
 */
static void look_at_strangers(void *arg)
{
	static struct thread t;
	int p[2];
	pid_t child;

	if (!arg && (setgroups(0, NULL) || setgid(NOBODY) || setuid(NOBODY)))
		tap_bail("setuid");
	pipe(p);
	child = fork();
	if (child == 0) {
		pid_t pid = fork();

		if (pid == 0)
			for (;;)
				pause();
		write(p[1], &pid, sizeof(pid));
		for (;;)
			pause();
	}
	read(p[0], &grandchild, sizeof(grandchild));
	if (thread_create(&t, pause_thread, NULL))
		tap_bail("thread");
	thread_tid = t.tid;
	one_view(arg != NULL);
	/* all of them are as they were */
	check_ok(kill(grandchild, 0), "%s: the grandchild lives", who);
	check_eq(waitpid(child, NULL, WNOHANG), 0, "%s: so does the child",
		 who);
	kill(grandchild, SIGKILL);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	told[0] = tap_n;		/* points are counted by the parent */
	told[1] = tap_failed;
}

int main(void)
{
	int st;

	if (getuid())
		return tap_skip_all("needs root");
	parent = getpid();
	sibling = fork();
	if (sibling == 0)
		for (;;)
			pause();
	told = mmap(NULL, PG, PROT_READ | PROT_WRITE, MAP_SHARED |
		    MAP_ANONYMOUS, -1, 0);
	for (int root = 1; root >= 0; root--) {
		int end = in_child(look_at_strangers, root ? &st : NULL);

		tap_n = told[0];
		tap_failed = told[1];
		check_eq(end, 0, "all of it was looked at");
	}
	check_eq(waitpid(sibling, NULL, WNOHANG), 0, "the sibling lives");
	kill(sibling, SIGKILL);
	waitpid(sibling, &st, 0);
	check_eq(st, SIGKILL, "until its parent ends it");
	return tap_done();
}
