/* SPDX-License-Identifier: MIT */
/*
 * lib/chars.h: which characters are digits, and of which value, and which are
 * spaces, of all there are.
 */
#include "unit.h"
#include <lib/chars.h>

static void digits(void **state)
{
	static const char lower[] = "0123456789abcdef";
	static const char upper[] = "0123456789ABCDEF";

	for (unsigned c = 0; c < 256; c++) {
		const char *l = c ? strchr(lower, (int)c) : NULL;
		const char *u = c ? strchr(upper, (int)c) : NULL;

		if (l)
			assert_int_equal(digit_value((char)c), l - lower);
		else if (u)
			assert_int_equal(digit_value((char)c), u - upper);
		else
			assert_true(digit_value((char)c) > 16);
	}
}

/* Linux's isspace(): those of C, and the no-break space of Latin-1. */
static void spaces(void **state)
{
	static const char all[] = " \t\n\v\f\r\xa0";
	static const char text[] = "\xa0\v \f\r\n\tx ";

	for (unsigned c = 0; c < 256; c++)
		assert_int_equal(char_is_space((char)c),
				 c && strchr(all, (int)c));
	assert_ptr_equal(str_skip_spaces(text), text + 7);
	assert_ptr_equal(str_skip_spaces(text + 7), text + 7);
	assert_ptr_equal(str_skip_spaces(all), all + 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digits),
		cmocka_unit_test(spaces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
