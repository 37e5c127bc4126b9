/* SPDX-License-Identifier: MIT */
/*
 * mistake WHAT: make a mistake that the processor or the kernel notices, to
 * see what becomes of the program (row B6).
 *
 *	null		write through a null pointer
 *	text		write to the program's own code
 *	kernel		read the kernel's memory
 *	stack		recurse until the stack is used up
 *	abort		give up
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int deeper(int left)
{
	volatile char here[4096];

	here[0] = (char)left;
	return left ? deeper(left - 1) + here[0] : 0;
}

static void on_null(void)
{
	*(volatile int *)0 = 1;
}

static void on_text(void)
{
	*(volatile char *)(unsigned long)on_null = 0;
}

static void on_kernel(void)
{
	printf("%d\n", *(volatile char *)-4096l);
}

static void on_stack(void)
{
	printf("%d\n", deeper(1 << 20));
}

static const struct {
	const char *name;
	void (*make)(void);
} mistakes[] = {
	{ "null", on_null }, { "text", on_text }, { "kernel", on_kernel },
	{ "stack", on_stack }, { "abort", abort },
};

int main(int argc, char **argv)
{
	for (unsigned i = 0; argc == 2 &&
	     i < sizeof(mistakes) / sizeof(mistakes[0]); i++)
		if (!strcmp(argv[1], mistakes[i].name)) {
			mistakes[i].make();
			printf("nobody noticed\n");
			return 1;
		}
	fprintf(stderr, "usage: mistake null|text|kernel|stack|abort\n");
	return 2;
}
