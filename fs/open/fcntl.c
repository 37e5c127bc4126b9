/* SPDX-License-Identifier: MIT */
/*
 * fcntl(2): descriptor flags, status flags, duplicates (lecture row B5 of
 * docs/coverage.md).  All other commands are in tables of the modules that
 * implement them (<fs/open/fcntl.h>); an unknown one gives EINVAL.
 */
#include "fcntl.h"
#include <fs/fs.h>
#include <fs/hooks.h>
#include <fs/internal.h>
#include <syscalls.h>

/* Flags that F_SETFL may change. */
#define SETFL_MASK \
	(O_APPEND | O_NONBLOCK | O_DIRECT | O_NOATIME | O_ASYNC)

/*
 * Handle F_SETFL.  The flags belong to the open file, so all tasks that share
 * it see the change.  O_NOATIME needs a right, which open(2) checks; setting
 * the flag later must not bypass that check.
 */
static long fcntl_set_flags(int fd, struct file *f, unsigned flags)
{
	int err;

	if (flags & O_NOATIME && !(f->flags & O_NOATIME) &&
	    !inode_owner_or_capable(f->inode))
		return -EPERM;
	if (flags & O_DIRECT && !(f->flags & O_DIRECT) &&
	    !S_ISFIFO(f->inode->mode) && !file_can_direct(f->inode))
		return -EINVAL;
	if ((flags ^ f->flags) & O_ASYNC && f->ops->sends_sigio) {
		err = file_set_async(fd, f, flags & O_ASYNC);
		if (err)
			return err;
	}
	f->flags = (f->flags & ~SETFL_MASK) | (flags & SETFL_MASK);
	return 0;
}

TABLE(fcntl_command);

static long other_command(int fd, struct file *f, unsigned cmd,
			  unsigned long arg)
{
	table_each(c, fcntl_command)
		if (c->cmd == cmd)
			return c->serve(fd, f, cmd, arg);
	return -EINVAL;
}

/*
 * Handle the commands of fcntl(2).  O_PATH files allow only the commands above
 * the check of FMODE_PATH.
 * Context: [a reference to f].
 */
static long file_fcntl(int fd, struct file *f, unsigned cmd, unsigned long arg)
{
	switch (cmd) {
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
		return fd_duplicate(fd, arg, cmd == F_DUPFD_CLOEXEC);
	case F_GETFD:
		return fd_cloexec(fd) ? FD_CLOEXEC : 0;
	case F_SETFD:
		fd_set_cloexec((unsigned)fd, arg & FD_CLOEXEC);
		return 0;
	case F_GETFL:
		return (long)f->flags;
	}
	if (f->mode & FMODE_PATH)
		return -EBADF;
	return cmd == F_SETFL ? fcntl_set_flags(fd, f, (unsigned)arg) :
		other_command(fd, f, cmd, arg);
}

long sys_fcntl(int fd, unsigned cmd, unsigned long arg)
{
	struct fdref r = fdref_get_any(fd);
	long err;

	if (!r.file)
		return -EBADF;
	err = file_fcntl(fd, r.file, cmd, arg);
	fdref_put(r);
	return err;
}
