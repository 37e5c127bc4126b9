/* SPDX-License-Identifier: MIT */
/*
 * The spin lock of kernel/lock/spin.c (row B13) on three CPUs that take it
 * ROUNDS times each.  A CPU tries until it was overtaken PATIENCE times; then
 * it stands in line, by a ticket (<kernel/lock/ticket.h>), and who unlocks while
 * there is a line hands the lock to its first.  count and served are the two
 * fields of one word, so what one addition changes is one step.
 *
 * Shown: exclusion; nobody waits for ever; who stands in line behind k others
 * enters after at most those k and one more: the one that may find the lock
 * free because it was unlocked by a CPU that did not see the line yet.
 *
 * Mistakes, one a macro:
 *   FREE_TOO	  unlock hands over, and sets the lock free as well
 *   LOOK_ONLY	  in line one waits for the hand-over alone
 *   NO_HAND	  unlock sets free without a look at the line
 *   LEAVE_FIRST  the first leaves the line, then takes what is handed
 */
#define CPUS	3
#define PATIENCE 1
#define ROUNDS	3
#define TURNS	4		/* the field wraps: more than CPUs */

bool locked, handed;
byte count, served;		/* the line */
byte inside;			/* CPUs that hold it */
bool in_line[CPUS];		/* ghosts: how often was it overtaken */
byte entered[CPUS], ahead[CPUS];

inline enter()
{
	d_step {
		inside++;
		assert(inside == 1);
		in_line[me] = false;
		entered[me] = 0;
		ahead[me] = 0;
		other = 0;
		do
		:: other < CPUS ->
			if
			:: in_line[other] ->
				entered[other]++;
				assert(entered[other] <= ahead[other] + 1)
			:: else
			fi;
			other++
		:: else -> break
		od;
		other = 0
	}
}

inline stand_in_line()
{
	d_step {
		turn = (served + count) % TURNS;
		ahead[me] = count;
		in_line[me] = true;
		count++
	};
	served == turn;
#ifdef LEAVE_FIRST
	d_step { count--; served = (served + 1) % TURNS };
#endif
	if
	:: handed -> handed = false
#ifndef LOOK_ONLY
	:: atomic { !locked -> locked = true }
#endif
	fi;
#ifndef LEAVE_FIRST
	d_step { count--; served = (served + 1) % TURNS };
#endif
}

inline lock()
{
	patience = PATIENCE;
	do
	:: atomic { !locked -> locked = true }; break
	:: locked && patience > 0 -> patience--
	:: locked && patience == 0 -> stand_in_line(); break
	od;
	patience = 0; turn = 0;
	enter()
}

inline unlock()
{
	inside--;
#ifndef NO_HAND
	if
	:: count > 0 ->
		handed = true;
#ifdef FREE_TOO
		locked = false
#endif
	:: count == 0 ->
		skip;		/* somebody may come between */
		locked = false
	fi
#else
	locked = false
#endif
}

proctype cpu(byte me)
{
	byte round, patience, turn, other;

	do
	:: round < ROUNDS ->
		lock();
		unlock();
		round++
	:: else -> break
	od
}

init { atomic { run cpu(0); run cpu(1); run cpu(2) } }
