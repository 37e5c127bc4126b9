/* SPDX-License-Identifier: MIT */
/*
 * Which CPU a task runs on (rows B13, B14): placed when it wakes, stolen by a
 * CPU that has nothing to do, evened out by the tick.  All that is read of
 * other CPUs without their lock is a hint; the lock is taken to act on it.
 */
#include <kernel/current.h>
#include <kernel/sched/balance.h>
#include <kernel/sched/policy/policy.h>
#include <kernel/sched/internal.h>
#include <kernel/smp/smp.h>

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

/* Tasks of real-time have no share: they count as ordinary ones. */
static unsigned long weight_of(const struct task *t)
{
	return t->rt_priority ? FAIR_NICE_0 : t->fair.weight;
}

/*
 * The weight of the tasks that want c, the running one included; one of
 * real-time that runs counts twice, as the others do not share with it.
 */
static unsigned long load_of(const struct cpu *c)
{
	unsigned real_time = HINT(c->rq.rt.nr) +
		(HINT(c->rq.rank) > RANK_ORDINARY ? 2 : 0);

	return HINT(c->rq.weight) + real_time * (unsigned long)FAIR_NICE_0;
}

/*
 * The allowed CPU that runs the lowest, if lower than t, `was` before others;
 * or what is due last, if that is later than t.
 */
static struct cpu *lowest(const struct task *t, struct cpu *was)
{
	struct cpu *best = NULL, *later = NULL;
	int least = t->rt_priority;
	u64 last = t->rt_due;

	for (unsigned i = 0; i < nr_cpus; i++) {
		int rank = HINT(cpus[i].rq.rank);

		if (!(t->allowed & BIT(i)))
			continue;
		if (rank < least || (rank == least && best && i == was->id)) {
			least = rank;
			best = &cpus[i];
		}
		if (last && rank == RT_DEADLINE && HINT(cpus[i].rq.due) > last) {
			last = HINT(cpus[i].rq.due);
			later = &cpus[i];
		}
	}
	return best ? best : later;
}

/*
 * The CPU it was on if that is idle, for what is left in its caches; or any
 * idle one; or the least loaded one, if moving gains something.
 * Context: [the lock of t->cpu], which keeps t->allowed as it is.
 */
struct cpu *sched_choose(struct task *t, struct cpu *was)
{
	unsigned long may = t->allowed & smp_mask();
	unsigned long idle = READ_ONCE(idle_cpus) & may;
	struct cpu *best = NULL;

	if (idle & BIT(was->id))
		return was;
	if (idle)
		return &cpus[__builtin_ctzl(idle)];
	if (t->rt_priority)
		best = lowest(t, was);
	if (best)
		return best;
	if (may & BIT(was->id))
		best = was;
	for (unsigned i = 0; i < nr_cpus; i++)
		if (may & BIT(i) &&
		    (!best || balance_gains(weight_of(t), load_of(best),
					    load_of(&cpus[i]))))
			best = &cpus[i];
	return best ? best : was;	/* none now: extension scheduling waits */
}

/* May t be moved from a CPU to c, and is it worth it? */
static bool suits(const struct task *t, const struct cpu *c,
		  unsigned long from, unsigned long to)
{
	return t->allowed & BIT(c->id) &&
		balance_gains(weight_of(t), from, to);
}

/* The first that suits of those that p has waiting on `from`, nr of them. */
static struct task *movable_of(const struct sched_policy *p, unsigned nr,
			       struct cpu *from, const struct cpu *c, bool any)
{
	unsigned long load = any ? ~0ul : load_of(from);
	unsigned long to = any ? 0 : load_of(c);
	struct task *t = NULL;

	while (nr && (t = p->next(from, t)) != NULL)
		if (suits(t, c, load, to))
			return t;
	return NULL;
}

static struct task *movable(struct cpu *from, const struct cpu *c, bool any)
{
	struct run_queue *rq = &from->rq;
	struct task *t = movable_of(&rt_policy, rq->rt.nr, from, c, any);

	return t ? t : movable_of(sched_ordinary, rq->nr, from, c, any);
}

