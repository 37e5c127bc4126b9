/* SPDX-License-Identifier: MIT */
/*
 * tiny: a program without a library, so that exec of it costs what the
 * kernel costs.  Without arguments it exits; with one it reads standard
 * input for ever.  Its first instructions and its system calls are those of
 * user/libc, the only code of a machine that it has.
 */
#include <sys/syscall.h>

long __syscall(long nr, long a, long b, long c, long d, long e, long f);
void __libc_start(long *sp);

static char buf[64];

/* In its place, user/libc would prepare the library, and call main(). */
void __libc_start(long *sp)
{
	if (sp[0] > 1)
		while (__syscall(SYS_read, 0, (long)buf, 1, 0, 0, 0) > 0)
			;
	for (;;)
		__syscall(SYS_exit, 0, 0, 0, 0, 0, 0);
}

int main(void)
{
	return 0;
}
