/* SPDX-License-Identifier: MIT */
/*
 * The load of all tasks, whose averages decay as in every Unix, once in five
 * seconds (row D1).
 */
#include <ext/sysinfo/load.h>
#include <kernel/task.h>
#include <lt/arch.h>

#define LOAD_SHIFT	11
#define LOAD_PERIOD	(5 * NSEC_PER_SEC)
#define LOAD_CATCH_UP	720		/* periods: an hour of sleep is calm */

static unsigned count_uninterruptible(void)
{
	struct task *t;
	unsigned n = 0;

	list_for_each(t, &all_tasks, all_link)
		n += HINT(t->state) == TASK_UNINTERRUPTIBLE &&
			!(HINT(t->flags) & TF_KTHREAD);
	return n;
}

/* e^(-5 s / 1, 5, 15 min) in 1/2048. */
static const unsigned load_decay[3] = { 1884, 2014, 2037 };
static unsigned long load_average[3];
static ktime_t load_next;

/*
 * Brought up to date when it is read: the load of the moment stands for the
 * periods since the last reading.
 */
void load_averages(unsigned long load[3])
{
	ktime_t now = arch_clock();
	unsigned long n;

	spin_lock(&tree_lock);
	n = (sched_nr_running() + count_uninterruptible()) << LOAD_SHIFT;
	for (unsigned i = 0; now >= load_next && i < LOAD_CATCH_UP; i++) {
		for (unsigned k = 0; k < 3; k++)
			load_average[k] = (load_average[k] * load_decay[k] +
				n * (2048 - load_decay[k])) >> LOAD_SHIFT;
		load_next += LOAD_PERIOD;
	}
	if (now >= load_next)
		load_next = now + LOAD_PERIOD;
	for (unsigned k = 0; k < 3; k++)
		load[k] = load_average[k];
	spin_unlock(&tree_lock);
}
