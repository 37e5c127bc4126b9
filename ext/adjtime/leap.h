/* SPDX-License-Identifier: MIT */
/* Leap seconds, as adjtimex(2) announces and tells them. */
#ifndef EXT_ADJTIME_LEAP_H
#define EXT_ADJTIME_LEAP_H

#include <lt/types.h>

/* What is asked for, in the status: a second more, or less. */
#define STA_INS		0x0010
#define STA_DEL		0x0020

/* What is told, as the result. */
enum leap_state {
	TIME_OK,
	TIME_INS,		/* one will be put in at the day's end */
	TIME_DEL,		/* or left out */
	TIME_OOP,		/* it is that second */
	TIME_WAIT,		/* it was, and the status still says so */
};

#define LEAP_NEVER ((s64)(~0ull >> 1))

/* Seconds are of CLOCK_REALTIME. */
struct leap {
	enum leap_state state;
	s64 at;			/* the second that begins with a jump */
};

/* A second begins.  => by how many the clock is to jump: -1, 0 or 1 */
int leap_second(struct leap *l, s64 second, int status);
/* => the next second whose beginning changes anything, or LEAP_NEVER */
s64 leap_wakes(const struct leap *l, s64 second, int status);

#endif
