/* SPDX-License-Identifier: MIT */
/*
 * The controller cpu: shares, by weight (bandwidth: cpu_max.c).
 *
 * A group competes with its siblings like one task of its weight, as long as a
 * task in it is runnable.  There are no queues of groups.  Instead the own
 * weight of a task t in group g is scaled for g and each ancestor of g:
 *
 *	weight of t = own weight * shares of g / load of g
 *	              * shares of g's parent / load of g's parent * ...
 *	load of g   = the own weights of g's runnable tasks on all CPUs, plus
 *	              the shares of g's child groups that have such tasks
 *
 * So the fair queue and the load balancer, which know only weights of tasks,
 * give groups their shares, too.  Where that is not enough, cpu_lag.c scales
 * the weights again.  Loads change often.  A task's weight is updated when the
 * task wakes, at its next turn, and when another task of its CPU wakes or
 * sleeps.
 *
 * Lock order: tree_lock, a run queue's lock, cpu_guard.
 */
#include "cpu.h"
#include <topics/scheduling/schedpolicy.h>
#include <kernel/ops/sched_ops.h>
#include <kernel/sched/rq.h>
#include <kernel/task/task.h>
#include <lt/init.h>
#include <uapi/sched.h>

#define REFRESHED	8u		/* maximum of weights per call */

struct spinlock cpu_guard = SPIN_INIT("cpu groups", IPL_HIGH);
/* [cpu] incremented whenever a load or the shares of a group change */
static unsigned stamp;

void cpu_stale(void)
{
	stamp++;
}

/* ---- shares -------------------------------------------------------------- */

/* Count m's task as runnable.  Context: [cpu]. */
static void cgrouplimits_count(struct member *m, u32 weight)
{
	u64 now = arch_clock();
	struct cgroup *g;

	member_cpu(m)->counted = weight;
	stamp++;
	for (g = member_cpu(m)->share; g; g = cpu_above(g)) {
		struct cpu_state *s = group_cpu(g);

		cpu_lag_look(g, now);
		s->load += weight;
		weight = s->nr++ ? 0 : s->shares;
		if (weight)
			cpu_lag_join(g, now);
	}
}

/* Count m's task as not runnable.  Context: [cpu]. */
static void cpu_uncount(struct member *m)
{
	u64 now = arch_clock();
	u32 weight = member_cpu(m)->counted;
	struct cgroup *g;

	member_cpu(m)->counted = 0;
	stamp++;
	for (g = member_cpu(m)->share; g; g = cpu_above(g)) {
		struct cpu_state *s = group_cpu(g);

		cpu_lag_look(g, now);
		s->load -= weight;
		weight = --s->nr ? 0 : s->shares;
		if (weight)
			cpu_lag_leave(g);
	}
}

/*
 * Return m's own weight `own`, scaled for m's group and the ancestors of that
 * group.  If m is not counted, calculate as if it were.
 * Context: [cpu].
 */
static u32 cpu_part_of(const struct member *m, u32 own)
{
	u64 w = (u64)own << 10, load, now = arch_clock();
	bool absent = !member_cpu(m)->counted;
	struct cgroup *g;
	u32 mine = own;

	for (g = member_cpu(m)->share; g; g = cpu_above(g)) {
		const struct cpu_state *s = group_cpu(g);

		load = s->load + (absent ? mine : 0);
		absent &= !s->nr;
		mine = s->shares;
		cpu_lag_look(g, now);
		w = cpu_lag_scale(g, w * mine / load);
	}
	return (u32)max((w + 512) >> 10, (u64)2);
}

static u32 group_weight(struct task *t, u32 weight)
{
	u32 w;

	spin_lock(&cpu_guard);
	w = cpu_part_of(member_of(t), weight);
	spin_unlock(&cpu_guard);
	return w;
}

/* Return m's current weight.  Context: [run queue]. */
static u32 weight_now(struct member *m)
{
	u32 w;

	spin_lock(&cpu_guard);
	member_cpu(m)->stamp = stamp;
	w = cpu_part_of(m, sched_own_weight(m->task));
	spin_unlock(&cpu_guard);
	return w;
}

/*
 * Give e another weight.  e competes with curr and the entities in q, but is in
 * no queue, and its lag has been noted.  e keeps the rest of its turn.  Unlike
 * the lag of a task that sleeps, the lag of e is not clamped: a late clock
 * makes tasks run for too long, and a clamp would forgive that.
 */
