/* SPDX-License-Identifier: MIT */
/*
 * Computing while others change where, how nicely and by which policy one
 * runs (rows B13, B14): the results must not care.
 */
#include "stress.h"

#define LOOPS	200000u

static unsigned compute(unsigned x, unsigned n)
{
	double d = x;

	while (n--) {
		x ^= x << 13;
		x ^= x >> 17;
		x ^= x << 5;
		d = d * 0.25 + (x & 7);
	}
	return x ^ (unsigned)d;
}

static unsigned long any_cpus(void)
{
	return 1 + rnd((1u << cpus) - 1);
}

/* ---- computing, moved about by the parent -------------------------------- */

static unsigned expected;

static void compute_setup(void)
{
	expected = compute(4711, LOOPS);
}

static void any_policy(pid_t pid)
{
	static const int policies[] = { 0, 3, 5, 1, 2 };
	int policy = policies[rnd(COUNT(policies))];
	int priority = policy == 1 || policy == 2 ? 1 + (int)rnd(3) : 0;

	/* a kernel may have fewer policies, or refuse some */
	if (syscall(SYS_sched_setscheduler, pid, policy, &priority))
		need(errno == EPERM || errno == EINVAL || errno == ESRCH);
	else if (policy == 1)
		need(!syscall(SYS_sched_setscheduler, pid, 0,
			      &(int){ 0 }) || errno == ESRCH);
}

static void compute_round(void)
{
	pid_t pid[3];

	for (int i = 0; i < COUNT(pid); i++) {
		pid[i] = branch();
		if (pid[i] == 0)
			_exit(compute(4711, LOOPS) == expected ? 83 : 84);
	}
	for (int n = 0; n < 10; n++) {
		pid_t p = pid[rnd(COUNT(pid))];
		unsigned long mask = any_cpus();

		need(!syscall(SYS_sched_setaffinity, p, sizeof(mask), &mask));
		if (rnd(2))
			any_policy(p);
		nap(rnd(500) * 1000);
	}
	/* on busy CPUs an idle task may wait for minutes, by right */
	for (int i = 0; i < COUNT(pid); i++) {
		need(!syscall(SYS_sched_setscheduler, pid[i], 0, &(int){ 0 }));
		reap(pid[i], 83);
	}
}

const struct work work_compute = { "compute", compute_setup, compute_round,
	NULL };

/* ---- moving itself ------------------------------------------------------- */

static void *wander(void *arg)
{
	unsigned long s = (unsigned long)arg;

	for (int i = 0; i < 40; i++) {
		unsigned cpu = rnd_of(&s, (unsigned)cpus), at = ~0u;
		unsigned long mask = 1ul << cpu;

		need(!syscall(SYS_sched_setaffinity, 0, sizeof(mask), &mask));
		need(!syscall(SYS_getcpu, &at, NULL, NULL) && at == cpu);
		if (rnd_of(&s, 4) == 0)
			sched_yield();
		step();
	}
	return NULL;
}

static void move_round(void)
{
	struct thread t[4];

	for (int i = 0; i < COUNT(t); i++)
		need(!thread_create(&t[i], wander,
				    (void *)(unsigned long)rnd(1 << 20)));
	for (int i = 0; i < COUNT(t); i++)
		thread_join(&t[i]);
}

const struct work work_move = { "move", NULL, move_round, NULL };

/* ---- niceness ------------------------------------------------------------ */

static void nice_round(void)
{
	pid_t pid = branch();

	if (pid == 0) {
		for (int i = 0; i < 30; i++) {
			compute(i, 500);
			sched_yield();
		}
		_exit(85);
	}
	for (int i = 0; i < 10; i++) {
		long want = (long)rnd(40) - 20;

		need(!syscall(SYS_setpriority, 0, pid, want));
		need(syscall(SYS_getpriority, 0, pid) == 20 - want);
		if (rnd(2))
			sched_yield();
	}
	reap(pid, 85);
}

const struct work work_nice = { "nice", NULL, nice_round, NULL };
