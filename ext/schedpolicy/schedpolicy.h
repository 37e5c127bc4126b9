/* SPDX-License-Identifier: MIT */
/* Tasks that are scheduled otherwise, and who may have them so. */
#ifndef EXT_SCHEDPOLICY_H
#define EXT_SCHEDPOLICY_H

#include <kernel/sched.h>

/* All at once, also while t runs or waits; everything valid. */
void sched_set_how(struct task *t, const struct sched_how *how);
void sched_set_nice(struct task *t, int nice);
/* Where t may run from now on.  Return: 0, -EINVAL: on no running CPU. */
int sched_set_affinity(struct task *t, unsigned long cpus);

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
