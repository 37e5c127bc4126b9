/* SPDX-License-Identifier: MIT */
/*
 * PIDs in namespaces (row D8).  The kernel stores the ids of tasks, groups and
 * sessions as the initial PID namespace has them.  Programs in another
 * namespace (topics/namespaces/pid.c) use ids of their own; the functions of
 * this file convert ids.  Context of all functions: any, except for task_find()
 * and process_find().
 */
#ifndef KERNEL_TASK_PIDS_H
#define KERNEL_TASK_PIDS_H

#include <kernel/current.h>
#include <kernel/ops/namespace_ops.h>

#define PID_LEVELS 33			/* nested namespaces and the initial
					   one */
extern unsigned nested_pids;		/* [tree_lock] number of ids in nested
					   namespaces */

/* Return: the id that nr has in namespace `to`; 0: nr has none. */
static inline int pid_in(int nr, const struct pid_space *to)
{
	return likely(!to) ? nr : namespace_ops->pid_in(nr, to);
}

/* Return: the kernel's id for id nr of namespace `from`; -1: there is none. */
static inline int pid_from(int nr, const struct pid_space *from)
{
	return likely(!from) ? nr : namespace_ops->pid_from(nr, from);
}

/* current's PID namespace; kernel threads are in the initial one (NULL). */
#define pid_space()	(current->process ? current->process->space : NULL)
/*
 * Return: the user namespace that owns current's PID namespace; NULL: the
 * initial one.
 */
struct user_space *pids_owner(void);
#define pid_shown(nr)	pid_in(nr, pid_space())
#define pid_meant(nr)	pid_from(nr, pid_space())

/*
 * Like task_at() and process_at(), but for the ids that current uses.  Context:
 * [tree_lock].
 */
#define task_find(tid)		task_at(pid_meant(tid))
#define process_find(pid)	process_at(pid_meant(pid))

#endif
