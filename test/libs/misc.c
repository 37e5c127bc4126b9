/* SPDX-License-Identifier: MIT */
/* For misc.c: a function that is chosen, and a table of pointers. */
int chosen(void), lib_calls_chosen(void);
int (*lib_points_to_chosen(void))(void);
const int *const *pointers(void);

static int two(void)
{
	return 2;
}

static int (*choose(void))(void)
{
	return two;
}

int chosen(void) __attribute__((ifunc("choose")));

int lib_calls_chosen(void)
{
	return chosen();
}

int (*lib_points_to_chosen(void))(void)
{
	return chosen;
}

#define TEN(m, n)	m(n), m(n + 1), m(n + 2), m(n + 3), m(n + 4), \
			m(n + 5), m(n + 6), m(n + 7), m(n + 8), m(n + 9)
#define HUNDRED(m)	TEN(m, 0), TEN(m, 10), TEN(m, 20), TEN(m, 30), \
			TEN(m, 40), TEN(m, 50), TEN(m, 60), TEN(m, 70), \
			TEN(m, 80), TEN(m, 90)
#define NUMBER(n)	n
#define POINTER(n)	&numbers[n]

static const int numbers[100] = { HUNDRED(NUMBER) };
static const int *const table[100] = { HUNDRED(POINTER) };

const int *const *pointers(void)
{
	return table;
}
