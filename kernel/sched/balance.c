/* SPDX-License-Identifier: MIT */
/*
 * Which CPU a task runs on (rows B13, B14).  A task is placed when it wakes, an
 * idle CPU steals a task, and the tick balances loads.  Data of other CPUs are
 * read without their locks as hints; the lock is taken before acting on them.
 */
#include <kernel/current.h>
#include <kernel/sched/balance.h>
#include <kernel/sched/policy/policy.h>
#include <kernel/sched/internal.h>
#include <kernel/smp/smp.h>

static unsigned long idle_cpus;		/* atomic: CPUs that wait for work or
					   are about to */

void sched_note_idle(struct cpu *c, bool idle)
{
	if (nr_cpus == 1)
		return;
	/* the bit is visible before the caller reads the queues */
	if (idle)
		__atomic_fetch_or(&idle_cpus, BIT(c->id), __ATOMIC_SEQ_CST);
	else
		__atomic_fetch_and(&idle_cpus, ~BIT(c->id), __ATOMIC_SEQ_CST);
	mb_after_atomic();
}

/* A real-time task has no weight, so it counts like an ordinary nice-0 task. */
static unsigned long balance_weight(const struct task *t)
{
	return t->rt_priority ? FAIR_NICE_0 : t->fair.weight;
}

/*
 * Return: the weight of c's runnable tasks with the running one.  A running
 * real-time task counts twice, as it does not share the CPU with the others.
 */
static unsigned long balance_load(const struct cpu *c)
{
	unsigned real_time = HINT(c->rq.rt.nr) +
		(HINT(c->rq.rank) > RANK_ORDINARY ? 2 : 0);

	return HINT(c->rq.weight) + real_time * (unsigned long)FAIR_NICE_0;
}

/*
 * Find a CPU that t, a real-time task, can take from its running task.  Among
 * the CPUs allowed for t, choose the one that runs the task of the lowest
 * priority, if that priority is below t's.  Prefer `was` among CPUs of equal
 * priority.  Otherwise choose the CPU that runs the task with the latest
 * deadline, if that deadline is later than t's.
 * Return: NULL: there is no such CPU.
 */
static struct cpu *rt_lowest_cpu(const struct task *t, struct cpu *was)
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
 * Choose the last CPU of t if it is idle, as its caches may still hold t's
 * data.  Otherwise choose any idle CPU, or, if there is none, the least loaded
 * CPU if moving t improves the balance.
 * Context: [the lock of t->cpu], which keeps t->allowed constant.
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
		best = rt_lowest_cpu(t, was);
	if (best)
		return best;
	if (may & BIT(was->id))
		best = was;
	for (unsigned i = 0; i < nr_cpus; i++)
		if (may & BIT(i) &&
		    (!best ||
		     balance_gains(balance_weight(t), balance_load(best),
				   balance_load(&cpus[i]))))
			best = &cpus[i];
	return best ? best : was;	/* no CPU: a deadline task must wait */
}

/*
 * True if t may run on c and the move improves balance.  from, to: the loads of
 * t's CPU and of c.
 */
static bool balance_suits(const struct task *t, const struct cpu *c,
			  unsigned long from, unsigned long to)
{
	return t->allowed & BIT(c->id) &&
		balance_gains(balance_weight(t), from, to);
}

/*
 * Find the first task of policy p that waits on `from` and suits c.  nr: the
 * number of waiting tasks of that policy; any: ignore the loads.
 */
static struct task *movable_of(const struct sched_policy *p, unsigned nr,
			       struct cpu *from, const struct cpu *c, bool any)
{
	unsigned long load = any ? ~0ul : balance_load(from);
	unsigned long to = any ? 0 : balance_load(c);
	struct task *t = NULL;

	while (nr && (t = p->next(from, t)) != NULL)
		if (balance_suits(t, c, load, to))
			return t;
	return NULL;
}

