/* SPDX-License-Identifier: MIT */
/*
 * File system calls with the layouts of early 32-bit Linux: stat, statfs,
 * 32-bit times, fcntl, ppoll.  They wrap functions of fs/ (<fs/fs.h>).
 */
#include "compat32.h"
#include <compat/calls/statfs.h>
#include <compat/calls/utimes.h>
#include <fs/fs.h>
#include <fs/open/poll.h>
#include <lib/mem.h>
#include <mm/uaccess.h>
#include <syscalls.h>

/* ---- stat ---------------------------------------------------------------- */

/* struct stat before large files. */
struct old_stat {
	u32 dev, ino;
	u16 mode, nlink, uid, gid;
	u32 rdev, size, blksize, blocks;
	u32 atime, atime_nsec, mtime, mtime_nsec, ctime, ctime_nsec;
	u32 unused[2];
};

static u16 narrow_id(unsigned id)
{
	return id > 0xffff ? 65534 : id;
}

static u32 seconds(u64 ns, u32 *rest)
{
	*rest = ns % NSEC_PER_SEC;
	return ns / NSEC_PER_SEC;
}

/*
 * Store a struct old_stat.  Values that do not fit are refused, not cut off
 * (stat(2), EOVERFLOW).
 */
static long put_old_stat(const struct kstat *k, uaddr_t to)
{
	struct old_stat s = {
		.dev = k->dev, .ino = k->ino, .mode = k->mode,
		.nlink = k->nlink, .uid = narrow_id(k->uid),
		.gid = narrow_id(k->gid), .rdev = k->rdev, .size = k->size,
		.blksize = k->blksize, .blocks = k->blocks,
	};

	s.atime = seconds(k->atime, &s.atime_nsec);
	s.mtime = seconds(k->mtime, &s.mtime_nsec);
	s.ctime = seconds(k->ctime, &s.ctime_nsec);
	if (k->size > INT32_MAX || s.ino != k->ino || s.nlink != k->nlink)
		return -EOVERFLOW;
	return put_user(s, to);
}

long sys_stat32(uaddr_t path, uaddr_t buf)
{
	struct kstat k;
	long err = do_fstatat(AT_FDCWD, path, 0, &k);

	return err ? err : put_old_stat(&k, buf);
}

long sys_lstat32(uaddr_t path, uaddr_t buf)
{
	struct kstat k;
	long err = do_fstatat(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, &k);

	return err ? err : put_old_stat(&k, buf);
}

long sys_fstat32(int fd, uaddr_t buf)
{
	struct kstat k;
	long err = do_fstat(fd, &k);

	return err ? err : put_old_stat(&k, buf);
}

/* ---- statfs -------------------------------------------------------------- */

/* Store a 32-bit struct statfs, which consists of words. */
static long put_statfs32(const struct kstatfs *k, uaddr_t to)
{
	u32 s[16] = {
		k->type, k->bsize, k->blocks, k->bfree, k->bavail, k->files,
		k->ffree, k->fsid, k->fsid >> 32, k->namelen, k->bsize,
		k->flags,
	};

	if ((k->blocks | k->bfree | k->bavail | k->files | k->ffree) >> 32)
		return -EOVERFLOW;
	return copy_to_user(to, s, sizeof(s));
}

long sys_statfs32(uaddr_t path, uaddr_t buf)
{
	struct kstatfs k;
	long err = do_statfs(path, &k);

	return err ? err : put_statfs32(&k, buf);
}

long sys_fstatfs32(int fd, uaddr_t buf)
{
	struct kstatfs k;
	long err = do_fstatfs(fd, &k);

	return err ? err : put_statfs32(&k, buf);
}

/* ---- file times ---------------------------------------------------------- */

/*
 * Set the times of a file.  scale: nanoseconds per unit of the fraction.  Check
 * the range of a fraction in microseconds here; do_utimensat() checks
 * nanoseconds.
 */
