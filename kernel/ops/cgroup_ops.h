/* SPDX-License-Identifier: MIT */
/* Hooks of control groups at the creation and end of tasks (topics/cgroups). */
#ifndef KERNEL_OPS_CGROUP_OPS_H
#define KERNEL_OPS_CGROUP_OPS_H

#include <lt/compiler.h>
#include <lt/types.h>

struct task;

struct cgroup_ops {
	/*
	 * The new task child has its tid and is in the process tree.
	 * Context: [tree_lock].
	 */
	void (*task_published)(struct task *child);
	/*
	 * Check, before task_published(), that child's group allows one more
	 * task.
	 * Context: [tree_lock].  Return: 0 or -errno.
	 */
	int (*task_publishes)(const struct task *child);
	/* t has been reaped and leaves the tree.  Context: [tree_lock]. */
	void (*task_reaped)(struct task *t);
	/*
	 * CLONE_INTO_CGROUP: put the child of current's next clone into the
	 * group of descriptor fd; fd -1: cancel this request.
	 * Context: no lock; may sleep.  Return: 0 or -errno.
	 */
	int (*clone_into)(int fd, bool thread);
};
extern const struct cgroup_ops *cgroup_ops;	/* const after init, or NULL */
extern bool cgroups_made;	/* a group besides the root exists; any CPU may
				   set this */

/*
 * Check that child's group allows one more task.
 * Context: [tree_lock].  Return: 0 or -errno.
 */
static inline int cgroup_task_publishes(const struct task *child)
{
	return unlikely(cgroups_made) ? cgroup_ops->task_publishes(child) : 0;
}
/* Count the new task in its group.  Context: [tree_lock]. */
static inline void cgroup_task_published(struct task *child)
{
	if (unlikely(cgroups_made))
		cgroup_ops->task_published(child);
}
/* Remove a reaped task from its group.  Context: [tree_lock]. */
static inline void cgroup_task_reaped(struct task *t)
{
	if (unlikely(cgroups_made))
		cgroup_ops->task_reaped(t);
}

#endif
