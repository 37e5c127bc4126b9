/* SPDX-License-Identifier: MIT */
/* Log where all CPUs and tasks are, to debug hangs. */
#ifndef TOPICS_INSPECTION_WHERE_H
#define TOPICS_INSPECTION_WHERE_H

struct task;

#define WHERE_DEPTH	24	/* maximum of return addresses in a trace */

/*
 * Log backtraces of all CPUs, which must accept cross-CPU calls.
 * Context: task context.
 */
void where_cpus(void);
/* Log the state and backtrace of each task.  Context: task context. */
void where_tasks(void);
/*
 * Get the place in the kernel where t sleeps: at most max return addresses,
 * innermost first.
 * Return: their number; 0: t is running or dead.
 */
unsigned where_task(struct task *t, unsigned long *pc, unsigned max);

#endif
