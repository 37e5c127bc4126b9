/* SPDX-License-Identifier: MIT */
/* Declarations shared by the files of compat/compat32. */
#ifndef COMPAT_COMPAT32_COMPAT32_H
#define COMPAT_COMPAT32_COMPAT32_H

#include <kernel/time/time.h>
#include <lt/types.h>

struct time32 {
	s32 sec, fraction;	/* ns or us */
};

/*
 * Read a struct time32 as a time-out.  fraction: nanoseconds per unit of its
 * field `fraction` (1 or 1000).
 * Return: 0 with *deadline set, or -errno.
 */
int deadline_get32(ktime_t *deadline, uaddr_t from, s64 fraction);
/* Store the time left until the deadline.  Return: 0, -EFAULT. */
int deadline_put32(ktime_t deadline, uaddr_t to, s64 fraction);
/* Like poll_tell_left(), with struct time32. */
long deadline_tell32(long found, ktime_t deadline, uaddr_t to, s64 fraction);

#endif
