/* SPDX-License-Identifier: MIT */
/* Lab 12: a program linked with the library, or with an OLD one. */
#include "part.h"

int plt_answer(void), plt_only_new(void);

int main(void)
{
	expect(plt_answer() == VERSION, "a function of another version was "
	       "called");
	expect(plt_only_new() == 3, "a function that has only one version is "
	       "another");
	return 0;
}
