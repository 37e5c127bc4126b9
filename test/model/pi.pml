/* SPDX-License-Identifier: MIT */
/*
 * topics/futexes: two locks, three tasks.  Task 0 takes A, then B; task 1 takes
 * B, then A; task 2, the highest, takes A, or gives up waiting.  User code locks
 * and unlocks a word that nobody waits for; the kernel does all else under one
 * guard.  What is done under it to the kernel's own records is one step here,
 * what is done to words is not.  A task that is refused a lock, as it would
 * wait for itself, gives back what it has.
 *
 * Mistakes, one a macro:
 *	NO_CIRCLE	who would wait for himself is queued
 *	CIRCLE_FIRST	the look for a circle comes before the guard is taken
 *	PLAIN_STORE	the bit of waiters is stored, and not exchanged
 *	NO_BIT		it is not set
 *	ONE_STEP	what is lent is not lent on
 *	KEEP_LENT	who gives up leaves what was lent
 */
#define N	3
#define NONE	N
#define BIT	4		/* a word: 0, or its owner + 1, and this */

byte word[2];
byte owner[2] = NONE;		/* [guard] NONE: nobody waits */
byte waits[N];			/* [guard] a lock + 1, or 0 */
byte lent[N];			/* [guard] */
byte inside[2];
bool guard;

#define OWN(t)		(t)
#define RUNS(t)		(lent[t] > OWN(t) -> lent[t] : OWN(t))

inline spin() { atomic { !guard -> guard = true } }

/* The most that those lend who wait for what t holds. */
inline due_to(t)
{
	due = 0;
	w = 0;
	do
	:: w < N ->
		if
		:: waits[w] && owner[waits[w] - 1] == t && RUNS(w) > due ->
			due = RUNS(w)
		:: else
		fi;
		w++
	:: else -> break
	od;
	w = 0
}

/* hops: with a circle it would have no end. */
inline lend_along(from)
{
	d_step {
		t = from;
		hops = 0;
		do
		:: due_to(t);
			lent[t] = due;
			hops++;
			if
			:: waits[t] && hops < N -> t = owner[waits[t] - 1]
			:: else -> break
			fi;
#ifdef ONE_STEP
			break
#endif
		od;
		t = 0; due = 0; hops = 0
	}
}

inline look_for_circle(l)
{
	d_step {
		circle = false;
#ifndef NO_CIRCLE
		t = (owner[l] != NONE -> owner[l] :
		     (word[l] % BIT -> word[l] % BIT - 1 : NONE));
		do
		:: t == NONE -> break
		:: t == me -> circle = true; break
		:: t != me && t != NONE ->
			if
			:: waits[t] -> t = owner[waits[t] - 1]
			:: else -> break
			fi
		od;
		t = 0
#endif
	}
}

/* At the end of what is done under the guard. */
inline sound()
{
	d_step {
		t = 0;
		do
		:: t < N ->
			due_to(t);
			assert(lent[t] == due);
			if
			:: waits[t] ->
				assert(owner[waits[t] - 1] != NONE);
				assert(word[waits[t] - 1] ==
				       BIT + owner[waits[t] - 1] + 1)
			:: else
			fi;
			t++
		:: else -> break
		od;
		t = 0; due = 0
	}
}

inline leave_guard() { sound(); guard = false }

/* A lock that nobody waits for is forgotten. */
inline settle(l)
{
	d_step {
		if
		:: waits[0] != l + 1 && waits[1] != l + 1 &&
		   waits[2] != l + 1 -> owner[l] = NONE
		:: else
		fi
	}
}

inline give_up_terminal(l)
{
	spin();
	if
	:: waits[me] ->
		got = false;
		d_step { t = owner[l]; waits[me] = 0; was = t; t = 0 };
		settle(l);
#ifndef KEEP_LENT
		lend_along(was);
#endif
		was = 0
	:: else
	fi;
	leave_guard()
}

inline wait_for(l)
{
	spin();
	v = word[l];
	if
	:: v == 0 ->
		if
		:: atomic { word[l] == 0 -> word[l] = me + 1 }; got = true
		:: word[l] != 0
		fi;
		leave_guard()
	:: v != 0 ->
		ok = true;
#ifdef PLAIN_STORE
		word[l] = v % BIT + BIT;
#else
#ifndef NO_BIT
		if
		:: atomic { word[l] == v -> word[l] = v % BIT + BIT }
		:: word[l] != v -> ok = false
		fi;
#endif
#endif
		if
		:: ok ->
#ifndef CIRCLE_FIRST
			look_for_circle(l);
#endif
			if
			:: circle -> leave_guard()
			:: else ->
				d_step {
					if
					:: owner[l] == NONE ->
						owner[l] = v % BIT - 1
					:: else
					fi;
					waits[me] = l + 1
				};
				lend_along(owner[l]);
				leave_guard();
				got = true;
				if
				:: waits[me] == 0
				:: me == 2 -> give_up_terminal(l)
				fi
			fi
		:: else -> leave_guard()
		fi
	fi;
	v = 0; ok = false
}

/* got: it is ours; circle: it was refused. */
inline lock(l)
{
	got = false;
	circle = false;
	do
	:: got || circle || (tried && me == 2) -> break
	:: else ->
		if
		:: atomic { word[l] == 0 -> word[l] = me + 1 }; got = true
		:: word[l] != 0 ->
#ifdef CIRCLE_FIRST
			look_for_circle(l);
			if
			:: circle
			:: else -> wait_for(l)
			fi;
#else
			wait_for(l);
#endif
			tried = true
		fi
	od;
	tried = false;
	if
	:: got -> inside[l]++; assert(inside[l] == 1)
	:: else
	fi
}

/* The highest of those who wait has it. */
inline hand_over(l)
{
	d_step {
		next = NONE;
		w = 0;
		do
		:: w < N ->
			if
			:: waits[w] == l + 1 &&
			   (next == NONE || RUNS(w) > RUNS(next)) -> next = w
			:: else
			fi;
			w++
		:: else -> break
		od;
		w = 0;
		word[l] = BIT + next + 1;
		waits[next] = 0;
		owner[l] = next
	};
	settle(l);
	lend_along(next);
	lend_along(me);
	next = 0
}

inline unlock(l)
{
	inside[l]--;
	if
	:: atomic { word[l] == me + 1 -> word[l] = 0 }
	:: word[l] != me + 1 ->
		spin();
		if
		:: owner[l] == NONE -> word[l] = 0
		:: else -> hand_over(l)
		fi;
		leave_guard()
	fi
}

proctype task(byte me)
{
	byte t, w, due, v, next, was, hops;
	bool got, circle, ok, tried;

	if
	:: me == 0 ->
		lock(0);
		lock(1);
		if
		:: got -> unlock(1)
		:: else
		fi;
		unlock(0)
	:: me == 1 ->
		lock(1);
		lock(0);
		if
		:: got -> unlock(0)
		:: else
		fi;
		unlock(1)
	:: me == 2 ->
		lock(0);
		if
		:: got -> unlock(0)
		:: else
		fi
	fi
}

init { atomic { run task(0); run task(1); run task(2) } }
