/* SPDX-License-Identifier: MIT */
/* The thread's errno, and how system calls set it. */
#include <errno.h>
#include <sys/syscall.h>

__thread int errno;

/* Linux reserves the last page of the number range for errors. */
long __result(long r)
{
	if ((unsigned long)r < -4095UL)
		return r;
	errno = (int)-r;
	return -1;
}
