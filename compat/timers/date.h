/* SPDX-License-Identifier: MIT */
/*
 * Conversion between dates of the Gregorian calendar, as clock chips count
 * them, and seconds since 1970.  Pure functions.
 */
#ifndef COMPAT_TIMERS_DATE_H
#define COMPAT_TIMERS_DATE_H

#include <lt/types.h>

struct date {
	unsigned year;			/* 1970 and later */
	unsigned month, day;		/* 1 to 12, 1 to 31 */
	unsigned hour, minute, second;
	unsigned weekday, yearday;	/* 0: Sunday; 0: 1st of January */
};

/* True if the date exists; ignores weekday and yearday. */
bool date_valid(const struct date *d);
/* Return: seconds since 1970 of a valid date. */
u64 date_seconds(const struct date *d);
/* Return: the date of so many seconds since 1970, up to a million years. */
struct date date_of(u64 seconds);

#endif
