/* SPDX-License-Identifier: MIT */
/*
 * Lab 8: runners that compute beside each other, and how much each has done.
 * Each runner counts in memory that all share.  The parent sleeps while they
 * run, and reads all counts when it has the CPU again, so that they belong to
 * one moment.
 */
#ifndef RACE_H
#define RACE_H

#include "check.h"
#include <sched.h>

#define MOST		12
#define ORDER_MAX	8192
#define SHORT		100000ull	/* the shortest slice, ns */
#define USUAL		0ull		/* 4 ms */

struct attr {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

/* What a runner is asked to do, and what it tells. */
struct runner {
	int nice;
	uint64_t slice;			/* ns; USUAL: the default */
	unsigned long done;		/* rounds */
	char more[40];
};

struct race {
	volatile unsigned go, last, turns;
	volatile struct runner runner[MOST];
	volatile unsigned char order[ORDER_MAX];	/* who had each turn */
};

static struct race *race;
static pid_t racer[MOST];
static unsigned racers;

static inline void race_open(void)
{
	race = mmap(NULL, sizeof(*race), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	lab_check(race != MAP_FAILED, "mmap failed: %s", strerror(errno));
	memset(race, 0, sizeof(*race));
	race->last = MOST;
	racers = 0;
}

static inline void race_nap(unsigned us)
{
	struct timespec t = { 0, (long)us * 1000 };

	nanosleep(&t, NULL);
}

static inline void be(int nice_value, uint64_t slice)
{
	struct attr a = { .size = sizeof(a), .nice = nice_value,
			  .runtime = slice };

	lab_must(syscall(SYS_sched_setattr, 0, &a, 0), "sched_setattr");
}

/* A round of work, and a note of whose turn it is. */
static inline void race_round(unsigned me)
{
	race->runner[me].done++;
	if (race->last != me) {
		unsigned n = race->turns;

		race->last = me;
		if (n < ORDER_MAX) {
			race->order[n] = (unsigned char)me;
			race->turns = n + 1;
		}
	}
}

static inline void race_run(unsigned me)
{
	for (;;)
		race_round(me);
}

static inline void race_add_who(int nice_value, uint64_t slice,
				void (*fn)(unsigned))
{
	unsigned me = racers;
	pid_t pid = fork();

	lab_must(pid, "fork");
	if (pid == 0) {
		be(nice_value, slice);
		while (!race->go)
			race_nap(100);
		fn(me);
		_exit(0);
	}
	racer[racers++] = pid;
}

static inline void race_add(int nice_value, uint64_t slice)
{
	race_add_who(nice_value, slice, race_run);
}

/* Let them run for so many microseconds. */
static inline void race_for(unsigned us)
{
	be(-20, SHORT);
	race_nap(1000);			/* all wait for the start now */
	race->go = 1;
	race_nap(us);
}

static inline void race_close(void)
{
	for (unsigned i = 0; i < racers; i++)
		kill(racer[i], SIGKILL);
	for (unsigned i = 0; i < racers; i++)
		waitpid(racer[i], NULL, 0);
	be(0, USUAL);
	munmap(race, sizeof(*race));
}

/* A copy of all counts; and their sum. */
static inline unsigned long race_counts(unsigned long *count)
{
	unsigned long sum = 0;

	for (unsigned i = 0; i < racers; i++)
		sum += count[i] = race->runner[i].done;
	return sum;
}

/* A share of the whole in thousandths. */
static inline long thousandths(unsigned long part, unsigned long whole)
{
	return whole ? (long)((unsigned long long)part * 1000 / whole) : 0;
}

/* All shares are as due, in thousandths, but for `off`. */
static inline void race_must_share(const long *due, long off)
{
	unsigned long count[MOST], sum = race_counts(count);

	race_close();
	for (unsigned i = 0; i < racers; i++) {
		long had = thousandths(count[i], sum);

		lab_check(had >= due[i] - off && had <= due[i] + off,
			  "process %u of %u: had %ld thousandths of the CPU, "
			  "due are %ld, and %ld more or less are allowed", i,
			  racers, had, due[i], off);
	}
}

/* Four get their shares by weight: 1024, 1024, 335, 110. */
static inline void race_by_weight(unsigned us, long off)
{
	static const long due[] = { 411, 411, 134, 44 };

	race_open();
	race_add(0, SHORT);
	race_add(0, SHORT);
	race_add(5, SHORT);
	race_add(10, SHORT);
	race_for(us);
	race_must_share(due, off);
}

#endif