static long set_times(int dirfd, uaddr_t path, uaddr_t times, s64 scale,
		      int flags)
{
	struct time32 t[2];
	struct utimes k;

	if (!times)
		return do_utimensat(dirfd, path, NULL, flags);
	if (copy_from_user(t, times, sizeof(t)))
		return -EFAULT;
	for (int i = 0; i < 2; i++) {
		if (scale != 1 && (t[i].fraction < 0 ||
				   t[i].fraction >= 1000000))
			return -EINVAL;
		k.sec[i] = t[i].sec;
		k.nsec[i] = t[i].fraction * scale;
	}
	return do_utimensat(dirfd, path, &k, flags);
}

long sys_utimensat_time32(int dirfd, uaddr_t path, uaddr_t times, int flags)
{
	return set_times(dirfd, path, times, 1, flags);
}

long sys_futimesat_time32(int dirfd, uaddr_t path, uaddr_t times)
{
	return set_times(dirfd, path, times, 1000, 0);
}

long sys_utimes_time32(uaddr_t path, uaddr_t times)
{
	return set_times(AT_FDCWD, path, times, 1000, 0);
}

/* Times in whole seconds: access, then modification. */
long sys_utime_time32(uaddr_t path, uaddr_t times)
{
	struct utimes k = { { 0 }, { 0 } };
	s32 t[2];

	if (!times)
		return do_utimensat(AT_FDCWD, path, NULL, 0);
	if (copy_from_user(t, times, sizeof(t)))
		return -EFAULT;
	k.sec[0] = t[0];
	k.sec[1] = t[1];
	return do_utimensat(AT_FDCWD, path, &k, 0);
}

/* ---- fcntl --------------------------------------------------------------- */

long sys_fcntl_old(int fd, unsigned cmd, unsigned long arg)
{
	if ((cmd >= F_GETLK64 && cmd <= F_SETLKW64) ||
	    (cmd >= F_OFD_GETLK && cmd <= F_OFD_SETLKW))
		return fd_is_open(fd) ? -EINVAL : -EBADF;
	return sys_fcntl64(fd, cmd, arg);
}

/* ---- poll and select ----------------------------------------------------- */

int deadline_get32(ktime_t *deadline, uaddr_t from, s64 fraction)
{
	struct time32 t;

	*deadline = 0;
	if (!from)
		return 0;
	if (get_user(&t, from))
		return -EFAULT;
	if (t.sec < 0 || t.fraction < 0 ||
	    t.fraction * fraction >= (s64)NSEC_PER_SEC)
		return -EINVAL;
	*deadline = poll_deadline(t.sec * (s64)NSEC_PER_SEC +
				  t.fraction * fraction);
	return 0;
}

int deadline_put32(ktime_t deadline, uaddr_t to, s64 fraction)
{
	s64 left = to ? poll_left(deadline) : 0;
	struct time32 t = { left / (s64)NSEC_PER_SEC,
		left % (s64)NSEC_PER_SEC / fraction };

	return to ? put_user(t, to) : 0;
}

long deadline_tell32(long found, ktime_t deadline, uaddr_t to, s64 fraction)
{
	return poll_end(found, to, poll_tells_left() &&
			!deadline_put32(deadline, to, fraction));
}

static int mask_get(sigmask_t *mask, uaddr_t from, unsigned long size)
{
	if (size != sizeof(*mask))
		return -EINVAL;
	return get_user(mask, from);
}

long sys_ppoll_time32(uaddr_t fds, unsigned n, uaddr_t timeout, uaddr_t mask,
		      unsigned long size)
{
	ktime_t deadline;
	sigmask_t m;
	long r = deadline_get32(&deadline, timeout, 1);

	if (!r && mask)
		r = mask_get(&m, mask, size);
	if (r)
		return r;
	r = do_poll(fds, n, deadline, mask ? &m : NULL);
	return deadline_tell32(r, deadline, timeout, 1);
}
