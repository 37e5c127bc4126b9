/* SPDX-License-Identifier: MIT */
/*
 * ioctl(2): what every file answers, then the file's own (file_ops, .ioctl).
 * Its arguments have no type: what arg is, a number or an address in the
 * program, only the command says.  One that nobody knows is ENOTTY, whatever
 * the file is.
 */
#include <fs/hooks.h>
#include <fs/internal.h>
#include <kernel/cred.h>
#include <mm/uaccess.h>
#include <syscalls.h>

#define FIONREAD	0x541b
#define FIONBIO		0x5421
#define FIONCLEX	0x5450
#define FIOCLEX		0x5451
#define FIOASYNC	0x5452
#define FIOQSIZE	0x5460
#define FIGETBSZ	2
#define FIFREEZE	0xc0045877
#define FITHAW		0xc0045878
#define FICLONE		0x40049409
#define FICLONERANGE	0x4020940d

/* Bytes that the content takes, not those of its length. */
static long room_taken(struct inode *i, uaddr_t arg)
{
	struct kstat k;

	inode_stat(i, &k);
	return put_user((loff_t)(k.blocks * 512), arg);
}

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

/*
 * Two files that share their blocks: no file system here has such, so that
 * cp(1) copies; but the refusal is as exact as Linux's.
 */
static long clone_range(const struct file *to, int fd)
{
	struct fdref r = fdref_get(fd);
	const struct file *from = r.file;
	long err = -EOPNOTSUPP;

	if (!from)
		return -EBADF;
	if (from->inode->super != to->inode->super)
		err = -EXDEV;
	else if (S_ISDIR(from->inode->mode) || S_ISDIR(to->inode->mode))
		err = -EISDIR;
	else if (!S_ISREG(from->inode->mode) || !S_ISREG(to->inode->mode))
		err = -EINVAL;
	else if (!(from->mode & FMODE_READ) || !(to->mode & FMODE_WRITE) ||
		 to->flags & O_APPEND)
		err = -EBADF;
	fdref_put(r);
	return err;
}

static long clone_arguments(const struct file *to, uaddr_t at)
{
	struct { s64 fd; u64 offset, length, to; } range;

	if (copy_from_user(&range, at, sizeof(range)))
		return -EFAULT;
	return clone_range(to, (int)range.fd);
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
	case FIOASYNC:
		return set_async(fd, f, arg);
	case FIONREAD:
		if (S_ISREG(f->inode->mode))
			return bytes_left(f, arg);
		break;
	case FIFREEZE:		/* no file system here can, so none is */
	case FITHAW:
		if (!capable(CAP_SYS_ADMIN))
			return -EPERM;
		return cmd == FITHAW ? -EINVAL : -EOPNOTSUPP;
	case FICLONE:
		return clone_range(f, (int)arg);
	case FICLONERANGE:
		return clone_arguments(f, arg);
	case FIGETBSZ:
		return put_user((int)PAGE_SIZE, arg);
	case FIOQSIZE:
		if (S_ISREG(f->inode->mode) || S_ISDIR(f->inode->mode) ||
		    S_ISLNK(f->inode->mode))
			return room_taken(f->inode, arg);
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
