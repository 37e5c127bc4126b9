/* SPDX-License-Identifier: MIT */
/*
 * Dates of the Gregorian calendar and the seconds since 1970 they stand for:
 * what a clock chip counts in.  Pure.
 */
#ifndef COMPAT_TIMERS_DATE_H
#define COMPAT_TIMERS_DATE_H

#include <lt/types.h>

struct date {
	unsigned year;			/* 1970 and later */
	unsigned month, day;		/* 1 to 12, 1 to 31 */
	unsigned hour, minute, second;
	unsigned weekday, yearday;	/* 0: Sunday, the 1st of January */
};

/* Does the calendar have it?  The last two fields are not looked at. */
bool date_valid(const struct date *d);
/* Return: seconds since 1970 of a valid date. */
u64 date_seconds(const struct date *d);
/* Return: the date of these seconds since 1970, of the next million years. */
struct date date_of(u64 seconds);

#endif
