/* SPDX-License-Identifier: MIT */
/*
 * Dates.  UTC is the only time zone supported: if another one is set, local
 * time fails rather than give a wrong result.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Convert days since 1970 to a Gregorian date, with years from March on. */
static int set_date(struct tm *t, int64_t days)
{
	int64_t era, year, day;
	int month;

	days += 719468;				/* since March 1st of year 0 */
	era = (days >= 0 ? days : days - 146096) / 146097;
	day = days - era * 146097;
	year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
	day -= 365 * year + year / 4 - year / 100;
	month = (int)(5 * day + 2) / 153;	/* 0: March */
	t->tm_mday = (int)day - (153 * month + 2) / 5 + 1;
	t->tm_mon = month < 10 ? month + 2 : month - 10;
	year += era * 400 + (month >= 10);
	if (year - 1900 > INT_MAX || year - 1900 < INT_MIN)
		return 0;
	t->tm_year = (int)(year - 1900);
	if (month >= 10)
		t->tm_yday = (int)day - 306;
	else
		t->tm_yday = (int)day + 59 + (year % 4 == 0 &&
				(year % 100 != 0 || year % 400 == 0));
	return 1;
}

struct tm *gmtime_r(const time_t *when, struct tm *t)
{
	int64_t days = *when / 86400, second = *when % 86400;

	if (second < 0) {
		second += 86400;
		days--;
	}
	memset(t, 0, sizeof(*t));
	t->tm_hour = (int)(second / 3600);
	t->tm_min = (int)(second / 60 % 60);
	t->tm_sec = (int)(second % 60);
	t->tm_wday = (int)((days % 7 + 11) % 7);	/* 1970 began on a Thursday */
	t->tm_zone = "UTC";
	if (set_date(t, days))
		return t;
	errno = EOVERFLOW;
	return NULL;
}

static int zone_is_utc(void)
{
	const char *zone = getenv("TZ");

	if (!zone)
		return access("/etc/localtime", F_OK) != 0;
	if (*zone == ':')
		zone++;
	return !*zone || !strcmp(zone, "UTC") || !strcmp(zone, "UTC0") ||
	       !strcmp(zone, "GMT") || !strcmp(zone, "GMT0");
}

struct tm *localtime_r(const time_t *when, struct tm *t)
{
	if (zone_is_utc())
		return gmtime_r(when, t);
	errno = EOPNOTSUPP;
	return NULL;
}
