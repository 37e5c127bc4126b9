/* SPDX-License-Identifier: MIT */
/*
 * clone and clone3, a test a flag: what the child shares with its parent
 * and what it does not (rows D10, D1).
 */
#include <sched.h>
#include <thread.h>
#include "tap.h"

static char stack[65536] __attribute__((aligned(16)));
static volatile int word;
static int tid_word, ctid_word, fd;

struct clone_args {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack,
		 stack_size, tls, set_tid, set_tid_size, cgroup;
};

/* Runs fn in a child with flags.  => its wait status, or -errno of clone */
static long with(long flags, int (*fn)(void *), void *arg)
{
	int st = 0;
	long pid;

	tid_word = ctid_word = 77;
	pid = __clone(fn, stack + sizeof(stack), flags, arg, &tid_word, NULL,
		      &ctid_word);
	if (pid < 0)
		return pid;
	if (waitpid((pid_t)pid, &st, __WALL) != pid)
		return -errno;
	return st;
}

static int change_all(void *arg)
{
	word = 1;
	chdir("/");
	umask(0);
	close(fd);
	signal(SIGUSR1, SIG_IGN);
	return 0;
}

static int quit(void *arg)
{
	return (int)(long)arg;
}

/* What of the parent did the child's changes reach? */
static int reached(long flags)
{
	struct sigaction sa;
	char cwd[256];
	int seen = 0;

	word = 0;
	chdir(tap_dir);
	umask(022);
	fd = open("/", O_RDONLY);
	signal(SIGUSR1, SIG_DFL);
	if (with(flags | SIGCHLD, change_all, NULL) != 0)
		return -1;
	seen |= word;
	getcwd(cwd, sizeof(cwd));
	seen |= (!strcmp(cwd, "/") && umask(022) == 0) << 1;
	seen |= (fcntl(fd, F_GETFD) < 0) << 2;
	sigaction(SIGUSR1, NULL, &sa);
	seen |= (sa.sa_handler == SIG_IGN) << 3;
	close(fd);
	signal(SIGUSR1, SIG_DFL);
	chdir(tap_dir);
	return seen;
}

static void sharing(void)
{
	check_eq(reached(0), 0, "no flag: nothing is shared");
	check_eq(reached(CLONE_VM), 1, "CLONE_VM: memory");
	check_eq(reached(CLONE_FS), 2, "CLONE_FS: folder and umask");
	check_eq(reached(CLONE_FILES), 4, "CLONE_FILES: descriptors");
	check_eq(reached(CLONE_VM | CLONE_SIGHAND), 9,
		 "CLONE_SIGHAND: handlers");
	check_eq(reached(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND |
			 CLONE_SYSVSEM | CLONE_DETACHED | CLONE_UNTRACED),
		 15, "all; DETACHED and UNTRACED change nothing");
}

static int own_tid(void *arg)
{
	return ctid_word == gettid() ? 5 : 6;
}

static void tids(void)
{
	int st;
	long pid;

	tid_word = 77;
	pid = __clone(quit, stack + sizeof(stack), CLONE_PARENT_SETTID |
		      SIGCHLD, NULL, &tid_word, NULL, NULL);
	check_eq(tid_word, pid, "CLONE_PARENT_SETTID: told before it runs");
	waitpid((pid_t)pid, &st, 0);
	check_eq(with(CLONE_CHILD_SETTID | SIGCHLD, own_tid, NULL), 5 << 8,
		 "CLONE_CHILD_SETTID: the child's memory has it");
	check_eq(ctid_word, 77, "the parent's does not");
	with(CLONE_VM | CLONE_CHILD_CLEARTID | SIGCHLD, quit, NULL);
	check_eq(ctid_word, 0, "CLONE_CHILD_CLEARTID: cleared at its end");
}

static volatile int signalled;

static void note(int sig)
{
	signalled = sig;
}

static void exit_signals(void)
{
	int st;
	long pid;

	signal(SIGUSR2, note);
	check_eq(with(SIGUSR2, quit, (void *)3), 3 << 8, "another exit signal");
	check_eq(signalled, SIGUSR2, "it was sent");
	pid = __clone(quit, stack + sizeof(stack), 0, NULL, NULL, NULL, NULL);
	usleep(10000);
	check_err(ECHILD, waitpid((pid_t)pid, &st, 0),
		  "no exit signal: an ordinary wait does not see it");
	check_eq(waitpid((pid_t)pid, &st, __WALL), pid, "__WALL does");
	signal(SIGUSR2, SIG_DFL);
}

/* A child of our parent: a sibling, which we cannot wait for. */
static int sibling_parent(void *arg)
{
	return getppid() == (int)(long)arg ? 0 : 9;
}

static void clone_parent(void *arg)
{
	pid_t up = getppid();
	long pid = __clone(sibling_parent, stack + sizeof(stack),
			   CLONE_PARENT | SIGCHLD, (void *)(long)up, NULL,
			   NULL, NULL);

	_exit(pid > 0 && waitpid((pid_t)pid, NULL, 0) == -1 &&
	      errno == ECHILD ? 0 : 1);
}

static void parents(void)
{
	pid_t pid = fork();
	int st, sum = 0;

	if (pid == 0)
		clone_parent(NULL);
	for (int i = 0; i < 2; i++) {
		if (wait(&st) < 0)
			sum = 99;
		sum += st;
	}
	check_eq(sum, 0, "CLONE_PARENT: a sibling, our parent's to wait for");
}

static void third(void)
{
	struct clone_args a = { .exit_signal = SIGCHLD };
	struct sigaction sa;
	int st;
	long pid;

	if (raw_syscall(SYS_clone3, NULL, 0) == -ENOSYS) {
		tap_skip("clone3", "not there");
		return;
	}
	check_err(EINVAL, syscall(SYS_clone3, &a, 8), "clone3: size too small");
	check_err(E2BIG, syscall(SYS_clone3, &a, 1 << 20), "size too large");
	check_err(EFAULT, syscall(SYS_clone3, BAD, sizeof(a)), "bad pointer");
	signal(SIGUSR1, note);
	pid = syscall(SYS_clone3, &a, sizeof(a));
	if (pid == 0)
		_exit(11);
	waitpid((pid_t)pid, &st, 0);
	check_eq(st, 11 << 8, "like fork");
	a.flags = CLONE_CLEAR_SIGHAND;
	pid = syscall(SYS_clone3, &a, sizeof(a));
	if (pid == 0) {
		sigaction(SIGUSR1, NULL, &sa);
		_exit(sa.sa_handler == SIG_DFL ? 12 : 13);
	}
	waitpid((pid_t)pid, &st, 0);
	check_eq(st, 12 << 8, "CLONE_CLEAR_SIGHAND");
	a.flags = CLONE_VM | CLONE_DETACHED;
	check_err(EINVAL, syscall(SYS_clone3, &a, sizeof(a)),
		  "DETACHED is refused here");
	a.flags = 0;
	a.exit_signal = 100;
	check_err(EINVAL, syscall(SYS_clone3, &a, sizeof(a)), "bad signal");
	a.exit_signal = SIGCHLD;
	a.stack_size = 4096;
	check_err(EINVAL, syscall(SYS_clone3, &a, sizeof(a)),
		  "a size without a stack");
}

int main(void)
{
	tap_scratch("clone_flags");
	sharing();
	tids();
	exit_signals();
	parents();
	third();
	tap_scratch_end();
	return tap_done();
}
