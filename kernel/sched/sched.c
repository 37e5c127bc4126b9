/* SPDX-License-Identifier: MIT */
/*
 * The scheduler: choosing the next task, and the switch to it (lecture rows
 * B11, B14, D2, D3 and D7 of docs/coverage.md).  Each CPU keeps its runnable
 * tasks, except for the running one, in two queues:
 *
 *   struct cpu
 *     running ---> the task that runs now: in no queue
 *     rq.lock
 *     rq.rt        level[99] --> task --> task    real-time: the highest
 *                  level[98]                      level first, each a FIFO
 *                    ...                          (rt.h)
 *                  level[1]  --> task
 *     rq.fair           task                      all others: their policy's
 *                      /    \                     queue; that of `fair` is a
 *                   task    task                  tree (fair.c)
 *     idle ------> runs when both are empty: in no queue (idle.c)
 *
 *   sched_tick(), a wake-up: request a reschedule
 *        |  AST_RESCHED, seen on the way to user mode or by preempt_here()
 *        v
 *   schedule()    rq.lock taken; the old task is queued, unless it sleeps
 *   sched_next_of()     real-time, then ordinary, then idle: by their policies
 *        |        (policy.h)
 *   switch_to()   address space, then kernel stack and registers
 *        |        --- from here on another task, on its own stack ---
 *   finish_switch()    rq.lock, which the old task took, is released
 *
 * The clock is armed for the end of a turn only while another task waits.
 *
 * Invariant: a task is in at most one queue, and in none while it runs.  A
 * task's state changes from or to TASK_RUNNING only under the lock of its
 * queue, or by the task itself before it calls schedule().  task->cpu changes
 * under the lock of the CPU that it names.  A CPU's lock is held during the
 * switch, so a holder of the lock knows that the registers of each of the CPU's
 * tasks that does not run are saved.  No two of these locks are ever held at
 * once.
 */
#include <kernel/events.h>
#include <kernel/ops/sched_ops.h>
#include <kernel/ops/timer_ops.h>
#include <kernel/sched/preempt.h>
#include <kernel/sched/rq.h>
#include <kernel/smp/smp.h>
#include <kernel/debug/tlb_check.h>
#include <lt/bug.h>
#include <mm/stats.h>

bool sched_preemptive = true;
unsigned sched_rt_period = 1000000;
int sched_rt_runtime = 950000;
void (*sched_task_left)(struct task *t);

/* ---- switching ----------------------------------------------------------- */

/* True if t is ZOMBIE or DEAD; its reaper may change ZOMBIE to DEAD anytime. */
static inline bool has_ended(const struct task *t)
{
	enum task_state state = READ_ONCE(t->state);

	return state == TASK_DEAD || state == TASK_ZOMBIE;
}

/*
 * Do the rest of finish_switch() if there are several CPUs, or if prev needs
 * more work.
 */
static __noinline void finish_switch_slow(struct cpu *c, struct task *prev)
{
	struct task *push = c->push;
	/*
	 * read before unlocking: after that, prev may run elsewhere, and exit
	 */
	bool dead = has_ended(prev);

	c->push = NULL;
	if (unlikely(push && push->allowed))
		sched_place(c, push, sched_choose(push, c));
	else
		spin_unlock(&c->rq.lock);
	if (nr_cpus > 1)
		sched_spread_rt();
	arch_irq_disable();
	if (dead)
		sched_task_left(prev);
}

static inline void finish_switch(struct task *prev)
{
	struct cpu *c = cpu_self();

	spin_adopt(&c->rq.lock, current);
	if (unlikely(nr_cpus > 1 || c->push || has_ended(prev)))
		finish_switch_slow(c, prev);
	else
		spin_unlock(&c->rq.lock);
}

void sched_tail(struct task *prev)
{
	finish_switch(prev);
	arch_irq_disable();
}

/*
 * Switch from prev to next.
 * Context: [rq->lock], interrupts off.  The next task releases the lock and
 * enables interrupts.
 */
