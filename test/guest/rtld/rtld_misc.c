/* SPDX-License-Identifier: MIT */
/*
 * Relocations that few objects have: functions that choose their code when
 * the program starts (IRELATIVE, STT_GNU_IFUNC), words of text (DT_TEXTREL),
 * compact lists of pointers (DT_RELR), and tables of SysV's hash alone.
 */
#include "../tap.h"

int chosen(void), lib_calls_chosen(void);
int (*lib_points_to_chosen(void))(void);
const int *const *pointers(void);
extern void *const text_word;
extern int text_target[2];

static int here(void)
{
	return 3;
}

static int (*choose_own(void))(void)
{
	return here;
}

int own_choice(void) __attribute__((ifunc("choose_own")));

int main(void)
{
	const int *const *p = pointers();
	int sum = 0;

	check_eq(chosen(), 2, "a library's choice");
	check_eq(lib_calls_chosen(), 2, "in the library");
	check_eq(lib_points_to_chosen()(), 2, "by pointer");
	check_eq(own_choice(), 3, "the program's own");
	for (int i = 0; i < 100; i++)
		sum += *p[i];
	check_eq(sum, 4950, "many pointers");
	check(text_word == &text_target[1], "an address in text");
	check(store_fault((void *)&text_word), "which is read-only again");
	return tap_done();
}
