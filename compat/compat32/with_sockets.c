/* SPDX-License-Identifier: MIT */
/* recvmmsg(2) with a 32-bit time-out. */
#include "compat32.h"
#include <fs/fs.h>
#include <mm/uaccess.h>
#include <syscalls.h>

long sys_recvmmsg_time32(int fd, uaddr_t msgs, unsigned n, unsigned flags,
			 uaddr_t timeout)
{
	ktime_t deadline;
	long done = deadline_get32(&deadline, timeout, 1);

	if (done)
		return done;
	done = do_recvmmsg(fd, msgs, n, flags, deadline);
	return done > 0 && deadline_put32(deadline, timeout, 1) ? -EFAULT : done;
}
