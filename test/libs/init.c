/* SPDX-License-Identifier: MIT */
/* A library of init.c; LETTER is its name. */
void log_add(char c);

#ifndef NO_END
__attribute__((destructor)) static void end(void)
{
	log_add(LETTER);
}
#endif

#ifdef ARGUMENTS
#include <string.h>

extern int arguments_of_a;
int arguments_of_a;

__attribute__((constructor))
static void begin(int argc, char **argv, char **envp)
{
	log_add(LETTER);
	arguments_of_a = argc == 1 && strstr(argv[0], "init") && !argv[1] &&
			 envp == argv + 2;
}
#else
__attribute__((constructor)) static void begin(void)
{
	log_add(LETTER);
}
#endif
