/* SPDX-License-Identifier: MIT */
/*
 * ioctl(2): commands for every file, here and in extensions
 * (<fs/open/ioctl.h>), then the file's own (file_ops, .ioctl).  The argument
 * has no type: whether arg is a number or a user address depends on the
 * command.  An unknown command gives ENOTTY for any file.
 */
#include <fs/hooks.h>
#include <fs/internal.h>
#include "ioctl.h"
#include <mm/uaccess.h>
#include <syscalls.h>

#define FIONREAD	0x541b
#define FIONBIO		0x5421
#define FIONCLEX	0x5450
#define FIOCLEX		0x5451
#define FIOASYNC	0x5452

static long set_nonblock(struct file *f, uaddr_t arg)
{
	int on;

	if (get_user(&on, arg))
		return -EFAULT;
	if (on)
		f->flags |= O_NONBLOCK;
	else
		f->flags &= ~(unsigned)O_NONBLOCK;
	return 0;
}

static long set_async(int fd, struct file *f, uaddr_t arg)
{
	int on;

	if (get_user(&on, arg))
		return -EFAULT;
	if (!on == !(f->flags & O_ASYNC))
		return 0;
	return file_set_async(fd, f, on);
}

static long bytes_left(struct file *f, uaddr_t arg)
{
	loff_t left = inode_size(f->inode) - f->pos;

	if (left > 0x7fffffff)
		left = 0x7fffffff;
	return put_user((int)left, arg);
}

const struct ioctl_command *(*file_commands)(unsigned cmd);

static long file_ioctl(int fd, struct file *f, unsigned cmd, unsigned long arg)
{
	const struct ioctl_command *c;

	switch (cmd) {
	case FIOCLEX:
	case FIONCLEX:
		fd_set_cloexec((unsigned)fd, cmd == FIOCLEX);
		return 0;
	case FIONBIO:
		return set_nonblock(f, arg);
	case FIOASYNC:
		return set_async(fd, f, arg);
	case FIONREAD:
		if (S_ISREG(f->inode->mode))
			return bytes_left(f, arg);
		break;
	}
	c = file_commands ? file_commands(cmd) : NULL;
	if (c)
		return c->serve(f, cmd, arg);
	if (!f->ops->ioctl)
		return -ENOTTY;
	return f->ops->ioctl(f, cmd, arg);
}

long sys_ioctl(int fd, unsigned cmd, unsigned long arg)
{
	struct fdref r = fdref_get(fd);
	long err;

	if (!r.file)
		return -EBADF;
	err = file_ioctl(fd, r.file, cmd, arg);
	fdref_put(r);
	return err;
}
