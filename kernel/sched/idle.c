/* SPDX-License-Identifier: MIT */
/*
 * The start of a CPU, and its idle task (rows B13, D3).  The idle task is in no
 * queue, and runs while both queues of the CPU (real-time and ordinary) are
 * empty.
 *
 * Invariant: the idle task sets its CPU's bit in idle_cpus before it looks at
 * the queues, and keeps interrupts off from then on until it waits for an
 * interrupt.  So if another CPU queues a task here, the idle task sees the task
 * or is interrupted.
 */
#include <kernel/current.h>
#include <kernel/sched/policy/policy.h>
#include <kernel/sched/internal.h>
#include <kernel/smp/smp.h>
#include <lib/mem.h>
#include <lt/boot.h>

/* The boot code becomes the idle task of the boot CPU, on the boot stack. */
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
	c->rq.rank = RANK_IDLE;
	list_init(&c->rq.list);
	rt_queue_init(&c->rq.rt);
}

/* Set up `current`, which locks need. */
void sched_early(void)
{
	struct cpu *c = &cpus[0];

	c->idle = c->running = &idle_task;
	ref_init(&idle_task.refs);
	list_init(&idle_task.all_link);
	list_init(&idle_task.thread_link);
	arch_set_current(&idle_task);
}

void sched_init_idle(struct task *t)
{
	sched_init_task(t);
	t->plain = false;
	t->last_run = t->started = arch_clock();
}

void sched_init(void)
{
	const char *preempt = boot_option("preempt");

	sched_preemptive = !preempt || strcmp(preempt, "none");
	sched_choose_policy();
	sched_init_idle(&idle_task);
	cpus[0].started = idle_task.started;
}

/*
 * Idle until there is work.  Interrupts are off from sched_note_idle() to the
 * wait instruction, which ends nevertheless when an interrupt is pending, so
 * that no wake-up in between is lost.  The tick is stopped (timer_idle()): an
 * idle CPU sleeps until its next timer.
 */
void sched_idle(void)
{
	struct cpu *c = cpu_self();

	for (;;) {
		arch_irq_disable();
		sched_note_idle(c, true);
		if (sched_waiting(c) || sched_steal(c)) {
			sched_note_idle(c, false);
			schedule();
			continue;
		}
		timer_idle();
		arch_cpu_idle();
		arch_irq_enable();
	}
}
