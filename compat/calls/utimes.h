/* SPDX-License-Identifier: MIT */
#ifndef COMPAT_CALLS_UTIMES_H
#define COMPAT_CALLS_UTIMES_H

#include <lt/types.h>

/*
 * Times to set: [0] access, [1] modification; nsec may be UTIME_NOW or
 * UTIME_OMIT.
 */
struct utimes {
	s64 sec[2];
	s64 nsec[2];
};
#define UTIME_NOW	0x3fffffff
#define UTIME_OMIT	0x3ffffffe
/*
 * Set the times of a file.  t: NULL sets both times to now.  name: 0 means the
 * file that is open as descriptor dirfd.
 * Context: may sleep.  Return: 0 or -errno.
 */
long do_utimensat(int dirfd, uaddr_t name, const struct utimes *t, int flags);

#endif
