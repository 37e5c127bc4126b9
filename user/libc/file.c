/* SPDX-License-Identifier: MIT */
/*
 * Descriptors and paths.  The older functions use the kernel's newer *at calls,
 * too, so the code is the same on both machines.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <termios.h>
#include <unistd.h>
#include <utime.h>

ssize_t read(int fd, void *buf, size_t n)
{
	return syscall(SYS_read, fd, buf, n);
}

ssize_t write(int fd, const void *buf, size_t n)
{
	return syscall(SYS_write, fd, buf, n);
}

ssize_t pread(int fd, void *buf, size_t n, off_t off)
{
	return syscall(SYS_pread64, fd, buf, n, ARG64(off));
}

ssize_t pwrite(int fd, const void *buf, size_t n, off_t off)
{
	return syscall(SYS_pwrite64, fd, buf, n, ARG64(off));
}

ssize_t readv(int fd, const struct iovec *iov, int n)
{
	return syscall(SYS_readv, fd, iov, n);
}

ssize_t writev(int fd, const struct iovec *iov, int n)
{
	return syscall(SYS_writev, fd, iov, n);
}

int write_all(int fd, const void *buf, size_t n)
{
	const char *p = buf;

	while (n) {
		ssize_t k = write(fd, p, n);

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return -1;
		p += k;
		n -= (size_t)k;
	}
	return 0;
}

ssize_t read_all(int fd, void *buf, size_t n)
{
	size_t got = 0;

	while (got < n) {
		ssize_t k = read(fd, (char *)buf + got, n - got);

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return -1;
		if (k == 0)
			break;
		got += (size_t)k;
	}
	return (ssize_t)got;
}

off_t lseek(int fd, off_t off, int whence)
{
#ifdef SYS__llseek			/* off_t does not fit into a word */
	int64_t at;

	if (syscall(SYS__llseek, fd, (uint64_t)off >> 32, off, &at, whence))
		return -1;
	return at;
#else
	return syscall(SYS_lseek, fd, off, whence);
#endif
}

int close(int fd)
{
	return (int)syscall(SYS_close, fd);
}

int dup(int fd)
{
	return (int)syscall(SYS_dup, fd);
}

int dup3(int fd, int to, int flags)
{
	return (int)syscall(SYS_dup3, fd, to, flags);
}

int dup2(int fd, int to)
{
	if (fd == to)		/* dup3 refuses this, dup2 allows it */
		return fcntl(fd, F_GETFD) < 0 ? -1 : to;
	return dup3(fd, to, 0);
}

int pipe2(int fd[2], int flags)
{
	return (int)syscall(SYS_pipe2, fd, flags);
}

int pipe(int fd[2])
{
	return pipe2(fd, 0);
}

int fsync(int fd)
{
	return (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd)
{
	return (int)syscall(SYS_fdatasync, fd);
}

void sync(void)
{
	raw_syscall(SYS_sync);
}

int ftruncate(int fd, off_t len)
{
	return (int)syscall(ABI_ftruncate, fd, ARG64(len));
}

int truncate(const char *path, off_t len)
{
	return (int)syscall(ABI_truncate, path, ARG64(len));
}

int openat(int dir, const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode;

	va_start(ap, flags);
	mode = flags & (O_CREAT | 020000000) ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	return (int)syscall(SYS_openat, dir, path, flags | O_LARGEFILE, mode);
}

int open(const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode;

	va_start(ap, flags);
	mode = flags & (O_CREAT | 020000000) ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	return openat(AT_FDCWD, path, flags, mode);
}

int creat(const char *path, mode_t mode)
{
	return open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);
}

int fcntl(int fd, int cmd, ...)
{
	va_list ap;
	long arg;

	va_start(ap, cmd);
	arg = va_arg(ap, long);
	va_end(ap);
	return (int)syscall(ABI_fcntl, fd, cmd, arg);
}

int ioctl(int fd, unsigned long req, ...)
{
	va_list ap;
	long arg;

	va_start(ap, req);
	arg = va_arg(ap, long);
	va_end(ap);
	return (int)syscall(SYS_ioctl, fd, req, arg);
}

int fstatat(int dir, const char *path, struct stat *st, int flags)
{
	return (int)__result(arch_fstatat(dir, path, st, flags));
}

int stat(const char *path, struct stat *st)
{
	return fstatat(AT_FDCWD, path, st, 0);
}

int lstat(const char *path, struct stat *st)
{
	return fstatat(AT_FDCWD, path, st, AT_SYMLINK_NOFOLLOW);
}

int fstat(int fd, struct stat *st)
{
	return (int)__result(arch_fstat(fd, st));
}

int mkdirat(int dir, const char *path, mode_t mode)
{
	return (int)syscall(SYS_mkdirat, dir, path, mode);
}

