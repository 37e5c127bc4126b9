/* SPDX-License-Identifier: MIT */
/* What control groups do as tasks come and go (topics/cgroups). */
#ifndef KERNEL_OPS_CGROUP_OPS_H
#define KERNEL_OPS_CGROUP_OPS_H

#include <lt/compiler.h>
#include <lt/types.h>

struct task;

struct cgroup_ops {
	/*
	 * child has its number and is in the tree; t leaves it, reaped.
	 * Context: [tree_lock].
	 */
	void (*task_published)(struct task *child);
	/* Before that: may it?  Context: likewise.  Return: 0 or -errno. */
	int (*task_publishes)(const struct task *child);
	void (*task_reaped)(struct task *t);
	/*
	 * CLONE_INTO_CGROUP: the next clone of current is to be in the group of
	 * descriptor fd, -1: nowhere any more.
	 * Context: no lock; may sleep.  Return: 0 or -errno.
	 */
	int (*clone_into)(int fd, bool thread);
};
extern const struct cgroup_ops *cgroup_ops;	/* const after init, or NULL */
extern bool cgroups_made;	/* there is one besides the root; any CPU */

/* A group may allow no more tasks. */
static inline int cgroup_task_publishes(const struct task *child)
{
	return unlikely(cgroups_made) ? cgroup_ops->task_publishes(child) : 0;
}
/* It counts the new task, */
static inline void cgroup_task_published(struct task *child)
{
	if (unlikely(cgroups_made))
		cgroup_ops->task_published(child);
}
/* and forgets one that is gone.  Context: [tree_lock], all three. */
static inline void cgroup_task_reaped(struct task *t)
{
	if (unlikely(cgroups_made))
		cgroup_ops->task_reaped(t);
}

#endif
