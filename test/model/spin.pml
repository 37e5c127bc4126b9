/* SPDX-License-Identifier: MIT */
/*
 * What the spin lock of kernel/lock/spin.c orders, on memory that is not in
 * program order: each of three CPUs adds one to a word that is guarded, and
 * takes the lock free, by its exchange, or handed to it in line.  The line
 * itself is ticket.pml's; here a CPU may stand in it from the start.
 *
 * Mistakes, one a macro:
 *   NO_LOCK_ACQUIRE	 what is guarded is read before the exchange
 *   NO_UNLOCK_RELEASE	 the lock is free before what was guarded is out
 *   NO_HAND_ACQUIRE	 what is guarded is read before the lock is handed
 *   NO_HAND_RELEASE	 the lock is handed before what was guarded is out
 *   NO_SERVED_ACQUIRE	 `handed` is looked at before its turn has come
 *   NO_LEAVE_RELEASE	 the next is served before `handed` is taken back
 */
#define CPUS	3
#define VARS	4
#include "relaxed.h"
#define LOCKED	0
#define HANDED	1
#define LINE	2	/* turn << 2 | how many; changed by AMOs alone */
#define WORD	3	/* what is guarded */

byte inside;

inline leave_line()
{
#ifndef NO_LEAVE_RELEASE
	fence();
#endif
	mem[LINE] = mem[LINE] + 3	/* one less, the next turn */
}

inline stand_in_line()
{
	atomic {
		turn = (mem[LINE] >> 2) + (mem[LINE] & 3);
		mem[LINE] = mem[LINE] + 1
	};
	h = NONE;
#ifdef NO_SERVED_ACQUIRE
	early(h, HANDED);
#endif
	(mem[LINE] >> 2) == turn;
	do
	::
#ifdef NO_HAND_ACQUIRE
		early(x, WORD);
#endif
		late(h, HANDED);
		if
		:: h == 1 -> put(HANDED, 0); break
		:: else
		fi;
		h = NONE;
		if
		:: atomic { mem[LOCKED] == 0 && at(LOCKED) == NONE ->
			mem[LOCKED] = 1 }; x = NONE; break
		:: get(LOCKED) == 1 || get(HANDED) == 1
		fi;
		x = NONE
	od;
	leave_line()
}

inline lock()
{
	if
	::
#ifdef NO_LOCK_ACQUIRE
		early(x, WORD);
#endif
		atomic { mem[LOCKED] == 0 && at(LOCKED) == NONE ->
			mem[LOCKED] = 1 }
	:: stand_in_line()
	fi
}

inline unlock()
{
	if
	:: (get(LINE) & 3) > 0 ->
#ifndef NO_HAND_RELEASE
		fence();
#endif
		put(HANDED, 1)
	:: (get(LINE) & 3) == 0 ->
#ifndef NO_UNLOCK_RELEASE
		fence();
#endif
		put(LOCKED, 0)
	fi
}

proctype cpu(byte me)
{
	byte x = NONE, h = NONE, turn;

	lock();
	inside++;
	assert(inside == 1);
	late(x, WORD);
	put(WORD, x + 1);
	inside--;
	unlock()
}

init
{
	atomic { drains(); run cpu(0); run cpu(1); run cpu(2) };
	_nr_pr == 1 + CPUS * VARS;
	pending[0] + pending[1] + pending[2] == 0;
	assert(mem[WORD] == 3)
}
