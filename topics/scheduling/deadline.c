/* SPDX-License-Identifier: MIT */
/*
 * SCHED_DEADLINE (row B14; docs/deadline.md): tasks at level RT_DEADLINE, above
 * all priorities, which wait there in the order of their due times; each has a
 * constant bandwidth server (cbs.h) that says when it is due, and how much of
 * its budget is left: the core counts task->turn_left down.
 *
 *	runs --budget spent, yields--> may run nowhere: allowed = 0
 *	  ^                                |  the next switch leaves it out
 *	  |                                v
 *	waits <----- the timer: more ------ in no queue, though RUNNING
 *
 * A task that holds a lock of the kernel's, or to which a deadline is lent,
 * goes on with its budget spent, and pays for it in the next periods: others
 * wait for it.
 *
 * Invariants: the shares of all that are admitted sum up to `sum` [tree_lock];
 * a part whose task has the policy has its params [run queue].
 */
#include "deadline.h"
#include "schedpolicy.h"
#include <kernel/ops/sched_ops.h>
#include <kernel/sched/rq.h>
#include <kernel/smp/smp.h>
#include <kernel/task/task.h>
#include <lib/mem.h>
#include <lt/init.h>
#include <mm/frames/slab.h>
#include <uapi/sched.h>

static unsigned deadline_at;
static u64 sum;				/* [tree_lock] shares, of CBS_ONE */

struct deadline **deadline_of(struct task *t)
{
	return (struct deadline **)task_slot(t, deadline_at);
}

/* ---- the server, [run queue] --------------------------------------------- */

static bool deadline_is_lent(const struct task *t)
{
	return t->rt_lent == RT_DEADLINE;
}

/* What the core goes by, from what the server says and what is lent. */
static void deadline_tell(struct task *t, const struct deadline *d)
{
	bool own = t->policy == SCHED_DEADLINE;

	t->rt_due = own ? d->cbs.due : 0;
	if (own)
		t->turn_left = d->cbs.left;
	if (deadline_is_lent(t))
		t->rt_due = own ? min(t->rt_due, t->rt_due_lent) :
			t->rt_due_lent;
}

/* It has nothing until then. */
static void stop_until(struct deadline *d, u64 at)
{
	d->spent = true;
	d->at = at;
	d->task->allowed = 0;
	timer_set(&d->timer, at);
}

/* Something is left, when it yields: the next period begins with all. */
static void spent(struct cpu *c, struct task *t)
{
	struct deadline *d = *deadline_of(t);
	u64 now = t->last_run;

	if (t->policy != SCHED_DEADLINE || d->spent || deadline_is_lent(t) ||
	    HINT(t->nr_locks))
		return;
	t->turn_left = d->cbs.left = min(t->turn_left, (s64)0);
	d->overran = t->turn_left < 0 && d->flags & SCHED_FLAG_DL_OVERRUN;
	if (cbs_next(&d->cbs) > now) {
		stop_until(d, cbs_next(&d->cbs));
	} else {
		cbs_replenish(&d->cbs, now);
		deadline_tell(t, d);
		if (d->overran)
			timer_set(&d->timer, now);
	}
	rq_want_resched(c, true);
}

/* A wake-up that the server has not seen yet is one out of sleep. */
static bool wakes(struct task *t)
{
	struct deadline *d = *deadline_of(t);
	u64 at;

	if (d->spent)
		return deadline_is_lent(t);
	if (d->wakeups == t->wakeups)
		return true;
	d->wakeups = t->wakeups;
	d->cbs.left = t->turn_left;
	at = cbs_wake(&d->cbs, arch_clock());
	deadline_tell(t, d);
	if (at)
		stop_until(d, at);
	return !at || deadline_is_lent(t);
}

/* SIGXCPU, to the process.  Context: interrupt. */
static void tell_overrun(struct task *t)
{
	spin_lock(&tree_lock);
	if (t->process)
		signal_kernel_locked(t->process, SIGXCPU);
	spin_unlock(&tree_lock);
}

/* The timer: there is budget again. */
static void more(struct timer *timer)
{
	struct deadline *d = container_of(timer, struct deadline, timer);
	struct task *t = d->task;
	struct cpu *c = sched_lock_charged(t);
	u64 now = arch_clock();
	bool overran = d->overran, stopped = !t->allowed;

	d->overran = false;
	if (d->spent && now >= d->at) {
		d->spent = false;
		d->cbs.left = t->turn_left;
		cbs_replenish(&d->cbs, now);
		deadline_tell(t, d);
		if (stopped)
			t->allowed = t->affinity;
	}
	if (stopped && t->allowed && t->state == TASK_RUNNING && !t->queued &&
	    t != c->running)
		sched_place(c, t, nr_cpus > 1 ? sched_choose(t, c) : c);
	else
		spin_unlock(&c->rq.lock);
	if (overran)
		tell_overrun(t);
}

/*
 * t is scheduled otherwise than before, as sched_apply_how() has it now.
 * Return: it may run again and is in no queue.
 */
static bool applied(struct task *t)
{
	struct deadline *d = *deadline_of(t);
	bool own = t->policy == SCHED_DEADLINE;

	if (own && d->fresh) {
		cbs_begin(&d->cbs, arch_clock());
		d->spent = false;
		d->wakeups = t->wakeups;
		t->turn_left = d->cbs.left;
	}
	if (d) {
		d->fresh = false;
		d->overran &= own;
		d->cbs.left = t->turn_left;
	}
	deadline_tell(t, d);
	if (own && d->spent && !deadline_is_lent(t)) {
		t->allowed = 0;
		return false;
	}
	if (t->allowed)
		return false;
	t->allowed = t->affinity;
	return t->state == TASK_RUNNING && !t->queued && t != t->cpu->running;
}

