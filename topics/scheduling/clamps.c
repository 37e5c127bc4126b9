/* SPDX-License-Identifier: MIT */
/*
 * Utilization clamps (sched_setattr(2), SCHED_FLAG_UTIL_CLAMP_MIN and _MAX):
 * bounds for the load that a task seems to cause when the clock rate of its CPU
 * is chosen.  The clock rates are fixed here, so clamps are checked, stored,
 * reported and inherited, but have no effect.  A clamp that a task has not set
 * follows from its policy: tasks with a static priority ask for the full clock
 * rate.
 */
#include "deadline.h"
#include <uapi/errno.h>
#include <uapi/sched.h>

#define WHOLE	1024u			/* the maximal utilization */
#define UNSAY	((u32)-1)	/* resets a clamp to the policy's default */

enum { LEAST, MOST };

static u32 clamp(struct task *t, int which, int policy)
{
	const struct deadline *d = *deadline_of(t);
	bool ranked = policy == SCHED_FIFO || policy == SCHED_RR ||
		policy == SCHED_DEADLINE;

	if (d && d->clamped[which])
		return d->clamp[which];
	return which == MOST || ranked ? WHOLE : 0;
}

void clamps_get(struct task *t, struct sched_attr *a)
{
	a->util_min = clamp(t, LEAST, (int)a->policy);
	a->util_max = clamp(t, MOST, (int)a->policy);
}

static bool is_bad(u32 value)
{
	return value > WHOLE && value != UNSAY;
}

int clamps_check(struct task *t, const struct sched_attr *a)
{
	struct sched_attr has = { .policy = t->policy };

	clamps_get(t, &has);
	if (a->flags & SCHED_FLAG_UTIL_CLAMP_MIN)
		has.util_min = a->util_min;
	if (a->flags & SCHED_FLAG_UTIL_CLAMP_MAX)
		has.util_max = a->util_max;
	if (is_bad(has.util_min) || is_bad(has.util_max))
		return -EINVAL;
	if (has.util_min == UNSAY || has.util_max == UNSAY)
		return 0;
	return has.util_min > has.util_max ? -EINVAL : 0;
}

static void clamps_say(struct deadline *d, int which, u32 value)
{
	d->clamped[which] = value != UNSAY;
	d->clamp[which] = value;
}

void clamps_set(struct deadline *d, const struct sched_attr *a)
{
	if (a->flags & SCHED_FLAG_UTIL_CLAMP_MIN)
		clamps_say(d, LEAST, a->util_min);
	if (a->flags & SCHED_FLAG_UTIL_CLAMP_MAX)
		clamps_say(d, MOST, a->util_max);
}

int clamps_copy(struct task *child)
{
	const struct deadline *from = *deadline_of(current);
	struct deadline *d;

	if (HINT(current->reset_on_fork) ||
	    !(from->clamped[LEAST] || from->clamped[MOST]))
		return 0;
	d = deadline_new();
	if (!d)
		return -ENOMEM;
	d->task = child;
	for (int i = LEAST; i <= MOST; i++) {
		d->clamp[i] = from->clamp[i];
		d->clamped[i] = from->clamped[i];
	}
	*deadline_of(child) = d;
	return 0;
}
