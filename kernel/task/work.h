/* SPDX-License-Identifier: MIT */
/*
 * Task work (row B1, AST): run by a given task before it next enters user mode,
 * or ends.  It allocates nothing: what is queued is embedded in what it is
 * about.
 */
#ifndef KERNEL_TASK_WORK_H
#define KERNEL_TASK_WORK_H

struct task;

struct task_work {
	struct task_work *next;		/* atomic list of the task */
	void (*fn)(struct task_work *);	/* may free it; may sleep */
};

/*
 * Have t run w->fn, once; several run in the order they came.
 * Context: any.
 * Return: -ESRCH: t is ending, or a kernel thread.
 */
int task_work_add(struct task *t, struct task_work *w);
/* The current task runs what it has.  Context: IPL_NONE. */
void task_work_run(void);
/* The same for the last time; refuses further work. */
void task_work_exit(void);

#endif
