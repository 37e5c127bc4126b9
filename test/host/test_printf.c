/* SPDX-License-Identifier: MIT */
/* lib/printf.c against the C library's own, and at every buffer size. */
#include <limits.h>
#include <stdio.h>
#include "unit.h"

#include <lib/printf.h>

/* The same conversion by both, whole and cut at each length. */
#define same(...) do {							\
	char want[256], got[256], cut[256];				\
	int n = snprintf(want, sizeof(want), __VA_ARGS__);		\
									\
	assert_int_equal(fmt_print(got, sizeof(got), __VA_ARGS__), n);	\
	assert_string_equal(got, want);					\
	for (size_t k = 1; k <= (size_t)n + 1; k++) {			\
		memset(cut, '~', sizeof(cut));				\
		assert_int_equal(fmt_print(cut, k, __VA_ARGS__), n);	\
		assert_memory_equal(cut, want, k - 1);			\
		assert_int_equal(cut[k - 1], 0);			\
		assert_int_equal(cut[k], '~');				\
	}								\
	assert_int_equal(fmt_print(NULL, 0, __VA_ARGS__), n);		\
} while (0)

static void test_numbers(void **state)
{
	static const int values[] = { 0, 1, -1, 9, 10, 123456, -123456,
				      INT_MAX, INT_MIN };

	for (size_t k = 0; k < sizeof(values) / sizeof(values[0]); k++) {
		int v = values[k];

		same("%d %u %x %X %o", v, (unsigned)v, (unsigned)v,
		     (unsigned)v, (unsigned)v);
		same("[%5d] [%-8d] [%08d] [%+d] [% d]", v, v, v, v, v);
		same("[%.4d] [%8.4d] [%-8.4d]", v, v, v);
		same("[%#x] [%#o] [%#010x]", (unsigned)v, (unsigned)v,
		     (unsigned)v);
		same("[%*d] [%-*d]", 7, v, 9, v);
	}
}

static void test_lengths(void **state)
{
	same("%lld %llu %llx", LLONG_MIN, ULLONG_MAX, ULLONG_MAX);
	same("%lld %llu", 1000000000000ll, 12345678901234567890ull);
	same("%ld %lu %lx %zu", -5l, 5ul, 255ul, (size_t)77);
	same("%hd %hu %hhd %hhu", (short)-3, (unsigned short)65535,
	     (signed char)-4, (unsigned char)200);
}

static void test_text(void **state)
{
	same("plain");
	same("%s|%10s|%-10s|%.2s|%10.3s", "abc", "abc", "abc", "abc", "abcdef");
	same("%c%c%5c%-5c|", 'x', 'y', 'z', 'w');
	same("100%%");
	same("%s", "");
	same("%.0s|%.*s", "abc", 2, "abc");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
