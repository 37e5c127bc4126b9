/* SPDX-License-Identifier: MIT */
/* ioctl(2): what every file answers, then the file's own. */
#include <fs/internal.h>
#include <kernel/syscall/syscalls.h>
#include <mm/uaccess.h>

#define FIONREAD	0x541b
#define FIONBIO		0x5421
#define FIONCLEX	0x5450
#define FIOCLEX		0x5451
#define FIOASYNC	0x5452
#define FIOQSIZE	0x5460
#define FIGETBSZ	2

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

static long bytes_left(struct file *f, uaddr_t arg)
{
	loff_t left = inode_size(f->inode) - f->pos;

	if (left > 0x7fffffff)
		left = 0x7fffffff;
	return put_user((int)left, arg);
}

static long file_ioctl(int fd, struct file *f, unsigned cmd, unsigned long arg)
{
	switch (cmd) {
	case FIOCLEX:
	case FIONCLEX:
		fd_set_cloexec((unsigned)fd, cmd == FIOCLEX);
		return 0;
	case FIONBIO:
		return set_nonblock(f, arg);
	case FIONREAD:
		if (S_ISREG(f->inode->mode))
			return bytes_left(f, arg);
		break;
	case FIGETBSZ:
		if (S_ISREG(f->inode->mode) || S_ISDIR(f->inode->mode))
			return put_user((int)PAGE_SIZE, arg);
		break;
	case FIOQSIZE:
		if (S_ISREG(f->inode->mode) || S_ISDIR(f->inode->mode))
			return put_user(inode_size(f->inode), arg);
		break;
	}
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
