/* SPDX-License-Identifier: MIT */
/* sendfile(2) with a 32-bit position. */
#include <compat/pipes/splice.h>
#include <mm/uaccess.h>
#include <syscalls.h>
#include <uapi/errno.h>

#define POS_MAX32	0x7fffffffll

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
	/* stop at the last 32-bit position: a larger one cannot be returned */
	if (pos == POS_MAX32 && (long)count > 0)
		n = do_sendfile(out, in, &pos, 0) ?: -EOVERFLOW;
	else if (pos >= 0 && (long)count > 0)
		n = do_sendfile(out, in, &pos,
				min(count, (unsigned long)(POS_MAX32 - pos)));
	else
		n = do_sendfile(out, in, &pos, count);
	at = pos;
	if (put_user(at, off))
		return -EFAULT;
	return n;
}
