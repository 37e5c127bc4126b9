/* SPDX-License-Identifier: MIT */
/*
 * Log where the CPUs and the tasks are (rows B7, B13), for a machine that hangs
 * but still has a CPU to print it.  Invariants: each CPU writes only its own
 * trace, in a cross-CPU call from the CPU that prints; only one task prints at
 * a time.
 */
#define LOG_PREFIX "where"
#include "where.h"
#include <kernel/sched/preempt.h>
#include <kernel/sched/tasks.h>
#include <kernel/smp/smp.h>
#include <kernel/task/task.h>
#include <kernel/task/state.h>
#include <lib/mem.h>
#include <lt/arch.h>
#include <lt/backtrace.h>
#include <lt/ksym.h>
#include <lt/log.h>

struct trace {
	unsigned nr;
	unsigned long pc[WHERE_DEPTH];
};

static struct mutex printing = {
	.name = "where", .wait = WAIT_QUEUE_INIT(printing.wait),
};
/* each entry is accessed by its CPU only, in a cross-CPU call */
static struct trace traces[MAX_CPUS];
/* each entry is accessed by its CPU only, in a cross-CPU call */
static struct trace *collecting[MAX_CPUS];

/*
 * Add a pc to the trace.  An exact pc is stored plus 1, because where_show()
 * takes each entry for a return address and looks up the byte before it.
 */
static void where_collect(unsigned long pc, bool exact)
{
	struct trace *t = collecting[cpu_self()->id];

	if (t->nr < WHERE_DEPTH)
		t->pc[t->nr++] = pc + exact;
}

static void trace_from(struct trace *t, const struct trapframe *tf,
		       unsigned long fp)
{
	unsigned long flags = arch_irq_save();

	t->nr = 0;
	collecting[cpu_self()->id] = t;
	backtrace_walk(fp, tf, where_collect);
	arch_irq_restore(flags);
}

static void where_show(const struct trace *t)
{
	for (unsigned i = 0; i < t->nr; i++) {
		uintptr_t offset = 0;
		const char *name = ksym_lookup(t->pc[i] - 1, &offset);

		log_print(LOG_NOTICE, LOG_PREFIX, "  [%0*lx] %s+%#lx",
			  (int)sizeof(long) * 2, t->pc[i], name ? name : "?",
			  (unsigned long)offset + 1);
	}
}

/*
 * Run on each CPU in a cross-CPU call: trace the code that the call
 * interrupted, if any.
 */
static __noinline void trace_here(void *arg __unused)
{
	struct cpu *c = cpu_self();
	struct trapframe *tf = c->ipi_frame;

	if (tf && tf_user(tf))
		traces[c->id].nr = 0;
	else if (tf)
		trace_from(&traces[c->id], tf, 0);
	else
		trace_from(&traces[c->id], NULL,
			   (unsigned long)__builtin_frame_address(0));
}

void where_cpus(void)
{
	enum ipl level;

	mutex_lock(&printing);
	level = preempt_disable();
	trace_here(NULL);
	smp_call(smp_mask(), trace_here, NULL);
	preempt_enable(level);
	for (unsigned i = 0; i < nr_cpus; i++) {
		struct task *t = READ_ONCE(cpus[i].running);

		log_notice("CPU %u: task %d (%s), level %u, %u waiting", i,
			   t->tid, t->comm, t->ipl, sched_waiting(&cpus[i]));
		where_show(&traces[i]);
	}
	mutex_unlock(&printing);
}

/* Return: the task with the lowest number above tid, referenced; or NULL. */
static struct task *where_next_task(int tid)
{
	struct task *t, *best = NULL;

	spin_lock(&tree_lock);
	list_for_each(t, &all_tasks, all_link)
		if (t->tid > tid && (!best || t->tid < best->tid))
			best = t;
	if (best)
		task_get(best);
	spin_unlock(&tree_lock);
	return best;
}

/*
 * Trace t.  While its runqueue's lock is held, t does not start to run, so its
 * stack does not change.  *cpu: the CPU it runs or last ran on.
 * Return: true if it is running.
 */
static bool trace_task(struct trace *trace, struct task *t, unsigned *cpu)
{
	struct cpu *c = sched_lock_task(t);
	bool running = c->running == t;
	enum task_state state = READ_ONCE(t->state);

	*cpu = c->id;
	trace->nr = 0;
	if (!running && state != TASK_DEAD && state != TASK_ZOMBIE)
		trace_from(trace, NULL, arch_task_fp(t));
	spin_unlock(&c->rq.lock);
	return running;
}

unsigned where_task(struct task *t, unsigned long *pc, unsigned max)
{
	struct trace trace;
	unsigned cpu;

	trace_task(&trace, t, &cpu);
	if (trace.nr > max)
		trace.nr = max;
	memcpy(pc, trace.pc, trace.nr * sizeof(*pc));
	return trace.nr;
}

static void show_task(struct task *t)
{
	static struct trace trace;	/* [printing] */
	unsigned cpu;
	bool running = trace_task(&trace, t, &cpu);

	log_notice("task %d (%s) of %d: %s%s, CPU %u", t->tid, t->comm,
		   t->process ? t->process->pid : 0,
		   task_state_name(HINT(t->state)),
		   running ? ", on it" : "", cpu);
	where_show(&trace);
}

void where_tasks(void)
{
	struct task *t;
	int tid = -1;

	mutex_lock(&printing);
	while ((t = where_next_task(tid)) != NULL) {
		tid = t->tid;
		show_task(t);
		task_put(t);
		cond_resched();
	}
	mutex_unlock(&printing);
}
