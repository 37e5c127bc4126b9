/* SPDX-License-Identifier: MIT */
/*
 * clone3(2), flag by flag: what a flag gives, which of two faults is told, and
 * who chooses the child's number (row D10).
 */
#include "arguments.h"

#define SOMEBODY	4711

struct clone_args {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack,
		 stack_size, tls, set_tid, set_tid_size, cgroup;
};

static long ask_clone3(void *at, unsigned long size)
{
	return raw_syscall(SYS_clone3, at, size);
}

static long clone_ending(struct clone_args *a)
{
	long r = raw_syscall(SYS_clone3, a, sizeof(*a));

	if (r == 0)
		_exit(0);
	return r;
}

static void clone_with(uint64_t flags, const char *what)
{
	struct clone_args a = { .flags = flags, .exit_signal = SIGCHLD };
	int parent = 0, child = 0, pidfd = -1, st = -1;
	pid_t pid;

	a.parent_tid = (unsigned long)&parent;
	a.child_tid = (unsigned long)&child;
	a.pidfd = (unsigned long)&pidfd;
	pid = (int)syscall(SYS_clone3, &a, sizeof(a));
	if (pid == 0)
		_exit(9);
	check(pid > 0, "clone3: %s", what);
	if (pid < 0)
		return;
	waitpid(pid, &st, 0x40000000);
	check_eq(st, 9 << 8, "its end");
	if (flags & 0x100000)
		check_eq(parent, pid, "its number");
	if (pidfd >= 0)
		close(pidfd);
}

static void clone_by_each_flag(void)
{
	struct clone_args a = { .exit_signal = SIGCHLD };

	clone_with(0x200, "CLONE_FS");
	clone_with(0x400, "CLONE_FILES");
	clone_with(0x1000, "CLONE_PIDFD");
	clone_with(0x2000, "CLONE_PTRACE");
	clone_with(0x4000, "CLONE_VFORK");
	clone_with(0x40000, "CLONE_SYSVSEM");
	clone_with(0x100000, "CLONE_PARENT_SETTID");
	clone_with(0x200000, "CLONE_CHILD_CLEARTID");
	clone_with(0x800000, "CLONE_UNTRACED");
	clone_with(0x1000000, "CLONE_CHILD_SETTID");
	clone_with(0x80000000u, "CLONE_IO");
	clone_with(0x100000000ull, "CLONE_CLEAR_SIGHAND");
	a.flags = 0x400000;
	check_err(EINVAL, syscall(SYS_clone3, &a, sizeof(a)), "CLONE_DETACHED");
	a.flags = 0x800;
	check_err(EINVAL, syscall(SYS_clone3, &a, sizeof(a)),
		  "CLONE_SIGHAND alone");
	a.flags = 1;
	check_err(EINVAL, syscall(SYS_clone3, &a, sizeof(a)),
		  "the signal's place");
	a = (struct clone_args){ .exit_signal = 65 };
	check_err(EINVAL, syscall(SYS_clone3, &a, sizeof(a)), "no such signal");
}

static void choose_numbers(void)
{
	static const int zero[2];
	struct clone_args a = {
		.exit_signal = 65, .set_tid = (unsigned long)BAD,
		.set_tid_size = 1,
	};

	check_eq(clone_ending(&a), -EINVAL, "clone3: no such signal");
	a.exit_signal = SIGCHLD;
	check_eq(clone_ending(&a), -EFAULT, "then the list of numbers");
	a.flags = 1;
	check_eq(clone_ending(&a), -EFAULT, "before flags");
	a.set_tid = (unsigned long)zero;
	check_eq(clone_ending(&a), -EINVAL, "flags");
	a.flags = 0;
	check_eq(clone_ending(&a), -EINVAL, "a number that is none");
	a.set_tid_size = 2;
	check_eq(clone_ending(&a), -EINVAL, "as many levels as there are not");
}

/* For whoever may not choose, too. */
static void choose_as_user(void *arg)
{
	int wanted = 0;
	struct clone_args a = {
		.exit_signal = SIGCHLD, .set_tid = (unsigned long)&wanted,
		.set_tid_size = 1,
	};

	(void)arg;
	become_user(SOMEBODY);
	if (clone_ending(&a) != -EINVAL)
		_exit(1);
	wanted = 30000;
	if (clone_ending(&a) != -EPERM)
		_exit(2);
	a.flags = 0x800;			/* handlers without memory */
	_exit(clone_ending(&a) == -EINVAL ? 0 : 3);
}

int main(void)
{
	clone_by_each_flag();
	choose_numbers();
	check_eq(in_child(choose_as_user, NULL), 0,
		 "who may choose is asked after what is wrong");
	try_growing("clone3", ask_clone3);
	return tap_done();
}
