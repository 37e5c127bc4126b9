/* SPDX-License-Identifier: MIT */
/*
 * Reference counts (<lt/atomic.h>): the last put tells, 0 is never revived,
 * and a count that would wrap panics long before.
 */
#include "unit.h"
#include <lt/atomic.h>

static jmp_buf panicked;

void panic(const char *fmt, ...)
{
	(void)fmt;
	longjmp(panicked, 1);
}

static bool get_panics(int from)
{
	ref_t r = { from };

	if (setjmp(panicked))
		return true;
	ref_get(&r);
	assert_int_equal(ref_read(&r), from + 1);
	return false;
}

static bool put_panics(int from)
{
	ref_t r = { from };

	if (setjmp(panicked))
		return true;
	assert_int_equal(ref_put(&r), from == 1);
	return false;
}

static void test_count(void **state)
{
	ref_t r;

	ref_init(&r);
	ref_get(&r);
	assert_false(ref_put(&r));
	assert_true(ref_put(&r));
	assert_int_equal(ref_read(&r), 0);
}

static void test_dead(void **state)
{
	assert_true(get_panics(0));
	assert_true(get_panics(-1));
	assert_true(put_panics(0));
	assert_false(put_panics(1));
	assert_false(put_panics(2));
}

/* Every CPU may pass the check at once: there is room behind REF_MAX. */
static void test_wrap(void **state)
{
	assert_false(get_panics(1));
	assert_false(get_panics(REF_MAX - 1));
	assert_true(get_panics(REF_MAX));
	assert_true(get_panics(REF_MAX + 1000));
	assert_true(get_panics(INT32_MAX - 1));
	assert_true(get_panics(INT32_MIN));
	assert_false(put_panics(REF_MAX));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_count),
		cmocka_unit_test(test_dead),
		cmocka_unit_test(test_wrap),
	};

	return cmocka_run_group_tests_name("ref", tests, NULL, NULL);
}
