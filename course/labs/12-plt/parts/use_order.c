/* SPDX-License-Identifier: MIT */
/* Lab 12: the first object in the order of loading wins. */
#include "part.h"

int plt_both(void), plt_program(void), plt_preloaded(void);
int plt_asks_1(void), plt_asks_2(void);
int plt_asks_program_1(void), plt_asks_program_2(void);

__attribute__((weak)) int plt_program(void)
{
	return 9;
}

int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1) {
		expect(plt_preloaded() == 3, "a function of the preloaded "
		       "library was not preferred");
		expect(plt_program() == 9, "the preloaded library was asked "
		       "before the program");
		return 0;
	}
	expect(plt_both() == 1, "the program got the function of the second "
	       "library, not that of the first");
	expect(plt_asks_1() == 1, "the first library did not get its own "
	       "function");
	expect(plt_asks_2() == 1, "the second library did not get the function "
	       "of the first");
	expect(plt_asks_program_1() == 9, "the first library did not get the "
	       "function of the program");
	expect(plt_asks_program_2() == 9, "the second library did not get the "
	       "function of the program");
	return 0;
}
