/* SPDX-License-Identifier: MIT */
/*
 * mm/tables/zap.c and mm/tables/pt.c (rows A4, A12): taking pages out of a space and then
 * the table that held them.  Hardware may walk at any moment, ahead of the
 * program too, and may remember the entry that leads to the table: from that
 * it walks on without reading it again.  The table must not be somebody
 * else's while a CPU may do so.
 *
 * The CPU that walks runs a program of the space, or borrows it for a kernel
 * thread; a flush is done on it when it is asked to.
 *
 * Mistakes, one a macro:
 *   EARLY	 no flush after the table is out of the tree; the one for its
 *		 pages came before
 *   LEAF_ONLY	 the second flush names a page: it spares what leads there
 *   ACTIVE_ONLY only a CPU that runs a program of the space is asked
 *   LEAVE_FIRST unload() says that the CPU left the space before it has
 *		 another root
 */
bool upper = true;	/* the entry above leads to the table */
bool leaf = true;	/* the entry in the table leads to the page */
bool others;		/* the table belongs to somebody else */
bool page_free;		/* the page does */

bool knows_upper;	/* the CPU remembers the entry above */
bool knows_leaf;	/* and the translation */
bool runs = true;		/* it runs the program; else it borrows */
bool loaded = true;		/* CPU_LOADED: it has the root */

inline flush_page()
{
	atomic { knows_leaf = false }
}

inline flush_all()
{
	atomic { knows_leaf = false; knows_upper = false }
}

active proctype unmap()
{
	leaf = false;
	flush_page();
	page_free = true;
	upper = false;
#ifdef EARLY
	skip;
#elif defined(LEAF_ONLY)
	flush_page();
#elif defined(ACTIVE_ONLY)
	if
	:: runs -> flush_all()
	:: !runs
	fi;
#else
	if
	:: loaded -> flush_all()
	:: !loaded
	fi;
#endif
	others = true
}

active proctype walker()
{
	byte n;

	do
	:: n < 6 ->
		n++;
		if
		:: atomic {		/* a walk from the root */
			upper -> knows_upper = true
		   }
		:: atomic {		/* on from what is remembered */
			knows_upper -> assert(!others);
			knows_leaf = leaf
		   }
		:: atomic {		/* a use of the translation */
			knows_leaf -> assert(!page_free)
		   }
		:: runs = !runs
		:: skip
		:: loaded ->
#ifndef LEAVE_FIRST
			atomic { n = 6; knows_leaf = false; knows_upper = false };
#endif
			loaded = false
		fi
	:: else -> break
	od
}
