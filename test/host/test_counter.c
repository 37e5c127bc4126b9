/* SPDX-License-Identifier: MIT */
/* Ticks and ns of a counter of constant rate (dev/chip/counter.c). */
#include "unit.h"
#include <dev/chip/counter.h>
#include <lt/compiler.h>

#define HOUR	3600ull
#define GHZ	1000000000u

struct vdso_clock vdso_clock;
const char vdso_image[1];

/* What boards have: RISC-V's and Arm's counters, and the fastest allowed. */
static const u32 rates[] = {
	1000000, 10000000, 24000000, 54000000, 62500000, 999999999, GHZ,
	GHZ + 1, 3999999999u,
};

static void an_hour_is_an_hour(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(rates); i++) {
		counter_init(rates[i]);
		/* a tick less may have been rounded off */
		assert_in_range(counter_ns(HOUR * rates[i]), HOUR * GHZ - 1,
				HOUR * GHZ);
	}
}

static void a_deadline_has_passed_when_it_fires(void **state)
{
	static const ktime_t deadlines[] = { 0, 1, 999, 1000001, 59 * GHZ };

	for (size_t i = 0; i < ARRAY_SIZE(rates); i++) {
		u64 tick_ns = GHZ / rates[i] + 1;

		counter_init(rates[i]);
		for (size_t k = 0; k < ARRAY_SIZE(deadlines); k++)
			assert_in_range(
				counter_ns(counter_deadline(0, deadlines[k])),
				deadlines[k], deadlines[k] + 2 * tick_ns);
	}
}

static void a_far_deadline_fires_in_an_hour(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(rates); i++) {
		counter_init(rates[i]);
		assert_int_equal(counter_deadline(7, 2 * HOUR * GHZ),
				 7 + HOUR * rates[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_hour_is_an_hour),
		cmocka_unit_test(a_deadline_has_passed_when_it_fires),
		cmocka_unit_test(a_far_deadline_fires_in_an_hour),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
