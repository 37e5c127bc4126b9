/* SPDX-License-Identifier: MIT */
/* Lab 8, hidden checks of fair shares: sleepers, and those who yield. */
#include "race.h"

static void run_and_nap(unsigned me)
{
	for (;;) {
		for (int i = 0; i < 2500; i++)
			race_round(me);
		race_nap(1);
	}
}

/* A nap forgives no debt: who runs ahead, and naps, gets no more by that. */
static void debt(void)
{
	unsigned long count[MOST], sum;
	long had;

	race_open();
	race_add_who(0, SHORT, run_and_nap);
	race_add(0, 20 * SHORT);
	race_add(0, 20 * SHORT);
	race_for(100000);
	sum = race_counts(count);
	race_close();
	had = thousandths(count[0], sum);
	lab_note("the sleeper had %ld thousandths", had);
	lab_check(had < 150, "a process that naps before it has paid its debts "
		  "should have about 100 thousandths of the CPU, it had %ld",
		  had);
	lab_check(had > 60, "a process that naps often should have about 100 "
		  "thousandths of the CPU, it had %ld", had);
}

static void yield_and_note(unsigned me)
{
	for (;;) {
		race_round(me);
		sched_yield();
	}
}

/* Who yields lets all others run first, not only one of them. */
static void ring(void)
{
	unsigned back = 0, turns;

	race_open();
	for (int i = 0; i < 4; i++)
		race_add_who(0, USUAL, yield_and_note);
	race_for(10000);
	turns = race->turns;
	for (unsigned i = 2; i < turns; i++)
		back += race->order[i] == race->order[i - 2];
	race_close();
	lab_note("%u turns, %u of them back to the last but one", turns, back);
	lab_check(turns > 100, "four processes that yield had only %u turns in "
		  "10 ms", turns);
	lab_check(back < turns / 40, "four processes yield, but in %u turns of "
		  "%u the CPU went to and fro between two", back, turns);
}

static const struct lab_case cases[] = {
	{ "debt", debt },
	{ "ring", ring },
};

LAB_MAIN(cases)
