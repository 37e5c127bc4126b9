/* SPDX-License-Identifier: MIT */
/*
 * Task work (row B1, AST): functions that a given task calls before it next
 * enters user mode, or exits.  Adding work allocates no memory: struct
 * task_work is embedded in the caller's object.
 */
#ifndef KERNEL_TASK_WORK_H
#define KERNEL_TASK_WORK_H

struct task;

struct task_work {
	struct task_work *next;		/* in the task's list, atomic */
	void (*fn)(struct task_work *);	/* may free the work; may sleep */
};

/*
 * Make t call w->fn once; several works run in the order in which they were
 * added.
 * Context: any.
 * Return: 0; -ESRCH: t exits, or is a kernel thread.
 */
int task_work_add(struct task *t, struct task_work *w);
/* Run current's works.  Context: IPL_NONE. */
void task_work_run(void);
/* Run current's works for the last time, and refuse further work. */
void task_work_exit(void);

#endif
