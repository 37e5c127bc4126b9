/* SPDX-License-Identifier: MIT */
/* Between the files of kernel/task/. */
#ifndef KERNEL_PROCESS_INTERNAL_H
#define KERNEL_PROCESS_INTERNAL_H

#include "process.h"

/* ---- exit.c, reap.c ------------------------------------------------------ */

/*
 * t, which is current, leaves its process: it becomes a zombie or goes.
 * Context: [tree_lock].
 * Return: true: nobody will ask for t any more, the caller drops its reference.
 */
bool thread_leave_tree(struct task *t, struct list *reaped);

/* Add the times and counts of t to those that p keeps.  Context: [tree_lock] */
void thread_add_times(struct process *p, struct task *t);

/*
 * The children that thread `from` of p made count as those of thread `to`
 * (__WNOTHREAD of wait4).  Context: [tree_lock].
 */
void children_rename_creator(struct process *p, int from, int to);

/*
 * How t, or p, ended: as wait4(2) tells it.
 * Context: [tree_lock].
 */
int thread_status(const struct task *t);
int process_status(const struct process *p);

#endif
