/* SPDX-License-Identifier: MIT */
/* sendfile(2) with a position of 32 bits. */
#include <ext/splice/splice.h>
#include <mm/uaccess.h>
#include <syscalls.h>
#include <uapi/errno.h>

long sys_sendfile32(int out, int in, uaddr_t off, unsigned long count)
{
	loff_t pos;
	s32 at;
	long n;

	if (!off)
		return do_sendfile(out, in, NULL, count);
	if (get_user(&at, off))
		return -EFAULT;
	pos = at;
	n = do_sendfile(out, in, &pos, count);
	at = pos;
	if (put_user(at, off))
		return -EFAULT;
	return n;
}
