/* SPDX-License-Identifier: MIT */
/*
 * The scheduler (rows B11, B14, D2, D3, D7): who runs, and the switch.  Each
 * CPU keeps its runnable tasks, the running one left out, in two queues:
 * real-time tasks by priority (rt.h), which come first, and those that share
 * fairly by virtual deadline (fair.c).  The clock is armed for the end of a
 * turn only while another task waits for it.
 *
 * Invariant: a task is in at most one queue, and in none while it runs; its
 * state leaves and enters TASK_RUNNING under the lock of its queue, or by the
 * task itself before it calls schedule().  task->cpu changes under the lock of
 * the CPU it names, so that lock says whether the task's registers are saved.
 * A CPU's lock is held across its switch.  Two of them are never held at once.
 */
#define LOG_PREFIX "sched"
#include <kernel/current.h>
#include <kernel/events.h>
#include <kernel/hooks.h>
#include <kernel/preempt.h>
#include <kernel/sched/sched.h>
#include <kernel/smp.h>
#include <kernel/task.h>
#include <kernel/task/state.h>
#include <kernel/tlb_check.h>
#include <lib/mem.h>
#include <lt/bug.h>
#include <mm/kmap.h>
#include <mm/stats.h>
#include <mm/vm.h>
#include <uapi/sched.h>

bool sched_preemptive = true;
unsigned sched_rt_period = 1000000;
int sched_rt_runtime = 950000;
void (*sched_task_left)(struct task *t);

/* ---- the queues; [rq->lock] ---------------------------------------------- */

static inline struct task *fair_task(struct fair_entity *e)
{
	return e ? container_of(e, struct task, fair) : NULL;
}

/* What runs on c, if it shares fairly. */
static inline struct fair_entity *fair_curr(struct cpu *c)
{
	return likely(c->rq.rank == RANK_FAIR) ? &c->running->fair : NULL;
}

static int rank_of(const struct cpu *c, const struct task *t)
{
	return t == c->idle ? RANK_IDLE : t->rt_priority;
}

static __noinline void rt_enqueue(struct cpu *c, struct task *t, bool first)
{
	rt_insert(&c->rq.rt, &t->rt_link, t->rt_priority, first);
	if (c->rq.rt.nr == 1)
		sched_note_rt(c, true);
}

/* Fair ones have a vruntime; first: a real-time task's turn is not over. */
static inline void enqueue(struct cpu *c, struct task *t, bool first)
{
	t->queued = true;
	if (unlikely(t->rt_priority))
		rt_enqueue(c, t, first);
	else
		fair_enqueue(&c->rq.fair, &t->fair);
}

static __noinline void rt_dequeue(struct cpu *c, struct task *t)
{
	rt_remove(&c->rq.rt, &t->rt_link, t->rt_priority);
	if (!c->rq.rt.nr)
		sched_note_rt(c, false);
}

static inline void dequeue(struct cpu *c, struct task *t)
{
	t->queued = false;
	if (unlikely(t->rt_priority))
		rt_dequeue(c, t);
	else
		fair_dequeue(&c->rq.fair, &t->fair);
}

void sched_remove(struct cpu *c, struct task *t)
{
	if (t->queued)
		dequeue(c, t);
	if (!t->rt_priority)
		fair_leave(&c->rq.fair, fair_curr(c), &t->fair);
	c->rq.skew -= sched_skew(t);
}

/*
 * The running task of c is to go: on its way to user mode at the latest, in
 * the kernel at once, if this is an interrupt (or another CPU: it gets one).
 * Who wakes an equal itself first finishes what it is at, or until the tick:
 * it often holds what the other needs.  now: not even that.  [rq->lock]
 */
static __noinline void want_resched(struct cpu *c, bool now)
{
	struct task *t = c->running;

	task_set_ast(t, AST_RESCHED);
	if (t == current && (now || t->in_interrupt))
		t->resched = sched_preemptive;
}

/*
 * Is it the turn of others, though a real-time task wants to run?  c's task
 * has been charged just now.
 */
