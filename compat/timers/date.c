/* SPDX-License-Identifier: MIT */
/*
 * The calendar (Gregorian).  Years are taken to begin in March, so that the odd
 * day is a year's last, and the lengths of the months before it follow a rule:
 *
 *   Mar Apr May Jun Jul  Aug Sep Oct Nov Dec  Jan Feb
 *    31  30  31  30  31   31  30  31  30  31   31  28 or 29
 *   |--- 153 days ----|  |--- 153 days ----|  |--- ...
 *
 * so (153 * m + 2) / 5 days come before month m, where March is 0.  400 years
 * have 146097 days.
 */
#include "date.h"

#define DAY		86400u
#define ERA		146097u		/* days of 400 years */
#define TO_1970		719468u		/* days since the 1st of March, 0 */
#define THURSDAY	4		/* the 1st of January 1970 */

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
 * Days since the 1st of March of the year 0.  January and February belong to
 * the year before; every fourth year has a day more, unless 100 divides it and
 * 400 does not.
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

/* Fills in year, month and day. */
static void calendar(struct date *d, u64 days)
{
	unsigned era = (unsigned)(days / ERA), rest = (unsigned)(days % ERA);
	/* of this era; the last days of 4, 100 and 400 years do not count */
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
