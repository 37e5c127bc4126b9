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
 * Read a time-out; fraction: ns per unit of t.fraction.
 * Return: 0 with *deadline, -errno.
 */
int deadline_get32(ktime_t *deadline, uaddr_t from, s64 fraction);
/* Store the time left.  Return: 0, -EFAULT. */
int deadline_put32(ktime_t deadline, uaddr_t to, s64 fraction);
/* Like poll_tell_left(), with struct time32. */
long deadline_tell32(long found, ktime_t deadline, uaddr_t to, s64 fraction);

#endif
