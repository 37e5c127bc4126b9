/* SPDX-License-Identifier: MIT */
/*
 * kernel/wait/wait.c and the halves of kernel/sched/{wake,sched}.c it stands on
 * (row B11): one sleeper, a waker that makes the condition true, a signal
 * that wakes without the queue's lock, and two CPUs that may run the sleeper.
 *
 * Stores of the sleeper and of the waker go through store buffers (drain_*):
 * what x86 does, and the reordering the fences are there for.
 *
 * Mistakes, one a macro:
 *   NO_FENCE_SLEEP	wait_set_state() without its fence
 *   NO_FENCE_WAKE	wake_up() without its fence
 *   TEST_FIRST		the condition tested, then the state set
 *   PLAIN_WAKE		task_wake() stores the state it has looked at before
 *   UNLOCK_FIRST	schedule() unlocks the run queue before the switch
 */
mtype = { RUNNING, ASLEEP, DEAD };
#define NOWHERE 2

bool cond;		/* what is waited for */
bool sig;		/* signal_pending() */
bool onq;		/* the entry is on the wait queue */
bool qlock, rqlock;
mtype state = RUNNING;
bool queued;		/* on the run queue */
byte running = 0;	/* CPU whose `running` it is */
bool saved = false;	/* arch_switch has stored its context */
bool idle[2];		/* the CPU's idle task runs */
bool go;		/* arch_switch to the sleeper is done */

#define V_ONQ	0
#define V_QLOCK	1
#define V_STATE	2
#define V_COND	3
chan sleeper_sb = [4] of { byte, mtype };	/* oldest store first */
chan waker_sb = [1] of { byte, mtype };

inline spin(l)	 { atomic { !l -> l = true } }
inline fence(sb) { empty(sb) }

inline store(var, val)
{
	if
	:: var == V_ONQ -> onq = (val == RUNNING)	/* RUNNING: true */
	:: var == V_QLOCK -> qlock = false
	:: var == V_STATE -> state = val
	:: var == V_COND -> cond = true
	fi
}

active proctype drain_sleeper()
{
	byte v;
	mtype x;
end:	do
	:: atomic { sleeper_sb?v, x -> store(v, x) }
	od
}

active proctype drain_waker()
{
	byte v;
	mtype x;
end:	do
	:: atomic { waker_sb?v, x -> store(v, x) }
	od
}

/* ---- kernel/sched/wake.c, sched.c ----------------------------------------- */

inline task_wake()
{
	if
	:: state == ASLEEP ->		/* the look without the lock */
		spin(rqlock);
#ifdef PLAIN_WAKE
		if
		:: state == ASLEEP ->
			state = RUNNING;
#else
		if			/* compare and exchange */
		:: atomic { state == ASLEEP -> state = RUNNING };
#endif
			if
			:: running == NOWHERE && !queued -> queued = true
			:: else
			fi
		:: else
		fi;
		rqlock = false
	:: else
	fi
}

inline schedule()
{
	fence(sleeper_sb);		/* of spin_lock's exchange */
	spin(rqlock);
	if
	:: state == RUNNING ->
		/* enqueued; is it the first in the queue? */
		if
		:: queued = false
		:: queued = true
		fi
	:: else -> queued = false
	fi;
	if
	:: state == RUNNING && !queued -> rqlock = false
	:: else ->
		here = running;
		running = NOWHERE;
#ifdef UNLOCK_FIRST
		rqlock = false;
#endif
		atomic { saved = true; idle[here] = true };
		/* ... its CPU runs others ... */
		go;
		go = false;
		rqlock = false		/* sched_tail */
	fi
}

/* The idle task of a CPU, from behind its arch_switch. */
proctype cpu(byte me)
{
	bool back = (me == 0);		/* came from the sleeper's schedule */
end:	do
	:: atomic { idle[me] -> skip };
		if
#ifndef UNLOCK_FIRST
		:: back -> rqlock = false	/* sched_tail */
#endif
		:: else
		fi;
		back = false;
end2:		atomic { queued && !rqlock -> rqlock = true };
		queued = false;
		running = me;
		assert(saved);		/* else: two CPUs on one stack */
		assert(state != DEAD);
		saved = false;
		idle[me] = false;
		back = true;
		go = true
	od
}

/* ---- kernel/wait ---------------------------------------------------------- */

proctype sleeper()
{
	byte here;

	if
	:: cond -> goto after
	:: else
	fi;
	/* wait_add */
	spin(qlock);
	sleeper_sb!V_ONQ, RUNNING;
	sleeper_sb!V_QLOCK, RUNNING;
	do
	::
#ifdef TEST_FIRST
		if
		:: cond -> break
		:: else
		fi;
#endif
		/* wait_set_state */
		sleeper_sb!V_STATE, ASLEEP;
#ifndef NO_FENCE_SLEEP
		fence(sleeper_sb);
#endif
#ifndef TEST_FIRST
		if
		:: cond -> break
		:: else
		fi;
#endif
		/* wait_sleep */
		if
		:: sig -> break
		:: else
		fi;
		schedule()
	od;
	/* wait_set_running, wait_remove */
	sleeper_sb!V_STATE, RUNNING;
	fence(sleeper_sb);
	spin(qlock);
	onq = false;
	qlock = false;
after:
	/* task_exit: the last state it ever has */
	sleeper_sb!V_STATE, DEAD;
	fence(sleeper_sb);
	spin(rqlock);
	assert(state == DEAD);
	running = NOWHERE;
	saved = true;
	rqlock = false
}

proctype waker()
{
	waker_sb!V_COND, RUNNING;
#ifndef NO_FENCE_WAKE
	fence(waker_sb);
#endif
	if
	:: !onq -> goto done		/* the look without the lock */
	:: else
	fi;
	spin(qlock);
	if
	:: onq -> task_wake()
	:: else
	fi;
	qlock = false;
done:	skip
}

proctype signaller()
{
	sig = true;
	task_wake()
}

init
{
	atomic {
		idle[1] = true;
		run cpu(0); run cpu(1);
		run sleeper(); run waker();
		if
		:: run signaller()
		:: skip
		fi
	}
}
