/* SPDX-License-Identifier: MIT */
/* struct sched_attr and tasks that have deadlines, for their tests. */
#ifndef TEST_DEADLINE_H
#define TEST_DEADLINE_H

#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include "sched_calls.h"

#define MS		1000000ll

UNUSED static struct attr ask_deadline(uint64_t runtime, uint64_t deadline,
				       uint64_t period)
{
	return (struct attr){ .size = sizeof(struct attr),
		.policy = SCHED_DEADLINE, .runtime = runtime,
		.deadline = deadline, .period = period };
}

/* The share of one that had a deadline is free a little later, on Linux. */
UNUSED static long admitted(int pid, struct attr *a)
{
	long err;

	for (int i = 0; i < 500; i++) {
		err = set_attr(pid, a);
		if (!err || errno != EBUSY)
			break;
		usleep(10000);
	}
	return err;
}

UNUSED static void ordinary(void)
{
	set_policy(0, SCHED_OTHER, 0);
}

UNUSED static int cpus(void)
{
	return __builtin_popcountl(get_cpus(0));
}

UNUSED static int64_t now(int clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * 1000 * MS + t.tv_nsec;
}

/* So much CPU time, or until *stop. */
UNUSED static void compute_until(volatile int *stop, int64_t ns)
{
	int64_t began = now(CLOCK_THREAD_CPUTIME_ID);

	while (!(stop && *stop) && now(CLOCK_THREAD_CPUTIME_ID) < began + ns)
		;
}

UNUSED static void compute_for(int64_t ns)
{
	compute_until(NULL, ns);
}

#endif
