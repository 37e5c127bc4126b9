/* SPDX-License-Identifier: MIT */
/*
 * Which CPU a task runs on (rows B13, B14): placed when it wakes, stolen by a
 * CPU that has nothing to do, evened out by the tick.  All that is read of
 * other CPUs without their lock is a hint; the lock is taken to act on it.
 */
#include <kernel/sched/sched.h>
#include <kernel/smp.h>
#include <kernel/task.h>
#include <lt/bug.h>

static unsigned long idle_cpus;		/* atomic: waiting, or about to */

void sched_note_idle(struct cpu *c, bool idle)
{
	if (nr_cpus == 1)
		return;
	/* orders against the look at the queues that follows */
	if (idle)
		__atomic_fetch_or(&idle_cpus, BIT(c->id), __ATOMIC_SEQ_CST);
	else
		__atomic_fetch_and(&idle_cpus, ~BIT(c->id), __ATOMIC_SEQ_CST);
}

/* Tasks that want c, the running one included. */
static unsigned load_of(const struct cpu *c)
{
	return READ_ONCE(c->rq.nr) + (READ_ONCE(c->running) != c->idle);
}

/* The CPU it was on if that is idle, any idle one, the least loaded one. */
struct cpu *sched_choose(struct task *t, struct cpu *was)
{
	unsigned long may = t->allowed & smp_mask();
	unsigned long idle = READ_ONCE(idle_cpus) & may;
	struct cpu *best = NULL;

	if (idle & BIT(was->id))
		return was;
	if (idle)
		return &cpus[__builtin_ctzl(idle)];
	if (may & BIT(was->id))
		best = was;
	for (unsigned i = 0; i < nr_cpus; i++)
		if (may & BIT(i) &&
		    (!best || load_of(&cpus[i]) + 1 < load_of(best)))
			best = &cpus[i];
	ASSERT(best);
	return best;
}

/* The first that may run on c; the tree is in the order they would run. */
static struct task *movable(struct run_queue *rq, const struct cpu *c)
{
	struct task *t = rq->first;

	while (t && !(t->allowed & BIT(c->id))) {
		struct rb_node *n = rb_next(&t->run_node);

		t = n ? rb_entry(n, struct task, run_node) : NULL;
	}
	return t;
}

/* Move a waiting task of `from` to c.  => false: none may */
static bool pull(struct cpu *c, struct cpu *from)
{
	struct task *t;

	spin_lock(&from->rq.lock);
	t = movable(&from->rq, c);
	if (!t) {
		spin_unlock(&from->rq.lock);
		return false;
	}
	sched_dequeue(&from->rq, t);
	sched_place(from, t, c);
	c->steals++;
	return true;
}

/* The CPU with most tasks waiting, at least `min`; NULL: none. */
static struct cpu *busiest(const struct cpu *c, unsigned min)
{
	struct cpu *best = NULL;

	for (unsigned i = 0; i < nr_cpus; i++) {
		unsigned n = READ_ONCE(cpus[i].rq.nr);

		if (&cpus[i] != c && n >= min) {
			best = &cpus[i];
			min = n + 1;
		}
	}
	return best;
}

bool sched_steal(struct cpu *c)
{
	struct cpu *from;

	if (nr_cpus == 1)
		return false;
	from = busiest(c, 1);
	if (!from)
		return false;
	if (pull(c, from))
		return true;
	/* its tasks must not come here: whoever else has one */
	for (unsigned i = 0; i < nr_cpus; i++)
		if (&cpus[i] != c && READ_ONCE(cpus[i].rq.nr) &&
		    pull(c, &cpus[i]))
			return true;
	return false;
}

/*
 * Interrupt context, on c.  A CPU that idles is told of tasks that wait here;
 * a CPU with two more than c gives one.
 */
void sched_balance(struct cpu *c)
{
	unsigned long idle = READ_ONCE(idle_cpus) & ~BIT(c->id);
	struct cpu *from;

	if (idle && READ_ONCE(c->rq.nr))
		smp_kick(&cpus[__builtin_ctzl(idle)]);
	from = busiest(c, load_of(c) + 1);
	if (from)
		pull(c, from);
}

int sched_set_affinity(struct task *t, unsigned long mask)
{
	struct cpu *c;

	mask &= smp_mask();
	if (!mask)
		return -EINVAL;
	c = sched_lock_task(t);
	t->allowed = mask;
	if (mask & BIT(c->id)) {
		spin_unlock(&c->rq.lock);
	} else if (t->queued) {
		sched_dequeue(&c->rq, t);
		sched_place(c, t, sched_choose(t, c));
	} else {
		/* running: it moves at its next switch; asleep: as it wakes */
		if (t == c->running)
			task_set_ast(t, AST_RESCHED);
		spin_unlock(&c->rq.lock);
	}
	return 0;
}
