/* SPDX-License-Identifier: MIT */
/*
 * The scheduler (rows B11, B14, D2, D3, D7): fair sharing by virtual time.
 * Each CPU keeps its runnable tasks, the running one left out, in a tree by
 * vruntime (nanoseconds run, weighted by nice); the least runs next.  The
 * clock is armed for a slice only while another task waits.
 *
 * Invariant: a task is in at most one tree, and in none while it runs; its
 * state leaves and enters TASK_RUNNING under the lock of its queue, or by the
 * task itself before it calls schedule().  task->cpu changes under the lock of
 * the CPU it names, so that lock says whether the task's registers are saved.
 * A CPU's lock is held across its switch.  Two of them are never held at once.
 */
#define LOG_PREFIX "sched"
#include <kernel/events.h>
#include <kernel/sched/sched.h>
#include <kernel/smp.h>
#include <kernel/task.h>
#include <kernel/task/internal.h>
#include <kernel/task/state.h>
#include <lib/mem.h>
#include <lt/bug.h>
#include <mm/kmap.h>
#include <mm/vm.h>

struct cpu cpus[MAX_CPUS];
unsigned nr_cpus = 1;

/* 65536 * 1.25^nice, nice -20 to 19: a nice task's time passes faster. */
static const u32 nice_factor[40] = {
	756, 945, 1181, 1476, 1845, 2306, 2882, 3603, 4504, 5629,
	7037, 8796, 10995, 13744, 17180, 21475, 26844, 33554, 41943, 52429,
	65536, 81920, 102400, 128000, 160000, 200000, 250000, 312500,
	390625, 488281, 610352, 762939, 953674, 1192093, 1490116, 1862645,
	2328306, 2910383, 3637979, 4547474,
};

static u64 weighted(const struct task *t, u64 ns)
{
	if (likely(t->nice == 0))
		return ns;
	return (ns * nice_factor[t->nice + 20]) >> 16;
}

/* ---- the tree; [rq->lock] ------------------------------------------------ */

static struct task *task_of(struct rb_node *n)
{
	return rb_entry(n, struct task, run_node);
}

/* t is all there is in the tree. */
static inline void set_only(struct run_queue *rq, struct task *t)
{
	t->run_node = (struct rb_node){ .red = false };
	rq->tree.root = &t->run_node;
	rq->first = t;
	t->queued = true;
}

/* Equal ones queue behind each other. */
static __noinline void insert(struct run_queue *rq, struct task *t)
{
	struct rb_node **link = &rq->tree.root, *parent = NULL;
	bool first = true;

	while (*link) {
		parent = *link;
		if ((s64)(t->vruntime - task_of(parent)->vruntime) < 0) {
			link = &parent->left;
		} else {
			link = &parent->right;
			first = false;
		}
	}
	rb_link(&t->run_node, parent, link);
	rb_insert_fixup(&rq->tree, &t->run_node, NULL);
	if (first)
		rq->first = t;
	t->queued = true;
}

/* Trees of one task are the rule: they are not balanced. */
void sched_enqueue(struct run_queue *rq, struct task *t)
{
	if (rq->nr++ == 0)
		set_only(rq, t);
	else
		insert(rq, t);
}

static __noinline void take_out(struct run_queue *rq, struct task *t)
{
	if (rq->first == t)
		rq->first = task_of(rb_next(&t->run_node));
	rb_remove(&rq->tree, &t->run_node, NULL);
}

void sched_dequeue(struct run_queue *rq, struct task *t)
{
	t->queued = false;
	if (--rq->nr == 0) {
		rq->tree.root = NULL;
		rq->first = NULL;
	} else {
		take_out(rq, t);
	}
}

/*
 * t, which runs, waits again.  => who runs now, out of the tree: t itself if
 * it has run least
 */
static struct task *exchange(struct run_queue *rq, struct task *t)
{
	struct task *first = rq->first;

	/* equal ones take turns */
	if (!first || (s64)(t->vruntime - first->vruntime) < 0)
		return t;
	if (rq->nr == 1) {
		first->queued = false;
		set_only(rq, t);
	} else {
		sched_dequeue(rq, first);
		sched_enqueue(rq, t);
	}
	return first;
}

/* min_vruntime follows the least of the running task and the tree. */
static void advance_min(struct run_queue *rq, u64 running)
{
	u64 v = running;

	if (rq->first && (s64)(rq->first->vruntime - v) < 0)
		v = rq->first->vruntime;
	if ((s64)(v - rq->min_vruntime) > 0)
		rq->min_vruntime = v;
}

/* Charge the running task for the time since it was last charged. */
static void charge(struct cpu *c, struct task *t, ktime_t now)
{
	s64 ns = now - t->last_run;

	if (unlikely(ns < 0))
		return;		/* clocks of two CPUs, a little apart */
	t->last_run = now;
	if (t == c->idle) {
		c->idle_ns += ns;
		return;
	}
	t->runtime += ns;
	t->vruntime += weighted(t, ns);
	advance_min(&c->rq, t->vruntime);
}

