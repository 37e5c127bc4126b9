/* SPDX-License-Identifier: MIT */
/*
 * struct mutex of kernel/lock/mutex.c: three tasks, each takes it twice.
 * Sleeping is abstract here: schedule() returns once the state is RUNNING,
 * which wait.pml shows of the real one.
 *
 * Mistakes, one a macro:
 *   TRY_FIRST	 no second try between wait_add and sleeping
 *   LOOK_FIRST	 mutex_unlock looks at the queue, then frees the lock
 */
#define N	3
#define NONE	N
#define ROUNDS	2

byte owner = NONE;
bool asleep[N];
bool qlock;
chan queue = [N] of { byte };
byte inside;

inline spin(l) { atomic { !l -> l = true } }

/* One that is woken counts; one that is awake already does not. */
inline wake_up_one()
{
	spin(qlock);
	d_step {
		i = 0;
		woken = false;
		do
		:: i < len(queue) ->
			queue?x;
			queue!x;
			if
			:: !woken && asleep[x] ->
				asleep[x] = false;
				woken = true
			:: else
			fi;
			i++
		:: else -> break
		od;
		i = 0; x = 0; woken = false
	}
	qlock = false
}

inline mutex_lock()
{
	if
	:: atomic { owner == NONE -> owner = me }
	:: owner != NONE ->
		spin(qlock);
		queue!me;
		qlock = false;
		do
		:: asleep[me] = true;
#ifndef TRY_FIRST
			if
			:: atomic { owner == NONE -> owner = me }; break
			:: owner != NONE
			fi;
#endif
			!asleep[me];		/* schedule() */
#ifdef TRY_FIRST
			if
			:: atomic { owner == NONE -> owner = me }; break
			:: owner != NONE
			fi
#endif
		od;
		asleep[me] = false;
		spin(qlock);
		queue??eval(me);
		qlock = false
	fi
}

inline mutex_unlock()
{
	assert(owner == me);
#ifdef LOOK_FIRST
	active_ = (len(queue) > 0);
	owner = NONE;
#else
	owner = NONE;
	active_ = (len(queue) > 0);
#endif
	if
	:: active_ -> wake_up_one()
	:: else
	fi;
	active_ = false
}

proctype task(byte me)
{
	byte round, i, x;
	bool woken, active_;

	do
	:: round < ROUNDS ->
		mutex_lock();
		inside++;
		assert(inside == 1);
		inside--;
		mutex_unlock();
		round++
	:: else -> break
	od
}

init { atomic { run task(0); run task(1); run task(2) } }
