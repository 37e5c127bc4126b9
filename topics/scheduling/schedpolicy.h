/* SPDX-License-Identifier: MIT */
/* Tasks that are scheduled otherwise, and who may have them so. */
#ifndef TOPICS_SCHEDULING_SCHEDPOLICY_H
#define TOPICS_SCHEDULING_SCHEDPOLICY_H

#include <kernel/sched/sched.h>

/* All at once, also while t runs or waits; everything valid. */
void sched_set_how(struct task *t, const struct sched_how *how);
void sched_set_nice(struct task *t, int nice);
/*
 * t runs with that real-time priority, if its own is lower; 0: with its own.
 * due: of RT_DEADLINE, likewise; else 0.
 * Context: any lock that comes before a run queue's.
 */
void sched_lend(struct task *t, unsigned priority, u64 due);
/* What t runs with: its priority, and when it is due. */
unsigned sched_lends(struct task *t, u64 *due);
/* What t has of its own has changed; NULL: nobody asks.  Const after init. */
extern void (*sched_changed)(struct task *t);
/* Where t may run from now on.  Return: 0, -EINVAL: on no running CPU. */
int sched_set_affinity(struct task *t, unsigned long cpus);

/* SCHED_DEADLINE, which is an extension's: NULL there: there is none. */
struct deadline;
struct sched_attr;
struct sched_deadlines {
	/* What admit() may need.  Return: NULL: no memory. */
	struct deadline *(*provide)(void);
	/* Are its three times such as can be asked for? */
	bool (*valid)(const struct sched_attr *a);
	/*
	 * t may have such a deadline, and will; *spare: from provide(), NULL
	 * afterwards if it was used.
	 * Context: [tree_lock].
	 * Return: 0; -EPERM, it may not run on all CPUs; -EBUSY; -ESRCH.
	 */
	int (*admit)(struct task *t, const struct sched_attr *a,
		     struct deadline **spare);
	/* t is to have another policy.  Context: [tree_lock]. */
	void (*release)(struct task *t);
	/* Times and flags of t, which has one.  Context: [tree_lock]. */
	void (*get)(struct task *t, struct sched_attr *a);
	/*
	 * Policy, or what is lent to t, has been set.
	 * Context: [run queue].
	 * Return: it is to be queued.
	 */
	bool (*applied)(struct task *t);
	/* Util clamps: of t, whose policy is a->policy.  Context: [tree_lock]. */
	void (*get_clamps)(struct task *t, struct sched_attr *a);
	/* What a's flags say to set.  Return: 0, -EINVAL. */
	int (*check_clamps)(struct task *t, const struct sched_attr *a);
	void (*set_clamps)(struct task *t, const struct sched_attr *a,
			   struct deadline **spare);
};
extern const struct sched_deadlines *sched_deadlines;	/* const after init */

/*
 * The task of that number; 0 is the caller.
 * Context: [tree_lock].
 * Return: NULL: no such task.
 */
struct task *sched_named(int tid);
/*
 * Does who, a number of the kind which (PRIO_PROCESS, PRIO_PGRP, PRIO_USER),
 * mean t?  0 is the caller's own.
 * Context: [tree_lock].
 */
bool sched_selects(const struct task *t, int which, int who);
/* Has the caller the user id of t? */
bool sched_same_owner(const struct task *t);
/* Has t no capability that the caller has not? */
bool sched_within_caps(const struct task *t);
/* Does t's RLIMIT_NICE let it be as good as that? */
bool sched_nice_allowed(const struct task *t, int nice);

#endif
