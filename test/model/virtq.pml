/* SPDX-License-Identifier: MIT */
/*
 * A ring of topics/virtio/virtio.c: the driver posts a buffer, rings the bell, and takes
 * it back; the device sleeps until the bell, and is in order itself.
 *
 * Mistakes, one a macro:
 *   NO_POST	virtq_post_chain(): the index is out before the entry
 *   NO_KICK	virtq_kick(): the bell rings before the index is out
 *   NO_TAKE	virtq_take(): the entry is read before the index shows it
 */
#define CPUS	1
#define VARS	2
#include "relaxed.h"
#define ENTRY	0
#define INDEX	1

bool bell = true;	/* it looks, for what was rung before */
byte used_entry, used_index;	/* the device's stores, in order */

proctype driver(byte me)
{
	byte x = NONE;

	put(ENTRY, 1);
#ifndef NO_POST
	fence();
#endif
	put(INDEX, 1);
#ifndef NO_KICK
	fence();
#endif
	bell = true;
#ifdef NO_TAKE
	if :: x = used_entry :: skip fi;
#endif
	used_index == 1;
	if
	:: x == NONE -> x = used_entry
	:: else
	fi;
	assert(x == 1)
}

proctype device()
{
end:	do
	:: atomic { bell -> bell = false };
		if
		:: mem[INDEX] == 1 ->
			assert(mem[ENTRY] == 1);
			used_entry = 1;
			used_index = 1
		:: else
		fi
	od
}

init { atomic { drains(); run driver(0); run device() } }
