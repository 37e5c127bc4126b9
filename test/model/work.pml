/* SPDX-License-Identifier: MIT */
/*
 * kernel/task/taskwork.c: one pushes work and sets the AST, twice; the task
 * finds the AST on its way to user mode, clears it and takes the list.  The
 * list is a number here: how many are on it.
 *
 * Mistakes, one a macro:
 *   NO_RELEASE		the work is on the list before what is in it is out
 *   NO_ACQUIRE		what is in it is read before the list is taken
 *   NO_ORDER_AST	the AST is set before the work is on the list
 *   NO_ORDER_CLEAR	the list is taken before the AST is cleared
 */
#define CPUS	2
#define VARS	1
#include "relaxed.h"
#define DATA	0	/* the work that was pushed last, and those before */

bool ast;
byte list, done;

inline push()
{
#ifdef NO_ORDER_AST
	ast = true;
	list++
#else
	list++;
	ast = true
#endif
}

proctype pusher(byte me)
{
	byte i;

	do
	:: i < 2 ->
		put(DATA, i + 1);
#ifndef NO_RELEASE
		fence();
#endif
		push();
		i++
	:: else -> break
	od
}

proctype task(byte me)
{
	byte n, x;

	do
	:: done < 2 ->
		ast;
		x = NONE;
#ifdef NO_ACQUIRE
		early(x, DATA);
#endif
#ifdef NO_ORDER_CLEAR
		atomic { n = list; list = 0 };
		ast = false;
#else
		ast = false;
		atomic { n = list; list = 0 };
#endif
		if
		:: n > 0 ->
			done = done + n;
			late(x, DATA);
			assert(x >= done)
		:: else
		fi
	:: else -> break
	od
}

init { atomic { drains(); run pusher(0); run task(1) } }
