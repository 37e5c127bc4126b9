/* SPDX-License-Identifier: MIT */
/*
 * Crowds (row B14): sixty-four tasks of a user and one of root want the same
 * CPU, and root gets a seventeenth of it, not a sixty-fifth.  Shares of CPU
 * time are compared, so it does not matter how fast the machine is.
 */
#include <time.h>
#include "sched_calls.h"

#define USER	1000
#define MANY	64
#define FEW	2
#define SPIN	60000000ll		/* ns of CPU time that root takes */
#define TRIES	10

static pid_t crowd[MANY];

static void spin_as_user(void)
{
	if (setuid(USER))
		_exit(1);
	for (;;)
		;
}

/* What of the CPU do we get while we want it?  In per mille. */
static int cpu_share(void)
{
	long long cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	long long began = clock_ns(CLOCK_MONOTONIC), took = 0;

	while (took < SPIN)
		took = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	return (int)(took * 1000 / (clock_ns(CLOCK_MONOTONIC) - began));
}

/*
 * Is our share between two others?  The host may stop the machine for a
 * while, which counts for whoever runs then: so one of several looks will do.
 */
static int share_comes_between(int low, int high, const char *beside)
{
	int got;

	for (int i = 0; i < TRIES; i++) {
		got = cpu_share();
		printf("# %d of 1000 beside %s\n", got, beside);
		if (got > low && got < high)
			return 1;
	}
	return 0;
}

static void end_crowd(int from, int to)
{
	int st;

	for (int i = from; i < to; i++)
		kill(crowd[i], SIGKILL);
	for (int i = from; i < to; i++)
		waitpid(crowd[i], &st, 0);
}

int main(void)
{
	if (on_other_kernel())
		return tap_skip_all("Linux shares out by tasks");
	if (getuid())
		return tap_skip_all("for root, beside a user");
	check_ok(set_cpus(0, 1), "all on one CPU");
	for (int i = 0; i < MANY; i++) {
		crowd[i] = fork();
		if (crowd[i] == 0)
			spin_as_user();
	}
	cpu_share();		/* until all have been counted */
	check(share_comes_between(1000 / 17 * 2 / 3, 1000, "a crowd"),
	      "root has its share beside a crowd");
	end_crowd(FEW, MANY);
	check(share_comes_between(0, 500, "the rest"),
	      "those that are left weigh as before");
	end_crowd(0, FEW);
	return tap_done();
}
