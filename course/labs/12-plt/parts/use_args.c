/* SPDX-License-Identifier: MIT */
/* Lab 12: the arguments of a first call, or of any call, arrive. */
#include "part.h"

int main(void)
{
	expect(plt_integers(1, 2, 3, 4, 5, 6, 7, 8, 9) == 987654321,
	       "nine integers did not arrive at the first call");
	expect(plt_numbers(1, 2, 3, 4, 5, 6, 7, 8) == 12345678.0,
	       "eight floating-point numbers did not arrive at the first call");
	expect(plt_chosen(1, 2, 3) == 123, "three integers did not arrive at "
	       "a function that the library chose at this call");
	expect(plt_chosen_number(1, 2, 3, 4, 5, 6, 7, 8) == 12345678.0,
	       "eight floating-point numbers did not arrive at a function "
	       "that the library chose at this call");
	expect(plt_integers(2, 2, 2, 2, 2, 2, 2, 2, 2) == 222222222,
	       "nine integers did not arrive at the second call");
	return 0;
}