static bool rt_gives_way(const struct cpu *c)
{
	int most = HINT(sched_rt_runtime);

	return most >= 0 &&
		rt_used_up(&c->rq.rt_quota, c->running->last_run,
			   1000ull * HINT(sched_rt_period),
			   1000ull * most);
}

/*
 * Equals of a real-time task have their turn after its quantum, all others
 * when real-time tasks have had what they may.
 */
static void charge_rt(struct cpu *c, struct task *t, s64 ns)
{
	t->rt_ran += ns;
	t->rt_left -= ns;
	rt_use(&c->rq.rt_quota, t->last_run, ns,
	       1000ull * HINT(sched_rt_period));
	if (c->rq.fair.nr && rt_gives_way(c))
		want_resched(c, true);
	if (t->policy != SCHED_RR || t->rt_left > 0)
		return;
	t->rt_left = RT_QUANTUM;
	t->turn_over = true;
	if (rt_highest(&c->rq.rt) >= t->rt_priority)
		want_resched(c, false);
}

/* Not a plain one, or one whose slice is used up. */
static __noinline void charge_other(struct cpu *c, struct task *t, s64 ns)
{
	if (t == c->idle) {
		c->idle_ns += ns;
		return;
	}
	t->runtime += ns;
	if (t->rt_priority)
		charge_rt(c, t, ns);
	else if (fair_charge(&t->fair, ns) && c->rq.fair.nr)
		want_resched(c, false);
}

/*
 * Charge the running task for the time since it was last charged; at the end
 * of its turn it is asked to go.
 */
static inline void charge(struct cpu *c, struct task *t, ktime_t now)
{
	s64 ns = now - t->last_run;
	u64 v = t->fair.vruntime + ns;

	if (unlikely(ns < 0))
		return;		/* clocks of two CPUs, a little apart */
	t->last_run = now;
	if (unlikely(!t->plain || !fair_before(v, t->fair.deadline))) {
		charge_other(c, t, ns);
		return;
	}
	t->runtime += ns;
	t->fair.vruntime = v;
}

struct cpu *sched_lock_task(struct task *t)
{
	for (;;) {
		struct cpu *c = HINT(t->cpu);

		spin_lock(&c->rq.lock);
		if (likely(c == HINT(t->cpu)))
			return c;
		spin_unlock(&c->rq.lock);
	}
}

static __noinline void arm_turn(struct cpu *c, struct task *t, ktime_t now)
{
	ktime_t at = now + SCHED_TICK;

	if (t == c->idle)
		at = KTIME_NEVER;
	else if (!t->rt_priority && c->rq.fair.nr)
		at = now + fair_rest(&t->fair);
	else if (t->policy == SCHED_RR &&
		 rt_highest(&c->rq.rt) == t->rt_priority)
		at = min(at, now + (ktime_t)t->rt_left);
	timer_slice(at);
}

/*
 * When the clock must come back to the scheduler, with t on the CPU.  While
 * nobody waits it may come too early: it finds nothing and is set anew.
 */
static inline void arm_slice(struct cpu *c, struct task *t, ktime_t now)
{
	if (unlikely(c->rq.fair.nr || c->rq.rank != RANK_FAIR ||
		     c->slice_at > now + SCHED_TICK))
		arm_turn(c, t, now);
}

/* ---- waking -------------------------------------------------------------- */

/*
 * Shall t, just queued, run instead of r at once?  If its slice ought to be
 * finished first, and it is owed the time.  Batch tasks wait for their turn,
 * and those of SCHED_IDLE give way to all others.
 */
static bool preempts(struct cpu *c, const struct task *r, const struct task *t)
{
	if (unlikely(r->policy == SCHED_IDLE))
		return t->policy != SCHED_IDLE;
	if (unlikely(t->policy != SCHED_OTHER))
		return false;
	return fair_before(t->fair.deadline, r->fair.deadline) &&
	       fair_eligible(&c->rq.fair, &r->fair, &t->fair);
}

/*
 * The turn of what runs on c ends at `end`, now that somebody waits.  The clock
 * of another CPU is its own to set: that it may come late, as while its task
 * ran alone it ticked for nobody, is told to that CPU, which looks at once.
 */
