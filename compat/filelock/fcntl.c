/* SPDX-License-Identifier: MIT */
/* fcntl(2) commands for locks, leases, and receivers of signals. */
#include "async.h"
#include "locks.h"
#include <fs/open/fcntl.h>
#include <fs/fs.h>
#include <fs/path/namei.h>
#include <mm/uaccess.h>

#define F_SETSIG	10
#define F_GETSIG	11
#define F_SETOWN_EX	15
#define F_GETOWN_EX	16
#define F_GETOWNER_UIDS	17
#define F_SETLEASE	1024
#define F_GETLEASE	1025

/* ---- locks --------------------------------------------------------------- */

/* struct flock with word-sized offsets; fcntl64 uses flock64. */
struct flock_words {
	s16 type, whence;
	long start, len;
	int pid;
};

static long lock_words(int fd, struct file *f, unsigned cmd,
		       unsigned long arg)
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
	/*
	 * assign single fields: the padding between them keeps the caller's
	 * bytes
	 */
	w.type = l.type;
	w.whence = l.whence;
	w.start = (long)l.start;
	w.len = (long)l.len;
	w.pid = l.pid;
	return copy_to_user(arg, &w, sizeof(w));
}

/*
 * F_OFD_ commands always use 64-bit offsets, so on 32-bit machines fcntl(2)
 * refuses them and only fcntl64(2) has them.
 */
static long lock_open_file(int fd, struct file *f, unsigned cmd,
			   unsigned long arg)
{
	return sizeof(long) == 8 ? lock_words(fd, f, cmd, arg) : -EINVAL;
}

static long set_lease(int fd, struct file *f, unsigned cmd, unsigned long arg)
{
	return lease_set(fd, f, arg);
}

static long get_lease(int fd, struct file *f, unsigned cmd, unsigned long arg)
{
	return lease_get(f);
}

/* ---- whom to tell -------------------------------------------------------- */

static long set_owner(int fd, struct file *f, unsigned cmd, unsigned long arg)
{
	return async_set_owner(f, (int)arg);
}

static long get_owner(int fd, struct file *f, unsigned cmd, unsigned long arg)
{
	return async_owner_word(f);
}

static long set_owner_ex(int fd, struct file *f, unsigned cmd,
			 unsigned long from)
{
	struct file_owner o;

	if (copy_from_user(&o, from, sizeof(o)))
		return -EFAULT;
	return async_set_owner_ex(f, &o);
}

static long get_owner_ex(int fd, struct file *f, unsigned cmd,
			 unsigned long to)
{
	struct file_owner o = async_owner(f);

	return copy_to_user(to, &o, sizeof(o));
}

static long get_owner_uids(int fd, struct file *f, unsigned cmd,
			   unsigned long to)
{
	u32 ids[2];

	async_owner_uids(f, ids);
	return copy_to_user(to, ids, sizeof(ids));
}

static long set_signal(int fd, struct file *f, unsigned cmd, unsigned long arg)
{
	return async_set_signal(f, arg);
}

static long get_signal(int fd, struct file *f, unsigned cmd, unsigned long arg)
{
	return async_signal(f);
}

FCNTL_COMMANDS(commands) = {
	{ F_GETLK, lock_words },
	{ F_SETLK, lock_words },
	{ F_SETLKW, lock_words },
	{ F_OFD_GETLK, lock_open_file },
	{ F_OFD_SETLK, lock_open_file },
	{ F_OFD_SETLKW, lock_open_file },
	{ F_SETOWN, set_owner },
	{ F_GETOWN, get_owner },
	{ F_SETOWN_EX, set_owner_ex },
	{ F_GETOWN_EX, get_owner_ex },
	{ F_GETOWNER_UIDS, get_owner_uids },
	{ F_SETSIG, set_signal },
	{ F_GETSIG, get_signal },
	{ F_SETLEASE, set_lease },
	{ F_GETLEASE, get_lease },
};
