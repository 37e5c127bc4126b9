/* SPDX-License-Identifier: MIT */
/* The rate of a counter (lib/rate.c), as hosts that delay the CPU show it. */
#include "unit.h"
#include <lib/rate.h>

#define HZ	1193182u		/* the 8254's */
#define WAIT	11932u			/* 10 ms of it */
#define GHZ	1000000000ull
#define PERCENT	(GHZ / 100)

static void two_pairs_do_not_suffice(void **state)
{
	struct rate r = { 0 };

	assert_int_equal(rate_known(&r), 0);
	rate_add(&r, 9999000, 10001000, WAIT, HZ);
	rate_add(&r, 9999000, 10001000, WAIT, HZ);
	assert_int_equal(rate_known(&r), 0);
}

static void three_close_pairs_do(void **state)
{
	struct rate r = { 0 };

	rate_add(&r, 9999000, 10001000, WAIT, HZ);
	rate_add(&r, 9998000, 10002000, WAIT, HZ);
	rate_add(&r, 9998000, 10002000, WAIT, HZ);
	assert_in_range(rate_known(&r), GHZ - PERCENT, GHZ + PERCENT);
}

/* The CPU stood still for 3.7 s before the second read. */
static void a_delay_is_no_rate(void **state)
{
	struct rate r = { 0 };

	rate_add(&r, 9990000, 3710000000u, WAIT, HZ);
	assert_int_equal(rate_known(&r), 0);
	rate_add(&r, 9990000, 3710000000u, WAIT, HZ);
	assert_int_equal(rate_known(&r), 0);
	assert_int_equal(rate_middle(&r), 0);
	for (int i = 0; i < RATE_PAIRS; i++)
		rate_add(&r, 9990000, 10010000, WAIT, HZ);
	assert_in_range(rate_known(&r), GHZ - PERCENT, GHZ + PERCENT);
}

/* Each pair is delayed at another place; together they say enough. */
static void pairs_narrow_each_other(void **state)
{
	struct rate r = { 0 };

	rate_add(&r, 9950000, 20000000, WAIT, HZ);
	rate_add(&r, 5000000, 10050000, WAIT, HZ);
	rate_add(&r, 5000000, 20000000, WAIT, HZ);
	assert_in_range(rate_known(&r), GHZ - PERCENT, GHZ + PERCENT);
}

/* Exact bounds of two different rates: begin again, with the newer one. */
static void contradiction_begins_again(void **state)
{
	struct rate r = { 0 };

	rate_add(&r, 39990000, 40010000, WAIT, HZ);
	rate_add(&r, 9990000, 10010000, WAIT, HZ);
	assert_int_equal(rate_known(&r), 0);
	rate_add(&r, 9990000, 10010000, WAIT, HZ);
	rate_add(&r, 9990000, 10010000, WAIT, HZ);
	assert_in_range(rate_known(&r), GHZ - PERCENT, GHZ + PERCENT);
}

/* Half a millisecond is too coarse for 10 ms, but not for 50 ms. */
static void coarse_clocks_need_long_times(void **state)
{
	struct rate r = { 0 };

	rate_add(&r, 10000000, 10500000, WAIT, HZ);
	rate_add(&r, 10000000, 10500000, WAIT, HZ);
	assert_int_equal(rate_known(&r), 0);
	rate_add(&r, 50000000, 50500000, 5 * WAIT, HZ);
	assert_in_range(rate_known(&r), GHZ - PERCENT, GHZ + 2 * PERCENT);
}

/* Clocks in steps: bounds that miss each other by little do not contradict. */
static void steps_do_not_contradict(void **state)
{
	struct rate r = { 0 };

	rate_add(&r, 9980000, 9990000, WAIT, HZ);
	rate_add(&r, 10010000, 10020000, WAIT, HZ);
	rate_add(&r, 10000000, 10010000, WAIT, HZ);
	assert_in_range(rate_known(&r), GHZ - PERCENT, GHZ + PERCENT);
}

/*
 * v86 5 s after its page was opened: of the first reads within a step of the
 * browser's clock, the second runs ahead by all the time since 0, and the
 * counter goes back at the next step.
 */
static void counter_that_goes_back_is_no_rate(void **state)
{
	const u64 at[4] = {
		5000000000, 9999999999, 5020200000, 5020249999,
	};
	struct rate r = { 0 };

	rate_add(&r, at[2] - at[1], at[3] - at[0], 24099, HZ);
	assert_int_equal(rate_middle(&r), 0);
	for (int i = 0; i < RATE_PAIRS; i++)	/* as if two were ahead */
		rate_add(&r, at[2] - at[1], at[3] - at[1], 24099, HZ);
	assert_int_equal(rate_middle(&r), 0);
	for (int i = 0; i < RATE_PAIRS; i++)
		rate_add(&r, 20150000, 20250000, 24099, HZ);
	assert_in_range(rate_known(&r), GHZ - PERCENT, GHZ + PERCENT);
}

static void fast_and_long_fits(void **state)
{
	struct rate r = { 0 };

	rate_add(&r, 3000000000ull * 60, 6000000000ull * 60, WAIT, HZ);
	assert_true(rate_middle(&r) > r.low);
	assert_in_range(r.high / 1000000000, 36000, 36300);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_pairs_do_not_suffice),
		cmocka_unit_test(three_close_pairs_do),
		cmocka_unit_test(a_delay_is_no_rate),
		cmocka_unit_test(pairs_narrow_each_other),
		cmocka_unit_test(contradiction_begins_again),
		cmocka_unit_test(coarse_clocks_need_long_times),
		cmocka_unit_test(steps_do_not_contradict),
		cmocka_unit_test(counter_that_goes_back_is_no_rate),
		cmocka_unit_test(fast_and_long_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
