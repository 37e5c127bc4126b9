/* SPDX-License-Identifier: MIT */
/*
 * One makes something and then shows it; another that finds it uses what is
 * in it; when it says that it is done, the first makes something else in the
 * same place.  docs/models.md lists who does so.
 *
 * Mistakes, one a macro:
 *   NO_RELEASE	     shown before what is in it is out
 *   NO_ACQUIRE	     what is in it was read before it was found
 *   NO_RELEASE_DONE  "done" is out before the reading is over
 */
#define CPUS	2
#define VARS	3
#include "relaxed.h"
#define DATA	0
#define SHOWN	1
#define DONE	2

proctype maker(byte me)
{
	put(DATA, 1);
#ifndef NO_RELEASE
	fence();
#endif
	put(SHOWN, 1);
	get(DONE) == 1;
	put(DATA, 2)
}

proctype user(byte me)
{
	byte x = NONE;

#ifdef NO_ACQUIRE
	early(x, DATA);
#endif
	get(SHOWN) == 1;
#ifdef NO_RELEASE_DONE
	put(DONE, 1);
	late(x, DATA);
#else
	late(x, DATA);
	put(DONE, 1);
#endif
	assert(x == 1)
}

init { atomic { drains(); run maker(0); run user(1) } }
