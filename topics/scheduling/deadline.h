/* SPDX-License-Identifier: MIT */
/*
 * The part of a task (kernel/task/part.h) that this extension keeps from the
 * time it first has a deadline or utilization clamps (docs/deadline.md).
 */
#ifndef TOPICS_SCHEDULING_DEADLINE_H
#define TOPICS_SCHEDULING_DEADLINE_H

#include "cbs.h"
#include <kernel/task/part.h>
#include <kernel/time/timer.h>

struct deadline {
	struct task *task;		/* const */
	/* [runqueue] the current value of cbs.left is in task->turn_left */
	struct cbs cbs;
	u64 share;			/* [tree_lock] part of `sum` */
	/* [tree_lock] flags of struct sched_attr */
	u64 flags;
	u64 at;	/* [runqueue] if spent: end of the wait */
	/* [runqueue] wakeups that the server has seen */
	unsigned long wakeups;
	bool fresh;			/* [runqueue] the parameters are new */
	/* [runqueue] the task waits for budget */
	bool spent;
	bool overran;			/* [runqueue] SIGXCPU is due */
	struct timer timer;
	u32 clamp[2];			/* [tree_lock] minimum and maximum */
	bool clamped[2];		/* [tree_lock] clamp[] was set */
};

/*
 * Return: the place of the pointer to t's part.  The pointer is NULL if t has
 * no part.
 */
struct deadline **deadline_of(struct task *t);
/* Return: a part for a task; NULL: no memory. */
struct deadline *deadline_new(void);

/* ---- clamps.c; context: [tree_lock] -------------------------------------- */

/* SCHED_FLAG_UTIL_CLAMP_MIN, SCHED_FLAG_UTIL_CLAMP_MAX */
#define SCHED_FLAG_UTIL_CLAMP_MIN	0x20
#define SCHED_FLAG_UTIL_CLAMP_MAX	0x40

struct sched_attr;
/* Get the clamps of t, whose policy is a->policy. */
void clamps_get(struct task *t, struct sched_attr *a);
/* Return: 0; -EINVAL: invalid bounds. */
int clamps_check(struct task *t, const struct sched_attr *a);
/* Set the clamps, which have been checked. */
void clamps_set(struct deadline *d, const struct sched_attr *a);
/*
 * Copy the clamps that the child inherits from current.
 * Context: no lock.
 * Return: 0, -ENOMEM.
 */
int clamps_copy(struct task *child);

#endif
