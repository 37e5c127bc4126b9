/* SPDX-License-Identifier: MIT */
/*
 * The steps left before main in a dynamic program.  The runtime linker has set
 * up TLS and run all constructors of libraries.  This library's came first,
 * because it needs no other, so the others could use the environment.
 */
#include <stdlib.h>
#include "../internal.h"

void __construct_program(void);		/* the linker's */

__attribute__((constructor))
static void take_environment(int argc, char **argv, char **envp)
{
	(void)argc;
	(void)argv;
	__libc_environment(envp);
}

/* `at_end` runs the destructors of all objects. */
void __libc_begin(char **envp, void (*at_end)(void))
{
	(void)envp;
	if (at_end)
		atexit(at_end);
	__construct_program();
}
