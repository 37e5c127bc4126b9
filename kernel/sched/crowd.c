/* SPDX-License-Identifier: MIT */
/*
 * Crowds (row B14).  A fork bomb has a thousand tasks; shared out by tasks
 * alone, `ls` of somebody else would get a thousandth of the machine.  So the
 * tasks of a user that want a CPU weigh there at most as SCHED_CROWD.  Root's
 * and the kernel's are never too many, and who is in a group with a share of
 * its own competes by that (topics/cgrouplimits/cpu.c).
 *
 * Nobody counts while tasks come and go, which is often: the queue is walked
 * at the end of a turn, while many wait, at most every CROWD_PERIOD.  A count
 * has a number, and what a user's record says belongs to one; so records of
 * users that are gone from the queue need no clearing.  A task's weight follows
 * when it comes to the CPU and at the end of its own turn; where a count finds
 * one that is far off, that of all who wait.
 */
#include <kernel/cred/capable.h>
#include <kernel/sched/crowd.h>
#include <kernel/sched/policy/policy.h>
#include <kernel/sched/rq.h>
#include <kernel/cred/user.h>

#define CROWD_PERIOD	(50 * 1000000ll)	/* ns */

/*
 * Whose crowd t is in; NULL: nobody's.  t runs here or does not run, so that it
 * cannot put away its credentials meanwhile.
 */
static struct user *crowd_user(const struct task *t)
{
	struct user *u = t->cred->user;

	return u->uid && !t->grouped ? u : NULL;
}

/* Return: are they too many? */
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

/* All that want c, of whom curr runs. */
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
 * Its place in virtual time stays as it is: 4 ms that it is owed with a weight
 * of 1024 would be 256 ms with one of 16, and all of a crowd that just grew would
 * have a turn before anybody else.
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

	/* one that runs elsewhere gets it at the end of its turn */
	if (t->grouped || (t == c->running && t != current))
		return;
	weight = crowd_weight(c, t);
	if (weight != t->fair.weight)
		set_weight(c, t, weight);
}

/* Is the weight of a task that waits on c far from what it should be? */
static bool any_far_off(struct cpu *c)
{
	struct task *t = NULL;

	while ((t = fair_policy.next(c, t))) {
		u32 want = crowd_weight(c, t), has = t->fair.weight;

		if (!t->grouped && (has > 2 * want || want > 2 * has))
			return true;
	}
	return false;
}

/* All that wait get their weights, and so their places in the queue. */
static void requeue_all(struct cpu *c)
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
		if (any_far_off(c))
			requeue_all(c);
	}
	sched_crowd_arrive(c, t);
}