static void switch_to(struct cpu *c, struct task *prev, struct task *next,
		      ktime_t now)
{
	/* a kernel thread has flushed its PTE changes before it sleeps */
	if (!prev->process)
		tlbcheck_settle();
	if (likely(next != c->idle))
		rq_note_turn(next, now);
	next->last_run = now;
	WRITE_ONCE(c->running, next);
	c->rq.rank = rq_rank_of(c, next);
	c->switches++;
	event_note(EVENT_SWITCH, next, 0, 0);
	rq_arm_slice(c, next, now);
	if (nr_cpus > 1) {
		/*
		 * pairs with task_set_ast() and sched_note_rt(): c->running is
		 * stored before next's ASTs and rt_waiting are read
		 */
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		vm_space_switch_off(c, next->space);
	} else if (!next->space) {
		vm_count(spaces_lent);
	} else if (next->space != c->mmu.wanted) {
		vm_space_switch_off(c, next->space);
	} else {
		vm_count(spaces_kept);
	}
	finish_switch(arch_switch(prev, next));
}

/*
 * Dequeue next, which is going to run, and queue prev instead.  Both may be the
 * same task.  prev: NULL if the running task does not continue.
 * Return: next.
 */
static inline struct task *sched_replace(struct cpu *c, struct task *prev,
					 struct task *next, bool yields)
{
	bool first = prev && !yields && !prev->turn_over;

	if (prev)
		prev->turn_over = false;
	if (next == prev)
		return next;
	rq_dequeue(c, next);
	if (prev)
		rq_enqueue(c, prev, first);
	return next;
}

/*
 * Pick the next real-time task; at least one waits, or prev is one.  prev: the
 * running task, NULL if it does not continue.
 * Return: the next task, in no queue; NULL: no real-time task may run.
 */
static __noinline struct task *next_rt(struct cpu *c, struct task *prev,
				       bool yields)
{
	struct task *next = prev && prev->rt_priority ? prev : NULL;

	if (c->rq.rt.nr)
		next = rt_policy.pick(c, next, next && yields);
	if (!next)
		return NULL;
	c->rq.due = next->rt_due;
	return sched_replace(c, prev, next, yields);
}

/*
 * True if real-time tasks have used up their quota and an ordinary task is
 * runnable.  The quota does not apply to tasks with deadlines, each of which
 * has a budget of its own.
 */
static bool rt_quota_spent(const struct cpu *c, const struct task *prev)
{
	return (c->rq.nr || (prev && !prev->rt_priority)) &&
		rt_highest(&c->rq.rt) < RT_DEADLINE &&
		!(prev && prev->rt_due) && rq_rt_gives_way(c);
}

/*
 * Put prev back into its queue if it is a real-time task; its turn is not over.
 * Return: NULL if prev was queued, else prev.
 */
static struct task *requeue_rt(struct cpu *c, struct task *prev)
{
	if (!prev || !prev->rt_priority)
		return prev;
	rq_enqueue(c, prev, !prev->turn_over);
	prev->turn_over = false;
	return NULL;
}

/* Take a shortcut: the plain task prev yields to the only task that waits. */
static inline struct task *yield_to_one(struct cpu *c, struct task *prev)
{
	struct fair_queue *q = &c->rq.fair;
	struct fair_entity *one = fair_entity_of(q->tree.root);

	fair_yield(&prev->fair, one);
	fair_dequeue(q, one);
	fair_enqueue(q, &prev->fair);
	rq_fair_task(one)->queued = false;
	prev->queued = true;
	return rq_fair_task(one);
}

/*
 * Pick the next task.  prev: the running task, NULL if it does not continue.
 * Return: the next task, in no queue.
 */
static inline struct task *sched_next_of(struct cpu *c, struct task *prev,
					 bool yields)
{
	struct run_queue *rq = &c->rq;
	struct task *next = NULL;

	if (prev == c->idle)
		prev = NULL;
	if (unlikely(rq->rt.nr || (prev && prev->rt_priority))) {
		if (unlikely(rt_quota_spent(c, prev)))
			prev = requeue_rt(c, prev);
		else
			next = next_rt(c, prev, yields);
		if (next)
			return next;
	}
	if (likely(yields && prev && prev->plain && rq->nr == 1))
		return yield_to_one(c, prev);
	if (rq->nr) {
		next = sched_ordinary->pick(c, prev, prev && yields);
		return sched_replace(c, prev, next, yields);
	}
	if (prev)
		return prev;
	ASSERT(!rq->weight);
	return c->idle;
}

/* Remove prev from c, because it sleeps or must run elsewhere. */
static inline void sched_leave(struct cpu *c, struct task *prev)
{
	rq_leave(c, prev);
	prev->rt_ran = 0;
}

/* Remove prev, which does not continue, from c.  Return: the next task. */
static inline struct task *next_without(struct cpu *c, struct task *prev)
{
	sched_leave(c, prev);
	return sched_next_of(c, NULL, false);
}

