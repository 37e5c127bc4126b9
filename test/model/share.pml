/* SPDX-License-Identifier: MIT */
/*
 * topics/sharedtables/tableshare.c (rows A4, A12, E4): a leaf table that three spaces share, each
 * run by a CPU of its own, and what becomes of its one frame.  A space makes
 * the table its own, by a copy, or as it is when nobody else has it; drops it;
 * loads and stores.  Each CPU remembers the entry that leads to the table and
 * walks on from there, until its flush.
 *
 * The frame has a reference for each table that names it.  A store goes to the
 * frame only where it has one reference; else the space has a copy of it.
 *
 * Mistakes, one a macro:
 *   EARLY	 the reference to the table is dropped before the flush
 *   FRAME_ONLY	 a store asks how many references the frame has, and not the
 *		 table's
 *   NO_PROTECT	 the copy is made of entries that still allow stores
 *   UNCOUNTED	 a copy takes no reference to the frame
 */
#define SPACES 3
#define OWN 1		/* the upper entry: a table of the space's own */
#define HIDE 2		/* the shared one, and no walk enters */
#define SHOW 3		/* for loads only */
#define NONE 0

byte upper[SPACES] = HIDE;
byte refs = SPACES;		/* to the shared table */
bool writable = true;		/* its entry allows stores */
bool freed;			/* it belongs to somebody else */
byte frame = 1;			/* references to the frame */
bool alone[SPACES];		/* the space's own table has a copy of it */
bool own_is_shared[SPACES];	/* it adopted the table: no copy of it */
bool own_writable[SPACES];	/* the entry in its own copy of the table */
bool knows[SPACES];		/* the CPU remembers what leads to the table */

/* The hardware walks from the root at any moment, or from what it remembers. */
inline walk(s)
{
	atomic {
		if
		:: upper[s] == SHOW || (upper[s] == OWN && own_is_shared[s]) ->
			knows[s] = true
		:: else
		fi;
		assert(!(knows[s] && freed))
	}
}

inline flush(s)
{
	atomic { knows[s] = false }
}

/* The frame loses a reference; nobody may still name it when it is the last. */
inline put_frame()
{
	atomic { assert(frame > 0); frame-- }
}

/* A table is freed when no CPU can walk it any more. */
inline free_table()
{
	atomic { assert(!knows[0] && !knows[1] && !knows[2]); freed = true }
}

/* put_table(): the last reference frees the table, and its frame's goes. */
inline put_table()
{
	bool last;

	atomic { assert(refs > 0); refs--; last = refs == 0 };
	if
	:: last -> put_frame(); free_table()
	:: else
	fi
}

/* own_table() */
inline own(s)
{
	if
	:: refs == 1 ->
		own_is_shared[s] = true;
		upper[s] = OWN
	:: refs != 1 ->
#ifndef NO_PROTECT
		writable = false;
#endif
		atomic {
#ifndef UNCOUNTED
			frame++;
#endif
			own_writable[s] = writable
		};
		was_shown = upper[s] == SHOW;
		upper[s] = OWN;
#ifdef EARLY
		put_table();
		if
		:: was_shown -> flush(s)
		:: else
		fi
#else
		if
		:: was_shown -> flush(s)
		:: else
		fi;
		put_table()
#endif
	fi
}

/* A store by a walk of the hardware, where the entries allow it. */
inline may_store(s)
{
	atomic {
		if
		:: upper[s] == OWN && !alone[s] &&
		   (own_is_shared[s] -> writable : own_writable[s]) ->
			/* it must see the frame alone */
			assert(frame == 1 && (!own_is_shared[s] || refs == 1))
		:: else
		fi
	}
}

/* A fault for a store: reuse(), or a copy of the frame. */
inline store(s)
{
#ifdef FRAME_ONLY
	if
	:: upper[s] != OWN && frame == 1 ->
		atomic { writable = true; assert(refs == 1) }
	:: upper[s] != OWN && frame != 1 -> own(s)
	:: upper[s] == OWN
	fi;
#else
	if
	:: upper[s] != OWN -> own(s)
	:: upper[s] == OWN
	fi;
#endif
	may_store(s);
	if
	:: upper[s] == OWN && !alone[s] ->
		atomic {
			if
			:: frame == 1 && own_is_shared[s] -> writable = true
			:: frame == 1 && !own_is_shared[s] ->
				own_writable[s] = true
			:: frame != 1 -> alone[s] = true; frame--
			fi
		};
		may_store(s)
	:: else
	fi
}

/* share_zap(), and the end of a table of one's own: an exit or munmap. */
inline drop(s)
{
	if
	:: upper[s] != OWN && refs != 1 ->
		was_shown = upper[s] == SHOW;
		upper[s] = NONE;
#ifdef EARLY
		put_table();
#endif
		if
		:: was_shown -> flush(s)
		:: else
		fi;
#ifndef EARLY
		put_table()
#endif
	:: upper[s] != OWN && refs == 1 ->
		own_is_shared[s] = true;
		upper[s] = OWN;
		drop_own(s)
	:: upper[s] == OWN -> drop_own(s)
	fi
}

/* The entries first, with their flush, then the table, with its own. */
inline drop_own(s)
{
	if
	:: !alone[s] -> put_frame()
	:: alone[s]
	fi;
	upper[s] = NONE;
	flush(s);
	if
	:: own_is_shared[s] -> free_table()
	:: else
	fi
}

active [SPACES] proctype space()
{
	byte n;
	bool was_shown;

	do
	:: n < 2 && upper[_pid] != NONE ->
		n++;
		if
		:: true -> walk(_pid)
		:: upper[_pid] == HIDE ->	/* a load: show() */
			if
			:: refs == 1 ->
				own_is_shared[_pid] = true;
				upper[_pid] = OWN
			:: refs != 1 -> writable = false; upper[_pid] = SHOW
			fi;
			walk(_pid)
		:: true -> store(_pid)
		:: true -> may_store(_pid)
		fi
	:: upper[_pid] != NONE ->
		drop(_pid);
		break
	od;
	walk(_pid)
}
