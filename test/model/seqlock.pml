/* SPDX-License-Identifier: MIT */
/*
 * struct seqlock of kernel/lock.h: a writer changes two words twice, a reader
 * must never believe a mixture.  With MISS_ODD the reader does not wait for
 * an even count; with NO_RETRY it does not look again.
 */
byte seq, a, b;

active proctype writer()
{
	byte i;

	do
	:: i < 2 ->
		seq++;		/* odd: under way */
		a++;
		b++;
		seq++;
		i++
	:: else -> break
	od
}

active proctype reader()
{
	byte s, x, y;

again:
	s = seq;
#ifndef MISS_ODD
	if
	:: s & 1 -> goto again
	:: else
	fi;
#endif
	x = a;
	y = b;
#ifndef NO_RETRY
	if
	:: s != seq -> goto again
	:: else
	fi;
#endif
	assert(x == y)
}
