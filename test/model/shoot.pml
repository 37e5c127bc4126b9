/* SPDX-License-Identifier: MIT */
/*
 * kernel/smp/call.c and mm/tables/asid.c (rows A12, B13, C9): calls between CPUs and
 * the TLB shoot-down that is made of them.  CPU 0 runs a program of the space,
 * takes a page away, flushes, and frees the frame.  CPU 1 runs a program of the
 * same space, becomes idle (it borrows the space), comes back, and stores to
 * the page whenever it likes.  CPU 1 also calls CPU 0, and takes a spin lock
 * that CPU 0 holds over its flush.
 *
 * space->cpus is four bits here, CPU 1's; loads, stores and atomic operations
 * are in program order but for the entry that CPU 0 changes: it is in a store
 * buffer until the fence.
 *
 * Mistakes, one a macro:
 *   NO_FENCE	 flush() looks at who runs before the entry is changed
 *   NO_STALE	 an idle CPU is left out without a mark
 *   MARK_AFTER	 CPU 1 looks for STALE, then becomes ACTIVE
 *   NO_POLL	 waiting for a lock, a CPU with interrupts off does not answer
 *   NO_WAIT	 the caller does not wait for the answer
 */
bool pte = true;	/* the page is mapped */
chan pte_sb = [1] of { bool };
bool freed;		/* its frame belongs to somebody else */
bool tlb;		/* CPU 1's TLB maps the page */
bool loaded, running, stale, seen;	/* bits of space->cpus */

bool from[2];		/* call_from: the other one asks */
bool pending[2];	/* call_pending of the caller */
bool flushes[2];	/* call_fn is flush_call */
bool lock;

#define other(c) (1 - c)

/* Runs what the other CPU asks; any context. */
inline smp_poll(c)
{
	if
	:: atomic { from[c] -> from[c] = false };
		if
		:: flushes[other(c)] ->
			tlb = (c == 1 -> false : tlb)
		:: else
		fi;
		pending[other(c)] = false
	:: !from[c]
	fi
}

inline smp_call(c, is_flush)
{
	assert(!pending[c]);
	flushes[c] = is_flush;
	pending[c] = true;
	from[other(c)] = true;
#ifndef NO_WAIT
	do
	:: !pending[c] -> break
	:: from[c] -> smp_poll(c)
	od
#endif
}

inline spin_lock(c)
{
	do
	:: atomic { !lock -> lock = true }; break
#ifndef NO_POLL
	:: lock && from[c] -> smp_poll(c)
#endif
	od
}

active proctype drain()
{
end:	do
	:: atomic { pte_sb?pte }
	od
}

/* The CPU that changes the space; answers only where it polls. */
active proctype cpu0()
{
	bool was_seen, was_running, was_stale;

	spin_lock(0);
	pte_sb!false;			/* pte_xchg */
#ifndef NO_FENCE
	empty(pte_sb);
#endif
	/* flush(): was = READ_ONCE(s->cpus) */
	atomic { was_seen = seen; was_running = running; was_stale = stale };
#ifndef NO_STALE
	if
	:: was_seen && !was_running && !was_stale ->
		atomic { stale = true; was_running = running }
	:: !was_seen || was_running || was_stale
	fi;
#endif
	if
	:: was_running -> smp_call(0, true)
	:: else
	fi;
	freed = true;
	lock = false;
	/* idle: interrupts are on */
end:	do
	:: from[0] -> smp_poll(0)
	od
}

/* A user access: the hardware walks the table if the TLB has nothing. */
inline touch()
{
	atomic {
		if
		:: !tlb && pte -> tlb = true
		:: else
		fi;
		assert(!tlb || !freed)
	}
}

active proctype cpu1()
{
	byte round;
	bool was_stale;

	do
	:: round < 3 ->
		/* vm_space_switch: load(); interrupts off */
#ifdef MARK_AFTER
		was_stale = stale;
		atomic { running = true; loaded = true; seen = true };
#else
		atomic {
			was_stale = stale;
			running = true; loaded = true; seen = true
		};
#endif
		if
		:: was_stale -> stale = false; tlb = false
		:: else
		fi;
		/* user mode, interrupts on */
		do
		:: touch()
		:: from[1] -> smp_poll(1)
		:: break
		od;
		/* a system call: a spin lock; then a call of its own */
		spin_lock(1);
		lock = false;
		if
		:: smp_call(1, false)
		:: skip
		fi;
		/* a kernel thread borrows the space */
		running = false;
		do
		:: from[1] -> smp_poll(1)
		:: break
		od;
		round++
	:: else -> break
	od;
end:	do
	:: from[1] -> smp_poll(1)
	od
}
