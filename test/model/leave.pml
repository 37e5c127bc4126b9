/* SPDX-License-Identifier: MIT */
/*
 * mm/tables/asid.c and mm/space/space.c (row A12): CPUs leave a space that they
 * have loaded, each at a switch or when it is asked, and its last user puts it.
 * A switch holds the lock of a run queue, under which nothing may be freed.
 *
 * Mistakes, one a macro:
 *   LEAVE_FIRST  a CPU leaves the set before it drops its reference
 *   NO_ASK	  vm_space_put() makes no CPU leave
 */
#define CPUS 2

byte refs = CPUS + 1;	/* each CPU's, and that of all users */
bool in_set[CPUS] = true;	/* CPU_LOADED */
bool asked[CPUS];
bool is_put, freed;

inline drop()
{
	atomic { assert(!freed && refs > 1); refs-- }
}

/* asid_unload(), with interrupts off */
inline leave(c)
{
	assert(!freed);
#ifdef LEAVE_FIRST
	in_set[c] = false;
	drop()
#else
	drop();
	assert(!freed);
	in_set[c] = false
#endif
}

active [CPUS] proctype cpu()
{
	byte c = _pid;
	bool has = true;

	do
	:: has -> leave(c); has = false
	:: asked[c] ->
		if
		:: has -> leave(c); has = false
		:: !has
		fi;
		asked[c] = false
	:: is_put && !asked[c] -> break
	od;
	assert(!has || !freed)
}

active proctype put()
{
	byte c;

#ifndef NO_ASK
	for (c : 0 .. CPUS - 1) {
		if
		:: in_set[c] ->
			asked[c] = true;
			!asked[c]
		:: !in_set[c]
		fi
	}
#endif
	atomic { refs--; freed = !refs };
	assert(freed);
	is_put = true
}
