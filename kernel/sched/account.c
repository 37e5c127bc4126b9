/* SPDX-License-Identifier: MIT */
/*
 * CPU time and load.  task->runtime is exact; its split into user and system
 * time is sampled by the clock (row D1): time since the last sample goes to
 * the mode that the sample found, and what is too short for a sample to user
 * mode.  The load averages decay as in every Unix, once in five seconds.
 */
#include <kernel/sched/sched.h>
#include <kernel/task.h>
#include <lt/bug.h>

#define LOAD_SHIFT	11
#define LOAD_PERIOD	(5 * NSEC_PER_SEC)
#define LOAD_CATCH_UP	720		/* periods: an hour of sleep is calm */

/* What no sample has split yet.  => [run queue] */
static u64 unattributed(struct task *t)
{
	return t->runtime - (t->utime + t->stime);
}

void sched_sample(struct task *t, bool user)
{
	u64 ns = unattributed(t);

	if (user) {
		t->utime += ns;
	} else {
		t->stime += ns;
		if (t != t->cpu->idle)
			t->cpu->system_ns += ns;
	}
}

/* User time is what remains: sampled system time may be more than there was. */
void sched_cpu_times(struct cpu *c, struct cpu_times *times)
{
	ktime_t now;

	spin_lock(&c->rq.lock);
	now = arch_clock();
	times->idle = c->idle_ns;
	if (c->running == c->idle && now > c->idle->last_run)
		times->idle += now - c->idle->last_run;
	times->system = c->system_ns;
	times->user = now - c->started - times->idle;
	times->user -= min(times->user, times->system);
	spin_unlock(&c->rq.lock);
}

/*
 * Times only grow, as getrusage(2) must: what was once given to a mode stays.
 */
void task_times(struct task *t, u64 *utime, u64 *stime)
{
	struct cpu *c;

	c = sched_lock_charged(t);
	t->utime += unattributed(t);
	*utime = t->utime;
	*stime = t->stime;
	spin_unlock(&c->rq.lock);
}

void process_times(struct process *p, u64 *utime, u64 *stime)
{
	struct task *t;
	u64 u, s;

	ASSERT(spin_held(&tree_lock));
	*utime = p->utime;
	*stime = p->stime;
	list_for_each(t, &p->threads, thread_link) {
		task_times(t, &u, &s);
		*utime += u;
		*stime += s;
	}
}

unsigned sched_nr_running(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < nr_cpus; i++)
		n += sched_waiting(&cpus[i]) +
			(HINT(cpus[i].rq.rank) != RANK_IDLE);
	return n;
}

static unsigned count_uninterruptible(void)
{
	struct task *t;
	unsigned n = 0;

	list_for_each(t, &all_tasks, all_link)
		n += t->state == TASK_UNINTERRUPTIBLE &&
			!(t->flags & TF_KTHREAD);
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
void sched_load(unsigned long load[3])
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
