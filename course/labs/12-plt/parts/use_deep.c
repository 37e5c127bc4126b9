/* SPDX-License-Identifier: MIT */
/*
 * Lab 12: each object has a PLT of its own.  With an argument: a function that
 * nobody has is missed at its call, and not earlier.
 */
#include "part.h"
#include "many.h"

int plt_deep(int n), plt_calls_nowhere(void);

int main(int argc, char **argv)
{
	(void)argv;
	expect(f1() == 1, "a call from the program came to another function");
	expect(plt_deep(1) == 8 + 43 + 9 + 31, "a call from a library came to "
	       "another function");
	expect(plt_deep(3) == 8 + 43, "a second call from a library came to "
	       "another function");
	expect(G2() == 32, "a call from the program came to another function "
	       "after the library's calls");
	return argc > 1 ? plt_calls_nowhere() : 0;
}
