/* SPDX-License-Identifier: MIT */
/*
 * A task is scheduled otherwise, or elsewhere, while it sleeps, waits or runs
 * (row B14); what it is, is kernel/sched/policy.c's.
 */
#include <ext/schedpolicy/schedpolicy.h>
#include <kernel/sched/sched.h>
#include <kernel/smp.h>
#include <uapi/errno.h>

/*
 * Three places where t may be: waiting, asleep, running.  In each it leaves the
 * sums it counts in, changes, and enters again: so lag and skew stay right.
 */
void sched_set_how(struct task *t, const struct sched_how *how)
{
	struct cpu *c = sched_lock_charged(t);

	if (t->queued) {
		sched_remove(c, t);
		sched_apply_how(t, how);
		sched_place(c, t, c);
		return;
	}
	if (t != c->running) {
		sched_apply_how(t, how);
		spin_unlock(&c->rq.lock);
		return;
	}
	sched_remove(c, t);
	sched_apply_how(t, how);
	c->rq.rank = t->rt_priority;
	c->rq.skew += sched_skew(t);
	if (!t->rt_priority)
		fair_place(&c->rq.fair, NULL, &t->fair);
	/* somebody may be better now */
	task_set_ast(t, AST_RESCHED);
	spin_unlock(&c->rq.lock);
	if (nr_cpus > 1)
		sched_spread_rt();
}

void sched_set_nice(struct task *t, int nice)
{
	struct sched_how how;

	sched_get_how(t, &how);
	how.nice = nice;
	sched_set_how(t, &how);
}

/* Of a task that sleeps only the mask changes: sched_choose() looks at it. */
int sched_set_affinity(struct task *t, unsigned long mask)
{
	struct cpu *c;

	mask &= smp_mask();
	if (!mask)
		return -EINVAL;
	c = sched_lock_task(t);
	t->affinity = mask;
	if (unlikely(READ_ONCE(t->ast) & AST_MASTER)) {
		spin_unlock(&c->rq.lock);	/* asmp_leave() looks at it */
		return 0;
	}
	t->allowed = mask;
	if (mask & BIT(c->id)) {
		spin_unlock(&c->rq.lock);
	} else if (t->queued) {
		sched_remove(c, t);
		sched_place(c, t, sched_choose(t, c));
	} else {
		/* running: it moves at its next switch; asleep: as it wakes */
		if (t == c->running)
			task_set_ast(t, AST_RESCHED);
		spin_unlock(&c->rq.lock);
	}
	return 0;
}
