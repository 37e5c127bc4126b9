/* SPDX-License-Identifier: MIT */
#ifndef COMPAT_CALLS_UTIMES_H
#define COMPAT_CALLS_UTIMES_H

#include <lt/types.h>

/* nsec may be UTIME_NOW or UTIME_OMIT; [0] access, [1] modification. */
struct utimes {
	s64 sec[2];
	s64 nsec[2];
};
#define UTIME_NOW	0x3fffffff
#define UTIME_OMIT	0x3ffffffe
/*
 * t NULL: both now.  name 0: the descriptor itself.
 * Context: may sleep.  Return: 0 or -errno.
 */
long do_utimensat(int dirfd, uaddr_t name, const struct utimes *t, int flags);

#endif
