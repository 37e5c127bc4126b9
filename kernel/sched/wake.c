/* SPDX-License-Identifier: MIT */
/*
 * Waking (rows B11, B14): a task that becomes runnable is queued, and may
 * preempt the running task.  Its state changes under the lock of its queue; the
 * protocol with a sleeper is drawn in kernel/wait/wait.c.
 */
#include <kernel/events.h>
#include <kernel/ops/sched_ops.h>
#include <kernel/sched/rq.h>
#include <kernel/smp/smp.h>
#include <kernel/task/state.h>
#include <uapi/sched.h>

static __inlined struct cpu *lock_queue(struct task *t)
{
	for (;;) {
		struct cpu *c = HINT(t->cpu);

		spin_lock(&c->rq.lock);
		if (likely(c == HINT(t->cpu)))
			return c;
		spin_unlock(&c->rq.lock);
	}
}

struct cpu *sched_lock_task(struct task *t)
{
	return lock_queue(t);
}

/*
 * True if t, just queued, is to run instead of c->running; both are ordinary.
 * SCHED_BATCH tasks never preempt, and SCHED_IDLE tasks give way to all others;
 * in all other cases the policy decides.
 */
static bool wake_preempts(struct cpu *c, struct task *t)
{
	if (unlikely(c->running->policy == SCHED_IDLE))
		return t->policy != SCHED_IDLE;
	if (unlikely(t->policy != SCHED_OTHER))
		return false;
	return sched_ordinary->wakeup(c, t);
}

/*
 * End the turn of c's running task at `end`, as another task waits now.  A CPU
 * can set only its own clock.  The clock of another CPU may be set too late,
 * because turns do not matter while a task is alone; so ask that CPU to
 * reschedule at once.
 */
static inline void turn_limit(struct cpu *c, ktime_t end)
{
	if (end >= HINT(c->slice_at))
		return;
	if (likely(c == cpu_self()))
		timer_slice(end);
	else
		rq_want_resched(c, false);
}

static __noinline void make_runnable_many(struct cpu *c, struct task *t)
{
	struct task *r = c->running;
	int rank = rq_rank_of(c, t);
	ktime_t now = arch_clock();

	if (rank == RANK_ORDINARY && c->rq.rank == RANK_ORDINARY)
		rq_charge(c, r, now);
	t->last_run = now;
	sched_join(c, t);
	rq_enqueue(c, t, false);
	if (rank > RANK_ORDINARY && c->rq.rank > RANK_ORDINARY) {
		if (rt_policy.wakeup(c, t))
			rq_want_resched(c, true);
	} else if (rank != c->rq.rank) {
		if (rank > c->rq.rank)
			rq_want_resched(c, true);
	} else if (wake_preempts(c, t)) {
		rq_want_resched(c, false);
	} else {
		turn_limit(c, r->last_run + rq_turn(c, r));
	}
}

/*
 * Queue t, and preempt the running task or limit its turn.  This is the short
 * path for two plain tasks, the most frequent case, which does not charge the
 * running task.
 * Context: [rq->lock].
 */
static inline void make_runnable(struct cpu *c, struct task *t)
{
	struct task *r = c->running;
	s64 left;
	ktime_t now;
	u64 v;

	if (unlikely(c->rq.nr || !t->plain || !r->plain)) {
		make_runnable_many(c, t);
		return;
	}
	now = arch_clock();
	v = r->fair.vruntime + (now - r->last_run);
	left = r->fair.deadline - v;
	if (unlikely(left <= 0)) {
		make_runnable_many(c, t);
		return;
	}
	t->last_run = now;
	t->fair.vruntime = v - 2 * t->fair.lag;
	t->fair.deadline = t->fair.vruntime + t->fair.vslice;
	t->queued = true;
	sched_count_in(c, t);
	c->rq.nr = 1;
	fair_enqueue(&c->rq.fair, &t->fair);
	if (unlikely(t->fair.lag >= 0 &&
		     fair_before(t->fair.deadline, r->fair.deadline)))
		rq_want_resched(c, false);
	else
		turn_limit(c, now + left);
}

/*
 * Queue t on `to`, or on another CPU if t may no longer run there.
 * Context: [from->rq.lock], which is released.
 * Return: the CPU of t if real-time tasks wait there, else NULL.
 */
static __noinline struct cpu *place_once(struct cpu *from, struct task *t,
					 struct cpu *to)
{
	bool waits;

	while (unlikely(from != to)) {
		t->cpu = to;
		rseq_moved(t);
		spin_unlock(&from->rq.lock);
		spin_lock(&to->rq.lock);
		from = to;
		if (unlikely(!(t->allowed & BIT(to->id))))
			to = sched_choose(t, to);	/* t->allowed has just
							   changed */
	}
	make_runnable_many(from, t);
	waits = from->rq.rt.nr && nr_cpus > 1;
	spin_unlock(&from->rq.lock);
	return unlikely(waits) ? from : NULL;
}

void sched_place(struct cpu *from, struct task *t, struct cpu *to)
{
	if (likely(from == to && t->plain)) {
		make_runnable(from, t);
		spin_unlock(&from->rq.lock);
		return;
	}
	if (t->policy == SCHED_DEADLINE && !deadline_ops->deadline_wakes(t)) {
		spin_unlock(&from->rq.lock);
		return;
	}
	sched_push_rt(place_once(from, t, to));
}

struct cpu *sched_move(struct cpu *from, struct task *t, struct cpu *to)
{
	sched_remove(from, t);
	return place_once(from, t, to);
}

void sched_add(struct task *t)
{
	struct cpu *c = current->cpu;	/* any CPU's queue will do */

	spin_lock(&c->rq.lock);
	t->cpu = c;
	event_note(EVENT_NEW, t, 0, 0);
	task_set_state(t, TASK_RUNNING);
	sched_place(c, t, nr_cpus > 1 ? sched_choose(t, c) : c);
}

bool task_wake(struct task *t, unsigned states)
{
	enum task_state state;
	struct cpu *c;

	/*
	 * order the caller's stores, which make the condition true, before the
	 * read of t's state
	 */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (!(states & 1u << READ_ONCE(t->state)))
		return false;
	c = lock_queue(t);
	/* t may set its own state without the lock, even when it exits */
	state = READ_ONCE(t->state);
	if (!(states & 1u << state) ||
	    !task_change_state(t, state, TASK_RUNNING)) {
		spin_unlock(&c->rq.lock);
		return false;
	}
	event_note(EVENT_WAKEUP, t, state, 0);
	t->wakeups++;
	cpu_self()->wakeups++;
	/* t still runs: it set its state but has not called schedule() yet */
	if (t == c->running || t->queued) {
		spin_unlock(&c->rq.lock);
		return true;
	}
	sched_place(c, t, nr_cpus > 1 ? sched_choose(t, c) : c);
	return true;
}

void task_kick(struct task *t)
{
	struct cpu *c = HINT(t->cpu);

	if (READ_ONCE(c->running) == t)
		smp_kick(c);
}
