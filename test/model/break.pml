/* SPDX-License-Identifier: MIT */
/*
 * mm/vma.h, vm_replace_page(), with PT_BREAK, mm/space/cow.c and fault.c (rows
 * A12, E4): two threads of one space, each on its own CPU, store to a page that
 * fork made read-only, and load from it.  The first store copies the frame.  The
 * entry is invalid between its old and its new value, so that no TLB has both
 * at once; a thread that finds it invalid takes a fault.
 *
 * The hardware may walk the table at any moment.  The new value of the entry
 * waits in a store buffer of the CPU until the CPU's fence, or until it drains.
 * A flush of both TLBs is one step here; shoot.pml has its parts.
 *
 * Mistakes, one a macro:
 *   NO_BREAK	 the new entry is written over the old one, then flushed
 *   FLUSH_LAST	 the entry is invalid in between, but the flush comes after
 *   NO_FENCE	 the flush does not wait for the invalid entry to be visible
 *   UNLOCKED	 pt_lock is released while the entry is invalid
 *   NO_RECHECK	 a fault writes its entry without looking again under pt_lock
 */
#define OLD	0		/* the frame that both spaces had */
#define MINE(c)	(1 + 2 * (c))	/* the frame for CPU c's copy */
#define ZERO(c)	(2 + 2 * (c))	/* the frame for CPU c's fresh page */
#define FRAMES	5
#define NONE	FRAMES

byte pte = OLD;			/* the frame that the walk finds */
byte tlb[2] = NONE;
bool freed[FRAMES];
bool stored0[FRAMES], stored1[FRAMES];	/* the store of this CPU is in it */
bool lock;
chan sb = [1] of { byte };	/* of who has pt_lock */

#define writable(f)	((f) != OLD)
#define empty_page(f)	((f) == ZERO(0) || (f) == ZERO(1))
#define stored(c, f)	((c) == 0 && stored0[f] || (c) == 1 && stored1[f])

inline pt_lock()
{
	atomic { !lock -> lock = true }
}

/* The release makes all earlier stores visible. */
inline pt_unlock()
{
	atomic { empty(sb) -> lock = false }
}

inline write_pte(f)
{
	sb!f
}

inline read_pte(e)
{
	/* who has pt_lock sees its own stores */
	atomic { empty(sb) -> e = pte }
}

inline flush()
{
#ifndef NO_FENCE
	empty(sb);
#endif
	atomic { tlb[0] = NONE; tlb[1] = NONE }
}

inline replace(f)
{
#ifndef NO_BREAK
	write_pte(NONE);
#ifndef FLUSH_LAST
	flush();
#endif
#endif
#ifdef UNLOCKED
	pt_unlock();
	pt_lock();
#endif
	write_pte(f);
#if defined(NO_BREAK) || defined(FLUSH_LAST)
	flush();
#endif
}

/* A store to a read-only page: CPU c copies the frame. */
inline copy_on_write(c)
{
	read_pte(e);
	if
	:: e == OLD ->
		atomic {
			stored0[MINE(c)] = stored0[OLD];
			stored1[MINE(c)] = stored1[OLD]
		};
		pt_lock();
#ifndef NO_RECHECK
		read_pte(e);
#endif
		if
		:: e == OLD ->
			replace(MINE(c));
			pt_unlock();
			freed[OLD] = true
		:: else -> pt_unlock()
		fi
	:: else			/* another thread was first: try again */
	fi
}

/* An access to an invalid entry: a fresh page, if nobody has made one. */
inline touch_first(c)
{
	read_pte(e);
	if
	:: e == NONE ->
		pt_lock();
#ifndef NO_RECHECK
		read_pte(e);
#endif
		if
		:: e == NONE ->
			write_pte(ZERO(c));
			pt_unlock()
		:: else -> pt_unlock()
		fi
	:: else
	fi
}

/* The hardware walks the table, for an access or ahead of one. */
inline walk(c)
{
	atomic {
		if
		:: pte != NONE ->
			/* two entries for one address */
			assert(tlb[c] == NONE || tlb[c] == pte);
			tlb[c] = pte
		:: else
		fi
	}
}

active proctype drain()
{
end:	do
	:: atomic { sb?pte }
	od
}

active [2] proctype cpu()
{
	byte c = _pid - 1, e;
	bool wrote, done;

	do
	:: walk(c)
	:: tlb[c] == NONE && pte == NONE -> touch_first(c)
	:: atomic {
		!wrote && tlb[c] != NONE && writable(tlb[c]) ->
		assert(!freed[tlb[c]]);
		if
		:: c == 0 -> stored0[tlb[c]] = true
		:: else -> stored1[tlb[c]] = true
		fi;
		wrote = true
	   }
	:: !wrote && tlb[c] != NONE && !writable(tlb[c]) -> copy_on_write(c)
	:: atomic {		/* a load */
		tlb[c] != NONE ->
		assert(!freed[tlb[c]] && !empty_page(tlb[c]));
		assert(!wrote || stored(c, tlb[c]));
		done = wrote
	   }
	:: done -> break
	od
}
