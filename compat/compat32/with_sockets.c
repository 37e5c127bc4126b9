/* SPDX-License-Identifier: MIT */
/* recvmmsg(2) with a 32-bit time-out, and one call for all of sockets. */
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

/*
 * The single system call for all socket calls; call: the number of the call;
 * args: address of its arguments.
 */
long sys_socketcall(int call, uaddr_t args)
{
	/* argument words of each call, by number; 0: no such call */
	static const u8 words[] = {
		0, 3, 3, 3, 2, 3, 3, 3, 4, 4, 4, 6, 6, 2, 5, 5, 3, 3, 4, 5, 4,
	};
	unsigned long a[6];

	if (call < 1 || call >= (int)ARRAY_SIZE(words))
		return -EINVAL;
	if (copy_from_user(a, args, words[call] * sizeof(a[0])))
		return -EFAULT;
	switch (call) {
	case 1: return sys_socket((int)a[0], (int)a[1], (int)a[2]);
	case 2: return sys_bind((int)a[0], a[1], (int)a[2]);
	case 3: return sys_connect((int)a[0], a[1], (int)a[2]);
	case 4: return sys_listen((int)a[0], (int)a[1]);
	case 5: return sys_accept((int)a[0], a[1], a[2]);
	case 6: return sys_getsockname((int)a[0], a[1], a[2]);
	case 7: return sys_getpeername((int)a[0], a[1], a[2]);
	case 8: return sys_socketpair((int)a[0], (int)a[1], (int)a[2], a[3]);
	case 9: return sys_sendto((int)a[0], a[1], a[2], a[3], 0, 0);
	case 10: return sys_recvfrom((int)a[0], a[1], a[2], a[3], 0, 0);
	case 11: return sys_sendto((int)a[0], a[1], a[2], a[3], a[4],
				   (int)a[5]);
	case 12: return sys_recvfrom((int)a[0], a[1], a[2], a[3], a[4], a[5]);
	case 13: return sys_shutdown((int)a[0], (int)a[1]);
	case 14: return sys_setsockopt((int)a[0], (int)a[1], (int)a[2], a[3],
				       (int)a[4]);
	case 15: return sys_getsockopt((int)a[0], (int)a[1], (int)a[2], a[3],
				       a[4]);
	case 16: return sys_sendmsg((int)a[0], a[1], a[2]);
	case 17: return sys_recvmsg((int)a[0], a[1], a[2]);
	case 18: return sys_accept4((int)a[0], a[1], a[2], (int)a[3]);
	case 19: return sys_recvmmsg_time32((int)a[0], a[1], a[2], a[3],
					    a[4]);
	case 20: return sys_sendmmsg((int)a[0], a[1], a[2], a[3]);
	}
	return -EINVAL;
}
