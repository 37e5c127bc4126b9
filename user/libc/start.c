/* SPDX-License-Identifier: MIT */
/*
 * From the first C instruction of a program to main, and from there to the
 * end (rows A8, D19).  A static program does the set-up before main itself
 * (static/begin.c); for a dynamic one the runtime linker does it (user/rtld).
 */
#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "internal.h"

#define MAX_AT_EXIT	32	/* the minimum that C requires */

char **environ;

/* const after the start */
static unsigned long *auxv;

static void (*at_exit[MAX_AT_EXIT])(void);
static int at_exits;

unsigned long getauxval(unsigned long type)
{
	for (unsigned long *a = auxv; a[0] != AT_NULL; a += 2)
		if (a[0] == type)
			return a[1];
	return 0;
}

void __libc_environment(char **envp)
{
	char **e;

	environ = envp;
	for (e = envp; *e; e++)
		;
	auxv = (unsigned long *)(e + 1);
}

void __libc_start(unsigned long *sp, int (*main)(int, char **, char **),
		  void (*at_end)(void))
{
	int argc = (int)sp[0];
	char **argv = (char **)(sp + 1);

	__libc_begin(argv + argc + 1, at_end);
	exit(main(argc, argv, environ));
}

int atexit(void (*f)(void))
{
	if (at_exits == MAX_AT_EXIT)
		return -1;
	at_exit[at_exits++] = f;
	return 0;
}

void exit(int status)
{
	while (at_exits > 0)
		at_exit[--at_exits]();
	_exit(status);
}

void _exit(int status)
{
	for (;;)
		raw_syscall(SYS_exit_group, status);
}