/*
 * Take prev off c, where it may no longer run; finish_switch_slow() moves it to
 * another CPU.
 */
static __noinline struct task *push_away(struct cpu *c, struct task *prev)
{
	c->push = prev;
	return next_without(c, prev);
}

/*
 * Switch to the next task.  yields: current gives way to another task, if one
 * is runnable.
 */
static __noinline void reschedule(bool yields)
{
	struct task *prev = current, *next;
	struct run_queue *rq;
	struct cpu *c;
	ktime_t now;

	if (unlikely(PEEK(prev->ipl != IPL_NONE || prev->in_interrupt)))
		might_sleep();
	arch_irq_disable();
	c = prev->cpu;
	rq = &c->rq;
	spin_lock(&rq->lock);
	now = arch_clock();
	rq_charge(c, prev, now);
	__atomic_fetch_and(&prev->ast, ~AST_RESCHED, __ATOMIC_RELAXED);
	prev->resched = 0;
	if (READ_ONCE(prev->state) == TASK_RUNNING) {
		prev->nivcsw++;
		if (unlikely(yields && prev->rt_due))
			deadline_ops->deadline_spent(c, prev);
		next = unlikely(!(prev->allowed & BIT(c->id))) ?
			push_away(c, prev) : sched_next_of(c, prev, yields);
	} else {
		ASSERT(prev != c->idle);
		prev->nvcsw++;
		next = next_without(c, prev);
	}
	if (next != prev) {
		switch_to(c, prev, next, now);
	} else {
		rq_arm_slice(c, next, now);
		spin_unlock(&rq->lock);
	}
	if (likely(!prev->preempted))
		arch_irq_enable();
}

/*
 * True if t must not be preempted in the kernel: it belongs to a crowd and
 * holds a lock.  Preempted, it would wait for its next turn behind a thousand
 * tasks, and all waiters for the lock would wait with it.
 */
static bool crowd_holds_lock(const struct task *t)
{
	return unlikely(t->fair.behind) && t->nr_locks &&
	       !HINT(t->cpu->rq.rt.nr);
}

/*
 * Preempt the running task t.  Interrupts stay off after the switch: an
 * interrupt there would preempt again and use more of this stack, without
 * bound.  The idle task is not preempted, as it checks its queue itself before
 * it waits.
 */
void preempt_here(struct task *t)
{
	t->preempted = true;
	rseq_moved(t);			/* t may be in a restartable sequence */
	while (t->resched && t->state == TASK_RUNNING &&
	       t != t->cpu->idle && !crowd_holds_lock(t)) {
		t->cpu->preemptions++;
		schedule();
	}
	t->preempted = false;
}

void schedule(void)
{
	reschedule(false);
}

/*
 * Yield.  Check the queue first: a yield of the only runnable task costs
 * little.
 */
void sched_yield_current(void)
{
	struct run_queue *rq = &current->cpu->rq;

	if (HINT(rq->nr) || HINT(rq->rank) > RANK_ORDINARY)
		reschedule(true);
}

void cond_resched(void)
{
	if (unlikely(READ_ONCE(current->ast) & AST_RESCHED) &&
	    PEEK(current->ipl == IPL_NONE && !current->in_interrupt))
		schedule();
}

/* Handle a tick.  Context: interrupt; slice_at has passed. */
void sched_tick(bool user)
{
	struct cpu *c = cpu_self();
	struct task *t = c->running;
	ktime_t now;

	if (nr_cpus > 1)
		sched_balance(c);
	spin_lock(&c->rq.lock);
	now = arch_clock();
	rq_charge(c, t, now);
	sched_sample(t, user);
	if (t == c->idle && (c->rq.nr || c->rq.rt.nr))
		rq_want_resched(c, false);
	else if (unlikely(c->rq.rt.nr && c->rq.rank == RANK_ORDINARY))
		rq_want_resched(c, true); /* perhaps RT tasks may run again */
	else if (READ_ONCE(t->ast) & AST_RESCHED)
		t->resched = sched_preemptive;	/* t ran on until this tick */
	rq_arm_slice(c, t, now);
	spin_unlock(&c->rq.lock);
	if (t->process && timer_ops)
		timer_ops->cpu_time_passed(t->process);
	if (unlikely(HINT(t->rt_priority) && t->process &&
		     timer_ops))
		timer_ops->rt_time_passed(t->process, HINT(t->rt_ran));
}
