/* SPDX-License-Identifier: MIT */
/* fcntl(2): descriptor flags, status flags, duplicates, pipes, locks. */
#include <ext/filelock/async.h>
#include <ext/filelock/locks.h>
#include <ext/notify/notify.h>
#include <fs/fs.h>
#include <fs/internal.h>
#include <fs/pipe.h>
#include <mm/uaccess.h>
#include <syscalls.h>

/* What F_SETFL may change. */
#define SETFL_MASK \
	(O_APPEND | O_NONBLOCK | O_DIRECT | O_NOATIME | O_ASYNC)

#define F_SETSIG	10
#define F_GETSIG	11
#define F_SETOWN_EX	15
#define F_GETOWN_EX	16
#define F_GETOWNER_UIDS	17
#define F_SETLEASE	1024
#define F_GETLEASE	1025
#define F_NOTIFY	1026
#define F_ADD_SEALS	1033
#define F_GET_SEALS	1034

static long set_flags(int fd, struct file *f, unsigned flags)
{
	int err;

	if (flags & O_NOATIME && !(f->flags & O_NOATIME) &&
	    !inode_owner_or_capable(f->inode))
		return -EPERM;
	if (flags & O_DIRECT && !(f->flags & O_DIRECT) &&
	    !S_ISFIFO(f->inode->mode) && !file_can_direct(f->inode))
		return -EINVAL;
	if ((flags ^ f->flags) & O_ASYNC && f->ops->sends_sigio) {
		err = async_set(fd, f, flags & O_ASYNC);
		if (err)
			return err;
	}
	f->flags = (f->flags & ~SETFL_MASK) | (flags & SETFL_MASK);
	return 0;
}

/* struct flock with word-sized offsets; flock64 is fcntl64's. */
struct flock_words {
	s16 type, whence;
	long start, len;
	int pid;
};

static long lock_words(int fd, unsigned cmd, uaddr_t arg)
{
	struct flock_words w;
	struct kflock l;
	long err;

	if (copy_from_user(&w, arg, sizeof(w)))
		return -EFAULT;
	l = (struct kflock){ w.type, w.whence, w.start, w.len, w.pid };
	err = do_fcntl_lock(fd, cmd, &l);
	if (err || (cmd != F_GETLK && cmd != F_OFD_GETLK))
		return err;
	if (l.start > (loff_t)(~0ul >> 1) || l.len > (loff_t)(~0ul >> 1))
		return -EOVERFLOW;
	/* between its members w is what the caller gave */
	w.type = l.type;
	w.whence = l.whence;
	w.start = (long)l.start;
	w.len = (long)l.len;
	w.pid = l.pid;
	return copy_to_user(arg, &w, sizeof(w));
}

static long set_owner_ex(struct file *f, uaddr_t from)
{
	struct file_owner o;

	if (copy_from_user(&o, from, sizeof(o)))
		return -EFAULT;
	return async_set_owner_ex(f, &o);
}

static long get_owner_ex(struct file *f, uaddr_t to)
{
	struct file_owner o = async_owner(f);

	return copy_to_user(to, &o, sizeof(o));
}

static long get_owner_uids(struct file *f, uaddr_t to)
{
	u32 ids[2];

	async_owner_uids(f, ids);
	return copy_to_user(to, ids, sizeof(ids));
}

/* => [a reference on f]; O_PATH files allow only the first few */
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
	switch (cmd) {
	case F_SETFL:
		return set_flags(fd, f, (unsigned)arg);
	case F_GETLK:
	case F_SETLK:
	case F_SETLKW:
		return lock_words(fd, cmd, arg);
	case F_OFD_GETLK:
	case F_OFD_SETLK:
	case F_OFD_SETLKW:		/* of 64 bits everywhere: fcntl64 */
		return sizeof(long) == 8 ? lock_words(fd, cmd, arg) : -EINVAL;
	case F_SETOWN:
		return async_set_owner(f, (int)arg);
	case F_GETOWN:
		return async_owner_word(f);
	case F_SETOWN_EX:
		return set_owner_ex(f, arg);
	case F_GETOWN_EX:
		return get_owner_ex(f, arg);
	case F_GETOWNER_UIDS:
		return get_owner_uids(f, arg);
	case F_SETSIG:
		return async_set_signal(f, arg);
	case F_GETSIG:
		return async_signal(f);
	case F_SETLEASE:
		return lease_set(fd, f, arg);
	case F_GETLEASE:
		return lease_get(f);
	case F_NOTIFY:
		return dnotify_fcntl(fd, f, (unsigned)arg);
	case F_GETPIPE_SZ:
		return pipe_get_size(f);
	case F_SETPIPE_SZ:
		return pipe_set_size(f, arg);
	case F_ADD_SEALS:
		return memfd_add_seals(f, (unsigned)arg);
	case F_GET_SEALS:
		return memfd_get_seals(f);
	default:
		return -EINVAL;
	}
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
