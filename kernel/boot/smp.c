/* SPDX-License-Identifier: MIT */
/*
 * Start the other CPUs one by one (row B13), each in an idle task that was
 * created for it.
 */
#define LOG_PREFIX "smp"
#include <kernel/irq/irq.h>
#include <kernel/sched/tasks.h>
#include <kernel/smp/smp.h>
#include <kernel/process/process.h>
#include <lib/errtext.h>
#include <lt/boot.h>
#include <lt/bug.h>
#include <mm/tables/kmap.h>
#include <uapi/errno.h>

#define START_PATIENCE	(10 * NSEC_PER_SEC)	/* a busy host may delay a
						   CPU */

void smp_init(void)
{
	for (unsigned i = 0; i < MAX_CPUS; i++) {
		cpus[i].id = i;
		cpus[i].hw_id = boot_info.cpu_hw_id[i];
		sched_init_cpu(&cpus[i]);
	}
	cpus[0].online = true;
}

/*
 * Create the idle task of c, the first task that c runs.
 * Context: before c runs.
 * Return: false: no memory.
 */
static bool create_idle(struct cpu *c)
{
	char name[TASK_COMM] = "idle/0";
	struct task *t;

	name[5] = '0' + c->id;
	t = task_alloc(name);
	if (!t)
		return false;
	t->flags = TF_KTHREAD;
	t->state = TASK_RUNNING;
	t->ipl = IPL_NONE;	/* the CPU starts in t without a task switch */
	t->cpu = c;
	t->allowed = BIT(c->id);
	sched_init_idle(t);
	arch_kthread_init(t, NULL, NULL);
	c->idle = c->running = t;
	c->started = t->started;
	return true;
}

/* Entry point of a new CPU; runs in its idle task. */
void cpu_main(struct cpu *c)
{
	arch_cpu_init();
	__atomic_store_n(&c->online, true, __ATOMIC_RELEASE);
	while (READ_ONCE(nr_cpus) <= c->id)
		arch_relax();
	sched_idle();
}

/*
 * Start c.
 * Return: 0; -ENOMEM; -ETIMEDOUT: c did not come up; or the port's error.
 */
static int boot_start(struct cpu *c)
{
	void *emergency = kstack_alloc();
	ktime_t until;
	int err;

	c->irq_stack = kstack_alloc();
	if (!emergency || !c->irq_stack || !create_idle(c))
		return -ENOMEM;
	until = arch_clock() + START_PATIENCE;
	err = arch_cpu_start(c, emergency);
	if (err)
		return err;
	while (!__atomic_load_n(&c->online, __ATOMIC_ACQUIRE)) {
		if (arch_clock() > until)
			return -ETIMEDOUT;
		arch_relax();
	}
	return 0;
}

/*
 * Start the CPUs that the options allow.  nr_cpus is raised only after a CPU is
 * up, because the rest of the kernel relies on nr_cpus.  A CPU that does not
 * come up in time ends the boot: it may still start later, and use its stacks.
 */
void smp_start(void)
{
	unsigned wanted = boot_option_number("smp", MAX_CPUS);

	wanted = min(wanted, min(boot_info.cpu_count, (unsigned)MAX_CPUS));
	for (unsigned i = 1; i < wanted; i++) {
		struct cpu *c = &cpus[nr_cpus];
		int err;

		c->hw_id = boot_info.cpu_hw_id[i];
		err = boot_start(c);
		if (err)
			boot_refuse("CPU %lu does not start: %s (error %d); "
				    "smp=%u does without it",
				    c->hw_id, error_text(err), -err, i);
		__atomic_store_n(&nr_cpus, nr_cpus + 1, __ATOMIC_SEQ_CST);
	}
	irq_spread();
}