int mkdir(const char *path, mode_t mode)
{
	return mkdirat(AT_FDCWD, path, mode);
}

int mknod(const char *path, mode_t mode, dev_t dev)
{
	return (int)syscall(SYS_mknodat, AT_FDCWD, path, mode, dev);
}

int mkfifo(const char *path, mode_t mode)
{
	return mknod(path, (mode & 07777) | S_IFIFO, 0);
}

int chmod(const char *path, mode_t mode)
{
	return (int)syscall(SYS_fchmodat, AT_FDCWD, path, mode);
}

int fchmod(int fd, mode_t mode)
{
	return (int)syscall(SYS_fchmod, fd, mode);
}

int chown(const char *path, uid_t u, gid_t g)
{
	return (int)syscall(SYS_fchownat, AT_FDCWD, path, u, g, 0);
}

int fchown(int fd, uid_t u, gid_t g)
{
	return (int)syscall(ABI_fchown, fd, u, g);
}

mode_t umask(mode_t mask)
{
	return (mode_t)syscall(SYS_umask, mask);
}

int utimensat(int dir, const char *path, const struct timespec t[2],
	      int flags)
{
	return (int)syscall(ABI_utimensat, dir, path, t, flags);
}

int utime(const char *path, const struct utimbuf *t)
{
	struct timespec both[2] = { { 0 }, { 0 } };

	if (!t)
		return utimensat(AT_FDCWD, path, NULL, 0);
	both[0].tv_sec = t->actime;
	both[1].tv_sec = t->modtime;
	return utimensat(AT_FDCWD, path, both, 0);
}

int faccessat(int dir, const char *path, int mode, int flags)
{
	if (flags)
		return (int)syscall(SYS_faccessat2, dir, path, mode, flags);
	return (int)syscall(SYS_faccessat, dir, path, mode);
}

int access(const char *path, int mode)
{
	return faccessat(AT_FDCWD, path, mode, 0);
}

int chdir(const char *path)
{
	return (int)syscall(SYS_chdir, path);
}

int fchdir(int fd)
{
	return (int)syscall(SYS_fchdir, fd);
}

int chroot(const char *path)
{
	return (int)syscall(SYS_chroot, path);
}

char *getcwd(char *buf, size_t n)
{
	return syscall(SYS_getcwd, buf, n) < 0 ? NULL : buf;
}

int linkat(int fdir, const char *from, int tdir, const char *to, int flags)
{
	return (int)syscall(SYS_linkat, fdir, from, tdir, to, flags);
}

int link(const char *from, const char *to)
{
	return linkat(AT_FDCWD, from, AT_FDCWD, to, 0);
}

int symlink(const char *target, const char *path)
{
	return (int)syscall(SYS_symlinkat, target, AT_FDCWD, path);
}

ssize_t readlinkat(int dir, const char *path, char *buf, size_t n)
{
	return syscall(SYS_readlinkat, dir, path, buf, n);
}

ssize_t readlink(const char *path, char *buf, size_t n)
{
	return readlinkat(AT_FDCWD, path, buf, n);
}

int unlinkat(int dir, const char *path, int flags)
{
	return (int)syscall(SYS_unlinkat, dir, path, flags);
}

int unlink(const char *path)
{
	return unlinkat(AT_FDCWD, path, 0);
}

int rmdir(const char *path)
{
	return unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
}

int remove(const char *path)
{
	if (unlink(path) == 0)
		return 0;
	return errno == EISDIR ? rmdir(path) : -1;
}

int rename(const char *from, const char *to)
{
	return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

/* The kernel writes the remaining time to its argument, so pass a copy. */
int ppoll(struct pollfd *fds, unsigned long n, const struct timespec *t,
	  const uint64_t *mask)
{
	struct timespec copy;

	if (t)
		copy = *t;
	return (int)syscall(ABI_ppoll, fds, n, t ? &copy : NULL, mask,
			    sizeof(*mask));
}

int poll(struct pollfd *fds, unsigned long n, int ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000L };

	return ppoll(fds, n, ms < 0 ? NULL : &t, NULL);
}

int pselect(int n, fd_set *r, fd_set *w, fd_set *e,
	    const struct timespec *t, const uint64_t *mask)
{
	struct { const uint64_t *mask; size_t size; } m = {
		mask, sizeof(*mask)
	};
	struct timespec copy;

	if (t)
		copy = *t;
	return (int)syscall(ABI_pselect6, n, r, w, e, t ? &copy : NULL, &m);
}

int mount(const char *what, const char *where, const char *type,
	  unsigned long flags, const void *data)
{
	return (int)syscall(SYS_mount, what, where, type, flags, data);
}

int umount2(const char *where, int flags)
{
	return (int)syscall(SYS_umount2, where, flags);
}
