/* SPDX-License-Identifier: MIT */
/*
 * struct rwlock of kernel/lock/mutex.c: two readers and two writers.
 * Sleeping is abstract, as in mutex.pml.
 *
 * Mistakes, one a macro:
 *   KEEP_WAITING   a writer inside still counts as waiting when it leaves
 *   WAKE_ONE	    leaving wakes one sleeper only
 */
#define N	4
#define WRITER	(-1)

short readers;
byte writers_waiting;
bool asleep[N];
bool onq[N];
bool qlock;
byte in_read, in_write;

inline spin(l) { atomic { !l -> l = true } }

inline wake_up()
{
	if
	:: onq[0] || onq[1] || onq[2] || onq[3] ->
		spin(qlock);
		d_step {
			i = 0;
			do
			:: i < N ->
				if
				:: onq[i] && asleep[i] ->
					asleep[i] = false;
#ifdef WAKE_ONE
					break
#endif
				:: else
				fi;
				i++
			:: else -> break
			od;
			i = 0
		}
		qlock = false
	:: else
	fi
}

/* wait_event(&l->wait, try(l)) with the given try */
#define try_read \
	atomic { readers >= 0 && writers_waiting == 0 -> readers++ }
#define no_read	(readers < 0 || writers_waiting > 0)
#define try_write atomic { readers == 0 -> readers = WRITER }
#define no_write (readers != 0)

#define wait_for(try, fails)				\
	spin(qlock); onq[me] = true; qlock = false;	\
	do						\
	:: asleep[me] = true;				\
		if					\
		:: try; break				\
		:: fails				\
		fi;					\
		!asleep[me]				\
	od;						\
	asleep[me] = false;				\
	spin(qlock); onq[me] = false; qlock = false

proctype reader(byte me)
{
	byte i;

	if
	:: try_read
	:: no_read -> wait_for(try_read, no_read)
	fi;
	in_read++;
	assert(in_write == 0);
	in_read--;
	/* rw_read_unlock */
	atomic { readers--; i = (readers == 0) }
	assert(readers >= 0 || in_write > 0 || readers == WRITER);
	if
	:: i -> i = 0; wake_up()
	:: else
	fi
}

proctype writer(byte me)
{
	byte i;

	if
	:: try_write
	:: no_write ->
		writers_waiting++;
		wait_for(try_write, no_write);
#ifndef KEEP_WAITING
		writers_waiting--
#endif
	fi;
	in_write++;
	assert(in_write == 1 && in_read == 0);
	in_write--;
	/* rw_write_unlock */
	readers = 0;
	wake_up()
}

init {
	atomic { run reader(0); run writer(1); run writer(2); run reader(3) }
}
