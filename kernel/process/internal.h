/* SPDX-License-Identifier: MIT */
/* Shared by the files of kernel/process/ only. */
#ifndef KERNEL_PROCESS_INTERNAL_H
#define KERNEL_PROCESS_INTERNAL_H

#include "process.h"

/* ---- exit.c, reap.c ------------------------------------------------------ */

/*
 * Let t, the current task, leave its process: t becomes a zombie or is removed.
 * Context: [tree_lock].
 * Return: true: t was removed, and the caller must drop a reference to t.
 */
bool thread_leave_tree(struct task *t, struct list *reaped);

/*
 * Give the children of p, whose last thread is about to leave, to their new
 * parent.  Process groups that this orphans are told.
 * Context: [tree_lock], released now and then.
 */
void process_part(struct process *p, struct list *reaped);

/* Add the times and counts of t to the sums in p.  Context: [tree_lock]. */
void thread_add_times(struct process *p, struct task *t);

/*
 * Assign the children that thread `from` of p created to thread `to`, for
 * __WNOTHREAD of wait4.
 * Context: [tree_lock].
 */
void children_rename_creator(struct process *p, int from, int to);

/*
 * Return: how t (thread_status()) or p (process_status()) ended, in the
 * encoding of wait4(2).
 * Context: [tree_lock].
 */
int thread_status(const struct task *t);
int process_status(const struct process *p);

#endif
