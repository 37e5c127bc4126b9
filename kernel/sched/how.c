/* SPDX-License-Identifier: MIT */
/*
 * How a task is scheduled (row B14): policy, priority, nice value and slice,
 * and what a child inherits.  The extension scheduling has the system calls
 * that change these values.
 * Invariant: weight and slice of the fair entity always match policy and nice
 * value, even of real-time tasks, which may become ordinary.  A priority that
 * is lent to a task (rt_lent) is not part of its policy: it is neither shown
 * nor inherited.
 */
#include <kernel/current.h>
#include <kernel/sched/policy/policy.h>
#include <kernel/sched/internal.h>
#include <kernel/ops/sched_ops.h>
#include <lt/bug.h>
#include <uapi/sched.h>

u32 sched_own_weight(const struct task *t)
{
	return t->policy == SCHED_IDLE ? FAIR_IDLE : fair_weight(t->nice);
}

void sched_note_plain(struct task *t)
{
	t->plain = t->policy == SCHED_OTHER && !t->nice && !t->rt_priority &&
		!t->grouped && !t->fair.behind && sched_ordinary == &fair_policy;
}

void sched_apply_how(struct task *t, const struct sched_how *how)
{
	u32 weight;

	if (how->policy == SCHED_RR && t->policy != SCHED_RR)
		t->turn_left = RT_QUANTUM;
	t->policy = how->policy;
	t->rt_own = how->priority;
	t->rt_priority = max(t->rt_own, t->rt_lent);
	t->nice = how->nice;
	t->reset_on_fork = how->reset_on_fork;
	t->turn_over = false;
	t->fair.behind = false;	/* until sched_crowd_arrive() decides */
	sched_note_plain(t);
	weight = sched_own_weight(t);
	if (unlikely(t->grouped))
		weight = share_ops->group_weight(t, weight);
	if (t->fair.slice != how->slice)
		fair_set_slice(&t->fair, how->slice);
	if (t->fair.weight != weight)
		fair_set_weight(&t->fair, weight);
}

void sched_get_how(struct task *t, struct sched_how *how)
{
	struct cpu *c = sched_lock_task(t);

	*how = (struct sched_how){
		.policy = t->policy,
		.nice = t->nice,
		.priority = t->rt_own,
		.slice = t->fair.slice,
		.reset_on_fork = t->reset_on_fork,
	};
	spin_unlock(&c->rq.lock);
}

void sched_init_task(struct task *t)
{
	list_init(&t->run_link);
	t->fair = (struct fair_entity)FAIR_ENTITY_INIT;
	t->plain = sched_ordinary == &fair_policy;
}

/*
 * Apply reset_on_fork as Linux does: a real-time policy becomes ordinary, and a
 * nice value below 0 becomes 0.
 */
static void how_reset(struct sched_how *how)
{
	if (how->priority) {
		how->policy = SCHED_OTHER;
		how->priority = 0;
		how->nice = 0;
	} else {
		how->nice = max(how->nice, 0);
	}
	how->slice = FAIR_SLICE;
	how->reset_on_fork = false;
}

void sched_inherit(struct task *child)
{
	struct sched_how how;

	sched_get_how(current, &how);
	if (how.reset_on_fork)
		how_reset(&how);
	sched_apply_how(child, &how);
}
