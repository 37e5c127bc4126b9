/* SPDX-License-Identifier: MIT */
/*
 * What this extension keeps for a task (docs/deadline.md): a part of it
 * (kernel/task/part.h), from when it first has a deadline or util clamps.
 */
#ifndef TOPICS_SCHEDULING_DEADLINE_H
#define TOPICS_SCHEDULING_DEADLINE_H

#include "cbs.h"
#include <kernel/task/part.h>
#include <kernel/time/timer.h>

struct deadline {
	struct task *task;		/* const */
	struct cbs cbs;			/* [run queue], left: see budget() */
	u64 share;			/* [tree_lock] counted in the sum */
	u64 flags;			/* [tree_lock] of struct sched_attr */
	u64 at;				/* [run queue] spent: until when */
	unsigned long wakeups;		/* [run queue] seen by the server */
	bool fresh;			/* [run queue] params are new */
	bool spent;			/* [run queue] it waits for more */
	bool overran;			/* [run queue] is to be told */
	struct timer timer;
	u32 clamp[2];			/* [tree_lock] util, least and most */
	bool clamped[2];		/* [tree_lock] it said so itself */
};

/* Where t's part hangs; NULL there: it has none. */
struct deadline **deadline_of(struct task *t);
/* Return: a part for a task; NULL: no memory. */
struct deadline *deadline_new(void);

/* ---- clamps.c; [tree_lock] ----------------------------------------------- */

/* SCHED_FLAG_UTIL_CLAMP_MIN, SCHED_FLAG_UTIL_CLAMP_MAX */
#define SCHED_FLAG_UTIL_CLAMP_MIN	0x20
#define SCHED_FLAG_UTIL_CLAMP_MAX	0x40

struct sched_attr;
/* a->policy is t's. */
void clamps_get(struct task *t, struct sched_attr *a);
/* Return: 0; -EINVAL: such bounds there are not. */
int clamps_check(struct task *t, const struct sched_attr *a);
/* They are checked. */
void clamps_set(struct deadline *d, const struct sched_attr *a);
/* What current leaves to its child.  Context: no lock.  Return: 0, -ENOMEM. */
int clamps_copy(struct task *child);

#endif
