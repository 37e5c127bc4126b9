/* SPDX-License-Identifier: MIT */
/*
 * Tasks as GDB's threads (row B7).  The list of all tasks is read without its
 * lock, whose holder may be stopped in the middle of a change.  So the walk is
 * limited to the largest possible number of tasks, and may fault (stub_try()).
 */
#include "gdbstub.h"
#include <kernel/smp/smp.h>
#include <kernel/task/task.h>

#define IDLE_ID		0x40000000ul	/* plus the CPU's number */

unsigned long stub_id(const struct task *t)
{
	return t == t->cpu->idle ? IDLE_ID + t->cpu->id :
		(unsigned long)t->tid;
}

static struct task *idle_task(unsigned cpu)
{
	return cpu < nr_cpus ? cpus[cpu].idle : NULL;
}

struct task *stub_next_task(struct task *t)
{
	struct list *next;

	if (t && t == t->cpu->idle)
		return idle_task(t->cpu->id + 1);
	next = t ? t->all_link.next : all_tasks.next;
	if (next == &all_tasks)
		return idle_task(0);
	t = container_of(next, struct task, all_link);
	return t == t->cpu->idle ? stub_next_task(t) : t;
}

struct task *stub_task(unsigned long id)
{
	struct task *t = NULL;

	for (int n = 0; n < STUB_TASKS_MAX && (t = stub_next_task(t)); n++)
		if (stub_id(t) == id)
			return t;
	return NULL;
}

bool stub_is_space(const struct vm_space *s)
{
	struct task *t = NULL;

	for (int n = 0; n < STUB_TASKS_MAX && (t = stub_next_task(t)); n++)
		if (t->space == s)
			return true;
	return !s;
}
