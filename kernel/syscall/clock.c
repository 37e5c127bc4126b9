/* SPDX-License-Identifier: MIT */
/*
 * System calls on clocks: clock_gettime(2) and its relatives.  Calls without a
 * suffix have 64-bit times.  Calls with the suffix _time32, which exist only on
 * 32-bit machines, have times in machine words.
 */
#include <kernel/sched/sched.h>
#include <kernel/time/time.h>
#include <kernel/time/clock.h>
#include <mm/uaccess.h>
#include <syscalls.h>

static long clock_get(int clock, uaddr_t to, bool word)
{
	ktime_t now;
	int err = clock_read(clock, &now);

	return err ? err : timespec_put(now, to, word);
}

long sys_clock_gettime_time32(int clock, uaddr_t to)
{
	return clock_get(clock, to, true);
}

long sys_clock_gettime(int clock, uaddr_t to)
{
	return clock_get(clock, to, false);
}

/* Store the resolution: 1 ns, the unit of deadlines, for all clock chips. */
static long clock_resolution(int clock, uaddr_t to, bool word)
{
	ktime_t now;
	int err = clock_read(clock, &now);

	if (err)
		return err;
	return to ? timespec_put(1, to, word) : 0;
}

long sys_clock_getres_time32(int clock, uaddr_t to)
{
	return clock_resolution(clock, to, true);
}

long sys_clock_getres(int clock, uaddr_t to)
{
	return clock_resolution(clock, to, false);
}

long sys_gettimeofday(uaddr_t tv, uaddr_t tz)
{
	static const int utc[2];

	if (tv && timeval_put(realtime_from(arch_clock()), tv))
		return -EFAULT;
	return tz ? copy_to_user(tz, utc, sizeof(utc)) : 0;
}

long sys_time_time32(uaddr_t to)
{
	long now = realtime_from(arch_clock()) / NSEC_PER_SEC;

	return to && put_user(now, to) ? -EFAULT : now;
}
