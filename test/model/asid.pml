/* SPDX-License-Identifier: MIT */
/*
 * asid_assign(), activate() and load() of mm/tables/asid.c on one CPU: three spaces
 * and two identifiers, so that generations end.  Hardware walks ahead from the
 * root that it has, at any moment, and keeps what it finds under the
 * identifier it has; it finds nothing in the kernel's, which has an identifier
 * of its own.  Kernel code in between makes no user access, but hardware must
 * not walk what another space has left, as that may be freed meanwhile.  Others
 * change a space that does not run, and mark it CPU_STALE; one that runs is
 * shoot.pml's.
 *
 * Mistakes, one a macro:
 *   NO_FLUSH	  a new generation begins without a flush
 *   FLUSH_FIRST  the flush comes while the old root is there
 *   FLUSH_LAST	  the flush comes once the new root is there
 *   KEEP_STALE	  a space that is stale keeps its identifier
 */
#define SPACES	3
#define LIMIT	2	/* identifiers 0 .. LIMIT - 1 */
#define NOBODY	SPACES
#define OLD	4	/* an entry of before the last change */

byte root = NOBODY, id;		/* what the CPU has loaded */
byte tlb[LIMIT] = NOBODY;	/* whose entry it keeps */
byte generation = 1, next;
byte number[SPACES], born[SPACES];	/* asid[], asid_generation[] */
bool stale[SPACES];
byte active_one = NOBODY;	/* CPU_ACTIVE: from here on this CPU is called */

inline flush_all()
{
	d_step { tlb[0] = NOBODY; tlb[1] = NOBODY }
}

inline activate(s)
{
	over = false;
	if
	:: born[s] != generation ->
		d_step {
			over = (next == LIMIT);
			if
			:: over -> generation++; next = 0
			:: else
			fi;
			number[s] = next;
			next++;
			born[s] = generation
		}
	:: else
	fi;
	if
	:: over ->
#if !defined(FLUSH_FIRST) && !defined(FLUSH_LAST)
		root = NOBODY;
#endif
#if !defined(NO_FLUSH) && !defined(FLUSH_LAST)
		flush_all()
#else
		skip
#endif
	:: else
	fi;
	atomic { root = s; id = number[s] };
	assert(tlb[id] == NOBODY || tlb[id] == root);
#ifdef FLUSH_LAST
	if
	:: over -> flush_all()
	:: else
	fi
#endif
}

active proctype cpu()
{
	byte s, n;
	bool over, was;

	do
	:: n < 5 ->
		n++;
		select(s : 0 .. SPACES - 1);
		atomic { active_one = s; was = stale[s] };
		if
		:: was ->
			stale[s] = false;
#ifndef KEEP_STALE
			born[s] = 0
#endif
		:: else
		fi;
		activate(s);
		/* user mode */
		assert(tlb[id] == NOBODY || tlb[id] == root)
	:: else -> break
	od
}

active proctype walker()
{
end:	do
	:: atomic { root != NOBODY && tlb[id] == NOBODY -> tlb[id] = root }
	od
}

/* Of a space that does not run: what the CPU keeps of it is old then. */
active proctype changer()
{
	byte s, n;

	do
	:: n < 2 ->
		n++;
		select(s : 0 .. SPACES - 1);
		atomic {
			if
			:: root != s && active_one != s ->
				stale[s] = true;
				if
				:: born[s] == generation && tlb[number[s]] == s ->
					tlb[number[s]] = OLD
				:: else
				fi
			:: else
			fi
		}
	:: else -> break
	od
}
