/* SPDX-License-Identifier: MIT */
/*
 * Setting the clock (row B10): clock_settime(2), settimeofday(2), and
 * stime(2) of old ABIs.  CLOCK_REALTIME jumps by changing its offset, which
 * kernel/time/clock.c keeps; files and timerfds are notified.
 */
#include "settime.h"
#include <fs/inode/inode.h>
#include <kernel/cred/cred.h>
#include <kernel/ops/hooks.h>
#include <kernel/time/time.h>
#include <mm/uaccess.h>
#include <syscalls.h>

void clock_jump(s64 offset)
{
	clock_set_offsets(offset, offset + clock_offset(&tai_offset) -
			  clock_offset(&realtime_offset));
	inode_update_day();
	if (hooks.clock_jumped)
		hooks.clock_jumped();
}

/*
 * Latest time that can be set, so that the clock cannot overflow in 30 years of
 * uptime.
 */
#define SETTABLE_SEC	(KTIME_LATEST / NSEC_PER_SEC - 30ull * 365 * 86400)

/* Set CLOCK_REALTIME to ns.  Return: 0, -EINVAL, -EPERM. */
static long set_realtime(ktime_t ns)
{
	if (ns / NSEC_PER_SEC > SETTABLE_SEC)
		return -EINVAL;
	if (!capable(CAP_SYS_TIME))
		return -EPERM;
	clock_jump((s64)(ns - arch_clock()));
	return 0;
}

static long clock_set(int clock, uaddr_t from, bool word)
{
	struct timespec64 unused;
	ktime_t ns;
	int err;

	if (clock > 0)
		return -EINVAL;
	if (clock < 0 && timespec_get_raw(&unused, from, word))
		return -EFAULT;
	if (clock < 0)
		return clock_read(clock, &ns) ? -EINVAL : -EPERM;
	err = timespec_get(&ns, from, word);
	return err ? err : set_realtime(ns);
}

long sys_clock_settime_time32(int clock, uaddr_t from)
{
	return clock_set(clock, from, true);
}

long sys_clock_settime(int clock, uaddr_t from)
{
	return clock_set(clock, from, false);
}

long sys_settimeofday(uaddr_t tv, uaddr_t tz)
{
	ktime_t ns;
	int err, zone[2];

	err = tv ? timeval_get(&ns, tv) : 0;
	if (err)
		return err;
	if (tz && get_user(&zone, tz))
		return -EFAULT;
	if (!capable(CAP_SYS_TIME))
		return -EPERM;
	if (tz && (zone[0] > 15 * 60 || zone[0] < -15 * 60))
		return -EINVAL;		/* valid zones are ignored */
	return tv ? set_realtime(ns) : 0;
}

/* stime(2): whole seconds. */
long sys_stime_time32(uaddr_t from)
{
	struct timespec64 t = { 0 };
	long sec;

	if (get_user(&sec, from))
		return -EFAULT;
	t.sec = sec;
	return sec < 0 ? -EINVAL : set_realtime(timespec_ns(&t));
}
