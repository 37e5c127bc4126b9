/* SPDX-License-Identifier: MIT */
/*
 * select(2) with a 32-bit time-out, and its oldest form with arguments in
 * memory.
 */
#include "compat32.h"
#include <fs/fs.h>
#include <fs/open/poll.h>
#include <mm/uaccess.h>
#include <syscalls.h>

#define USEC_PER_SEC 1000000

/* select(2) accepts 1000000 microseconds and more; other calls refuse them. */
static int select_deadline(ktime_t *deadline, uaddr_t from)
{
	struct time32 t;
	s64 sec, us;

	*deadline = 0;
	if (!from)
		return 0;
	if (get_user(&t, from))
		return -EFAULT;
	sec = t.sec + (s64)t.fraction / USEC_PER_SEC;
	us = t.fraction % USEC_PER_SEC;
	if (sec < 0 || us < 0)
		return -EINVAL;
	*deadline = poll_deadline(sec * (s64)NSEC_PER_SEC +
				  us * (s64)NSEC_PER_USEC);
	return 0;
}

long sys_select_time32(int n, uaddr_t in, uaddr_t out, uaddr_t ex,
		       uaddr_t timeout)
{
	ktime_t deadline;
	long r = select_deadline(&deadline, timeout);

	if (r)
		return r;
	r = do_select(n, in, out, ex, deadline, NULL);
	return deadline_tell32(r, deadline, timeout, 1000);
}

long sys_old_select(uaddr_t args)
{
	struct { u32 n, in, out, ex, timeout; } a;

	if (get_user(&a, args))
		return -EFAULT;
	return sys_select_time32(a.n, a.in, a.out, a.ex, a.timeout);
}

/* The sixth argument points to address and size of the mask. */
long sys_pselect6_time32(int n, uaddr_t in, uaddr_t out, uaddr_t ex,
			 uaddr_t timeout, uaddr_t mask)
{
	struct { u32 at, size; } arg = { 0, 0 };
	ktime_t deadline;
	sigmask_t m;
	long r = mask && get_user(&arg, mask) ? -EFAULT :
		deadline_get32(&deadline, timeout, 1);

	if (!r && arg.at)
		r = poll_mask_get(&m, arg.at, arg.size);
	if (r)
		return r;
	r = do_select(n, in, out, ex, deadline, arg.at ? &m : NULL);
	return deadline_tell32(r, deadline, timeout, 1);
}
