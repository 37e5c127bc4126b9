/* SPDX-License-Identifier: MIT */
/*
 * Lack of memory (row D13): how much a call wants before it is tried again, and
 * when the patience with dying processes ends.
 */
#include "unit.h"
#include <kernel/process/oom.h>
#include <topics/oom/patience.h>

static void enough_doubles(void **state)
{
	unsigned long most = 700, before = 0;

	assert_int_equal(oom_enough(0, most), 16);
	assert_int_equal(oom_enough(3, most), 128);
	for (unsigned times = 0; times < 300; times++) {
		unsigned long n = oom_enough(times, most);

		assert_true(n >= before && n <= most);
		before = n;
	}
	assert_int_equal(before, most);
	assert_int_equal(oom_enough(255, ~0ul / 2), ~0ul / 2);
	assert_int_equal(oom_enough(0, 5), 5);
}

/* Return: the periods until another victim is chosen; each adds `work` ns. */
static unsigned periods(struct patience *p, bool runs, u64 work)
{
	struct dying d = { .any = true, .runs = runs, .ran = p->ran };

	for (unsigned n = 0; n < 100000; n++, d.ran += work)
		if (patience_is_over(p, &d))
			return n;
	return ~0u;
}

static void patience_ends(void **state)
{
	struct patience p = { 0 };
	struct dying none = { 0 };

	assert_true(patience_is_over(&p, &none));
	/* who only sleeps gets one period, who looks like work some more */
	assert_int_equal(periods(&p, false, 0), 1);
	assert_int_equal(periods(&p, false, PATIENCE_WORK), 1);
	assert_int_equal(periods(&p, true, 0), PATIENCE_MOST);
	assert_int_equal(periods(&p, false, PATIENCE_WORK + 1), PATIENCE_MOST);
	/* the next victim has as much again */
	assert_int_equal(periods(&p, true, 0), PATIENCE_MOST);
}

static void each_that_goes_counts(void **state)
{
	struct patience p = { 0 };

	for (unsigned i = 10 * PATIENCE_MOST; i; i--) {
		struct dying d = { .any = true, .ran = i * 1000ull };

		assert_false(patience_is_over(&p, &d));
	}
}

static void the_last_that_goes_counts(void **state)
{
	struct patience p = { 0 };
	struct dying one = { .any = true, .ran = 1000 }, none = { 0 };

	assert_false(patience_is_over(&p, &one));
	assert_false(patience_is_over(&p, &none));
	assert_true(patience_is_over(&p, &none));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(enough_doubles),
		cmocka_unit_test(patience_ends),
		cmocka_unit_test(each_that_goes_counts),
		cmocka_unit_test(the_last_that_goes_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
