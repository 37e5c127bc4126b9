/* SPDX-License-Identifier: MIT */
/*
 * The run queue of a CPU: real-time tasks, the charging of what is not plain,
 * and the clock at the end of a turn.  Invariant: the running task is in no
 * queue, but its weight counts in the queue's skew (sched_skew).
 */
#include <kernel/hooks.h>
#include <kernel/sched/rq.h>
#include <uapi/sched.h>

void rq_enqueue_rt(struct cpu *c, struct task *t, bool first)
{
	struct list *level = &c->rq.rt.level[t->rt_priority];
	struct list *next = first ? level->next : level;

	while (t->rt_due && next->prev != level && t->rt_due <
	       list_entry(next->prev, struct task, rt_link)->rt_due)
		next = next->prev;
	rt_insert(&c->rq.rt, &t->rt_link, t->rt_priority, next);
	if (c->rq.rt.nr == 1)
		sched_note_rt(c, true);
}

void rq_dequeue_rt(struct cpu *c, struct task *t)
{
	rt_remove(&c->rq.rt, &t->rt_link, t->rt_priority);
	if (!c->rq.rt.nr)
		sched_note_rt(c, false);
}

void sched_remove(struct cpu *c, struct task *t)
{
	if (t->queued)
		rq_dequeue(c, t);
	if (!t->rt_priority)
		fair_leave(&c->rq.fair, rq_fair_curr(c), &t->fair);
	sched_count_out(c, t);
}

void rq_want_resched(struct cpu *c, bool now)
{
	struct task *t = c->running;

	task_set_ast(t, AST_RESCHED);
	if (t == current && (now || t->in_interrupt))
		t->resched = sched_preemptive;
}

bool rq_rt_gives_way(const struct cpu *c)
{
	int most = HINT(sched_rt_runtime);

	return most >= 0 &&
		rt_used_up(&c->rq.rt_quota, c->running->last_run,
			   1000ull * HINT(sched_rt_period),
			   1000ull * most);
}

/*
 * After its quantum a task of SCHED_RR makes way for its equals; all others get
 * the CPU when real-time tasks have had their share of the period.
 */
static void charge_rt(struct cpu *c, struct task *t, s64 ns)
{
	t->rt_ran += ns;
	t->rt_left -= ns;
	rt_use(&c->rq.rt_quota, t->last_run, ns,
	       1000ull * HINT(sched_rt_period));
	if (c->rq.fair.nr && rq_rt_gives_way(c))
		rq_want_resched(c, true);
	if (t->policy == SCHED_DEADLINE && t->rt_left <= 0)
		hooks.deadline_spent(c, t);
	if (t->policy != SCHED_RR || t->rt_left > 0)
		return;
	t->rt_left = RT_QUANTUM;
	t->rotate = true;
	if (rt_highest(&c->rq.rt) >= t->rt_priority)
		rq_want_resched(c, false);
}

/* A task that is not plain, or whose slice is used up. */
void rq_charge_other(struct cpu *c, struct task *t, s64 ns)
{
	if (t == c->idle) {
		c->idle_ns += ns;
		return;
	}
	t->runtime += ns;
	if (unlikely(t->grouped))
		hooks.group_ran(c, t, (u64)ns);
	if (t->rt_priority)
		charge_rt(c, t, ns);
	else if (fair_charge(&t->fair, ns) && c->rq.fair.nr)
		rq_want_resched(c, false);
}

void rq_arm_turn(struct cpu *c, struct task *t, ktime_t now)
{
	ktime_t at = now + SCHED_TICK;

	if (t == c->idle)
		at = KTIME_NEVER;
	else if (!t->rt_priority && c->rq.fair.nr)
		at = now + fair_rest(&t->fair);
	else if (t->policy == SCHED_DEADLINE ? t->rt_left > 0 :
		 t->policy == SCHED_RR &&
		 rt_highest(&c->rq.rt) == t->rt_priority)
		at = min(at, now + (ktime_t)t->rt_left);
	if (unlikely(t->grouped))
		at = min(at, now + (ktime_t)hooks.group_turn(c, t));
	timer_slice(at);
}

struct cpu *sched_lock_charged(struct task *t)
{
	struct cpu *c = sched_lock_task(t);

	if (t == c->running)
		rq_charge(c, t, arch_clock());
	return c;
}