static struct task *balance_movable(struct cpu *from, const struct cpu *c,
				    bool any)
{
	struct run_queue *rq = &from->rq;
	struct task *t = movable_of(&rt_policy, rq->rt.nr, from, c, any);

	return t ? t : movable_of(sched_ordinary, rq->nr, from, c, any);
}

/*
 * Move a waiting task of `from` to c.  any: c is idle, so take any task that
 * may run on c; otherwise the move must improve the balance of the two CPUs.
 * Return: false: there is no such task.
 */
static bool balance_pull(struct cpu *c, struct cpu *from, bool any)
{
	struct task *t;

	spin_lock(&from->rq.lock);
	t = balance_movable(from, c, any);
	if (!t) {
		spin_unlock(&from->rq.lock);
		return false;
	}
	sched_move(from, t, c);
	c->steals++;
	return true;
}

/*
 * Find the CPU with the greatest load, other than c, that has waiting tasks.
 * The loads are read without locks; balance_pull() checks again under the lock.
 * Return: NULL: no tasks wait elsewhere.
 */
static struct cpu *balance_busiest(const struct cpu *c)
{
	struct cpu *best = NULL;
	unsigned long load, most = 0;

	for (unsigned i = 0; i < nr_cpus; i++) {
		if (&cpus[i] == c || !sched_waiting(&cpus[i]))
			continue;
		load = balance_load(&cpus[i]);
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
 * Return: true if a task waits on c now.
 */
bool sched_steal(struct cpu *c)
{
	struct cpu *from;

	if (nr_cpus == 1)
		return false;
	from = balance_busiest(c);
	if (!from)
		return false;
	if (balance_pull(c, from, true))
		return true;
	/* the tasks of `from` may not run on c: try all other CPUs */
	for (unsigned i = 0; i < nr_cpus; i++)
		if (&cpus[i] != c && sched_waiting(&cpus[i]) &&
		    balance_pull(c, &cpus[i], true))
			return true;
	return false;
}

/*
 * Wake an idle CPU if tasks wait on c, so that it can steal one.  Then pull a
 * task from the busiest CPU to c, if that improves the balance of the two.
 * Context: interrupt, on c.
 */
void sched_balance(struct cpu *c)
{
	unsigned long idle = READ_ONCE(idle_cpus) & ~BIT(c->id);
	struct cpu *from;

	if (idle && sched_waiting(c))
		smp_kick(&cpus[__builtin_ctzl(idle)]);
	from = balance_busiest(c);
	if (from && balance_load(from) > balance_load(c))
		balance_pull(c, from, false);
}

/* ---- real-time tasks ----------------------------------------------------- */

/*
 * Mask of CPUs where real-time tasks wait; atomic.  A CPU that queues such a
 * task sets its bit, and then looks for a CPU with a lower rank.  A CPU that
 * switches to a lower rank stores its rank, and then looks at the bits.  So at
 * least one of the two CPUs sees the other, and no real-time task waits while a
 * CPU that it may use runs a task of lower rank.
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
	mb_after_atomic();
}

/*
 * Find the highest real-time task waiting on c that could run elsewhere now.
 * Context: [rq->lock].
 * Return: the task, with its new CPU in *to; NULL: none.
 */
static struct task *rt_misplaced(struct cpu *c, struct cpu **to)
{
	struct task *t = NULL;

	while (c->rq.rt.nr && (t = rt_policy.next(c, t)) != NULL) {
		*to = rt_lowest_cpu(t, c);
		if (*to && *to != c)
			return t;
	}
	return NULL;
}

/*
 * Move waiting real-time tasks from c to other CPUs.  The loop is short, as
 * each step gives a CPU a higher task than before.
 */
void sched_push_rt(struct cpu *c)
{
	struct task *t;
	struct cpu *to;

	for (unsigned i = 0; c && i < 2 * nr_cpus; i++) {
		spin_lock(&c->rq.lock);
		t = rt_misplaced(c, &to);
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
