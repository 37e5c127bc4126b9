/* SPDX-License-Identifier: MIT */
/*
 * System calls for scheduling policies (row B14): sched(7).  The calls of all
 * three interfaces (scheduler, param, attr) fill in a struct change.  One
 * function checks it, with the same checks in the same order as on Linux.
 * SCHED_DEADLINE is implemented by deadline.c; without it the policy is unknown
 * and fails with EINVAL.
 */
#include "schedpolicy.h"
#include <kernel/cred/cred.h>
#include <kernel/sched/tasks.h>
#include <kernel/task/task.h>
#include <mm/frames/slab.h>
#include <mm/uaccess.h>
#include <syscalls.h>
#include <uapi/sched.h>

/* A requested change of a task. */
struct change {
	struct sched_how to;
	bool keep_policy;	/* keep policy and reset_on_fork */
	bool keep_params;	/* keep nice and priority, and so the policy */
	bool keep_nice;		/* the call cannot set nice */
	struct sched_attr a;	/* flags, and the times of a deadline */
	struct deadline *spare;	/* for a deadline; NULL: used or not needed */
};

/*
 * True for policies with a static priority, which run before all fair tasks
 * (sched(7)).
 */
static bool realtime(int policy)
{
	return policy == SCHED_FIFO || policy == SCHED_RR;
}

/* True for policies that ignore nice values and slices. */
static bool static_rank(int policy)
{
	return realtime(policy) || policy == SCHED_DEADLINE;
}

static bool known(int policy)
{
	return realtime(policy) || policy == SCHED_OTHER ||
	       policy == SCHED_BATCH || policy == SCHED_IDLE ||
	       (policy == SCHED_DEADLINE && sched_deadlines);
}

/*
 * Get the policy and parameters as user programs see them: a deadline has
 * priority 0.
 */
static void get_how(struct task *t, struct sched_how *how)
{
	sched_get_how(t, how);
	if (how->policy == SCHED_DEADLINE)
		how->priority = 0;
}

/* True if the change needs CAP_SYS_NICE. */
static bool privileged(const struct task *t, const struct sched_how *old,
		       const struct sched_how *to)
{
	unsigned long most = t->process ?
		HINT(t->process->limits[RLIMIT_RTPRIO].cur) : 0;

	if (to->policy == SCHED_DEADLINE) {
		return true;
	} else if (realtime(to->policy)) {
		if (to->policy != old->policy && !most)
			return true;
		if (to->priority > old->priority &&
		    (unsigned long)to->priority > most)
			return true;
	} else if (to->nice < old->nice && !sched_nice_allowed(t, to->nice)) {
		return true;
	}
	/* leaving SCHED_IDLE, which counts as a nice value above 19 */
	if (old->policy == SCHED_IDLE && to->policy != SCHED_IDLE &&
	    !sched_nice_allowed(t, old->nice))
		return true;
	return !sched_same_owner(t) || !sched_within_caps(t) ||
	       (old->reset_on_fork && !to->reset_on_fork);
}

/* Copy the values that the change keeps from the task to c. */
static void scheduling_keep(struct task *t, struct change *c,
			    const struct sched_how *old)
{
	if (c->keep_policy) {
		c->to.policy = old->policy;
		c->to.reset_on_fork = old->reset_on_fork;
	}
	if (c->keep_params) {
		c->to.priority = old->priority;
		c->to.nice = old->nice;
		if (old->policy == SCHED_DEADLINE)
			sched_deadlines->get(t, &c->a);
	}
}

/*
 * Apply the change.  Everything is checked, except the admission of a deadline.
 * Return: 0, or an error of admit().
 */
static int scheduling_set(struct task *t, struct change *c,
			  const struct sched_how *old)
{
	struct sched_how *to = &c->to;
	int err;

	if (c->keep_params)
		to->policy = old->policy;	/* as on Linux */
	if (to->policy == SCHED_DEADLINE) {
		err = sched_deadlines->admit(t, &c->a, &c->spare);
		if (err)
			return err;
		to->priority = RT_DEADLINE;
	} else if (old->policy == SCHED_DEADLINE) {
		sched_deadlines->release(t);
	}
	if (c->a.flags & SCHED_FLAG_UTIL_CLAMP)
		sched_deadlines->set_clamps(t, &c->a, &c->spare);
	sched_set_how(t, to);
	return 0;
}

