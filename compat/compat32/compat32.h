/* SPDX-License-Identifier: MIT */
/* Between the files of this folder. */
#ifndef COMPAT_COMPAT32_COMPAT32_H
#define COMPAT_COMPAT32_COMPAT32_H

#include <kernel/time/time.h>
#include <lt/types.h>

struct time32 {
	s32 sec, fraction;	/* nanoseconds or microseconds */
};

/* fraction: nanoseconds a unit of it.  Return: 0 with *deadline, -errno. */
int deadline_get32(ktime_t *deadline, uaddr_t from, s64 fraction);
/* What is left goes back.  Return: 0, -EFAULT. */
int deadline_put32(ktime_t deadline, uaddr_t to, s64 fraction);
/* As poll_tell_left(), in such a layout. */
long deadline_tell32(long found, ktime_t deadline, uaddr_t to, s64 fraction);

#endif
