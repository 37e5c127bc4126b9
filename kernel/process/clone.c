/* SPDX-License-Identifier: MIT */
/*
 * The system calls that make tasks: fork, vfork, clone.  Each fills in struct
 * clone_args for task_clone() (fork.c).
 */
#include "internal.h"
#include <syscalls.h>

/*
 * On both machines tls comes before ctid (clone(2), "C library/kernel
 * differences").  CLONE_PIDFD uses ptid, because clone has no argument of its
 * own for it.
 */
long sys_clone(unsigned long flags, uaddr_t stack, uaddr_t ptid, uaddr_t tls,
	       uaddr_t ctid)
{
	struct clone_args a = {
		.flags = flags & 0xffffff00ul,
		.exit_signal = flags & 0xff,
		.stack = stack,
		.tls = tls,
		.parent_tid = ptid,
		.child_tid = ctid,
		.pidfd = ptid,
	};

	return task_clone(&a);
}

long sys_fork(void)
{
	struct clone_args a = { .exit_signal = SIGCHLD };

	return task_clone(&a);
}

long sys_vfork(void)
{
	struct clone_args a = {
		.flags = CLONE_VM | CLONE_VFORK, .exit_signal = SIGCHLD
	};

	return task_clone(&a);
}
