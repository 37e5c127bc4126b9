/* SPDX-License-Identifier: MIT */
/*
 * The load averages, which decay exponentially and are updated every five
 * seconds, as in every Unix (row D1).
 */
#include "load.h"
#include <kernel/task/task.h>
#include <kernel/time/timer.h>
#include <lt/arch.h>
#include <lt/init.h>

#define LOAD_SHIFT	11
#define LOAD_PERIOD	(5 * NSEC_PER_SEC)

static unsigned count_uninterruptible(void)
{
	struct task *t;
	unsigned n = 0;

	list_for_each(t, &all_tasks, all_link)
		n += HINT(t->state) == TASK_UNINTERRUPTIBLE &&
			!(HINT(t->flags) & TF_KTHREAD);
	return n;
}

/* e^(-5 s / T), for T = 1, 5 and 15 minutes, in units of 1/2048. */
static const unsigned load_decay[3] = { 1884, 2014, 2037 };
static unsigned long load_average[3];	/* [tree_lock] */
static struct timer load_timer;

/* Update the averages.  The current load stands for the whole last period. */
static void load_sample(struct timer *t)
{
	ktime_t now = arch_clock(), next = t->deadline.at + LOAD_PERIOD;
	unsigned long n;

	spin_lock(&tree_lock);
	n = (sched_nr_running() + count_uninterruptible()) << LOAD_SHIFT;
	for (unsigned k = 0; k < 3; k++)
		load_average[k] = (load_average[k] * load_decay[k] +
				   n * (2048 - load_decay[k])) >> LOAD_SHIFT;
	spin_unlock(&tree_lock);
	timer_set(t, next > now ? next : ktime_after(now, LOAD_PERIOD));
}

void load_averages(unsigned long load[3])
{
	spin_lock(&tree_lock);
	for (unsigned k = 0; k < 3; k++)
		load[k] = load_average[k];
	spin_unlock(&tree_lock);
}

static void load_init(void)
{
	timer_init(&load_timer, load_sample);
	timer_set(&load_timer, ktime_after(arch_clock(), LOAD_PERIOD));
}
INIT(fs, load_init);
