/* SPDX-License-Identifier: MIT */
/* fcntl(2) locks with the structures of 32-bit Linux. */
#include "compat32.h"
#include <fs/fs.h>
#include <lt/init.h>
#include <mm/uaccess.h>

/* struct flock and flock64, which this ABI aligns to 4 bytes. */
struct flock32 {
	s16 type, whence;
	s32 start, len, pid;
};

struct flock64 {
	s16 type, whence;
	u32 start[2], len[2];	/* low word first */
	s32 pid;
};

static loff_t compat32_filelock_join(const u32 w[2])
{
	return (loff_t)((u64)w[1] << 32 | w[0]);
}

static void compat32_filelock_split(u32 w[2], loff_t v)
{
	w[0] = v;
	w[1] = (u64)v >> 32;
}

/* F_GETLK cannot return a lock beyond 2 GiB: EOVERFLOW (POSIX, fcntl). */
static long lock32(int fd, unsigned cmd, uaddr_t at)
{
	struct kflock k;
	struct flock32 u;
	long err;

	if (get_user(&u, at))
		return -EFAULT;
	k = (struct kflock){ u.type, u.whence, u.start, u.len, u.pid };
	err = do_fcntl_lock(fd, cmd, &k);
	if (err || cmd != F_GETLK)
		return err;
	if (k.start > INT32_MAX || k.len > INT32_MAX)
		return -EOVERFLOW;
	u = (struct flock32){ k.type, k.whence, k.start, k.len, k.pid };
	return put_user(u, at);
}

static long lock64(int fd, unsigned cmd, uaddr_t at)
{
	struct kflock k;
	struct flock64 u;
	long err;

	if (get_user(&u, at))
		return -EFAULT;
	k = (struct kflock){ u.type, u.whence, compat32_filelock_join(u.start),
			     compat32_filelock_join(u.len), u.pid };
	err = do_fcntl_lock(fd, cmd, &k);
	if (err || (cmd != F_GETLK && cmd != F_OFD_GETLK))
		return err;
	u.type = k.type;
	u.whence = k.whence;
	compat32_filelock_split(u.start, k.start);
	compat32_filelock_split(u.len, k.len);
	u.pid = k.pid;
	return put_user(u, at);
}

static long lock_any(int fd, unsigned cmd, uaddr_t at)
{
	switch (cmd) {
	case F_GETLK:
	case F_SETLK:
	case F_SETLKW:
		return lock32(fd, cmd, at);
	case F_GETLK64:
	case F_SETLK64:
	case F_SETLKW64:
		return lock64(fd, cmd - F_GETLK64 + F_GETLK, at);
	default:
		return lock64(fd, cmd, at);
	}
}

static void lock32_init(void)
{
	fcntl_lock32 = lock_any;
}
INIT(fs, lock32_init);
