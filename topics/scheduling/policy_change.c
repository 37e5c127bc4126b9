/* SPDX-License-Identifier: MIT */
/*
 * Change how or where a task is scheduled while it sleeps, waits or runs (row
 * B14).  kernel/sched/how.c defines the fields.
 */
#include "schedpolicy.h"
#include <kernel/sched/rq.h>
#include <kernel/smp/smp.h>
#include <uapi/errno.h>
#include <uapi/sched.h>

void (*sched_changed)(struct task *t);
const struct sched_deadlines *sched_deadlines;

/* Return: true if t was kept from running and must be queued now. */
static bool policy_change_apply(struct task *t, const struct sched_how *how)
{
	sched_apply_how(t, how);
	return sched_deadlines && sched_deadlines->applied(t);
}

/*
 * Change t, which is queued, running or neither.  A queued or running task is
 * first removed from the sums of its runqueue and added again afterwards, so
 * that lag and weights stay correct.
 * Context: [c->rq.lock], the lock of t's runqueue, which is released.
 */
static void policy_change(struct cpu *c, struct task *t,
			  const struct sched_how *how)
{
	if (t->queued) {
		sched_remove(c, t);
		policy_change_apply(t, how);
		sched_place(c, t, c);
		return;
	}
	if (t != c->running) {
		if (policy_change_apply(t, how))
			sched_place(c, t, sched_choose(t, c));
		else
			spin_unlock(&c->rq.lock);
		return;
	}
	sched_remove(c, t);
	policy_change_apply(t, how);
	c->rq.rank = t->rt_priority;
	c->rq.due = t->rt_due;
	sched_join(c, t);
	/* another task may be better now; t may stay in the kernel for long */
	rq_want_resched(c, true);
	spin_unlock(&c->rq.lock);
	if (nr_cpus > 1)
		sched_spread_rt();
}

void sched_set_how(struct task *t, const struct sched_how *how)
{
	policy_change(sched_lock_charged(t), t, how);
	if (sched_changed)
		sched_changed(t);
}

void sched_lend(struct task *t, unsigned priority, u64 due)
{
	struct cpu *c = sched_lock_charged(t);
	struct sched_how how = {
		.policy = t->policy,
		.nice = t->nice,
		.priority = t->rt_own,
		.slice = t->fair.slice,
		.reset_on_fork = t->reset_on_fork,
	};

	if (t->rt_lent == priority && t->rt_due_lent == due) {
		spin_unlock(&c->rq.lock);
		return;
	}
	/*
	 * policy_change() computes rt_priority and rt_due from these, and the
	 * queue is sorted by them.
	 */
	t->rt_lent = priority;
	t->rt_due_lent = due;
	policy_change(c, t, &how);
}

unsigned sched_lends(struct task *t, u64 *due)
{
	struct cpu *c = sched_lock_task(t);
	unsigned priority = t->rt_priority;

	*due = t->rt_due;
	spin_unlock(&c->rq.lock);
	return priority;
}

void sched_set_nice(struct task *t, int nice)
{
	struct sched_how how;

	sched_get_how(t, &how);
	how.nice = nice;
	sched_set_how(t, &how);
}

/*
 * Set the CPUs that t may use.  For a sleeping task only the mask changes:
 * sched_choose() uses it at wakeup.
 */
int sched_set_affinity(struct task *t, unsigned long mask)
{
	struct cpu *c;

	mask &= smp_mask();
	if (!mask)
		return -EINVAL;
	c = sched_lock_task(t);
	if (t->policy == SCHED_DEADLINE) {
		spin_unlock(&c->rq.lock);
		return mask == smp_mask() ? 0 : -EBUSY;
	}
	t->affinity = mask;
	if (unlikely(READ_ONCE(t->ast) & AST_MASTER)) {
		/* asmp_leave() sets `allowed` from affinity */
		spin_unlock(&c->rq.lock);
		return 0;
	}
	t->allowed = mask;
	if (mask & BIT(c->id)) {
		spin_unlock(&c->rq.lock);
	} else if (t->queued) {
		sched_remove(c, t);
		sched_place(c, t, sched_choose(t, c));
	} else {
		/*
		 * a running task moves at its next switch, a sleeping one at
		 * its wakeup
		 */
		if (t == c->running)
			rq_want_resched(c, true);
		spin_unlock(&c->rq.lock);
	}
	return 0;
}
