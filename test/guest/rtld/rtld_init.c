/* SPDX-License-Identifier: MIT */
/*
 * The order of constructors and destructors (row C7).
 *
 *	this program needs a, b and log; a needs c; all write into log
 */
#include "../tap.h"

const char *log_text(void);
void log_add(char c);
extern int arguments_of_a;

__attribute__((constructor(101))) static void first(void)
{
	log_add('1');
}

__attribute__((constructor)) static void second(void)
{
	log_add('2');
}

static void at_exit_1(void)
{
	log_add('x');
}

static void at_exit_2(void)
{
	log_add('y');
}

__attribute__((destructor)) static void end(void)
{
	log_add('p');
}

static void child_ends(void *unused)
{
	atexit(at_exit_1);
	atexit(at_exit_2);
	log_add('|');
	exit(0);
}

int main(void)
{
	char ends[64];

	/* first of all, while nothing is in a buffer that both would print */
	output_of(child_ends, NULL, ends, sizeof(ends));
	check(!strcmp(log_text(), "cba12"), "what is needed comes first");
	printf("# %s\n", log_text());
	check_eq(arguments_of_a, 1, "a constructor has argc, argv and envp");
	check(!strcmp(ends, "cba12|yxpabcl"), "destructors the other way");
	printf("# %s\n", ends);
	return tap_done();
}
