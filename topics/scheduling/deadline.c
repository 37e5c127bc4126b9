/* SPDX-License-Identifier: MIT */
/*
 * SCHED_DEADLINE (row B14; docs/deadline.md).  The tasks run at level
 * RT_DEADLINE, above all priorities, and are queued in the order of their
 * deadlines.  Each has a constant bandwidth server (cbs.h), which determines
 * its deadline and its budget.  The scheduler core counts the budget down in
 * task->turn_left.
 *
 *	runs --budget spent, yields--> may run on no CPU: allowed = 0
 *	  ^                                |  the next switch does not queue it
 *	  |                                v
 *	waits <--- timer: replenished ---- in no queue, though TASK_RUNNING
 *
 * A task that holds a kernel lock, or that inherits a deadline, continues
 * without budget, because others wait for it.  It pays this back in its next
 * periods.
 *
 * Invariants: `sum` is the sum of the shares of all admitted tasks [tree_lock];
 * if a task has the policy, its part has valid parameters [runqueue].
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
/* [tree_lock] sum of shares; unit: 1/CBS_ONE */
static u64 sum;

struct deadline **deadline_of(struct task *t)
{
	return (struct deadline **)task_slot(t, deadline_at);
}

/* ---- the server, context: [runqueue] ------------------------------------- */

static bool deadline_is_lent(const struct task *t)
{
	return t->rt_lent == RT_DEADLINE;
}

/*
 * Set the fields that the scheduler core uses, from the server and from the
 * priority that is lent to t.
 */
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

/* Keep the task from running until `at`. */
static void stop_until(struct deadline *d, u64 at)
{
	d->spent = true;
	d->at = at;
	d->task->allowed = 0;
	timer_set(&d->timer, at);
}

/*
 * Handle that t has used up its budget, or yields and gives up the rest of it
 * (deadline_ops.deadline_spent).  Stop t until the next period, or begin that
 * period now.
 */
static void deadline_spend(struct cpu *c, struct task *t)
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

/*
 * Handle that t becomes runnable (deadline_ops.deadline_wakes).  If the server
 * has not seen the wakeup yet, t wakes from sleep; else t is only queued again.
 * Return: true if t may be queued.
 */
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

/* Send SIGXCPU to t's process.  Context: interrupt. */
static void tell_overrun(struct task *t)
{
	spin_lock(&tree_lock);
	if (t->process)
		signal_kernel_locked(t->process, SIGXCPU);
	spin_unlock(&tree_lock);
}

/* Replenish the budget, when the timer expires. */
static void deadline_replenish(struct timer *timer)
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
 * Handle a new policy or new parameters of t, which sched_apply_how() has set.
 * Return: true if t may run again and is in no queue.
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

/* ---- admission, context: [tree_lock] ------------------------------------- */

static u64 deadline_share_max(void)
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

/*
 * Check whether t may get a deadline.  Its affinity must include all CPUs,
 * because the admission test counts all CPUs together.
 */
static int deadline_may_admit(const struct task *t)
{
	if (asmp_ops)
		return -EPERM;		/* asmp binds t to the master */
	if (unlimited())
		return 0;
	return !HINT(sched_rt_runtime) || smp_mask() & ~HINT(t->affinity) ?
		-EPERM : 0;
}

static void deadline_set_params(struct deadline *d, const struct cbs_params *p)
{
	struct cpu *c = sched_lock_task(d->task);

	d->cbs.want = *p;
	d->fresh = true;
	spin_unlock(&c->rq.lock);
}

/*
 * Return: t's part, which is set from *spare if t has none; NULL: t is exiting,
 * and nothing would stop the timer of a new part.  The part is set before
 * TF_EXITING is read here, and task_exit() sets TF_EXITING before it looks for
 * a part.
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
	int err = deadline_may_admit(t);

	if (err)
		return err;
	d = part_for(t, spare);
	if (!d)
		return -ESRCH;
	d->flags = a->flags & (SCHED_FLAG_RECLAIM | SCHED_FLAG_DL_OVERRUN);
	if (d->share && !memcmp(&p, &d->cbs.want, sizeof(p)))
		return 0;
	if (cbs_share(&p) != d->share && !unlimited() &&
	    !cbs_fits(sum, d->share, cbs_share(&p), deadline_share_max()))
		return -EBUSY;
	deadline_release(d);
	d->share = cbs_share(&p);
	sum += d->share;
	deadline_set_params(d, &p);
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
		timer_init(&d->timer, deadline_replenish);
	return d;
}

/*
 * Copy the clamps.  Children inherit no deadline: they become ordinary tasks
 * (SCHED_RESET_ON_FORK), or fork fails.  Called only if the caller has a part.
 */
static int deadline_copy(struct task *child, u64 flags __unused)
{
	struct task *t = current;

	if (HINT(t->policy) == SCHED_DEADLINE && !HINT(t->reset_on_fork))
		return -EAGAIN;
	return clamps_copy(child);
}

/* End the deadline: t finishes its exit as an ordinary task. */
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
	.deadline_spent = deadline_spend, .deadline_wakes = wakes,
};

static void deadline_init(void)
{
	deadline_ops = &core_calls;
	sched_deadlines = &ops;
}
INIT(fs, deadline_init);
