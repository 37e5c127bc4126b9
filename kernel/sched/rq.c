/* SPDX-License-Identifier: MIT */
/*
 * The run queue of a CPU: charging tasks that are not plain, and arming the
 * clock for the end of a turn.  Invariant: the running task is in no queue, but
 * its weight counts in the queue's weight (sched_weight()).
 */
#include <kernel/ops/sched_ops.h>
#include <kernel/sched/rq.h>
#include <uapi/sched.h>

void sched_remove(struct cpu *c, struct task *t)
{
	if (t->queued) {
		rq_note_waited(t, arch_clock());
		rq_dequeue(c, t);
	}
	rq_leave(c, t);
}

void sched_join(struct cpu *c, struct task *t)
{
	sched_count_in(c, t);
	if (sched_policy_of(t)->arrive)
		sched_policy_of(t)->arrive(c, t);
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

/* Charge a task that is not plain, or whose slice is used up. */
void rq_charge_other(struct cpu *c, struct task *t, s64 ns)
{
	if (t == c->idle) {
		c->idle_ns += ns;
		return;
	}
	t->runtime += ns;
	if (unlikely(t->grouped))
		share_ops->group_ran(c, t, (u64)ns);
	if (!sched_policy_of(t)->tick(c, t, (u64)ns))
		return;
	t->turn_over = true;
	if (t->rt_priority ? c->rq.rt.nr : c->rq.nr)
		rq_want_resched(c, false);
}

void rq_arm_turn(struct cpu *c, struct task *t, ktime_t now)
{
	ktime_t at = t == c->idle ? KTIME_NEVER : now + rq_turn(c, t);

	if (unlikely(t->grouped))
		at = min(at, now + (ktime_t)share_ops->group_turn(c, t));
	timer_slice(at);
}

struct cpu *sched_lock_charged(struct task *t)
{
	struct cpu *c = sched_lock_task(t);

	if (t == c->running)
		rq_charge(c, t, arch_clock());
	return c;
}
