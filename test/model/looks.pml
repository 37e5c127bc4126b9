/* SPDX-License-Identifier: MIT */
/*
 * Two that each say what they did, and then look at what the other said: at
 * least one must see the other.  Sleeping is the best known use (wait.pml);
 * docs/models.md lists the others, and which side is which.  The first marks
 * itself, then looks; the second changes something, then looks for marks.
 *
 * Mistakes, one a macro:
 *   NO_FENCE_MARK	the first looks before its mark is out
 *   NO_FENCE_CHANGE	the second looks before its change is out
 *   NO_FENCE_ATOMIC	likewise, where it makes its change by an atomic
 *			operation, which is no fence (docs/barriers.md)
 */
#define CPUS	2
#define VARS	2
#include "relaxed.h"
#define MARK	0
#define CHANGE	1

bool first_saw, second_saw;

proctype first(byte me)
{
	put(MARK, 1);
#ifndef NO_FENCE_MARK
	fence();
#endif
	first_saw = get(CHANGE)
}

proctype second(byte me)
{
	byte x = NONE;

	if
	:: put(CHANGE, 1);
#ifndef NO_FENCE_CHANGE
		fence()
#endif
	:: skip;
#ifdef NO_FENCE_ATOMIC
		early(x, MARK);
#endif
		mem[CHANGE] = 1
	fi;
	late(x, MARK);
	second_saw = (x == 1)
}

init
{
	atomic { drains(); run first(0); run second(1) };
	_nr_pr == 1 + CPUS * VARS;
	assert(first_saw || second_saw)
}
