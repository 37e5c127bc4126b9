/* SPDX-License-Identifier: MIT */
/* Scheduling and clone(2). */
#ifndef LIBC_SCHED_H
#define LIBC_SCHED_H

#include <sys/types.h>

#define CLONE_VM		0x00000100
#define CLONE_FS		0x00000200
#define CLONE_FILES		0x00000400
#define CLONE_SIGHAND		0x00000800
#define CLONE_PIDFD		0x00001000
#define CLONE_PTRACE		0x00002000
#define CLONE_VFORK		0x00004000
#define CLONE_PARENT		0x00008000
#define CLONE_THREAD		0x00010000
#define CLONE_NEWNS		0x00020000
#define CLONE_SYSVSEM		0x00040000
#define CLONE_SETTLS		0x00080000
#define CLONE_PARENT_SETTID	0x00100000
#define CLONE_CHILD_CLEARTID	0x00200000
#define CLONE_DETACHED		0x00400000
#define CLONE_UNTRACED		0x00800000
#define CLONE_CHILD_SETTID	0x01000000
#define CLONE_NEWCGROUP		0x02000000
#define CLONE_NEWUTS		0x04000000
#define CLONE_NEWIPC		0x08000000
#define CLONE_NEWUSER		0x10000000
#define CLONE_NEWPID		0x20000000
#define CLONE_NEWNET		0x40000000
#define CLONE_IO		0x80000000UL
#define CLONE_CLEAR_SIGHAND	0x100000000ULL
#define CLONE_INTO_CGROUP	0x200000000ULL

int sched_yield(void);

/* mask has one bit for each CPU; the second function counts the bits. */
int sched_getaffinity(int pid, __SIZE_TYPE__ size, void *mask);
int __sched_cpucount(__SIZE_TYPE__ size, const void *mask);

/*
 * Run fn(arg) in a new task on the stack that ends at `stack`; the task exits
 * with fn's result.  Does not use errno, so two tasks may share the memory of
 * one thread.
 * Return: the tid, or a negative errno.
 */
long __clone(int (*fn)(void *), void *stack, long flags, void *arg,
	     int *ptid, void *tls, int *ctid);

#endif
