/* SPDX-License-Identifier: MIT */
/*
 * struct seqlock of kernel/lock/seqlock.h: a writer changes two words twice, a
 * reader must never believe a mixture.
 *
 * Mistakes, one a macro:
 *   MISS_ODD	  the reader does not wait for an even count
 *   NO_RETRY	  it does not look again
 *   NO_ODD_FENCE  seq_write_lock() without its fence
 *   NO_EVEN_RELEASE  seq_write_unlock() with a plain store
 *   NO_BEGIN_ACQUIRE seq_read_begin() with a plain load
 *   NO_RETRY_FENCE  seq_read_retry() without its fence
 */
#define CPUS	1	/* with stores: the reader makes none */
#define VARS	3
#include "relaxed.h"
#define SEQ	0
#define A	1
#define B	2

proctype writer(byte me)
{
	byte i;

	do
	:: i < 2 ->
		put(SEQ, 2 * i + 1);	/* odd: under way */
#ifndef NO_ODD_FENCE
		fence();
#endif
		put(A, i + 1);
		put(B, i + 1);
#ifndef NO_EVEN_RELEASE
		fence();
#endif
		put(SEQ, 2 * i + 2);
		i++
	:: else -> break
	od
}

proctype reader()
{
	byte s, t, x, y;

again:
	t = NONE; x = NONE; y = NONE;
#ifdef NO_BEGIN_ACQUIRE
	if :: x = mem[A] :: skip fi;
	if :: y = mem[B] :: skip fi;
#endif
	s = mem[SEQ];
#ifndef MISS_ODD
	if
	:: s & 1 -> goto again
	:: else
	fi;
#endif
#ifdef NO_RETRY_FENCE
	if :: t = mem[SEQ] :: skip fi;
#endif
	if
	:: x == NONE -> x = mem[A]
	:: else
	fi;
#ifdef NO_RETRY_FENCE
	if :: t == NONE -> t = mem[SEQ] :: skip fi;
#endif
	if
	:: y == NONE -> y = mem[B]
	:: else
	fi;
#ifndef NO_RETRY
	if
	:: t == NONE -> t = mem[SEQ]
	:: else
	fi;
	if
	:: s != t -> goto again
	:: else
	fi;
#endif
	assert(x == y)
}

init { atomic { drains(); run writer(0); run reader() } }
