/* SPDX-License-Identifier: MIT */
/*
 * The system calls on descriptors themselves: close, dup and its kin (lecture
 * row B5 of docs/coverage.md), over the table of fdtable.c.
 *
 *   4 = dup(3)     3 --+--> one struct file: position and status flags
 *                  4 --+    (O_APPEND, O_NONBLOCK) are shared; FD_CLOEXEC is
 *                           in the slot, and is clear in the new slot
 *
 * The new slot takes over the reference of fd_file_path(); without a free slot
 * the reference is dropped.
 */
#include <fs/hooks.h>
#include <fs/internal.h>
#include <fs/inode/notify.h>
#include <syscalls.h>

long sys_close(int fd)
{
	return fd_close(fd);
}

long sys_dup(int fd)
{
	struct file *f = fd_file_path(fd);

	if (!f)
		return -EBADF;
	return fd_give(f, 0, false);
}

long fd_duplicate(int fd, unsigned long from, bool cloexec)
{
	struct file *f = fd_file_path(fd);
	int new;

	if (!f)
		return -EBADF;
	new = from < fd_limit() ? fd_install(f, (int)from, cloexec) : -EINVAL;
	if (new < 0)
		file_put(f);
	return new;
}

/* Context: may sleep, as the old file of `to` is closed. */
long sys_dup3(int fd, int to, unsigned flags)
{
	struct file *f;

	if (flags & ~O_CLOEXEC || fd == to)
		return -EINVAL;
	if ((unsigned)to >= fd_limit())
		return -EBADF;
	f = fd_file_path(fd);
	if (!f)
		return -EBADF;
	return fd_replace(f, (unsigned)to, flags & O_CLOEXEC);
}

/* If both numbers are equal, dup2() only checks that the descriptor is open. */
long sys_dup2(int fd, int to)
{
	struct fdref r;

	if (fd != to)
		return sys_dup3(fd, to, 0);
	r = fdref_get_any(fd);
	fdref_put(r);
	return r.file ? fd : -EBADF;
}
