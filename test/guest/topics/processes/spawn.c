/* SPDX-License-Identifier: MIT */
/*
 * spawn and join, the native pair (row B15): what the new process has of its
 * parent and what not, every error before there is a child, and join's.
 */
#include <spawn.h>
#include <sys/resource.h>
#include "note.h"
#include "ptrace.h"
#include "texts.h"

#define PR_GET_DUMPABLE	3

static char *none[] = { NULL };

/* This program again, as a child that reports by its exit status. */
static pid_t self(char *what, const struct spawn_action *a, unsigned n,
		  const struct spawn_attr *attr)
{
	char *argv[] = { "spawn", what, NULL };
	char *envp[] = { "ONE=1", NULL };

	return spawn(tap_self, argv, envp, a, n, attr);
}

static int spawn_and_join(char *what, const struct spawn_action *a, unsigned n,
			  const struct spawn_attr *attr)
{
	pid_t pid = self(what, a, n, attr);

	return pid < 0 ? -errno : join(pid);
}

/* ---- the children -------------------------------------------------------- */

static int child_args(int argc, char **argv)
{
	return argc == 2 && !strcmp(argv[0], "spawn") && environ[0] &&
		!strcmp(environ[0], "ONE=1") && !environ[1] ? 1 : 2;
}

static int child_fds(void)
{
	char c[4] = "";

	/* 7: the pipe by dup2; 8: closed; 9: opened here */
	if (write(7, "hi", 2) != 2 || fcntl(8, F_GETFD) != -1)
		return 2;
	return read(9, c, 3) == 3 && !strcmp(c, "abc") ? 1 : 3;
}

static int child_signals(void)
{
	struct sigaction sa;
	sigset_t m;

	sigprocmask(SIG_BLOCK, NULL, &m);
	sigaction(SIGUSR1, NULL, &sa);
	if (sa.sa_handler != SIG_DFL)
		return 2;			/* it was caught */
	sigaction(SIGHUP, NULL, &sa);
	if (sa.sa_handler != SIG_IGN)
		return 3;
	sigaction(SIGINT, NULL, &sa);
	if (sa.sa_handler != SIG_DFL)
		return 4;			/* SETSIGDEF */
	return m == sigmask(SIGUSR2) ? 1 : 5;
}

static int act_as_spawned(int argc, char **argv)
{
	switch (argv[1][0]) {
	case 'a': return child_args(argc, argv);
	case 'f': return child_fds();
	case 's': return child_signals();
	case 'g': return getpgrp() == getpid() ? 1 : 2;
	case 'k': raise(SIGKILL); return 2;
	case 'e': return geteuid() ? 1 : 2;
	case 'd': return 1 + (int)syscall(SYS_prctl, PR_GET_DUMPABLE);
	case 'z': return fcntl(0, F_GETFD) == 0;
	case 'x': return fcntl(7, F_GETFD) == 0 && fcntl(8, F_GETFD) < 0;
	default: return 9;
	}
}

/* ---- the parent ---------------------------------------------------------- */

static void spawn_plainly(void)
{
	pid_t pid;
	siginfo_t si;

	check_eq(spawn_and_join("args", NULL, 0, NULL), 1 << 8,
		 "arguments, environment");
	check_eq(spawn_and_join("k", NULL, 0, NULL), SIGKILL,
		 "killed: join tells");
	check_err(ECHILD, join(getpid()), "join: not a child");
	check_err(EINVAL, join(0), "join: no id");
	check_err(EINVAL, join(-1), "join: not any child");
	signal(SIGCHLD, note);
	pid = self("args", NULL, 0, NULL);
	check_eq(waitid(P_PID, pid, &si, WEXITED | WNOWAIT), 0,
		 "it is a child like any other");
	check(si.si_status == 1 && noted[SIGCHLD], "status and SIGCHLD");
	check_eq(join(pid), 1 << 8, "join after waitid(WNOWAIT)");
	check_err(ECHILD, join(pid), "once only");
	signal(SIGCHLD, SIG_DFL);
}

static void act_on_descriptors(void)
{
	int p[2], high;
	char c[4] = "";
	struct spawn_action a[] = {
		{ .op = SPAWN_DUP2, .fd = 7 },
		{ .op = SPAWN_CLOSE, .fd = 8 },
		{ .op = SPAWN_OPEN, .fd = 9, .flags = O_RDONLY,
		  .path = (unsigned long)"file" },
	};

	put_file("file", "abc", 3, 0600);
	pipe(p);
	high = dup2(p[1], 8);
	a[0].from = p[1];
	check_eq(spawn_and_join("fds", a, COUNT(a), NULL), 1 << 8,
		 "dup2, close, open");
	check(read(p[0], c, 2) == 2 && !strcmp(c, "hi"), "through the pipe");
	check(fcntl(8, F_GETFD) == 0 && fcntl(7, F_GETFD) < 0 &&
	      fcntl(9, F_GETFD) < 0, "the parent's are as before");
	close(high);
	dup2(p[0], 7);
	dup2(p[0], 8);
	fcntl(7, F_SETFD, FD_CLOEXEC);
	fcntl(8, F_SETFD, FD_CLOEXEC);
	a[0].fd = a[0].from = 7;
	check_eq(spawn_and_join("x", a, 1, NULL), 1 << 8,
		 "close on exec; dup2 to itself keeps it open");
	fcntl(0, F_SETFD, FD_CLOEXEC);
	a[0].fd = a[0].from = 0;
	check_eq(spawn_and_join("z", a, 1, NULL), 1 << 8,
		 "... also descriptor 0");
	fcntl(0, F_SETFD, 0);
	close(7);
	close(8);
	close(p[0]);
	close(p[1]);
}

