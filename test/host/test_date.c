/* SPDX-License-Identifier: MIT */
/* Every day of some centuries (compat/timers/date.c), counted on by one. */
#include <time.h>
#include "unit.h"
#include <compat/timers/date.h>

#define DAYS	400000u			/* to the year 3065 */

static void as_libc(void **state)
{
	for (unsigned k = 0; k < DAYS; k++) {
		time_t t = (time_t)k * 86400 + k % 86400;
		struct date d = date_of((u64)t);
		struct tm tm;

		assert_non_null(gmtime_r(&t, &tm));
		assert_true(date_valid(&d));
		assert_int_equal(d.year, tm.tm_year + 1900);
		assert_int_equal(d.month, tm.tm_mon + 1);
		assert_int_equal(d.day, tm.tm_mday);
		assert_int_equal(d.hour, tm.tm_hour);
		assert_int_equal(d.minute, tm.tm_min);
		assert_int_equal(d.second, tm.tm_sec);
		assert_int_equal(d.weekday, tm.tm_wday);
		assert_int_equal(d.yearday, tm.tm_yday);
		assert_int_equal(date_seconds(&d), t);
	}
}

static void not_in_the_calendar(void **state)
{
	static const struct date none[] = {
		{ 1969, 12, 31, 0, 0, 0, 0, 0 }, { 2001, 0, 1, 0, 0, 0, 0, 0 },
		{ 2001, 13, 1, 0, 0, 0, 0, 0 }, { 2001, 1, 0, 0, 0, 0, 0, 0 },
		{ 2001, 2, 29, 0, 0, 0, 0, 0 }, { 2100, 2, 29, 0, 0, 0, 0, 0 },
		{ 2001, 4, 31, 0, 0, 0, 0, 0 }, { 2001, 1, 1, 24, 0, 0, 0, 0 },
		{ 2001, 1, 1, 0, 60, 0, 0, 0 }, { 2001, 1, 1, 0, 0, 60, 0, 0 },
	};
	static const struct date some[] = {
		{ 1970, 1, 1, 0, 0, 0, 0, 0 }, { 2000, 2, 29, 23, 59, 59, 0, 0 },
	};

	for (unsigned k = 0; k < sizeof(none) / sizeof(none[0]); k++)
		assert_false(date_valid(&none[k]));
	for (unsigned k = 0; k < sizeof(some) / sizeof(some[0]); k++)
		assert_true(date_valid(&some[k]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_libc),
		cmocka_unit_test(not_in_the_calendar),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