/* ---- admission, [tree_lock] ---------------------------------------------- */

static u64 most(void)
{
	return (u64)nr_cpus * HINT(sched_rt_runtime) * CBS_ONE /
		HINT(sched_rt_period);
}

static bool unlimited(void)
{
	return HINT(sched_rt_runtime) < 0;
}

static void deadline_release(struct deadline *d)
{
	sum -= d->share;
	d->share = 0;
}

static bool valid(const struct sched_attr *a)
{
	return cbs_valid(&(struct cbs_params){ a->runtime, a->deadline,
			 a->period });
}

/* It must be allowed everywhere, or others' deadlines depend on where it is. */
static int may(const struct task *t)
{
	if (asmp_ops)
		return -EPERM;		/* asmp: its traps are bound to a CPU */
	if (unlimited())
		return 0;
	return !HINT(sched_rt_runtime) || smp_mask() & ~HINT(t->affinity) ?
		-EPERM : 0;
}

static void want(struct deadline *d, const struct cbs_params *p)
{
	struct cpu *c = sched_lock_task(d->task);

	d->cbs.want = *p;
	d->fresh = true;
	spin_unlock(&c->rq.lock);
}

/*
 * t gets its part, unless it ends: then nobody would stop its timer.  The part
 * comes before the look here, as TF_EXITING before the look in task_exit().
 */
static struct deadline *part_for(struct task *t, struct deadline **spare)
{
	if (!*deadline_of(t)) {
		(*spare)->task = t;
		__atomic_store_n(deadline_of(t), *spare, __ATOMIC_SEQ_CST);
		*spare = NULL;
	}
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return HINT(t->flags) & TF_EXITING ? NULL : *deadline_of(t);
}

static int admit(struct task *t, const struct sched_attr *a,
		 struct deadline **spare)
{
	struct cbs_params p = { a->runtime, a->deadline,
				a->period ? a->period : a->deadline };
	struct deadline *d;
	int err = may(t);

	if (err)
		return err;
	d = part_for(t, spare);
	if (!d)
		return -ESRCH;
	d->flags = a->flags & (SCHED_FLAG_RECLAIM | SCHED_FLAG_DL_OVERRUN);
	if (d->share && !memcmp(&p, &d->cbs.want, sizeof(p)))
		return 0;
	if (cbs_share(&p) != d->share && !unlimited() &&
	    !cbs_fits(sum, d->share, cbs_share(&p), most()))
		return -EBUSY;
	deadline_release(d);
	d->share = cbs_share(&p);
	sum += d->share;
	want(d, &p);
	return 0;
}

static void left_behind(struct task *t)
{
	if (*deadline_of(t))
		deadline_release(*deadline_of(t));
}

static void deadline_get(struct task *t, struct sched_attr *a)
{
	struct deadline *d = *deadline_of(t);

	a->runtime = d->cbs.want.runtime;
	a->deadline = d->cbs.want.deadline;
	a->period = d->cbs.want.period;
	a->flags &= ~(u64)(SCHED_FLAG_RECLAIM | SCHED_FLAG_DL_OVERRUN);
	a->flags |= d->flags;
}

static void set_clamps(struct task *t, const struct sched_attr *a,
		       struct deadline **spare)
{
	struct deadline *d = part_for(t, spare);

	if (d)
		clamps_set(d, a);
}

static const struct sched_deadlines ops = {
	.provide = deadline_new,
	.valid = valid,
	.admit = admit,
	.release = left_behind,
	.get = deadline_get,
	.applied = applied,
	.get_clamps = clamps_get,
	.check_clamps = clamps_check,
	.set_clamps = set_clamps,
};

/* ---- the part ------------------------------------------------------------ */

struct deadline *deadline_new(void)
{
	struct deadline *d = kzalloc(sizeof(*d));

	if (d)
		timer_init(&d->timer, more);
	return d;
}

/*
 * Children have no deadlines of their own: they are ordinary, or refused.  This
 * is called for a caller with a part.
 */
static int deadline_copy(struct task *child, u64 flags __unused)
{
	struct task *t = current;

	if (HINT(t->policy) == SCHED_DEADLINE && !HINT(t->reset_on_fork))
		return -EAGAIN;
	return clamps_copy(child);
}

/* What remains for it to do, it does as an ordinary task. */
static void deadline_part_exit(struct task *t)
{
	struct deadline *d = *deadline_of(t);
	struct sched_how how;

	spin_lock(&tree_lock);
	deadline_release(d);
	sched_get_how(t, &how);
	if (how.policy == SCHED_DEADLINE) {
		how.policy = SCHED_OTHER;
		how.priority = 0;
		sched_set_how(t, &how);
	}
	spin_unlock(&tree_lock);
	timer_stop(&d->timer);
}

static void deadline_part_free(struct task *t)
{
	kfree(*deadline_of(t));
}

static const struct task_part part[] __table(task_part) = {
	{ .at = &deadline_at, .copy = deadline_copy, .exit = deadline_part_exit,
	  .free = deadline_part_free },
};

static const struct deadline_ops core_calls = {
	.deadline_spent = spent, .deadline_wakes = wakes,
};

static void deadline_init(void)
{
	deadline_ops = &core_calls;
	sched_deadlines = &ops;
}
INIT(fs, deadline_init);