static void reweigh(const struct fair_queue *q, const struct fair_entity *curr,
		    struct fair_entity *e, u32 weight)
{
	u64 rest = fair_before(e->vruntime, e->deadline) ? fair_rest(e) : 0;

	fair_set_weight(e, weight);
	fair_place(q, curr, e);
	e->deadline = e->vruntime + fair_virtual(e, rest);
}

/*
 * Update the weight of t, which waits on c.  Note the lag while t is still
 * queued, because the mean of the queue changes when t is removed.
 */
static void reweigh_waiting(struct cpu *c, struct task *t,
			    const struct fair_entity *curr)
{
	struct fair_queue *q = &c->rq.fair;
	u32 w = weight_now(member_of(t));

	if (w == t->fair.weight)
		return;
	t->fair.lag = (s64)(fair_now(q, curr) - t->fair.vruntime);
	fair_dequeue(q, &t->fair);
	c->rq.weight += (unsigned long)w - t->fair.weight;
	reweigh(q, curr, &t->fair, w);
	fair_enqueue(q, &t->fair);
}

static void reweigh_running(struct cpu *c, struct task *t)
{
	struct fair_entity *e = &t->fair;
	u32 w = weight_now(member_of(t));

	if (w == e->weight)
		return;
	e->lag = (s64)(fair_now(&c->rq.fair, e) - e->vruntime);
	c->rq.weight += (unsigned long)w - e->weight;
	reweigh(&c->rq.fair, NULL, e, w);
}

/*
 * After loads have changed, update the weights of tasks that wait on c: in this
 * call the tasks that are due first, the others in later calls.  curr: the task
 * that runs on c, or NULL.
 */
static void refresh_waiting(struct cpu *c, const struct fair_entity *curr)
{
	struct task *stale[REFRESHED], *other;
	unsigned n = 0, looks = 0;
	struct rb_node *at;

	if (!c->rq.fair.nr)
		return;
	for (at = rb_first(&c->rq.fair.tree);
	     at && n < REFRESHED && looks < 4 * REFRESHED;
	     at = rb_next(at), looks++) {
		other = rq_fair_task(fair_entity_of(at));
		if (other->grouped &&
		    member_cpu(member_of(other))->stamp != HINT(stamp))
			stale[n++] = other;
	}
	while (n)
		reweigh_waiting(c, stale[--n], curr);
}

static void group_wants(struct task *t, bool wants)
{
	struct member *m = member_of(t);
	struct cpu *c;
	u32 w;

	spin_lock(&cpu_guard);
	if (wants && !member_cpu(m)->counted && !t->rt_priority)
		cgrouplimits_count(m, sched_own_weight(t));
	else if (!wants && member_cpu(m)->counted)
		cpu_uncount(m);
	spin_unlock(&cpu_guard);
	c = t->cpu;
	refresh_waiting(c, c->running == t ? NULL : rq_fair_curr(c));
	if (!wants || t->rt_priority)
		return;
	w = weight_now(m);
	if (w != t->fair.weight)
		fair_set_weight(&t->fair, w);
}

static u64 group_turn(struct cpu *c, struct task *t)
{
	struct member *m = member_of(t);
	u64 left;

	if (t->rt_priority)
		return CPU_LONG_TIME;
	if (member_cpu(m)->stamp != HINT(stamp)) {
		reweigh_running(c, t);
		refresh_waiting(c, &t->fair);
	}
	spin_lock(&cpu_guard);
	left = cpu_time_left(member_cpu(m)->share);
	spin_unlock(&cpu_guard);
	return left;
}

/* ---- who belongs to what ------------------------------------------------- */

/*
 * Return the first group with the controller cpu from m's group upwards; NULL:
 * there is none but the root.
 * Context: [tree].
 */
static struct cgroup *share_for(const struct member *m)
{
	struct cgroup *cg = m->live ? m->cg : &cgroup_root;

	while (cg->parent && !cg_controlled(cg, CG_CPU))
		cg = cg->parent;
	return cg->parent ? cg : NULL;
}

/*
 * Update m, which has changed its group.  The time that m's task ran so far
 * stays accounted to the old group.  Setting the task's scheduling parameters
 * again updates its weight and its place in a queue.
 */
