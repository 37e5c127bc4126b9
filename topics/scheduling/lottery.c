/* SPDX-License-Identifier: MIT */
/*
 * Lottery scheduling (row B14; Waldspurger and Weihl, "Lottery Scheduling",
 * 1994): sched=lottery.  A task holds a ticket for each unit of its weight.
 * One ticket is drawn at random, and the task that holds it gets the next turn.
 *
 *	rq.list:  A 1024 ------------- B 335 ---- C 110      tickets: 1469
 *	draw:                          ^ 1200: a turn for B
 *
 * In the long run each task gets a share of the CPU that is proportional to its
 * tickets, by chance alone: the scheduler does not record past use.
 */
#include <kernel/sched/policy/policy.h>

static u64 seed[MAX_CPUS];		/* [runqueue] */

/*
 * Return: a random number below `all`, equally distributed; constants by Knuth.
 */
static u64 draw(struct cpu *c, u64 all)
{
	u64 *x = &seed[c->id];

	*x = *x * 6364136223846793005 + 1442695040888963407;
	return (*x >> 32) * all >> 32;
}

static void lottery_enqueue(struct cpu *c, struct task *t, bool first __unused)
{
	/* lab policy: begin */
	list_append(&c->rq.list, &t->run_link);
	/* lab policy: end */
}

static void lottery_dequeue(struct cpu *c __unused, struct task *t)
{
	/* lab policy: begin */
	list_remove(&t->run_link);
	/* lab policy: end */
}

static struct task *lottery_next(struct cpu *c, struct task *t)
{
	struct list *link = t ? t->run_link.next : c->rq.list.next;

	return link == &c->rq.list ? NULL :
		list_entry(link, struct task, run_link);
}

/*
 * Draw a ticket.  The tickets are numbered in order: first those of prev, if it
 * takes part, then those of the tasks in the list.
 */
static struct task *lottery_pick(struct cpu *c, struct task *prev, bool yields)
{
	/* lab policy: begin */
	u64 own = prev && !yields ? prev->fair.weight : 0, all = own, drawn;
	struct task *t;

	list_for_each(t, &c->rq.list, run_link)
		all += t->fair.weight;
	drawn = draw(c, all);
	t = prev;
	if (drawn >= own) {
		drawn -= own;
		for (t = lottery_next(c, NULL); drawn >= t->fair.weight;
		     t = lottery_next(c, t))
			drawn -= t->fair.weight;
	}
	t->turn_left = t->fair.slice;
	return t;
	/* lab policy: end, else return prev ? prev : lottery_next(c, NULL); */
}

static bool lottery_tick(struct cpu *c __unused, struct task *t, u64 ns)
{
	/* lab policy: begin */
	t->turn_left -= (s64)ns;
	if (t->turn_left > 0)
		return false;
	t->turn_left = t->fair.slice;
	return true;
	/* lab policy: end, else return true; */
}

static u64 lottery_turn(struct cpu *c __unused, struct task *t)
{
	/* lab policy: begin */
	return (u64)t->turn_left;
	/* lab policy: end, else return 10000000; */
}

/* Do not preempt: the task takes part in the next draw. */
static bool lottery_wakeup(struct cpu *c __unused, struct task *t __unused)
{
	/* lab policy: begin */
	return false;
	/* lab policy: end, else return true; */
}

static const struct sched_policy lottery __table(sched_policy) = {
	.name = "lottery",
	.enqueue = lottery_enqueue,
	.dequeue = lottery_dequeue,
	.pick = lottery_pick,
	.tick = lottery_tick,
	.wakeup = lottery_wakeup,
	.next = lottery_next,
	.turn = lottery_turn,
};