struct cpu *sched_lock_task(struct task *t)
{
	for (;;) {
		struct cpu *c = READ_ONCE(t->cpu);

		spin_lock(&c->rq.lock);
		if (likely(c == READ_ONCE(t->cpu)))
			return c;
		spin_unlock(&c->rq.lock);
	}
}

/* When the clock must come back to the scheduler, with t on the CPU. */
static void arm_slice(struct cpu *c, struct task *t, ktime_t now)
{
	ktime_t at;

	if (c->rq.nr)
		at = now + SCHED_SLICE;
	else if (t != c->idle)
		at = now + SCHED_TICK;
	else
		at = KTIME_NEVER;
	timer_slice(at);
}

/* ---- waking -------------------------------------------------------------- */

/* Does t deserve the CPU so much more that the running task must go? */
static bool preempts(struct cpu *c, struct task *t)
{
	struct task *r = c->running;
	s64 lead;

	if (r == c->idle)
		return true;
	lead = (s64)(r->vruntime - t->vruntime) +
	       (s64)(arch_clock() - r->last_run);
	return lead > (s64)weighted(t, SCHED_WAKE_LEAD);
}

/*
 * Put t in the tree and see that it gets its turn.  The clock of another CPU
 * is left as it is: while its task runs alone it ticks anyway.  [rq->lock]
 */
static void make_runnable(struct cpu *c, struct task *t)
{
	sched_enqueue(&c->rq, t);
	if (preempts(c, t))
		task_set_ast(c->running, AST_RESCHED);
	else if (c->slice_at > c->running->last_run + SCHED_SLICE &&
		 c == cpu_self())
		timer_slice(c->running->last_run + SCHED_SLICE);
}

/*
 * Queue t, which is TASK_RUNNING, in no tree and on no CPU, where it may run.
 * => [from->lock] of the CPU that t->cpu names; released
 */
void sched_place(struct cpu *from, struct task *t, struct cpu *to)
{
	u64 old = from->rq.min_vruntime;

	while (unlikely(from != to)) {
		t->cpu = to;
		spin_unlock(&from->rq.lock);
		spin_lock(&to->rq.lock);
		/* virtual time counts from another zero there */
		t->vruntime += to->rq.min_vruntime - old;
		old = to->rq.min_vruntime;
		from = to;
		if (unlikely(!(t->allowed & BIT(to->id))))
			to = sched_choose(t, to);	/* changed just now */
	}
	make_runnable(from, t);
	spin_unlock(&from->rq.lock);
}

void sched_add(struct task *t)
{
	struct cpu *c = cpu_self();

	spin_lock(&c->rq.lock);
	/* The creator's time counts up to now, and its turn goes on. */
	charge(c, c->running, arch_clock());
	/* Part of a slice behind, so that forking does not buy time. */
	t->vruntime = max(c->running->vruntime, c->rq.min_vruntime) +
		      weighted(t, SCHED_SLICE / 4);
	t->cpu = c;
	task_set_state(t, TASK_RUNNING);
	sched_place(c, t, nr_cpus > 1 ? sched_choose(t, c) : c);
}

bool task_wake(struct task *t, unsigned states)
{
	enum task_state state;
	struct cpu *c;
	u64 floor;

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
	/* A sleeper gets half a slice of credit, not its whole sleep. */
	floor = c->rq.min_vruntime - SCHED_SLICE / 2;
	if ((s64)(t->vruntime - floor) < 0)
		t->vruntime = floor;
	sched_place(c, t, nr_cpus > 1 ? sched_choose(t, c) : c);
	return true;
}

void task_kick(struct task *t)
{
	struct cpu *c = READ_ONCE(t->cpu);

	if (READ_ONCE(c->running) == t)
		smp_kick(c);
}

/* ---- switching ----------------------------------------------------------- */

void sched_tail(struct task *prev)
{
	struct cpu *c = cpu_self();
	struct task *push = c->push;
	/* once the lock is free, prev may run elsewhere, and end there */
	bool dead = prev->state == TASK_DEAD || prev->state == TASK_ZOMBIE;

	if (unlikely(push)) {
		c->push = NULL;
		sched_place(c, push, sched_choose(push, c));
	} else {
		spin_unlock(&c->rq.lock);
	}
	arch_irq_disable();
	if (unlikely(dead))
		task_off_cpu(prev);
}

/* [rq->lock], interrupts off; both are open again in the next task. */
static void switch_to(struct cpu *c, struct task *prev, struct task *next,
		      ktime_t now)
{
	next->last_run = now;
	c->running = next;
	c->switches++;
	c->syscalls += prev->syscalls - next->syscalls;
	event_note(EVENT_SWITCH, (unsigned long)next->tid, 0);
	arm_slice(c, next, now);
	if (nr_cpus > 1) {
		/* pairs with task_set_ast(): "running" before the next look
		 * at the ASTs */
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		vm_space_switch(next->space);
	} else if (next->space && next->space != c->mmu.wanted) {
		vm_space_switch(next->space);
	}
	sched_tail(arch_switch(prev, next));
}

