/* SPDX-License-Identifier: MIT */
/*
 * CPU time.  task->runtime is exact; its split into user and system time is
 * sampled by the clock (row D1).  The time since the last sample counts for the
 * mode that the clock interrupted; time that no sample covers counts as user
 * time.
 */
#include <kernel/current.h>
#include <kernel/sched/internal.h>
#include <lt/bug.h>

/* Return: the run time since the last sample, in ns.  Context: [run queue]. */
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
 * Return the user and the system time.  They never decrease, as getrusage(2)
 * requires: time that was once attributed to a mode stays there.
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
