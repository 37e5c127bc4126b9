/* SPDX-License-Identifier: MIT */
/*
 * The controller cpu: bandwidth, cpu.max (shares: cpu.c).
 *
 * `left` is the part of its quota that a group has left in this period.  The
 * run time of a task is subtracted from `left` of its group and all ancestors.
 * When nothing is left, all tasks in and below the group rest on their way to
 * user mode (freeze.c) until a timer refills `left`.  Time that tasks ran
 * beyond the quota is deducted from the refill.
 */
#include "cpu.h"
#include <kernel/task/task.h>

#define PERIOD_USUAL	100000000ull
#define TURN_LEAST	50000u		/* ns: least time between checks */

/* ---- time that is used --------------------------------------------------- */

/* [cpu] */
static void cpu_max_charge(struct cgroup *g, u64 ns)
{
	struct cpu_state *s = group_cpu(g);
	u64 now = arch_clock();

	if (s->quota == CPU_NO_QUOTA)
		return;
	s->left -= (s64)ns;
	s->used = true;
	if (!s->active) {
		s->active = true;
		s->end = now + s->period;
		timer_set(&s->timer, s->end);
	}
	if (s->left > 0 || s->throttled)
		return;
	s->throttled = true;
	s->since = now;
	timer_set(&s->stopper, now);
}

void group_ran(struct cpu *c, struct task *t, u64 ns)
{
	u64 now = (u64)t->last_run;
	struct cgroup *g;

	if (t->rt_priority)
		return;
	spin_lock(&cpu_guard);
	for (g = member_cpu(member_of(t))->share; g; g = cpu_above(g)) {
		cpu_max_charge(g, ns);
		cpu_lag_ran(g, ns, now);
	}
	spin_unlock(&cpu_guard);
}

u64 cpu_time_left(struct cgroup *g)
{
	u64 least = CPU_LONG_TIME;

	for (; g; g = cpu_above(g)) {
		const struct cpu_state *s = group_cpu(g);

		if (s->quota != CPU_NO_QUOTA && !s->throttled)
			least = min(least, (u64)max(s->left, (s64)0));
	}
	return least == CPU_LONG_TIME ? least :
		max(least / nr_cpus, (u64)TURN_LEAST);
}

bool cpu_must_rest(const struct member *m)
{
	for (const struct cgroup *cg = m->cg; cg; cg = cg->parent)
		if (HINT(group_cpu(cg)->throttled))
			return !HINT(m->task->rt_priority);
	return false;
}

/* ---- periods ------------------------------------------------------------- */

static void cpu_max_each_member(struct cgroup *top,
				void (*look)(struct member *m))
{
	struct cgroup *cg;
	struct member *m;

	spin_lock(&tree_lock);
	cg_for_each(cg, top)
		list_for_each(m, &cg->members, link)
			look(m);
	spin_unlock(&tree_lock);
}

static void cpu_max_stop(struct timer *timer)
{
	struct cpu_state *s = container_of(timer, struct cpu_state, stopper);

	cpu_max_each_member(s->cg, rest_later);
}

/* [cpu] */
static void unthrottle(struct cpu_state *s)
{
	if (!s->throttled)
		return;
	s->throttled = false;
	s->throttled_ns += arch_clock() - s->since;
}

/*
 * Refill after n periods.  Time used beyond the quota counts as a burst only if
 * the group had saved that time, not if the time was borrowed from later
 * periods.
 */
static void cpu_max_refill(struct cpu_state *s, u64 n)
{
	s64 quota = (s64)(n * s->quota);
	s64 beyond = min(s->begun - s->left, s->begun) - quota;

	if (beyond > 0) {
		s->nr_bursts++;
		s->burst_ns += (u64)beyond;
	}
	s->left = min(s->left + quota, (s64)(s->quota + s->burst));
	s->begun = s->left;
}

/*
 * Refill the group: one or more periods are over (the timer may be late).  A
 * period in which no time was used stops the timer.
 */
static void period_ends(struct timer *timer)
{
	struct cpu_state *s = container_of(timer, struct cpu_state, timer);
	bool go;
	u64 n;

	spin_lock(&cpu_guard);
	if (!s->active || s->quota == CPU_NO_QUOTA) {
		s->active = false;
		spin_unlock(&cpu_guard);
		return;
	}
	n = 1 + (max(arch_clock(), s->end) - s->end) / s->period;
	s->end += n * s->period;
	s->nr_periods += n;
	s->nr_throttled += s->throttled ? n : 0;
	cpu_max_refill(s, n);
	s->active = s->used || s->throttled;
	s->used = false;
	go = s->throttled && s->left > 0;
	if (go)
		unthrottle(s);
	if (s->active)
		timer_set(&s->timer, s->end);
	spin_unlock(&cpu_guard);
	if (go)
		cpu_max_each_member(s->cg, rest_ends);
}

/* ---- settings ------------------------------------------------------------ */

void cpu_max_reset(struct cpu_state *s)
{
	unthrottle(s);
	s->burst = 0;
	s->burst_ns = s->nr_bursts = 0;
	s->quota = CPU_NO_QUOTA;
	s->period = PERIOD_USUAL;
	s->throttled_ns = s->nr_periods = s->nr_throttled = 0;
}

void cpu_max_init(struct cgroup *cg)
{
	timer_init(&group_cpu(cg)->timer, period_ends);
	timer_init(&group_cpu(cg)->stopper, cpu_max_stop);
}

void cpu_max_settle(struct cgroup *cg)
{
	if (!HINT(cg->dead))
		return;
	spin_lock(&cpu_guard);
	group_cpu(cg)->active = false;
	spin_unlock(&cpu_guard);
	timer_stop(&group_cpu(cg)->timer);
	timer_stop(&group_cpu(cg)->stopper);
}

void cpu_set_burst(struct cgroup *cg, u64 burst)
{
	spin_lock(&cpu_guard);
	group_cpu(cg)->burst = burst;
	spin_unlock(&cpu_guard);
}

void cpu_set_max(struct cgroup *cg, u64 quota, u64 period)
{
	struct cpu_state *s = group_cpu(cg);

	spin_lock(&cpu_guard);
	s->quota = quota;
	s->period = period;
	s->left = s->begun = (s64)quota;
	s->end = arch_clock() + period;
	if (s->active)
		timer_set(&s->timer, s->end);
	unthrottle(s);
	spin_unlock(&cpu_guard);
	cpu_max_each_member(cg, rest_ends);
}
