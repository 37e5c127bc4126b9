/* SPDX-License-Identifier: MIT */
/*
 * Gregorian calendar.  Years are taken to begin in March: then the leap day is
 * the last one of a year, and the lengths of the months before it follow a
 * rule:
 *
 *   Mar Apr May Jun Jul  Aug Sep Oct Nov Dec  Jan Feb
 *    31  30  31  30  31   31  30  31  30  31   31  28 or 29
 *   |--- 153 days ----|  |--- 153 days ----|  |--- ...
 *
 * So (153 * m + 2) / 5 days come before month m, where March is 0. 400 years
 * have 146097 days.
 */
#include "date.h"

#define DAY		86400u
#define ERA		146097u		/* days of 400 years */
#define TO_1970		719468u		/* days from March 1, year 0, to 1970 */
#define THURSDAY	4		/* weekday of January 1, 1970 */

static bool leap(unsigned year)
{
	return !(year % 4) && (year % 100 || !(year % 400));
}

static unsigned month_days(unsigned year, unsigned month)
{
	static const u8 days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
				   31 };

	return days[month - 1] + (month == 2 && leap(year));
}

bool date_valid(const struct date *d)
{
	return d->year >= 1970 && d->month - 1 < 12 && d->day >= 1 &&
		d->day <= month_days(d->year, d->month) && d->hour < 24 &&
		d->minute < 60 && d->second < 60;
}

/*
 * Count days since March 1 of year 0.  January and February belong to the
 * previous year.  Every fourth year has a leap day, unless it is divisible by
 * 100 and not by 400.
 */
static u64 days_since_0(unsigned year, unsigned month, unsigned day)
{
	unsigned shifted = (month + 9) % 12;	/* March is 0 */
	u64 y = year - (month < 3);

	return 365 * y + y / 4 - y / 100 + y / 400 +
		(153 * shifted + 2) / 5 + day - 1;
}

u64 date_seconds(const struct date *d)
{
	return (days_since_0(d->year, d->month, d->day) - TO_1970) * DAY +
		d->hour * 3600 + d->minute * 60 + d->second;
}

/* Fill in year, month and day. */
static void calendar(struct date *d, u64 days)
{
	unsigned era = (unsigned)(days / ERA), rest = (unsigned)(days % ERA);
	/*
	 * year of the era; the corrections skip the last days of each 4, 100
	 * and 400 years
	 */
	unsigned year = (rest - rest / 1460 + rest / 36524 - rest / 146096) /
		365;
	unsigned day = rest - (365 * year + year / 4 - year / 100);
	unsigned shifted = (5 * day + 2) / 153;

	d->month = (shifted + 2) % 12 + 1;
	d->day = day - (153 * shifted + 2) / 5 + 1;
	d->year = era * 400 + year + (d->month < 3);
}

struct date date_of(u64 seconds)
{
	u64 days = seconds / DAY;
	unsigned rest = (unsigned)(seconds % DAY);
	struct date d = { .hour = rest / 3600, .minute = rest / 60 % 60,
			  .second = rest % 60 };

	calendar(&d, days + TO_1970);
	d.weekday = (unsigned)((days + THURSDAY) % 7);
	d.yearday = (unsigned)(days + TO_1970 - days_since_0(d.year, 1, 1));
	return d;
}