static int check_clamps(struct task *t, const struct change *c)
{
	return sched_deadlines ? sched_deadlines->check_clamps(t, &c->a) :
		-EOPNOTSUPP;
}

/* Check and apply a change.  Context: [tree_lock].  Return: 0, -errno. */
static int change(struct task *t, struct change *c)
{
	struct sched_how old, *to = &c->to;
	int err;

	spin_must_hold(&tree_lock);
	get_how(t, &old);
	scheduling_keep(t, c, &old);
	if (!known(to->policy) || c->a.flags & ~(u64)SCHED_FLAG_ALL)
		return -EINVAL;
	if (c->keep_nice || static_rank(to->policy))
		to->nice = old.nice;
	if (to->priority < 0 || to->priority >= RT_DEADLINE ||
	    realtime(to->policy) != (to->priority != 0))
		return -EINVAL;
	if (to->policy == SCHED_DEADLINE && !sched_deadlines->valid(&c->a))
		return -EINVAL;
	if (!to->slice || static_rank(to->policy))
		to->slice = old.slice;
	if (privileged(t, &old, to) && !capable(CAP_SYS_NICE))
		return -EPERM;
	err = c->a.flags & SCHED_FLAG_UTIL_CLAMP ? check_clamps(t, c) : 0;
	return err ? err : scheduling_set(t, c, &old);
}

/*
 * Change the task with that number.  tree_lock keeps the task alive; the
 * runqueue's lock nests inside it.
 */
static int change_tid(int tid, struct change *c)
{
	struct task *t;
	int err;

	spin_lock(&tree_lock);
	t = sched_named(tid);
	err = t ? change(t, c) : -ESRCH;
	spin_unlock(&tree_lock);
	return err;
}

/*
 * Get the policy of a task.  a: also get clamps and a deadline's times; may be
 * NULL.
 * Return: 0, -EINVAL, -ESRCH.
 */
static int how_tid(int tid, struct sched_how *how, struct sched_attr *a)
{
	struct task *t;

	if (tid < 0)
		return -EINVAL;
	spin_lock(&tree_lock);
	t = sched_named(tid);
	if (t)
		get_how(t, how);
	if (t && a && sched_deadlines) {
		a->policy = (u32)how->policy;
		sched_deadlines->get_clamps(t, a);
		if (how->policy == SCHED_DEADLINE)
			sched_deadlines->get(t, a);
	}
	spin_unlock(&tree_lock);
	return t ? 0 : -ESRCH;
}

/* ---- policy and priority ------------------------------------------------- */

/*
 * Set policy and priority.  SCHED_RESET_ON_FORK is or-ed into the policy
 * (sched_setscheduler(2)).
 */
long sys_sched_setscheduler(int pid, int policy, uaddr_t param)
{
	struct change c = {
		.to.policy = policy & ~SCHED_RESET_ON_FORK,
		.to.reset_on_fork = policy & SCHED_RESET_ON_FORK,
		.keep_nice = true,
	};

	if (pid < 0 || policy < 0 || !param)
		return -EINVAL;
	if (get_user(&c.to.priority, param))
		return -EFAULT;
	return change_tid(pid, &c);
}

long sys_sched_setparam(int pid, uaddr_t param)
{
	struct change c = { .keep_policy = true, .keep_nice = true };

	if (pid < 0 || !param)
		return -EINVAL;
	if (get_user(&c.to.priority, param))
		return -EFAULT;
	return change_tid(pid, &c);
}

long sys_sched_getscheduler(int pid)
{
	struct sched_how how;
	int err = how_tid(pid, &how, NULL);

	return err ? err : how.policy |
		(how.reset_on_fork ? SCHED_RESET_ON_FORK : 0);
}

long sys_sched_getparam(int pid, uaddr_t param)
{
	struct sched_how how;
	int err = param ? how_tid(pid, &how, NULL) : -EINVAL;

	return err ? err : put_user(how.priority, param);
}

static long priority_limit(int policy, int of_realtime)
{
	if (!known(policy) && policy != SCHED_DEADLINE)
		return -EINVAL;
	return realtime(policy) ? of_realtime : 0; /* a deadline also has 0 */
}

long sys_sched_get_priority_max(int policy)
{
	return priority_limit(policy, RT_DEADLINE - 1);
}

long sys_sched_get_priority_min(int policy)
{
	return priority_limit(policy, 1);
}