/* prev: goes on waiting; NULL: it sleeps.  => who runs next */
static inline struct task *next_of(struct cpu *c, struct task *prev)
{
	struct run_queue *rq = &c->rq;
	struct task *next;

	if (prev && prev != c->idle)
		return exchange(rq, prev);
	next = rq->first;
	if (!next)
		return c->idle;
	sched_dequeue(rq, next);
	return next;
}

/* prev may not run here any more: sched_tail() finds it another CPU. */
static __noinline struct task *push_away(struct cpu *c, struct task *prev)
{
	c->push = prev;
	return next_of(c, NULL);
}

void schedule(void)
{
	struct task *prev = current, *next;
	struct cpu *c = prev->cpu;
	struct run_queue *rq = &c->rq;
	ktime_t now;

	if (unlikely(c->ipl != IPL_NONE || c->in_interrupt))
		might_sleep();
	arch_irq_disable();
	spin_lock(&rq->lock);
	now = arch_clock();
	charge(c, prev, now);
	__atomic_fetch_and(&prev->ast, ~AST_RESCHED, __ATOMIC_RELAXED);
	if (prev->state == TASK_RUNNING) {
		prev->nivcsw++;
		next = unlikely(!(prev->allowed & BIT(c->id))) ?
			push_away(c, prev) : next_of(c, prev);
	} else {
		ASSERT(prev != c->idle);
		prev->nvcsw++;
		next = next_of(c, NULL);
	}
	if (next != prev) {
		switch_to(c, prev, next, now);
	} else {
		arm_slice(c, next, now);
		spin_unlock(&rq->lock);
	}
	arch_irq_enable();
}

/*
 * sched_yield: behind the one that waits most.  The queue is looked at first:
 * alone, a yield costs nothing.
 */
void sched_yield_current(void)
{
	struct task *t = current;
	struct run_queue *rq = &t->cpu->rq;
	struct task *first = READ_ONCE(rq->first);

	if (!first)
		return;
	if ((s64)(t->vruntime - first->vruntime) < 0)
		t->vruntime = first->vruntime;
	schedule();
}

void cond_resched(void)
{
	if (unlikely(READ_ONCE(current->ast) & AST_RESCHED) &&
	    cpu_self()->ipl == IPL_NONE && !cpu_self()->in_interrupt)
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
	if (c->rq.first && (t == c->idle || (s64)(t->vruntime -
			    c->rq.first->vruntime) > 0))
		task_set_ast(t, AST_RESCHED);
	arm_slice(c, t, now);
	spin_unlock(&c->rq.lock);
	if (unlikely(t->process && t->process->cpu_watch))
		cpu_timers_check(t->process);
}

void sched_set_nice(struct task *t, int nice)
{
	struct cpu *c = sched_lock_task(t);

	if (t == c->running)
		charge(c, t, arch_clock());
	t->nice = nice;
	spin_unlock(&c->rq.lock);
}

void sched_charge(struct task *t)
{
	struct cpu *c = sched_lock_task(t);

	if (t == c->running)
		charge(c, t, arch_clock());
	spin_unlock(&c->rq.lock);
}

/* ---- start and idle ------------------------------------------------------ */

/* The boot stack becomes the idle task of the boot CPU. */
static struct task idle_task = {
	.comm = "idle/0",
	.flags = TF_KTHREAD,
	.state = TASK_RUNNING,
	.cpu = &cpus[0],
	.allowed = 1,
};

void sched_init_cpu(struct cpu *c)
{
	c->hw_deadline = c->slice_at = KTIME_NEVER;
	spin_init(&c->rq.lock, "run queue", IPL_HIGH);
}

void sched_early(void)
{
	struct cpu *c = &cpus[0];

	c->idle = c->running = &idle_task;
	ref_init(&idle_task.refs);
	arch_set_current(&idle_task);
}

static void init_idle(struct task *t)
{
	t->last_run = t->started = arch_clock();
	list_init(&t->all_link);
	list_init(&t->thread_link);
	list_init(&t->tid_link);
	sigpending_init(&t->pending);
}

void sched_init(void)
{
	init_idle(&idle_task);
	cpus[0].started = idle_task.started;
}

bool sched_create_idle(struct cpu *c)
{
	struct task *t = task_alloc("idle/");

	if (!t)
		return false;
	t->comm[5] = '0' + c->id;
	t->flags = TF_KTHREAD;
	t->state = TASK_RUNNING;
	t->cpu = c;
	t->allowed = BIT(c->id);
	init_idle(t);
	arch_kthread_init(t, NULL, NULL);
	c->idle = c->running = t;
	c->started = t->started;
	return true;
}

void sched_idle(void)
{
	struct cpu *c = cpu_self();

	for (;;) {
		arch_irq_disable();
		sched_note_idle(c, true);
		if (READ_ONCE(c->rq.first) || sched_steal(c)) {
			sched_note_idle(c, false);
			schedule();
			continue;
		}
		timer_idle();
		arch_cpu_idle();
		arch_irq_enable();
	}
}
