/* SPDX-License-Identifier: MIT */
/*
 * The loop of poll() in fs/open/poll.c: it clears `triggered`, looks at all the
 * files, and sleeps if nobody set it meanwhile.  A waker makes the event, then
 * poll_wake() sets `triggered` under the queue's lock, and wakes.
 *
 * Mistakes, one a macro:
 *   NO_FENCE_SCAN	the files are looked at before `triggered` is cleared
 *   NO_FENCE_STATE	`triggered` is looked at before the state is set
 *   NO_FENCE_WAKE	task_wake() looks at the state before it is set
 */
#define CPUS	2
#define VARS	3
#include "relaxed.h"
#define EVENT	0
#define TRIGGERED 1
#define ASLEEP	2

proctype poller(byte me)
{
	do
	::	put(TRIGGERED, 0);
#ifndef NO_FENCE_SCAN
		fence();
#endif
		if
		:: get(EVENT) == 1 -> break
		:: else
		fi;
		put(ASLEEP, 1);
#ifndef NO_FENCE_STATE
		fence();
#endif
		if
		:: get(TRIGGERED) == 0 ->
			fence();	/* of schedule() */
			get(ASLEEP) == 0
		:: else
		fi;
		put(ASLEEP, 0);
	od
}

proctype waker(byte me)
{
	put(EVENT, 1);
	fence();			/* of wake_up() */
	put(TRIGGERED, 1);
#ifndef NO_FENCE_WAKE
	fence();
#endif
	if
	:: get(ASLEEP) == 1 -> atomic { at(ASLEEP) == NONE -> mem[ASLEEP] = 0 }
	:: else
	fi
}

init {
	atomic { mem[TRIGGERED] = 1; drains(); run poller(0); run waker(1) }
}
