/* SPDX-License-Identifier: MIT */
/* Lab 8, hidden checks of the lottery: wake-ups, and many tasks. */
#include "race.h"

static int bell[2];

static void answer(unsigned me)
{
	char byte;

	while (read(bell[0], &byte, 1) == 1)
		race->runner[me].done++;
}

#define BELLS	30

/* A task that wakes waits for the next draw. */
static void waking(void)
{
	unsigned at_once = 0, heard;

	race_open();
	lab_must(pipe(bell), "pipe");
	race_add_who(0, USUAL, answer);
	race->go = 1;
	race_nap(5000);
	for (int i = 0; i < BELLS; i++) {
		unsigned long before = race->runner[0].done;

		lab_must(write(bell[1], "x", 1), "write");
		at_once += race->runner[0].done != before;
		race_nap(500);
	}
	heard = race->runner[0].done;
	race_close();
	close(bell[0]);
	close(bell[1]);
	lab_equal(heard, BELLS, "bytes that the sleeper has read");
	lab_check(at_once < BELLS / 6, "a woken task had the CPU before its "
		  "waker's turn was over, %u times of %d", at_once, BELLS);
}

static void work_and_nap(void *arg)
{
	volatile unsigned sum = 0;
	unsigned me = (unsigned)(uintptr_t)arg;

	for (unsigned i = 0; i < 6; i++) {
		for (unsigned j = 0; j < 3000 * (me % 4 + 1); j++)
			sum += j;
		if (me % 3 == 0)
			race_nap(200 + 50 * me);
		else if (me % 3 == 1)
			sched_yield();
	}
}

/* Tasks begin, sleep, yield, change and end; none is lost. */
static void many(void)
{
	pid_t pid[MOST];

	for (int round = 0; round < 3; round++) {
		for (unsigned i = 0; i < MOST; i++) {
			pid[i] = fork();
			lab_must(pid[i], "fork");
			if (pid[i] == 0) {
				be((int)i - 4, i % 2 ? SHORT : USUAL);
				work_and_nap((void *)(uintptr_t)i);
				_exit(40 + (int)i);
			}
		}
		for (unsigned i = 0; i < MOST; i++) {
			int status;

			lab_equal(waitpid(pid[i], &status, 0), pid[i],
				  "waitpid");
			lab_equal(WEXITSTATUS(status), 40 + (int)i,
				  "exit status");
		}
	}
}

/* One with a short turn among those with long ones: equal chances of a draw. */
static void lengths(void)
{
	unsigned long count[MOST], sum;
	long had;

	race_open();
	race_add(0, 3 * SHORT);
	race_add(0, SHORT);
	race_add(0, SHORT);
	race_for(150000);
	sum = race_counts(count);
	race_close();
	had = thousandths(count[0], sum);
	lab_check(had > 520 && had < 680, "equal tickets, turns of 3, 1 and 1 "
		  "parts: the first should have 600 thousandths, it had %ld",
		  had);
}

static const struct lab_case cases[] = {
	{ "waking", waking },
	{ "many", many },
	{ "lengths", lengths },
};

LAB_MAIN(cases)