static void spawn_with_attributes(void)
{
	struct spawn_attr at = { .flags = SPAWN_SETPGROUP };
	sigset_t m = sigmask(SIGUSR2), old;

	check_eq(spawn_and_join("g", NULL, 0, &at), 1 << 8,
		 "SETPGROUP 0: its own group");
	at.pgid = 0x7ffffff;
	check_eq(spawn_and_join("g", NULL, 0, &at), -EPERM, "no such group");
	at.pgid = -5;
	check_eq(spawn_and_join("g", NULL, 0, &at), -EINVAL, "no group at all");
	signal(SIGUSR1, note);
	signal(SIGHUP, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	at = (struct spawn_attr){ .flags = SPAWN_SETSIGDEF | SPAWN_SETSIGMASK,
		.mask = m, .defaults = sigmask(SIGINT) };
	check_eq(spawn_and_join("s", NULL, 0, &at), 1 << 8,
		 "handlers, SETSIGDEF, mask");
	sigprocmask(SIG_BLOCK, &m, &old);
	at.flags = SPAWN_SETSIGDEF;
	check_eq(spawn_and_join("s", NULL, 0, &at), 1 << 8,
		 "without SETSIGMASK: ours");
	sigprocmask(SIG_SETMASK, &old, NULL);
	signal(SIGUSR1, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	signal(SIGINT, SIG_DFL);
}

static void fail_to_spawn(void)
{
	struct spawn_action a = { .op = SPAWN_OPEN, .fd = 5,
		.path = (unsigned long)"missing" };
	int before = dup(0);
	struct rlimit files;
	char text[256] __attribute__((aligned(8))) = { 0 };

	close(before);
	check_err(ENOENT, spawn("missing", none, none, NULL, 0, NULL),
		  "no such program");
	check_err(EACCES, spawn("file", none, none, NULL, 0, NULL),
		  "not executable");
	chmod("file", 0700);
	check_err(ENOEXEC, spawn("file", none, none, NULL, 0, NULL),
		  "not a program");
	check_eq(spawn_and_join("a", &a, 1, NULL), -ENOENT,
		 "an open that fails");
	a.op = SPAWN_CLOSE;
	a.fd = 77;
	check_eq(spawn_and_join("a", &a, 1, NULL), -EBADF,
		 "a close that fails");
	a.op = SPAWN_DUP2;
	check_eq(spawn_and_join("a", &a, 1, NULL), 1 << 8,
		 "a dup2 of descriptor 0");
	a.fd = -1;
	check_eq(spawn_and_join("a", &a, 1, NULL), -EBADF, "to a bad one");
	getrlimit(RLIMIT_NOFILE, &files);
	a.op = SPAWN_OPEN;
	a.path = (unsigned long)"/";
	a.fd = (int)files.rlim_cur;
	check_eq(spawn_and_join("a", &a, 1, NULL), -EBADF,
		 "one past the limit");
	a.op = 99;
	a.fd = 0;
	check_eq(spawn_and_join("a", &a, 1, NULL), -EINVAL, "no such action");
	check_err(EFAULT, spawn(tap_self, none, none, BAD, 1, NULL),
		  "bad actions");
	check_err(EFAULT, spawn(BAD, none, none, NULL, 0, NULL), "bad path");
	check_err(EFAULT, spawn(tap_self, BAD, none, NULL, 0, NULL),
		  "bad arguments");
	check_err(EFAULT, syscall(SYS_lt_spawn, BAD, 64), "bad block");
	check_err(EINVAL, syscall(SYS_lt_spawn, text, 63), "bad size");
	text[36] = 0x40;
	check_err(EINVAL, syscall(SYS_lt_spawn, text, 64), "unknown flag");
	check_err(ENOSYS, syscall(SYS_lt_join + 0x1000), "no such number");
	check_err(ECHILD, waitpid(-1, NULL, 0), "no child came of any");
	check_eq(dup(0), before, "no descriptor was lost");
	close(before);
	unlink("file");
}

/* Threads may spawn: the caller's table is not touched. */
static void spawn_many(void)
{
	int bad = 0;

	for (int i = 0; i < 50; i++)
		bad += spawn_and_join("args", NULL, 0, NULL) != 1 << 8;
	check_eq(bad, 0, "fifty of them");
}

/* As another user: what a program that it cannot read has is not its to see. */
static void spawn_unreadable(void *arg)
{
	char *argv[] = { "spawn", "d", NULL };
	pid_t pid;

	(void)arg;
	if (setresgid(1000, 1000, 1000) || setresuid(1000, 1000, 1000))
		_exit(1);
	pid = spawn("hidden", argv, none, NULL, 0, NULL);
	_exit(pid > 0 && join(pid) == 1 << 8 ? 0 : 2);
}

static void spawn_dumpable(void)
{
	char buf[4096];
	int from = open(tap_self, O_RDONLY), to;
	ssize_t n;

	check_eq(spawn_and_join("d", NULL, 0, NULL), 2 << 8, "dumpable");
	if (geteuid()) {
		tap_skip("one it cannot read", "needs root");
		return;
	}
	to = open("hidden", O_WRONLY | O_CREAT, 0711);
	while ((n = read(from, buf, sizeof(buf))) > 0)
		write(to, buf, (size_t)n);
	close(from);
	close(to);
	chmod("hidden", 0711);
	chmod(".", 0755);
	check_eq(in_child(spawn_unreadable, NULL), 0,
		 "one that it cannot read is not");
	unlink("hidden");
}

/* ---- with a tracer ------------------------------------------------------- */

static void spawn_set_id(void)
{
	char *argv[] = { "setid", "e", NULL };
	pid_t pid = spawn("setid", argv, none, NULL, 0, NULL);

	_exit(pid < 0 ? 9 : WEXITSTATUS(join(pid)));
}

/*
 * As an unprivileged user, who traces the caller and what it makes.
 * Return: the caller's exit status; a bit 4: its child was reported.
 */
static void trace_spawner(void *arg)
{
	pid_t spawner, pid;
	int st, seen = 0;

	(void)arg;
	become_user(1000);
	spawner = traced_child(spawn_set_id);
	ptrace(PTRACE_SETOPTIONS, spawner, 0, O(VFORK) | O(FORK));
	ptrace(PTRACE_CONT, spawner, 0, 0);
	while ((pid = waitpid(-1, &st, __WALL)) > 0) {
		if (pid == spawner && WIFEXITED(st))
			_exit(WEXITSTATUS(st) | seen);
		if (pid == spawner && st >> 8 == EVENT(PTRACE_EVENT_VFORK))
			seen = 4;
		if (WIFSTOPPED(st))
			ptrace(PTRACE_CONT, pid, 0, 0);
	}
}

/* The child opens a pipe without a writer, and fails once there is one. */
static void spawn_late(void *arg)
{
	char *argv[] = { "none", NULL };
	struct spawn_action open_pipe = {
		.op = SPAWN_OPEN, .fd = 5, .flags = O_RDONLY,
		.path = (uintptr_t)"late",
	};

	(void)arg;
	_exit(spawn("./none", argv, none, &open_pipe, 1, NULL) == -1 &&
	      errno == ENOENT ? 0 : 1);
}

/* => the number of the one child of pid, once it has one */
static pid_t child_of(pid_t pid)
{
	char path[64], text[32] = "";

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, pid);
	if (!eventually(text_read(path, text, sizeof(text)) > 0))
		tap_bail("no child");
	return atoi(text);
}

/*
 * Trace the child alone, and do not wait for it.
 * => the wait status of who called spawn
 */
static int trace_failing(void)
{
	pid_t spawner, child;
	int f, st;

	mkfifo("late", 0600);
	spawner = start_child(spawn_late, NULL);
	child = child_of(spawner);
	ptrace(PTRACE_SEIZE, child, 0, 0);
	f = open("late", O_WRONLY);
	st = wait_status(spawner);
	waitpid(child, NULL, __WALL);
	close(f);
	unlink("late");
	return st;
}

static void spawn_as_user(void *arg)
{
	(void)arg;
	become_user(1000);
	spawn_set_id();
}

static void spawn_with_tracer(void)
{
	check_eq(trace_failing(), 0,
		 "who spawns nothing hears of it before the tracer has waited");
	if (geteuid()) {
		tap_skip("a set-id program", "needs root");
		return;
	}
	copy_self("setid", 0755);
	chmod("setid", 04755);
	check_eq(in_child(spawn_as_user, NULL), 2 << 8,
		 "a set-id program gains its owner's rights");
	check_eq(in_child(trace_spawner, NULL), (1 | 4) << 8,
		 "not under the tracer of its maker, who sees a vfork");
	unlink("setid");
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return act_as_spawned(argc, argv);
	if (on_other_kernel())
		return tap_skip_all("Lectern's own calls");
	tap_find_self(argv[0]);
	tap_scratch("spawn");
	spawn_plainly();
	act_on_descriptors();
	spawn_with_attributes();
	spawn_dumpable();
	spawn_with_tracer();
	fail_to_spawn();
	spawn_many();
	tap_scratch_end();
	return tap_done();
}
