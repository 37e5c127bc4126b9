/* SPDX-License-Identifier: MIT */
/* Lab 8: what programs see of fair shares. */
#include "race.h"

/* Equals are never apart by more than a turn. */
static void even(void)
{
	static const long due[] = { 200, 200, 200, 200, 200 };

	race_open();
	for (int i = 0; i < 5; i++)
		race_add(0, SHORT);
	race_for(50000);
	race_must_share(due, 6);
}

static void shares(void)
{
	race_by_weight(60000, 6);
}

#define LONG	(20 * SHORT)

static void short_among_long(void)
{
	race_open();
	race_add(0, SHORT);
	for (int i = 0; i < 3; i++)
		race_add(0, LONG);
	race_for(100000);
}

/* A short slice buys no time. */
static void slices(void)
{
	static const long due[] = { 250, 250, 250, 250 };

	short_among_long();
	race_must_share(due, 30);
}

/*
 * A short slice buys short waits: the process runs whenever it is owed a slice,
 * and stops when it has had it.
 */
static void prompt(void)
{
	unsigned turns = 0;

	short_among_long();
	for (unsigned i = 0; i < race->turns; i++)
		turns += race->order[i] == 0;
	race_close();
	lab_note("the process with the short slice had %u turns", turns);
	lab_check(turns > 25, "slices of 0.1 ms among three of 2 ms: more than "
		  "25 turns expected in 100 ms, found %u", turns);
}

static const struct lab_case cases[] = {
	{ "even", even },
	{ "shares", shares },
	{ "slices", slices },
	{ "prompt", prompt },
};

LAB_MAIN(cases)
