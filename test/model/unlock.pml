/* SPDX-License-Identifier: MIT */
/*
 * What the sleeping locks of kernel/lock/mutex.c order: an owner that changes
 * what is guarded and lets go, and a task that finds the lock taken, puts
 * itself on the queue and sleeps.  mutex_unlock() and rw_write_unlock() are
 * alike in this; rw_read_unlock() lets go by an atomic operation.
 *
 * Mistakes, one a macro:
 *   NO_ACQUIRE	    what is guarded is read before the lock is taken
 *   NO_RELEASE	    the lock is free before what was guarded is out
 *   NO_FENCE_FREE  the queue is looked at before the lock is free
 *   NO_FENCE_COUNT likewise, where the lock is a count
 *   NO_FENCE_STATE the second attempt comes before the state and the queue
 */
#define CPUS	2
#define VARS	4
#include "relaxed.h"
#define OWNED	0
#define ONQ	1
#define ASLEEP	2
#define WORD	3

#define try	atomic { mem[OWNED] == 0 -> mem[OWNED] = 1 }

proctype sleeper(byte me)
{
	byte x = NONE;

#ifdef NO_ACQUIRE
	early(x, WORD);
#endif
	if
	:: try; goto taken
	:: mem[OWNED] == 1
	fi;
	put(ONQ, 1);			/* wait_add */
	put(ASLEEP, 1);			/* wait_set_state */
#ifndef NO_FENCE_STATE
	fence();
#endif
	if
	:: try; goto taken
	:: mem[OWNED] == 1
	fi;
	fence();			/* of schedule() */
	get(ASLEEP) == 0;
	try;
taken:	late(x, WORD);
	assert(x == 1)
}

proctype owner(byte me)
{
	byte x = NONE;

	put(WORD, 1);
#ifndef NO_RELEASE
	fence();
#endif
	if
	:: put(OWNED, 0);
#ifndef NO_FENCE_FREE
		fence()
#endif
	:: skip;
#ifdef NO_FENCE_COUNT
		early(x, ONQ);
#endif
		mem[OWNED] = 0
	fi;
	late(x, ONQ);
	if
	:: x == 1 ->		/* wake_up, task_wake */
		fence();
		if
		:: get(ASLEEP) == 1 -> mem[ASLEEP] = 0
		:: else
		fi
	:: else
	fi
}

init { atomic { mem[OWNED] = 1; drains(); run sleeper(0); run owner(1) } }
