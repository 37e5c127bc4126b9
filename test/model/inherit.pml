/* SPDX-License-Identifier: MIT */
/*
 * ext/futex_pi/sleepers.c and struct mutex of kernel/lock/mutex.c: two ordinary
 * tasks take a mutex, and so does a third, which somebody makes the highest of
 * all, at any time.  There is always a task in between, which is not shown:
 * from when the third sleeps, an ordinary one gets on only while it is lent a
 * priority, or holds a spin lock.  So a priority that is not lent shows as a
 * wait without end.  A task goes after its last unlock: nobody may be in the
 * course of lending to it.  A bed, which has a lock, is one step.
 *
 * Mistakes, one a macro:
 *	SLEEP_FREE	who finds the mutex free while it lends sleeps anyhow
 *	FIRST_COME	the first in the queue is woken, not the best
 *	LOOK_FIRST	the owner looks for lenders, then frees the mutex
 *	NO_GUARD	it does not come for the guard
 *	LIE_LAST	who sleeps looks at its priority, then lies down
 *	KEEP_LENT	who leaves does not take back what it has lent
 */
#define N	3
#define NONE	N
#define THIRD	2

byte owner = NONE;
bool asleep[N];
bool qlock, guard;
chan queue = [N] of { byte };
bool high;			/* the third is the highest */
bool in_bed, found;		/* it is; found: it is a lender */
byte lent_to = NONE;		/* [guard] by it, with a reference */
bool lent[N], gone[N];
byte inside;

#define GETS_ON(t)	(t == THIRD || lent[t] || !(high && asleep[THIRD]))

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

/* [guard] What the third has is lent, if it is in bed. */
inline walk()
{
	if
	:: atomic { in_bed -> found = true };
		to = owner;
		if
		:: to != NONE ->
			lent[to] = true;
			assert(!gone[to]);
			lent_to = to
		:: else ->
#ifndef SLEEP_FREE
			asleep[THIRD] = false
#endif
		fi;
		to = 0
	:: !in_bed
	fi
}

inline lie_down()
{
#ifdef LIE_LAST
	lends = high;
	in_bed = true;
#else
	in_bed = true;
	lends = high;
#endif
	if
	:: lends ->
		spin(guard);
		walk();
		guard = false
	:: else
	fi;
	lends = false
}

inline get_up()
{
	atomic { in_bed = false; was = found };
	if
	:: was ->
		spin(guard);
#ifndef KEEP_LENT
		if
		:: lent_to != NONE -> lent[lent_to] = false
		:: else
		fi;
#endif
		lent_to = NONE;
		found = false;
		guard = false
	:: else
	fi;
	was = false
}

inline mutex_lock()
{
	if
	:: atomic { owner == NONE && GETS_ON(me) -> owner = me }
	:: owner != NONE ->
		spin(qlock);
		queue!me;
		qlock = false;
		do
		:: GETS_ON(me) ->
			asleep[me] = true;
			if
			:: atomic { owner == NONE && GETS_ON(me) ->
				    owner = me };
				break
			:: owner != NONE
			fi;
			if
			:: me == THIRD -> lie_down()
			:: else
			fi;
			!asleep[me];		/* schedule() */
			if
			:: me == THIRD -> get_up()
			:: else
			fi
		od;
		asleep[me] = false;
		spin(qlock);
		queue??eval(me);
		qlock = false
	fi
}

inline lock_wake()
{
#ifndef LOOK_FIRST
	lenders = found;
#endif
	if
	:: lenders ->
#ifndef NO_GUARD
		spin(guard);
#endif
#ifndef FIRST_COME
		d_step {
			best = found && asleep[THIRD];
			if
			:: best -> asleep[THIRD] = false
			:: else
			fi
		};
#endif
		lent[me] = false;
		lent_to = (lent_to == me -> NONE : lent_to);
#ifndef NO_GUARD
		guard = false
#endif
	:: else
	fi;
	if
	:: best
	:: else -> wake_up_one()
	fi;
	best = false
}

inline mutex_unlock()
{
	assert(owner == me);
#ifdef LOOK_FIRST
	lenders = found;
#endif
	owner = NONE;
	if
	:: len(queue) > 0 && GETS_ON(me) -> lock_wake()
	:: len(queue) == 0
	fi;
	lenders = false
}

proctype task(byte me)
{
	byte i, x, to;
	bool woken, best, lenders, lends, was;

	mutex_lock();
	inside++;
	assert(inside == 1);
	GETS_ON(me);
	inside--;
	mutex_unlock();
	assert(!lent[me]);
	gone[me] = true
}

proctype raise()
{
	byte to;

	high = true;
	spin(guard);
	walk();
	guard = false
}

init { atomic { run task(0); run task(1); run task(THIRD); run raise() } }
