/* SPDX-License-Identifier: MIT */
/*
 * preadv2(2), pwritev2(2): flags of one transfer, passed to files in the uio.
 */
#include <fs/open/fd.h>
#include <fs/path/namei.h>
#include <fs/io/pagefile.h>
#include <mm/uaccess.h>
#include <syscalls.h>

#define RWF_HIPRI	1u		/* poll the device: ignored */
#define RWF_DSYNC	2u
#define RWF_SYNC	4u
#define RWF_NOWAIT	8u
#define RWF_APPEND	16u
#define RWF_NOAPPEND	32u
#define RWF_ALL		63u

/*
 * True if f supports RWF_NOWAIT.  A disk file can be read as far as it is
 * cached, but not written; as on Linux, files in memory do not know the flag.
 */
static bool can_be_asked(struct file *f, bool write)
{
	unsigned mode = f->inode->mode;

	if (S_ISREG(mode) || S_ISBLK(mode))
		return !write && file_mapping(f);
	return S_ISFIFO(mode) || S_ISSOCK(mode);
}

/*
 * Check that f supports the flags.  A file whose driver gets the buffers of a
 * vector one at a time (reads_pieces, writes_pieces) supports none.
 */
static int check_flags(struct file *f, unsigned flags, bool write)
{
	if (!flags)
		return 0;
	if (write ? f->ops->writes_pieces :
	    f->ops->reads_pieces || S_ISDIR(f->inode->mode))
		return -EOPNOTSUPP;
	if (flags & O_APPEND && flags & UIO_NO_APPEND)
		return -EINVAL;
	if (flags & O_NONBLOCK && !can_be_asked(f, write))
		return -EOPNOTSUPP;
	return 0;
}

/*
 * Return: the error that this transfer would get without flags (wrong mode, no
 * such operation, bad position); if it would get none, err.
 */
static long refuse_flags(const struct file *f, const struct uio *u, loff_t pos,
			 bool write, int err)
{
	int first;

	if (!(f->mode & (write ? FMODE_WRITE : FMODE_READ)))
		return -EBADF;
	if (write ? !f->ops->write :
	    !f->ops->read && !S_ISDIR(f->inode->mode))
		return -EINVAL;
	first = file_check_pos(f, pos, u->left);
	return first ? first : err;
}

static long read_flagged(struct file *f, struct uio *u, loff_t *pos)
{
	int err = check_flags(f, u->flags, false);

	return err ? refuse_flags(f, u, *pos, false, err) :
		file_do_read(f, u, pos);
}

static long write_flagged(struct file *f, struct uio *u, loff_t *pos)
{
	int err = check_flags(f, u->flags, true);

	return err ? refuse_flags(f, u, *pos, true, err) :
		file_do_write(f, u, pos);
}

/* Convert RWF_ flags to the O_ flags of an open file (readv(2)). */
static unsigned flags_of_rwf(unsigned rwf)
{
	unsigned flags = 0;

	if (rwf & RWF_DSYNC)
		flags |= O_DSYNC;
	if (rwf & RWF_SYNC)
		flags |= O_SYNC;
	if (rwf & RWF_NOWAIT)
		flags |= O_NONBLOCK;
	if (rwf & RWF_APPEND)
		flags |= O_APPEND;
	if (rwf & RWF_NOAPPEND)
		flags |= UIO_NO_APPEND;
	return flags;
}

static long flagged_call(int fd, uaddr_t iov, unsigned long n, loff_t pos,
			 unsigned rwf, unsigned mode)
{
	struct iov v;
	struct uio u;
	long done;

	if (pos < -1)
		return -EINVAL;
	done = iov_load(&v, iov, n);
	if (done)
		return rw_bad_args(fd, mode, pos >= 0, done);
	uio_vector(&u, v.seg, v.n);
	if (u.left && rwf & ~RWF_ALL)
		done = -EOPNOTSUPP;
	if (done || !u.left) {
		iov_free(&v);
		return rw_bad_args(fd, mode, pos >= 0, done);
	}
	u.flags = flags_of_rwf(rwf);
	done = rw_move(fd, &u, pos, mode == FMODE_READ ? read_flagged :
		       write_flagged);
	iov_free(&v);
	return done;
}

long sys_preadv2(int fd, uaddr_t iov, unsigned long n, loff_t pos,
		 unsigned flags)
{
	return flagged_call(fd, iov, n, pos, flags, FMODE_READ);
}

long sys_pwritev2(int fd, uaddr_t iov, unsigned long n, loff_t pos,
		  unsigned flags)
{
	return flagged_call(fd, iov, n, pos, flags, FMODE_WRITE);
}
