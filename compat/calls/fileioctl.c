/* SPDX-License-Identifier: MIT */
/*
 * ioctl(2) commands for a whole file: space used, block size, and commands of
 * file systems with snapshots.  No file system here has snapshots, so these
 * commands fail with exactly Linux's errors, and cp(1) falls back to copying.
 */
#include "extents.h"
#include <fs/open/fd.h>
#include <fs/fs.h>
#include <fs/open/ioctl.h>
#include <kernel/cred/capable.h>
#include <lt/init.h>
#include <mm/uaccess.h>
#include <uapi/errno.h>

#define FIOQSIZE	0x5460
#define FIGETBSZ	2
#define FIFREEZE	0xc0045877
#define FITHAW		0xc0045878
#define FICLONE		0x40049409
#define FICLONERANGE	0x4020940d

/* FIOQSIZE: bytes that the file occupies, not its length. */
static long room_taken(struct file *f, unsigned cmd, unsigned long arg)
{
	struct inode *i = f->inode;
	struct kstat k;

	if (!S_ISREG(i->mode) && !S_ISDIR(i->mode) && !S_ISLNK(i->mode))
		return -ENOTTY;
	inode_stat(i, &k);
	return put_user((loff_t)(k.blocks * 512), arg);
}

static long block_size(struct file *f, unsigned cmd, unsigned long arg)
{
	return put_user((int)f->inode->super->block_size, arg);
}

/* FIFREEZE, FITHAW: no file system here can be frozen, so none is. */
static long freeze(struct file *f, unsigned cmd, unsigned long arg)
{
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	return cmd == FITHAW ? -EINVAL : -EOPNOTSUPP;
}

/* Refuse to make two files share blocks.  Return: the -errno of Linux. */
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

static long clone_all(struct file *to, unsigned cmd, unsigned long arg)
{
	return clone_range(to, (int)arg);
}

static long clone_part(struct file *to, unsigned cmd, unsigned long arg)
{
	struct { s64 fd; u64 offset, length, to; } range;

	if (copy_from_user(&range, arg, sizeof(range)))
		return -EFAULT;
	return clone_range(to, (int)range.fd);
}

static const struct ioctl_command commands[] = {
	{ FIOQSIZE, room_taken },
	{ FIGETBSZ, block_size },
	{ FIFREEZE, freeze },
	{ FITHAW, freeze },
	{ FICLONE, clone_all },
	{ FICLONERANGE, clone_part },
	{ FS_IOC_FIEMAP, calls_fiemap },
	{ FIBMAP, calls_fibmap },
};

static const struct ioctl_command *find_command(unsigned cmd)
{
	for (unsigned i = 0; i < ARRAY_SIZE(commands); i++)
		if (commands[i].cmd == cmd)
			return &commands[i];
	return NULL;
}

static void commands_init(void)
{
	file_commands = find_command;
}
INIT(fs, commands_init);
