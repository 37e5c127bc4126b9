/* SPDX-License-Identifier: MIT */
/* Where everybody is, into the kernel log: for hangs. */
#ifndef TOPICS_INSPECTION_WHERE_H
#define TOPICS_INSPECTION_WHERE_H

struct task;

#define WHERE_DEPTH	24	/* return addresses of a trace */

/* Backtraces of all CPUs, which must answer calls.  Context: task context. */
void where_cpus(void);
/* State and backtrace of each task.  Context: task context. */
void where_tasks(void);
/*
 * Where in the kernel t sleeps: at most max return addresses, the innermost
 * first.  Return: their number; 0: it runs or is dead.
 */
unsigned where_task(struct task *t, unsigned long *pc, unsigned max);

#endif