static inline void end_turn(struct cpu *c, ktime_t end)
{
	if (end >= HINT(c->slice_at))
		return;
	if (likely(c == cpu_self()))
		timer_slice(end);
	else
		want_resched(c, false);
}

static __noinline void make_runnable_many(struct cpu *c, struct task *t)
{
	struct task *r = c->running;
	ktime_t now;

	c->rq.skew += sched_skew(t);
	if (t->rt_priority || c->rq.rank != RANK_FAIR) {
		if (!t->rt_priority)
			fair_place(&c->rq.fair, NULL, &t->fair);
		enqueue(c, t, false);
		if (rank_of(c, t) > c->rq.rank)
			want_resched(c, true);
		return;
	}
	now = arch_clock();
	charge(c, r, now);
	fair_place(&c->rq.fair, &r->fair, &t->fair);
	enqueue(c, t, false);
	if (preempts(c, r, t))
		want_resched(c, false);
	else
		end_turn(c, now + fair_rest(&r->fair));
}

/*
 * Queue t and see that it gets its turn.  Here is the case of two equals,
 * without charging the one that runs.  [rq->lock]
 */
static inline void make_runnable(struct cpu *c, struct task *t)
{
	struct task *r = c->running;
	s64 left;
	ktime_t now;
	u64 v;

	if (unlikely(c->rq.fair.nr || !t->plain || !r->plain)) {
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
	t->fair.vruntime = v - 2 * t->fair.lag;
	t->fair.deadline = t->fair.vruntime + t->fair.vslice;
	t->queued = true;
	fair_enqueue(&c->rq.fair, &t->fair);
	if (unlikely(t->fair.lag >= 0 &&
		     fair_before(t->fair.deadline, r->fair.deadline)))
		want_resched(c, false);
	else
		end_turn(c, now + left);
}

/* [from->lock], released.  => where t waits for a CPU that would suit it */
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
			to = sched_choose(t, to);	/* changed just now */
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
	to = place_once(from, t, to);
	if (to)
		sched_push_rt(to);
}

struct cpu *sched_move(struct cpu *from, struct task *t, struct cpu *to)
{
	sched_remove(from, t);
	return place_once(from, t, to);
}

void sched_add(struct task *t)
{
	struct cpu *c = current->cpu;	/* any will do */

	spin_lock(&c->rq.lock);
	t->cpu = c;
	task_set_state(t, TASK_RUNNING);
	sched_place(c, t, nr_cpus > 1 ? sched_choose(t, c) : c);
}

