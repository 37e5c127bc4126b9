/* SPDX-License-Identifier: MIT */
/*
 * Lab 12: the library's filter was changed: it says that plt_Ez() and plt_ab()
 * are not there.
 */
#include "part.h"

int plt_Ez(void) __attribute__((weak));
int plt_ab(void) __attribute__((weak));
int plt_here(void);

int main(void)
{
	expect(plt_here() == 1, "plt_here() is another function");
	expect(!plt_Ez, "the filter has not the first bit of plt_Ez(), and the "
	       "function was searched nevertheless");
	expect(!plt_ab, "the filter has not the second bit of plt_ab(), and "
	       "the function was searched nevertheless");
	return 0;
}
