/* SPDX-License-Identifier: MIT */
/*
 * CPU time.  task->runtime is exact; its split into user and system time is
 * sampled by the clock (row D1): time since the last sample goes to the mode
 * that the sample found, and what is too short for a sample to user mode.
 */
#include <kernel/current.h>
#include <kernel/sched/internal.h>
#include <lt/bug.h>

/* What no sample has split yet.  Context: [run queue]. */
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

unsigned sched_nr_running(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < nr_cpus; i++)
		n += sched_waiting(&cpus[i]) +
			(HINT(cpus[i].rq.rank) != RANK_IDLE);
	return n;
}
