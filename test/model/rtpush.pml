/* SPDX-License-Identifier: MIT */
/*
 * Who finds a CPU for a real-time task (kernel/sched/balance.c): a waker puts
 * one behind something higher on CPU 0, while CPU 1 goes from something higher
 * to something lower.  Each notes what it did before it looks at what the
 * other did: sched_note_rt() and the rank, with fences between.  The lock is
 * that of CPU 0's queue; ranks are read without one.
 *
 * Mistakes: NO_PUSH: the waker does not look again once the task waits;
 * NO_SPREAD: the CPU does not look at all; LOOK_FIRST: before it has noted
 * its rank; NO_FENCE_RANK: before others can see the rank; NO_FENCE_WAITS: the
 * waker looks before others can see that a task waits.
 */
#define NONE	255

byte rank = 2;		/* of what CPU 1 runs */
bool waiting;		/* the bit of CPU 0 in rt_waiting */
bool queued;		/* on CPU 0 */
bool placed;		/* on CPU 1, which is asked to switch */
bool lock;
bool in_buffer;		/* a lower rank, that others do not see yet */

/* sched_push_rt; the task has rank 1; look: the rank, if it was read early */
inline push(look)
{
	atomic { !lock -> lock = true };
	if
	:: queued ->
		if
		:: (look != NONE -> look : rank) < 1 ->
			queued = false;
			waiting = false;
			placed = true
		:: else
		fi
	:: else
	fi;
	lock = false
}

/* sched_choose, then sched_place */
proctype waker()
{
	byte seen = NONE;

	if
	:: rank < 1 ->
		placed = true
	:: else ->
		atomic { !lock -> lock = true };
		queued = true;
#ifdef NO_FENCE_WAITS
		seen = rank;
#endif
		waiting = true;
		lock = false;
#ifndef NO_PUSH
		push(seen)
#endif
	fi
}

proctype drain()
{
end:	do
	:: atomic { in_buffer -> rank = 0; in_buffer = false }
	od
}

/* switch_to, then sched_spread_rt */
proctype cpu_1()
{
	bool look;

#ifdef LOOK_FIRST
	look = waiting;
	rank = 0;
#else
	in_buffer = true;	/* the rank: drain() brings it out */
#ifndef NO_FENCE_RANK
	!in_buffer;
#endif
	look = waiting;
#endif
#ifdef NO_SPREAD
	look = false;
#endif
	if
	:: look -> push(NONE)
	:: else
	fi
}

init
{
	atomic {
		run drain();
		run waker();
		run cpu_1()
	};
	_nr_pr == 2;
	assert(placed)
}
