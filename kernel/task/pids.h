/* SPDX-License-Identifier: MIT */
/*
 * Numbers of tasks, groups and sessions are the first name space's wherever the
 * kernel keeps them.  Another space (topics/namespaces/pid.c) has its own, which
 * programs in it see and say: between the two stands what is here (row D8).
 * Context of all of it: any, but for task_find() and process_find().
 */
#ifndef KERNEL_TASK_PIDS_H
#define KERNEL_TASK_PIDS_H

#include <kernel/current.h>
#include <kernel/ops/namespace_ops.h>

#define PID_LEVELS 33			/* of spaces, with the first */
extern unsigned nested_pids;		/* [tree_lock] numbers that have others */

/* nr as `to` has it; 0: it is not in there. */
static inline int pid_in(int nr, const struct pid_space *to)
{
	return likely(!to) ? nr : namespace_ops->pid_in(nr, to);
}

/* What `from` means by nr; -1: nothing. */
static inline int pid_from(int nr, const struct pid_space *from)
{
	return likely(!from) ? nr : namespace_ops->pid_from(nr, from);
}

/* current's; a thread of the kernel is in the first. */
#define pid_space()	(current->process ? current->process->space : NULL)
/* Which space of users has rights over that; NULL: the first. */
struct user_space *pids_owner(void);
#define pid_shown(nr)	pid_in(nr, pid_space())
#define pid_meant(nr)	pid_from(nr, pid_space())

/* task_at() and process_at() of a number as current means it. [tree_lock] */
#define task_find(tid)		task_at(pid_meant(tid))
#define process_find(pid)	process_at(pid_meant(pid))

#endif
