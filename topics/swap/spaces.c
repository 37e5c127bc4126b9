/* SPDX-License-Identifier: MIT */
/* The address spaces of processes, for those who go round them. */
#include "swap.h"
#include <kernel/task/task.h>

/*
 * Return: p's address space with a reference for vm_space_put(), or NULL.
 * Context: [tree_lock].
 */
static struct vm_space *live_space(struct process *p)
{
	struct task *t;

	spin_must_hold(&tree_lock);
	list_for_each(t, &p->threads, thread_link)
		if (vm_space_get_live(t->space))
			return t->space;
	return NULL;
}

struct vm_space *space_of_pid(int pid)
{
	struct vm_space *s;
	struct process *p;

	spin_lock(&tree_lock);
	p = process_at(pid);
	s = p ? live_space(p) : NULL;
	spin_unlock(&tree_lock);
	return s;
}

/* Looks at one task at a time, so that the lock is held for a short time. */
struct vm_space *space_next(int *pid)
{
	struct vm_space *s = NULL;

	do {
		struct task *t;

		spin_lock(&tree_lock);
		t = task_next(*pid + 1);
		*pid = t ? t->tid : 0;
		if (t && t->process && t->process->pid == t->tid)
			s = live_space(t->process);
		spin_unlock(&tree_lock);
	} while (*pid && !s);
	return s;
}
