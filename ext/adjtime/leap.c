/* SPDX-License-Identifier: MIT */
/*
 * Leap seconds (row B10): the states between one's announcement and its end.
 *
 *	        STA_INS                 midnight         a second
 *	TIME_OK -------> TIME_INS ----------> TIME_OOP ----------> TIME_WAIT
 *	        STA_DEL            23:59:59
 *	        -------> TIME_DEL ----------------------------------> (same)
 *
 * TIME_WAIT, and what was announced, end when the status is cleared.  All
 * changes happen as a second begins.  Nothing here knows of clocks or locks:
 * ext/adjtime/adjust.c has both.
 */
#include <ext/adjtime/leap.h>

#define DAY 86400

static void announce(struct leap *l, s64 second, int status)
{
	if (status & STA_INS) {
		l->state = TIME_INS;
		l->at = second + DAY - second % DAY;
	} else if (status & STA_DEL) {
		l->state = TIME_DEL;
		l->at = second + DAY - (second + 1) % DAY;
	}
}

static void end(struct leap *l, enum leap_state state)
{
	l->state = state;
	l->at = LEAP_NEVER;
}

/* It was announced, and still is?  Then it may be due. */
static int announced(struct leap *l, s64 second, bool still)
{
	if (!still) {
		end(l, TIME_OK);
		return 0;
	}
	if (second < l->at)
		return 0;
	if (l->state == TIME_INS) {
		l->state = TIME_OOP;
		return -1;
	}
	end(l, TIME_WAIT);
	return 1;
}

int leap_second(struct leap *l, s64 second, int status)
{
	switch (l->state) {
	case TIME_OK:
		announce(l, second, status);
		break;
	case TIME_INS:
		return announced(l, second, status & STA_INS);
	case TIME_DEL:
		return announced(l, second, status & STA_DEL);
	case TIME_OOP:
		end(l, TIME_WAIT);
		break;
	case TIME_WAIT:
		if (!(status & (STA_INS | STA_DEL)))
			end(l, TIME_OK);
		break;
	}
	return 0;
}

s64 leap_wakes(const struct leap *l, s64 second, int status)
{
	bool asked = status & (STA_INS | STA_DEL);

	switch (l->state) {
	case TIME_OK:
		return asked ? second + 1 : LEAP_NEVER;
	case TIME_INS:
		return status & STA_INS ? l->at : second + 1;
	case TIME_DEL:
		return status & STA_DEL ? l->at : second + 1;
	case TIME_OOP:
		return second + 1;
	case TIME_WAIT:
		return asked ? LEAP_NEVER : second + 1;
	}
	return LEAP_NEVER;
}
