/* SPDX-License-Identifier: MIT */
/*
 * Crowds (row B14).  With fair shares for tasks alone, a fork bomb of a
 * thousand tasks would leave the `ls` of another user a thousandth of the CPU.
 * So all runnable tasks of one user on a CPU together weigh at most as much as
 * SCHED_CROWD tasks.  Tasks of root and of the kernel are exempt, and so are
 * tasks in a group, which have a share of their own
 * (topics/cgrouplimits/cpu.c).
 *
 * Nothing is counted when tasks become runnable or sleep, which is frequent.
 * Instead the queue is walked at the end of a turn while many tasks wait, at
 * most every CROWD_PERIOD.  Each count has a number, which is stored in the
 * user's record, so records of users without tasks in the queue need no
 * clearing.  A task's weight is updated when it enters the queue and at the end
 * of its own turn.  If a count finds a weight that is far off, the weights of
 * all waiting tasks are updated.
 */
#include <kernel/cred/capable.h>
#include <kernel/sched/crowd.h>
#include <kernel/sched/policy/policy.h>
#include <kernel/sched/rq.h>
#include <kernel/cred/user.h>

#define CROWD_PERIOD	(50 * 1000000ll)	/* ns */

/*
 * Context: t runs on this CPU, or does not run, so that it cannot free its
 * credentials meanwhile.
 * Return: the user in whose crowd t counts; NULL: none.
 */
static struct user *crowd_user(const struct task *t)
{
	struct user *u = t->cred->user;

	return u->uid && !t->grouped ? u : NULL;
}

/* Count t for its user.  Return: true if the user has too many tasks now. */
static bool crowd_count_one(struct cpu *c, const struct task *t)
{
	struct user *u = crowd_user(t);
	struct user_crowd *crowd;

	if (!u)
		return false;
	crowd = &u->crowd[c->id];
	if (crowd->count != c->rq.crowd_counts)
		*crowd = (struct user_crowd){ c->rq.crowd_counts, 0 };
	return ++crowd->tasks > SCHED_CROWD;
}

/* Count all runnable tasks of c; curr is the running one. */
static void crowd_count_all(struct cpu *c, const struct task *curr)
{
	struct task *t = NULL;
	bool found;

	if (++c->rq.crowd_counts == 0)
		c->rq.crowd_counts = 1;		/* 0: no crowd */
	found = crowd_count_one(c, curr);
	while ((t = fair_policy.next(c, t)))
		found |= crowd_count_one(c, t);
	c->rq.crowd = found ? c->rq.crowd_counts : 0;
	c->rq.crowd_at = curr->last_run;
}

static u32 crowd_weight(const struct cpu *c, const struct task *t)
{
	const struct user *u = crowd_user(t);
	u32 own = sched_own_weight(t);

	if (!u || !c->rq.crowd || u->crowd[c->id].count != c->rq.crowd ||
	    u->crowd[c->id].tasks <= SCHED_CROWD)
		return own;
	return max(own * SCHED_CROWD / u->crowd[c->id].tasks, 2u);
}

/*
 * Set t's weight but keep its place in virtual time.  If its lag in real time
 * were kept, a lag of 4 ms at weight 1024 would become 256 ms of virtual time
 * at weight 16.  Then all tasks of a growing crowd would run before other
 * tasks.
 */
static void set_weight(struct cpu *c, struct task *t, u32 weight)
{
	s64 lag = t->fair.lag;

	c->rq.weight += (unsigned long)weight - t->fair.weight;
	fair_set_weight(&t->fair, weight);
	t->fair.lag = lag;
	t->fair.deadline = t->fair.vruntime + t->fair.vslice;
	t->fair.behind = weight != sched_own_weight(t);
	sched_note_plain(t);
}

void sched_crowd_arrive(struct cpu *c, struct task *t)
{
	u32 weight;

	/*
	 * the weight of a task that runs elsewhere is updated at the end of its
	 * turn
	 */
	if (t->grouped || (t == c->running && t != current))
		return;
	weight = crowd_weight(c, t);
	if (weight != t->fair.weight)
		set_weight(c, t, weight);
}

/* True if a waiting task of c has a weight far from the right one. */
static bool crowd_weights_stale(struct cpu *c)
{
	struct task *t = NULL;

	while ((t = fair_policy.next(c, t))) {
		u32 want = crowd_weight(c, t), has = t->fair.weight;

		if (!t->grouped && (has > 2 * want || want > 2 * has))
			return true;
	}
	return false;
}

/* Update the weights, and so the places in the queue, of all waiting tasks. */
static void crowd_requeue_all(struct cpu *c)
{
	struct list all = LIST_INIT(all);
	struct task *t;

	while ((t = fair_policy.next(c, NULL))) {
		fair_dequeue(&c->rq.fair, &t->fair);
		list_append(&all, &t->run_link);
	}
	while (!list_empty(&all)) {
		t = list_first(&all, struct task, run_link);
		list_remove(&t->run_link);
		sched_crowd_arrive(c, t);
		fair_enqueue(&c->rq.fair, &t->fair);
	}
}

void sched_crowd_turn(struct cpu *c, struct task *t)
{
	if (t != current)
		return;
	if (t->last_run - c->rq.crowd_at > CROWD_PERIOD) {
		crowd_count_all(c, t);
		if (crowd_weights_stale(c))
			crowd_requeue_all(c);
	}
	sched_crowd_arrive(c, t);
}
