/* SPDX-License-Identifier: MIT */
/*
 * Lab 12: a program with fixed addresses.  Its pointer to a library's function
 * is the address of its own PLT entry.
 */
#include "part.h"

int plt_target(int n);
int (*plt_pointer(void))(int);
int plt_calls_target(int n);

int main(int argc, char **argv)
{
	int (*volatile pointer)(int) = plt_target;

	(void)argv;
	expect(plt_pointer() == pointer, "the library's pointer to a function "
	       "is not equal to the program's");
	expect(plt_calls_target(argc) == argc + 5, "a call from the library "
	       "came to another function");
	expect(plt_target(argc) == argc + 5, "a call from the program came to "
	       "another function");
	expect(pointer(argc) == argc + 5 && plt_pointer()(argc) == argc + 5,
	       "a call through a pointer came to another function");
	return 0;
}
