/* SPDX-License-Identifier: MIT */
/* Lab 12: a program that needs the C library alone. */
#include "part.h"

int main(int argc, char **argv)
{
	expect(argc == 1 && strlen(argv[0]) > 3, "strlen() is another "
	       "function");
	return 0;
}
