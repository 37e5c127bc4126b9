/* SPDX-License-Identifier: MIT */
/*
 * Large files on 32-bit machines (lecture row B5 of docs/coverage.md): calls
 * with arguments that do not fit in a word.  Old programs, which do not know
 * these calls, need extension compat32.
 */
#include <fs/fs.h>
#include <mm/uaccess.h>
#include <syscalls.h>

long sys_stat64(uaddr_t path, uaddr_t buf)
{
	return sys_newfstatat(AT_FDCWD, path, buf, 0);
}

long sys_lstat64(uaddr_t path, uaddr_t buf)
{
	return sys_newfstatat(AT_FDCWD, path, buf, AT_SYMLINK_NOFOLLOW);
}

long (*fcntl_lock32)(int fd, unsigned cmd, uaddr_t at);
void (*recvmmsg_keep)(int fd, long err);

static bool is_lock(unsigned cmd)
{
	return (cmd >= F_GETLK && cmd <= F_SETLKW) ||
		(cmd >= F_GETLK64 && cmd <= F_SETLKW64) ||
		(cmd >= F_OFD_GETLK && cmd <= F_OFD_SETLKW);
}

/* Called to check the descriptor before the lock argument is read. */
bool fd_is_open(int fd)
{
	struct file *f = fd_file(fd);

	if (f)
		file_put(f);
	return f != NULL;
}

long sys_fcntl64(int fd, unsigned cmd, unsigned long arg)
{
	if (!is_lock(cmd))
		return sys_fcntl(fd, cmd, arg);
	if (!fd_is_open(fd))
		return -EBADF;
	return fcntl_lock32 ? fcntl_lock32(fd, cmd, arg) : -EINVAL;
}

long sys_llseek(int fd, unsigned long hi, unsigned long lo, uaddr_t result,
		int whence)
{
	loff_t at = file_seek(fd, (loff_t)((u64)hi << 32 | (u32)lo), whence);

	return at < 0 ? (long)at : put_user(at, result);
}