/*
 * Move a waiting task of `from` to c: any, if c has nothing to do, else one
 * that evens out their loads.
 * Return: false: there is none.
 */
static bool pull(struct cpu *c, struct cpu *from, bool any)
{
	struct task *t;

	spin_lock(&from->rq.lock);
	t = movable(from, c, any);
	if (!t) {
		spin_unlock(&from->rq.lock);
		return false;
	}
	sched_move(from, t, c);
	c->steals++;
	return true;
}

/*
 * The CPU with the greatest load of those where tasks wait; NULL: none.  Read
 * without locks: pull() looks again under the lock.
 */
static struct cpu *busiest(const struct cpu *c)
{
	struct cpu *best = NULL;
	unsigned long load, most = 0;

	for (unsigned i = 0; i < nr_cpus; i++) {
		if (&cpus[i] == c || !sched_waiting(&cpus[i]))
			continue;
		load = load_of(&cpus[i]);
		if (!best || load > most) {
			best = &cpus[i];
			most = load;
		}
	}
	return best;
}

/*
 * Take a task from a busier CPU.
 * Context: no lock; c is about to idle.
 * Return: whether a task waits here now.
 */
bool sched_steal(struct cpu *c)
{
	struct cpu *from;

	if (nr_cpus == 1)
		return false;
	from = busiest(c);
	if (!from)
		return false;
	if (pull(c, from, true))
		return true;
	/* its tasks must not come here: whoever else has one */
	for (unsigned i = 0; i < nr_cpus; i++)
		if (&cpus[i] != c && sched_waiting(&cpus[i]) &&
		    pull(c, &cpus[i], true))
			return true;
	return false;
}

/*
 * Interrupt context, on c.  A CPU that idles is told of tasks that wait here;
 * the busiest gives one, if that brings the two nearer to each other.
 */
void sched_balance(struct cpu *c)
{
	unsigned long idle = READ_ONCE(idle_cpus) & ~BIT(c->id);
	struct cpu *from;

	if (idle && sched_waiting(c))
		smp_kick(&cpus[__builtin_ctzl(idle)]);
	from = busiest(c);
	if (from && load_of(from) > load_of(c))
		pull(c, from, false);
}

/* ---- real-time tasks ----------------------------------------------------- */

/*
 * CPUs where real-time tasks wait; atomic.  Whoever makes one wait sets the
 * bit and then looks for a CPU that runs something lower; a CPU that goes to
 * something lower notes its rank and then looks for bits.  So one sees the
 * other, and none waits while a CPU it may use runs lower.
 */
static unsigned long rt_waiting;

void sched_note_rt(struct cpu *c, bool waits)
{
	if (nr_cpus == 1)
		return;
	if (waits)
		__atomic_fetch_or(&rt_waiting, BIT(c->id), __ATOMIC_SEQ_CST);
	else
		__atomic_fetch_and(&rt_waiting, ~BIT(c->id), __ATOMIC_SEQ_CST);
}

/* [rq->lock] The highest that waits on c and a CPU for it; NULL: none. */
static struct task *misplaced(struct cpu *c, struct cpu **to)
{
	struct task *t = NULL;

	while (c->rq.rt.nr && (t = rt_policy.next(c, t)) != NULL) {
		*to = lowest(t, c);
		if (*to && *to != c)
			return t;
	}
	return NULL;
}

/* Each step fills a CPU with something higher: they are not many. */
void sched_push_rt(struct cpu *c)
{
	struct task *t;
	struct cpu *to;

	for (unsigned i = 0; c && i < 2 * nr_cpus; i++) {
		spin_lock(&c->rq.lock);
		t = misplaced(c, &to);
		if (!t) {
			spin_unlock(&c->rq.lock);
			return;
		}
		to->steals++;
		c = sched_move(c, t, to);
	}
}

void sched_spread_rt(void)
{
	unsigned long waiting = READ_ONCE(rt_waiting);

	for (unsigned i = 0; unlikely(waiting); i++, waiting >>= 1)
		if (waiting & 1)
			sched_push_rt(&cpus[i]);
}