/* Report the time slice.  SCHED_FIFO has none: 0. */
static long rr_interval(int pid, uaddr_t ts, bool word)
{
	struct sched_how how;
	int err = how_tid(pid, &how, NULL);
	ktime_t ns = 0;

	if (err)
		return err;
	if (how.policy == SCHED_RR)
		ns = RT_QUANTUM;
	else if (!static_rank(how.policy))
		ns = how.slice;
	return timespec_put(ns, ts, word);
}

long sys_sched_rr_get_interval(int pid, uaddr_t ts)
{
	return rr_interval(pid, ts, false);
}

long sys_sched_rr_get_interval_time32(int pid, uaddr_t ts)
{
	return rr_interval(pid, ts, true);
}

/* ---- sched_setattr, sched_getattr ---------------------------------------- */

/*
 * Handle a structure that is too short or has unknown fields: report the size
 * that the kernel knows.
 * Return: -E2BIG, -EFAULT.
 */
static int wrong_size(uaddr_t from)
{
	return put_user((u32)sizeof(struct sched_attr), from) ?
		-EFAULT : -E2BIG;
}

/*
 * Copy a sched_attr.  The first field of the structure is the size, which tells
 * the version, as in clone3(2).
 */
static int get_attr(struct sched_attr *a, uaddr_t from)
{
	u32 size;
	int err;

	if (get_user(&size, from))
		return -EFAULT;
	if (!size)
		size = SCHED_ATTR_SIZE0;
	if (size < SCHED_ATTR_SIZE0 || size > PAGE_SIZE)
		return wrong_size(from);
	err = struct_from_user(a, sizeof(*a), from, size);
	if (err)
		return err == -E2BIG ? wrong_size(from) : err;
	if ((a->flags & SCHED_FLAG_UTIL_CLAMP) && size < SCHED_ATTR_SIZE1)
		return -EINVAL;
	a->nice = max(-20, min(a->nice, 19));
	return 0;
}

/* Return: the requested slice of a fair task, or the default. */
static u32 slice_of(const struct sched_attr *a)
{
	if (!a->runtime)
		return FAIR_SLICE;
	return min(max(a->runtime, (u64)FAIR_SLICE_MIN), (u64)FAIR_SLICE_MAX);
}

/*
 * Set all attributes.  sched_runtime contains the slice of a fair task, as on
 * Linux since 6.12.
 */
long sys_sched_setattr(int pid, uaddr_t attr, unsigned flags)
{
	struct sched_attr a;
	struct change c;
	int err;

	if (!attr || pid < 0 || flags)
		return -EINVAL;
	err = get_attr(&a, attr);
	if (err)
		return err;
	if ((int)a.policy < 0)
		return -EINVAL;
	c = (struct change){
		.to.policy = a.policy,
		.to.priority = min(a.priority, (u32)RT_DEADLINE),
		.to.nice = a.nice,
		.to.reset_on_fork = a.flags & SCHED_FLAG_RESET_ON_FORK,
		.keep_policy = a.flags & SCHED_FLAG_KEEP_POLICY,
		.keep_params = a.flags & SCHED_FLAG_KEEP_PARAMS,
		.a = a,
	};
	if (!c.keep_params)
		c.to.slice = slice_of(&a);
	if ((a.policy == SCHED_DEADLINE || a.flags & SCHED_FLAG_UTIL_CLAMP) &&
	    sched_deadlines && !(c.spare = sched_deadlines->provide()))
		return -ENOMEM;
	err = change_tid(pid, &c);
	kfree(c.spare);
	return err;
}

long sys_sched_getattr(int pid, uaddr_t attr, unsigned size, unsigned flags)
{
	struct sched_attr a = { 0 };
	struct sched_how how;
	int err;

	if (!attr || pid < 0 || size > PAGE_SIZE || size < SCHED_ATTR_SIZE0 ||
	    flags)
		return -EINVAL;
	err = how_tid(pid, &how, &a);
	if (err)
		return err;
	a.size = min(size, (unsigned)sizeof(a));
	a.policy = how.policy;
	a.flags |= how.reset_on_fork ? SCHED_FLAG_RESET_ON_FORK : 0;
	if (realtime(how.policy)) {
		a.priority = how.priority;
	} else if (!static_rank(how.policy)) {
		a.nice = how.nice;
		a.runtime = how.slice;
	}
	return copy_to_user(attr, &a, a.size) ? -EFAULT : 0;
}
