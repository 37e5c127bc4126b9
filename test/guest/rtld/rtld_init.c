/* SPDX-License-Identifier: MIT */
/*
 * The order of constructors and destructors (row C7).
 *
 *	this program needs a, b, first and log; a needs c; all write into log
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

__attribute__((destructor)) static void log_own_end(void)
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

/* Runs the program beside this one that starts by itself. => its status */
static int start_own(void)
{
	char path[320];
	int status;

	snprintf(path, sizeof(path), "%.*s/rtld_own_start.exe",
		 (int)(strrchr(tap_self, '/') - tap_self), tap_self);
	if (!fork()) {
		execv(path, (char *[]){ path, NULL });
		_exit(99);
	}
	wait(&status);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int main(int argc, char **argv)
{
	char ends[64];

	(void)argc;
	tap_find_self(argv[0]);

	/* first of all, while nothing is in a buffer that both would print */
	output_of(child_ends, NULL, ends, sizeof(ends));
	check(!strcmp(log_text(), "fcba12"),
	      "what is needed comes first, but for who wants to be the first");
	printf("# %s\n", log_text());
	check_eq(arguments_of_a, 1, "a constructor has argc, argv and envp");
	check(!strcmp(ends, "fcba12|yxpabcl"), "destructors the other way");
	printf("# %s\n", ends);
	check_eq(start_own(), 4,
		 "a program's own are its start code's business");
	return tap_done();
}
