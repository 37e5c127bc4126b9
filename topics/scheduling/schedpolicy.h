/* SPDX-License-Identifier: MIT */
/* Changing how tasks are scheduled, and the permission to do so. */
#ifndef TOPICS_SCHEDULING_SCHEDPOLICY_H
#define TOPICS_SCHEDULING_SCHEDPOLICY_H

#include <kernel/sched/sched.h>

/* Set all fields at once, also while t runs or waits; all must be valid. */
void sched_set_how(struct task *t, const struct sched_how *how);
void sched_set_nice(struct task *t, int nice);
/*
 * Lend t a real-time priority.  t runs with the loan if its own priority is
 * lower.  0: end the loan.  due: the deadline to lend if priority is
 * RT_DEADLINE; else 0.
 * Context: any lock that comes before a runqueue's.
 */
void sched_lend(struct task *t, unsigned priority, u64 due);
/* Return: the priority that t runs with; *due: its deadline. */
unsigned sched_lends(struct task *t, u64 *due);
/* Called after t's own priority has changed; or NULL.  Const after init. */
extern void (*sched_changed)(struct task *t);
/*
 * Set the CPUs that t may use.
 * Return: 0; -EINVAL: none of these CPUs runs; -EBUSY: t has a deadline.
 */
int sched_set_affinity(struct task *t, unsigned long cpus);

/* Operations of SCHED_DEADLINE, which is an extension; NULL: not built in. */
struct deadline;
struct sched_attr;
struct sched_deadlines {
	/* Allocate what admit() may need.  Return: NULL: no memory. */
	struct deadline *(*provide)(void);
	/* True if the three times are valid. */
	bool (*valid)(const struct sched_attr *a);
	/*
	 * Admit t with that deadline.  *spare: from provide(); NULL afterwards
	 * if it was used.
	 * Context: [tree_lock].
	 * Return: 0; -EPERM: t may not run on all CPUs; -EBUSY: no capacity;
	 * -ESRCH.
	 */
	int (*admit)(struct task *t, const struct sched_attr *a,
		     struct deadline **spare);
	/*
	 * End the deadline of t, which gets another policy.  Context:
	 * [tree_lock].
	 */
	void (*release)(struct task *t);
	/*
	 * Get times and flags of t, which has a deadline.
	 * Context: [tree_lock].
	 */
	void (*get)(struct task *t, struct sched_attr *a);
	/*
	 * Handle a change of t's policy, or of what is lent to t.
	 * Context: [runqueue].
	 * Return: true if t must be queued.
	 */
	bool (*applied)(struct task *t);
	/*
	 * Get the clamps of t, whose policy is a->policy.
	 * Context: [tree_lock].
	 */
	void (*get_clamps)(struct task *t, struct sched_attr *a);
	/* Check the clamps that a's flags select.  Return: 0, -EINVAL. */
	int (*check_clamps)(struct task *t, const struct sched_attr *a);
	void (*set_clamps)(struct task *t, const struct sched_attr *a,
			   struct deadline **spare);
};
extern const struct sched_deadlines *sched_deadlines;	/* const after init */

/*
 * Find a task by its number; 0 is the caller.
 * Context: [tree_lock].
 * Return: NULL: no such task.
 */
struct task *sched_named(int tid);
/*
 * Find the next task that `who`, a number of the kind `which` (PRIO_PROCESS,
 * PRIO_PGRP, PRIO_USER), selects; 0 means the caller's own.  *next: 0 at first,
 * then kept by this function, until it is SELECT_END.  The caller releases
 * tree_lock between two calls, as users choose how many tasks there are.  A
 * child that is born meanwhile is found, too, unless the numbers have wrapped.
 * Context: [tree_lock].
 * Return: NULL: none here, but perhaps later.
 */
#define SELECT_END (-1)
struct task *sched_select_next(int which, int who, int *next);
/* True if the caller has the user id of t. */
bool sched_same_owner(const struct task *t);
/*
 * True if the caller has all capabilities of t, or CAP_SYS_NICE in t's user
 * namespace.
 */
bool sched_within_caps(const struct task *t);
/* True if t's RLIMIT_NICE allows this nice value. */
bool sched_nice_allowed(const struct task *t, int nice);

#endif
