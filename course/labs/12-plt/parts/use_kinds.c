/* SPDX-License-Identifier: MIT */
/* Lab 12: symbols that are no functions, and records of other types. */
#include "part.h"

extern __thread int plt_own;
extern int plt_data;
extern char plt_absolute[];
extern char plt_null[];
int *plt_address_of_own(void);

static int one(int a)
{
	return a + 1;
}

/* The program itself chooses this function: a record without a symbol. */
static __typeof__(one) *choose(void)
{
	return one;
}

static int mine(int a) __attribute__((ifunc("choose")));

int main(int argc, char **argv)
{
	char *volatile null = plt_null;

	(void)argv;
	expect(plt_own == 7, "a thread-local variable of the library has not "
	       "its value");
	expect(&plt_own == plt_address_of_own(), "the library and the program "
	       "have two different thread-local variables");
	expect(plt_data == 8, "a variable of the library has not its value");
	expect((unsigned long)plt_absolute == 0x1234,
	       "an absolute symbol has not its value");
	expect(!null, "an absolute symbol of the value 0 is not 0");
	expect(mine(argc) == argc + 1, "a function that the program chooses "
	       "was not called");
	return 0;
}
