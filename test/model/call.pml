/* SPDX-License-Identifier: MIT */
/*
 * What smp_call() and smp_poll() of kernel/smp/call.c order between a caller
 * and the CPU it asks, on memory that is not in program order: the argument
 * goes there, what the function leaves comes back, twice in the same place.
 * That both go on while they call each other is shoot.pml's.
 *
 * Mistakes, one a macro:
 *   NO_ORDER_ASK	the bit in call_from before what is asked
 *   NO_ACQUIRE_FROM	call_fn and call_arg are read before the bit is seen
 *   NO_RELEASE_ANSWER	answered before what the function did is out
 *   NO_ACQUIRE_ANSWER	what it left is read before the answer is seen
 */
#define CPUS	2
#define VARS	4
#include "relaxed.h"
#define ARG	0	/* call_fn, call_arg */
#define PENDING	1
#define FROM	2	/* changed by AMOs alone */
#define RESULT	3

proctype caller(byte me)
{
	byte round = 1, x = NONE;

	do
	:: round < 3 ->
		put(ARG, round);
		put(PENDING, 1);
#ifndef NO_ORDER_ASK
		fence();
#endif
		mem[FROM] = 1;
		x = NONE;
#ifdef NO_ACQUIRE_ANSWER
		early(x, RESULT);
#endif
		get(PENDING) == 0;
		late(x, RESULT);
		assert(x == round);
		round++
	:: else -> break
	od
}

proctype answerer(byte me)
{
	byte x, round;

	do
	:: round < 2 ->
		x = NONE;
#ifdef NO_ACQUIRE_FROM
		early(x, ARG);
#endif
		atomic { mem[FROM] == 1 -> mem[FROM] = 0 };
		late(x, ARG);
		round++;
		assert(x == round);
		put(RESULT, x);
#ifndef NO_RELEASE_ANSWER
		fence();
#endif
		mem[PENDING] = 0
	:: else -> break
	od
}

init { atomic { drains(); run caller(0); run answerer(1) } }