static void cpu_regroup(struct member *m)
{
	struct cgroup *to = share_for(m);
	struct task *t = m->task;
	struct sched_how how;
	struct cpu *c;
	bool wants;

	spin_must_hold(&tree_lock);
	if (member_cpu(m)->share == to)
		return;
	c = sched_lock_charged(t);
	spin_lock(&cpu_guard);
	wants = member_cpu(m)->counted;
	if (wants)
		cpu_uncount(m);
	member_cpu(m)->share = to;
	t->grouped = to != NULL;
	if (wants && to)
		cgrouplimits_count(m, sched_own_weight(t));
	spin_unlock(&cpu_guard);
	spin_unlock(&c->rq.lock);
	sched_get_how(t, &how);
	sched_set_how(t, &how);
}

/* Update members in and below top, where cpu was enabled or disabled. */
static void cpu_regroup_all(struct cgroup *top)
{
	struct cgroup *cg;
	struct member *m;

	spin_must_hold(&tree_lock);
	cg_for_each(cg, top)
		list_for_each(m, &cg->members, link)
			cpu_regroup(m);
}

/* Set the defaults of Linux.  Context: [cpu]. */
static void cgrouplimits_reset(struct cpu_state *s)
{
	s->shares = FAIR_NICE_0;
	s->idle = false;
	cpu_max_reset(s);
}

static bool cpu_init(struct cgroup *cg)
{
	struct cpu_state *s = group_cpu(cg);

	s->cg = cg;
	cgrouplimits_reset(s);
	cpu_max_init(cg);
	return true;
}

/* Set top to the defaults; its tasks need not rest any more. */
static void cpu_reset(struct cgroup *top)
{
	struct cgroup *cg;
	struct member *m;

	spin_must_hold(&tree_lock);
	spin_lock(&cpu_guard);
	cgrouplimits_reset(group_cpu(top));
	spin_unlock(&cpu_guard);
	cg_for_each(cg, top)
		list_for_each(m, &cg->members, link)
			rest_ends(m);
}

/*
 * Reset cg while no task counts in it: after the regrouping if cpu is disabled,
 * before it if cpu is enabled.
 */
static void cpu_toggle(struct cgroup *cg, bool on)
{
	if (!on)
		cpu_regroup_all(cg);
	cpu_reset(cg);
	if (on)
		cpu_regroup_all(cg);
}

/* Context: [cpu]. */
static void set_shares(struct cgroup *cg, u32 shares)
{
	struct cpu_state *s = group_cpu(cg);
	struct cgroup *up = cpu_above(cg);
	u64 now = arch_clock();

	stamp++;
	if (!s->nr) {
		s->shares = shares;
		return;
	}
	cpu_lag_look(cg, now);
	cpu_lag_leave(cg);
	if (up)
		group_cpu(up)->load += shares - (u64)s->shares;
	s->shares = shares;
	cpu_lag_join(cg, now);
}

int cpu_set_shares(struct cgroup *cg, u32 shares)
{
	bool idle;

	spin_lock(&cpu_guard);
	idle = group_cpu(cg)->idle;
	if (!idle)
		set_shares(cg, shares);
	spin_unlock(&cpu_guard);
	return idle ? -EINVAL : 0;
}

void cpu_set_idle(struct cgroup *cg, bool idle)
{
	struct cpu_state *s = group_cpu(cg);

	spin_lock(&cpu_guard);
	if (s->idle != idle)
		set_shares(cg, idle ? FAIR_IDLE : FAIR_NICE_0);
	s->idle = idle;
	spin_unlock(&cpu_guard);
}

static const struct share_ops ops = {
	.group_wants = group_wants, .group_weight = group_weight,
	.group_ran = group_ran, .group_turn = group_turn,
};

const struct cgroup_controller cpu_controller = {
	.name = "cpu", .threaded = true, .files = { cpu_files },
	.group_size = sizeof(struct cpu_state),
	.member_size = sizeof(struct cpu_member),
	.init = cpu_init, .toggle = cpu_toggle, .settle = cpu_max_settle,
	.regroup = cpu_regroup, .must_rest = cpu_must_rest,
	.show_stat = cpu_show_stat,
};

static void shares_init(void)
{
	share_ops = &ops;
}
INIT(fs, shares_init);
