/* SPDX-License-Identifier: MIT */
/*
 * Lab 12: a library that calls others through its own PLT, and itself again
 * while a first call is under way.
 */
#include "many.h"

int plt_deep(int n), plt_nowhere(void), plt_calls_nowhere(void);

int plt_deep(int n)
{
	if (n == 3)
		return f8() + plt_3();
	if (n == 2)
		return f9() + plt_deep(n + 1);
	return G1() + plt_deep(n + 1);
}

/* Nobody has this function. */
int plt_calls_nowhere(void)
{
	return plt_nowhere();
}