bool task_wake(struct task *t, unsigned states)
{
	enum task_state state;
	struct cpu *c;

	/* what the caller has made true, before the look at the state */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (!(states & 1u << READ_ONCE(t->state)))
		return false;
	c = sched_lock_task(t);
	/* t may set its own state, its last one even, without the lock */
	state = READ_ONCE(t->state);
	if (!(states & 1u << state) ||
	    !task_change_state(t, state, TASK_RUNNING)) {
		spin_unlock(&c->rq.lock);
		return false;
	}
	event_note(EVENT_WAKEUP, (unsigned long)t->tid, state);
	t->wakeups++;
	cpu_self()->wakeups++;
	/* Still running: it set its state and has not called schedule yet. */
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

/* ---- switching ----------------------------------------------------------- */

/* Several CPUs, or prev has something left to be done. */
static __noinline void tail_slow(struct cpu *c, struct task *prev)
{
	struct task *push = c->push;
	/* once the lock is free, prev may run elsewhere, and end there */
	bool dead = prev->state == TASK_DEAD || prev->state == TASK_ZOMBIE;

	if (unlikely(push)) {
		c->push = NULL;
		sched_place(c, push, sched_choose(push, c));
	} else {
		spin_unlock(&c->rq.lock);
	}
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
	if (unlikely(nr_cpus > 1 || c->push || prev->state == TASK_DEAD ||
		     prev->state == TASK_ZOMBIE))
		tail_slow(c, prev);
	else
		spin_unlock(&c->rq.lock);
}

void sched_tail(struct task *prev)
{
	finish_switch(prev);
	arch_irq_disable();
}

/* [rq->lock], interrupts off; both are open again in the next task. */
static void switch_to(struct cpu *c, struct task *prev, struct task *next,
		      ktime_t now)
{
	/* a thread of the kernel that sleeps is done with what it changed */
	if (!prev->process)
		tlbcheck_settle();
	next->last_run = now;
	WRITE_ONCE(c->running, next);
	c->rq.rank = rank_of(c, next);
	c->switches++;
	c->syscalls += prev->syscalls - next->syscalls;
	event_note(EVENT_SWITCH, (unsigned long)next->tid, 0);
	arm_slice(c, next, now);
	if (nr_cpus > 1) {
		/* pairs with task_set_ast() and sched_note_rt(): "running"
		 * before the next look at the ASTs, and at who waits */
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
 * Real-time tasks wait, or prev is one.  prev: wants to go on; NULL: it does
 * not.  => who runs next, in no queue; NULL: no real-time task
 */
static __noinline struct task *next_rt(struct cpu *c, struct task *prev,
				       bool yields)
{
	unsigned best = rt_highest(&c->rq.rt);
	unsigned mine = prev ? prev->rt_priority : 0;
	bool over = mine && (yields || prev->turn_over);
	struct task *next;

	if (mine)
		prev->turn_over = false;
	if (mine > best || (mine && mine == best && !over))
		return prev;
	if (!best)
		return NULL;
	next = list_first(&c->rq.rt.level[best], struct task, rt_link);
	dequeue(c, next);
	if (prev)
		enqueue(c, prev, !over);
	return next;
}

/* The same among those that share fairly; prev is one. */
static struct task *next_fair(struct cpu *c, struct task *prev, bool yields)
{
	struct fair_queue *q = &c->rq.fair;
	struct fair_entity *e;

	if (!q->nr)
		return prev;
	e = fair_pick(q, yields ? NULL : &prev->fair);
	if (e == &prev->fair)
		return prev;
	if (yields)
		fair_yield(&prev->fair, e);
	dequeue(c, fair_task(e));
	enqueue(c, prev, false);
	return fair_task(e);
}

/* Have real-time tasks had enough for now, and is there another? */
static bool others_first(const struct cpu *c, const struct task *prev)
{
	return (c->rq.fair.nr || (prev && !prev->rt_priority)) &&
		rt_gives_way(c);
}

/* prev waits, if of real-time: its turn is not over by that.  => or prev */
static struct task *requeue_rt(struct cpu *c, struct task *prev)
{
	if (!prev || !prev->rt_priority)
		return prev;
	enqueue(c, prev, !prev->turn_over);
	prev->turn_over = false;
	return NULL;
}

/* prev: goes on waiting; NULL: it does not.  => who runs next */
static inline struct task *next_of(struct cpu *c, struct task *prev,
				   bool yields)
{
	struct run_queue *rq = &c->rq;
	struct task *next = NULL;

	if (prev == c->idle)
		prev = NULL;
	if (unlikely(rq->rt.nr || (prev && prev->rt_priority))) {
		if (unlikely(others_first(c, prev)))
			prev = requeue_rt(c, prev);
		else
			next = next_rt(c, prev, yields);
		if (next)
			return next;
	}
	if (prev)
		return next_fair(c, prev, yields);
	next = fair_task(fair_pick(&rq->fair, NULL));
	if (!next) {
		ASSERT(!rq->skew);
		return c->idle;
	}
	dequeue(c, next);
	return next;
}

/* prev leaves the queue: it sleeps, or must run elsewhere. */
static inline void leave(struct cpu *c, struct task *prev)
{
	if (likely(!prev->rt_priority))
		fair_leave(&c->rq.fair, &prev->fair, &prev->fair);
	else
		prev->rt_ran = 0;
	c->rq.skew -= sched_skew(prev);
}

/*
 * prev does not go on.  => who runs next.  The commonest cases by hand: plain
 * tasks, of which one waits or none.
 */
static inline struct task *next_without(struct cpu *c, struct task *prev)
{
	struct fair_queue *q = &c->rq.fair;
	struct fair_entity *one;

	if (likely(q->nr <= 1 && !c->rq.rt.nr && prev->plain)) {
		if (!q->nr) {
			prev->fair.lag = 0;
			return c->idle;
		}
		one = fair_entity_of(q->tree.root);
		if (likely(one->weight == FAIR_NICE_0)) {
			prev->fair.lag = fair_bounded(&prev->fair,
				(s64)(one->vruntime - prev->fair.vruntime) / 2);
			q->nr = 0;
			q->tree.root = NULL;
			fair_task(one)->queued = false;
			return fair_task(one);
		}
	}
	leave(c, prev);
	return next_of(c, NULL, false);
}

/* prev may not run here any more: sched_tail() finds it another CPU. */
static __noinline struct task *push_away(struct cpu *c, struct task *prev)
{
	c->push = prev;
	return next_without(c, prev);
}

/* yields: somebody else is to run, if there is one that may. */
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
	charge(c, prev, now);
	__atomic_fetch_and(&prev->ast, ~AST_RESCHED, __ATOMIC_RELAXED);
	prev->resched = 0;
	if (prev->state == TASK_RUNNING) {
		prev->nivcsw++;
		next = unlikely(!(prev->allowed & BIT(c->id))) ?
			push_away(c, prev) : next_of(c, prev, yields);
	} else {
		ASSERT(prev != c->idle);
		prev->nvcsw++;
		next = next_without(c, prev);
	}
	if (next != prev) {
		switch_to(c, prev, next, now);
	} else {
		arm_slice(c, next, now);
		spin_unlock(&rq->lock);
	}
	if (likely(!prev->preempted))
		arch_irq_enable();
}

/*
 * Interrupts stay off behind the switch: an interrupt there would preempt on
 * top of this.  The idle task looks at its queue itself, before it waits.
 */
void preempt_here(struct task *t)
{
	t->preempted = true;
	rseq_moved(t);			/* it may be a fault of a sequence */
	while (t->resched && t->state == TASK_RUNNING &&
	       t != t->cpu->idle) {
		t->cpu->preemptions++;
		schedule();
	}
	t->preempted = false;
}

__no_frame void schedule(void)
{
	reschedule(false);
}

/* The queue is looked at first: alone, a yield costs nothing. */
__no_frame void sched_yield_current(void)
{
	struct run_queue *rq = &current->cpu->rq;

	if (HINT(rq->fair.nr) || HINT(rq->rt.nr))
		reschedule(true);
}

void cond_resched(void)
{
	if (unlikely(READ_ONCE(current->ast) & AST_RESCHED) &&
	    PEEK(current->ipl == IPL_NONE && !current->in_interrupt))
		schedule();
}

/* Interrupt context: slice_at has passed. */
void sched_tick(bool user)
{
	struct cpu *c = cpu_self();
	struct task *t = c->running;
	ktime_t now;

	if (nr_cpus > 1)
		sched_balance(c);
	spin_lock(&c->rq.lock);
	now = arch_clock();
	charge(c, t, now);
	sched_sample(t, user);
	if (t == c->idle && (c->rq.fair.nr || c->rq.rt.nr))
		want_resched(c, false);
	else if (unlikely(c->rq.rt.nr && c->rq.rank == RANK_FAIR))
		want_resched(c, true);	/* are they allowed to run again? */
	else if (READ_ONCE(t->ast) & AST_RESCHED)
		t->resched = sched_preemptive;	/* long enough now */
	arm_slice(c, t, now);
	spin_unlock(&c->rq.lock);
	if (unlikely(t->process && HINT(t->process->cpu_watch)))
		hooks.cpu_time_passed(t->process);
	if (unlikely(HINT(t->rt_priority) && t->process &&
		     hooks.rt_time_passed))
		hooks.rt_time_passed(t->process, HINT(t->rt_ran));
}

struct cpu *sched_lock_charged(struct task *t)
{
	struct cpu *c = sched_lock_task(t);

	if (t == c->running)
		charge(c, t, arch_clock());
	return c;
}
