/* SPDX-License-Identifier: MIT */
/*
 * Whose symbol a reference gets (row D17): the first object in the order of
 * loading that has it, weak or not, but never a hidden one; a protected one
 * is its library's own.
 *
 *	this program needs a and b; a needs c; the order is program a b c
 */
#include "../tap.h"

int both(void), weak_first(void), deep(void), hidden(void), overridden(void);
int a_calls_overridden(void), a_calls_hidden(void), a_calls_guarded(void);
int a_calls_both(void), b_calls_both(void), b_calls_guarded(void);
int c_calls_deep_for_a(void), guarded(void);
int (*a_points_to_both(void))(void);
int (*a_points_to_guarded(void))(void);
extern int nowhere(void) __attribute__((weak));
int a_sees_nowhere(void);
extern int *const a_to_table;
extern int table[4];

int overridden(void)
{
	return 'p';
}

int guarded(void)
{
	return 'p';
}

int main(void)
{
	check_eq(both(), 'a', "the library named first wins");
	check_eq(b_calls_both(), 'a', "in the other library as well");
	check_eq(a_calls_both(), 'a', "and in itself");
	check_eq(weak_first(), 'a', "a weak symbol wins over a later strong");
	check_eq(deep(), 'b', "breadth first: b's before what a needs");
	check_eq(c_calls_deep_for_a(), 'b', "in the library that has one itself");
	check_eq(a_calls_overridden(), 'p', "a program replaces a function");
	check_eq(overridden(), 'p', "and has its own");
	check_eq(a_calls_hidden(), 'a', "a hidden symbol is its library's");
	check_eq(hidden(), 'b', "and nobody else's");
	check_eq(a_calls_guarded(), 'a', "a protected one is its library's");
	check_eq(b_calls_guarded(), 'p', "but others may have another's");
	check(!nowhere && !a_sees_nowhere(), "weak and nowhere is no address");
	check(a_points_to_both() == both, "a function has one address");
	check_eq(a_points_to_both()(), 'a', "which may be called");
	check_eq(a_points_to_guarded()(), 'a', "a protected one's is its own");
	check(a_to_table == &table[2], "an address and an addend");
	return tap_done();
}
