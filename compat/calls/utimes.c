/* SPDX-License-Identifier: MIT */
/*
 * utimensat(2): setting the times of a file.  The owner or a task with
 * CAP_FOWNER may set any times; setting both to "now" needs only write
 * permission.  As with other attributes (fs/inode/attr.c), a read-only mount is
 * checked before permissions.
 */
#include "utimes.h"
#include <fs/inode/inode.h>
#include <fs/io/pagefile.h>
#include <fs/open/fd.h>
#include <fs/path/namei.h>
#include <fs/inode/notify.h>
#include <kernel/time/time.h>
#include <mm/uaccess.h>
#include <syscalls.h>

static bool utime_valid(const struct utimes *t, int k)
{
	return t->nsec[k] == UTIME_NOW || t->nsec[k] == UTIME_OMIT ||
		(t->nsec[k] >= 0 && t->nsec[k] < (s64)NSEC_PER_SEC);
}

static void utimes_set_time(u64 *to, const struct utimes *t, int k, u64 now)
{
	s64 sec = t ? t->sec[k] : 0, max = (s64)(~0ull / NSEC_PER_SEC) - 1;

	if (!t || t->nsec[k] == UTIME_NOW)
		*to = now;
	else if (t->nsec[k] != UTIME_OMIT)	/* clamped to the valid range */
		*to = (u64)(sec < 0 ? 0 : sec > max ? max : sec) *
			NSEC_PER_SEC + (u64)t->nsec[k];
}

/*
 * Return: the inotify event of a change.  As on Linux, setting a single time
 * looks like a read or a write.
 */
static u32 time_event(const struct utimes *t)
{
	if (t && t->nsec[0] == UTIME_OMIT)
		return IN_MODIFY;
	return t && t->nsec[1] == UTIME_OMIT ? IN_ACCESS : IN_ATTRIB;
}

/*
 * Set the times.  Setting both to "now" needs write permission; other times
 * need the owner.
 */
static int change_times(const struct path *p, const struct utimes *t)
{
	struct inode *i = p->dentry->inode;
	bool both_now = !t || (t->nsec[0] == UTIME_NOW &&
			       t->nsec[1] == UTIME_NOW);
	u64 now = inode_now();
	int err;

	if (t && (!utime_valid(t, 0) || !utime_valid(t, 1)))
		return -EINVAL;
	if (mount_read_only(p))
		return -EROFS;
	if (i->ops->keeps & KEEPS_TIMES)
		return -EPERM;
	if (!inode_owner_or_capable(i)) {
		err = both_now ? inode_permission(i, W_OK) : -EPERM;
		if (err)
			return err;
	}
	mutex_lock(&i->lock);
	utimes_set_time(&i->atime, t, 0, now);
	utimes_set_time(&i->mtime, t, 1, now);
	i->ctime = now;
	inode_changed(i);
	mutex_unlock(&i->lock);
	notify_dentry(p->dentry, time_event(t));
	return 0;
}

static long utimes_of_fd(int fd, const struct utimes *t)
{
	struct fdref r = fdref_get(fd);
	struct dentry nameless;
	struct path p;
	int err;

	if (!r.file)
		return -EBADF;
	p = attr_path(r.file, &nameless);
	err = change_times(&p, t);
	fdref_put(r);
	return err;
}

long do_utimensat(int dirfd, uaddr_t name, const struct utimes *t, int flags)
{
	struct path p;
	int err;

	if (t && t->nsec[0] == UTIME_OMIT && t->nsec[1] == UTIME_OMIT)
		return 0;	/* nothing to set: succeed without checking file
				   and flags */
	if (!name && dirfd != AT_FDCWD)
		return flags ? -EINVAL : utimes_of_fd(dirfd, t);
	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	if (fd_is_nameless(dirfd, name, (unsigned)flags))
		return utimes_of_fd(dirfd, t);
	err = attr_lookup(dirfd, name, (unsigned)flags, &p);
	if (err)
		return err;
	err = change_times(&p, t);
	path_put(&p);
	return err;
}

long sys_utimensat(int dirfd, uaddr_t name, uaddr_t times, int flags)
{
	struct timespec64 v[2];
	struct utimes t;

	if (!times)
		return do_utimensat(dirfd, name, NULL, flags);
	for (int i = 0; i < 2; i++)
		if (timespec_get_raw(&v[i], times + i * sizeof(v[i]), false))
			return -EFAULT;
	t = (struct utimes){ { v[0].sec, v[1].sec }, { v[0].nsec, v[1].nsec } };
	return do_utimensat(dirfd, name, &t, flags);
}
