/* SPDX-License-Identifier: MIT */
/* Lab 8: what programs see of the lottery. */
#include "race.h"

/* Two processes compute, and the parent sleeps: each gets on. */
static void lives(void)
{
	unsigned long count[MOST];

	race_open();
	race_add(0, USUAL);
	race_add(0, USUAL);
	race_for(60000);
	race_counts(count);
	race_close();
	lab_check(count[0] && count[1], "two processes compute: one of them "
		  "had no turn (%lu and %lu rounds)", count[0], count[1]);
}

/* Equal weights, equal shares. */
static void equal(void)
{
	static const long due[] = { 250, 250, 250, 250 };

	race_open();
	for (int i = 0; i < 4; i++)
		race_add(0, SHORT);
	race_for(120000);
	race_must_share(due, 70);
}

static void tickets(void)
{
	race_by_weight(140000, 70);
}

/*
 * A winner may win again, and nobody's luck depends on who had the last turn:
 * of n turns of one of two equals about n / 2 end with the other.
 */
static void chance(void)
{
	unsigned turns, next = 0, all = 0;

	race_open();
	for (int i = 0; i < 3; i++)
		race_add(0, SHORT);
	race_for(120000);
	turns = race->turns;
	for (unsigned i = 1; i < turns; i++) {
		all++;
		next += race->order[i] == (race->order[i - 1] + 1) % 3;
	}
	race_close();
	lab_note("%u changes, %u of them to the next process", all, next);
	lab_check(all > 300, "three equals had only %u changes in 1200 turns",
		  all);
	lab_check(all < 1050, "the winner of a draw never wins the next one: "
		  "%u changes in 1200 turns", all);
	lab_check(thousandths(next, all) > 380 && thousandths(next, all) < 620,
		  "after a process, each of the two others should come equally "
		  "often; one of them came %ld times of 1000",
		  thousandths(next, all));
}

#define STRETCHES	40

enum { CUT, ENDED };

/* Compute for most of a turn, then yield; count how often others ran. */
static void run_and_yield(unsigned me)
{
	for (int i = 0; i < STRETCHES; i++) {
		unsigned long long since = lab_clock();

		race_round(me);
		while (lab_clock() - since < 2 * SHORT)
			;
		race->runner[me].more[CUT] += race->last != me;
		sched_yield();
	}
	race->runner[me].more[ENDED] = 1;
	for (;;)
		pause();
}

/* Who did not need its last turn to the end has a whole one the next time. */
static void turn_begins(void)
{
	volatile char *told;
	int cut;

	race_open();
	told = race->runner[0].more;
	race_add_who(0, 3 * SHORT, run_and_yield);
	race_add(0, 3 * SHORT);
	race_for(2000);
	for (int i = 0; i < 80 && !told[ENDED]; i++)
		race_nap(1000);
	lab_check(told[ENDED], "a process that yields %d times, among "
		  "two, did not end", STRETCHES);
	cut = told[CUT];
	race_close();
	lab_check(cut < 2, "a process computed for 0.2 ms and yielded, %d "
		  "times, with turns of 0.3 ms: %d times another one ran before "
		  "it yielded", STRETCHES, cut);
}

/* A turn is as long as its task's slice, whoever had the turn before. */
static void turn(void)
{
	unsigned brief, usual;

	turn_begins();
	race_open();
	race_add(0, SHORT);
	race_add(0, SHORT);
	race_for(40000);
	brief = race->turns;
	race_close();
	race_open();
	race_add(0, 10 * SHORT);
	race_add(0, 10 * SHORT);
	race_for(100000);
	usual = race->turns;
	race_close();
	lab_note("%u changes in 40 ms with turns of 0.1 ms, %u in 100 ms with "
		 "turns of 1 ms", brief, usual);
	lab_check(brief > 140 && brief < 270, "400 turns of 0.1 ms of two "
		  "processes: about 200 changes expected, found %u", brief);
	lab_check(usual > 25 && usual < 80, "100 turns of 1 ms of two "
		  "processes: about 50 changes expected, found %u", usual);
}

#define YIELDS	40

static void yield_often(unsigned me)
{
	unsigned long before;

	while (!race->runner[1].done)
		race_nap(100);
	before = race->runner[1].done;
	for (int i = 0; i < YIELDS; i++) {
		race->runner[me].done++;
		sched_yield();
	}
	race->turns = (unsigned)(race->runner[1].done - before);
	for (;;)
		pause();
}

static void yield_always(unsigned me)
{
	for (;;) {
		race->runner[me].done++;
		sched_yield();
	}
}

static void yield_and_note(unsigned me)
{
	for (;;) {
		race_round(me);
		sched_yield();
	}
}

/* Of two who yield all the time, with few tickets, none follows itself. */
static void yield_to_each_other(void)
{
	unsigned long count[MOST], sum, turns;

	race_open();
	race_add_who(19, USUAL, yield_and_note);
	race_add_who(19, USUAL, yield_and_note);
	race_for(5000);
	turns = race->turns;
	sum = race_counts(count);
	race_close();
	lab_check(turns > 100, "two processes that yield had only %lu turns in "
		  "5 ms", turns);
	lab_check(sum - turns < turns / 50, "two processes yielded %lu times, "
		  "and the CPU went to the other one only %lu times", sum,
		  turns);
}

/* Who yields takes no part in the draw, however many tickets it has. */
static void yields(void)
{
	unsigned long rich, poor;

	yield_to_each_other();
	race_open();
	race_add_who(-15, USUAL, yield_often);
	race_add_who(10, USUAL, yield_always);
	race_for(2000);
	for (int i = 0; i < 20 && race->runner[0].done < YIELDS; i++)
		race_nap(2000);
	rich = race->runner[0].done;
	poor = race->turns;
	race_close();
	lab_equal(rich, YIELDS, "times that a process yielded");
	lab_check(poor >= YIELDS - 2, "one process yielded %d times, the other "
		  "had only %lu turns", YIELDS, poor);
}

static const struct lab_case cases[] = {
	{ "lives", lives },
	{ "equal", equal },
	{ "tickets", tickets },
	{ "chance", chance },
	{ "turn", turn },
	{ "yields", yields },
};

LAB_MAIN(cases)
