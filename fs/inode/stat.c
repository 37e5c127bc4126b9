/* SPDX-License-Identifier: MIT */
/*
 * Information on a file without opening it: the stat family, readlink, and
 * statfs for its file system.
 *
 * The kernel has one struct for files (kstat) and one for file systems
 * (kstatfs).  The last step converts the struct to the layout of the caller's
 * ABI.  No right to the file is needed, only search permission for the
 * directories on the way (stat(2)).
 */
#include <arch/uabi.h>
#include <fs/fs.h>
#include <fs/internal.h>
#include <kernel/time/time.h>
#include <mm/frames/slab.h>
#include <mm/uaccess.h>
#include <syscalls.h>

/*
 * Store a struct stat of the machine's ABI (uapi/stat.h).  The struct is
 * cleared first, as padding would leak kernel memory.
 */
long stat_copy(uaddr_t to, const struct kstat *k)
{
	struct uabi_stat st;
	u64 sec;

	memset(&st, 0, sizeof(st));
	st.st_dev = k->dev;
	st.st_ino = k->ino;
	st.st_mode = k->mode;
	st.st_nlink = k->nlink;
	st.st_uid = k->uid;
	st.st_gid = k->gid;
	st.st_rdev = k->rdev;
	st.st_size = (s64)k->size;
	st.st_blksize = (__typeof__(st.st_blksize))k->blksize;
	st.st_blocks = (__typeof__(st.st_blocks))k->blocks;
	st.st_atime_nsec = split_time(k->atime, &sec);
	st.st_atime = (__typeof__(st.st_atime))sec;
	st.st_mtime_nsec = split_time(k->mtime, &sec);
	st.st_mtime = (__typeof__(st.st_mtime))sec;
	st.st_ctime_nsec = split_time(k->ctime, &sec);
	st.st_ctime = (__typeof__(st.st_ctime))sec;
	uabi_stat_finish(&st);
	return copy_to_user(to, &st, sizeof(st));
}

/* If mount is not NULL, *mount is set to the number of the file's mount. */
static __inlined long stat_fd(int fd, struct kstat *st, int *mount)
{
	struct fdref r = fdref_get_any(fd);

	if (unlikely(!r.file))
		return -EBADF;
	inode_stat(r.file->inode, st);
	if (mount)
		*mount = r.file->path.mount ? r.file->path.mount->id : 0;
	fdref_put(r);
	return 0;
}

long do_fstat(int fd, struct kstat *st)
{
	return stat_fd(fd, st, NULL);
}

#define STAT_FLAGS (AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH | \
	AT_STATX_SYNC_TYPE)

/*
 * True for AT_EMPTY_PATH with "" (or no string), which means the descriptor
 * itself.  Tested first, to avoid copying the name.
 */
static bool is_empty_name(uaddr_t name, int flags)
{
	return flags & AT_EMPTY_PATH && (!name || user_text_empty(name));
}

/*
 * Stat a file by name or by descriptor.  A descriptor needs a case of its own,
 * because a pipe has no path that a look-up could find.
 */
static __inlined long stat_name(int dirfd, uaddr_t name, int flags,
			       struct kstat *st, int *mount)
{
	struct path p;
	int err;

	if (flags & ~STAT_FLAGS)
		return -EINVAL;
	if (dirfd >= 0 && is_empty_name(name, flags))
		return stat_fd(dirfd, st, mount);
	err = path_lookup_at(dirfd, name, !(flags & AT_SYMLINK_NOFOLLOW),
			     (unsigned)flags, &p);
	if (unlikely(err))
		return err;
	inode_stat(p.dentry->inode, st);
	if (mount)
		*mount = p.mount ? p.mount->id : 0;
	path_put(&p);
	return 0;
}

long do_fstatat(int dirfd, uaddr_t name, int flags, struct kstat *st)
{
	return stat_name(dirfd, name, flags, st, NULL);
}

long do_fstatat_mount(int dirfd, uaddr_t name, int flags, struct kstat *st,
		      int *mount)
{
	return stat_name(dirfd, name, flags, st, mount);
}

long sys_newfstatat(int dirfd, uaddr_t name, uaddr_t buf, int flags)
{
	struct kstat st;
	long err = do_fstatat(dirfd, name, flags, &st);

	return err ? err : stat_copy(buf, &st);
}

long sys_fstat(int fd, uaddr_t buf)
{
	struct kstat st;
	long err = do_fstat(fd, &st);

	return err ? err : stat_copy(buf, &st);
}

/* ---- readlink ----------------------------------------------------------- */

/*
 * Copy the target of a symlink to user memory.  POSIX: a target longer than the
 * buffer is truncated without an error, and no NUL is stored.
 * Return: bytes; -EFAULT, -ENOMEM, or an error of the file system.
 */
static long read_link(const struct path *p, uaddr_t buf, int size)
{
	struct inode *i = p->dentry->inode;
	char *text;
	long n;

	text = name_alloc();
	if (!text)
		return -ENOMEM;
	path_update_atime(p);
	n = i->ops->readlink(i, text, PATH_MAX);
	if (n > size)
		n = size;
	if (n >= 0 && copy_to_user(buf, text, (unsigned long)n))
		n = -EFAULT;
	name_put(text);
	return n;
}

long sys_readlinkat(int dirfd, uaddr_t name, uaddr_t buf, int size)
{
	struct inode *i;
	struct path p;
	long n;

	if (size <= 0)
		return -EINVAL;
	if (fd_is_nameless(dirfd, name, AT_EMPTY_PATH))
		return -ENOENT;
	n = path_lookup_user(dirfd, name, LOOKUP_EMPTY, &p);
	if (n)
		return n;
	i = p.dentry->inode;
	if (S_ISLNK(i->mode) && i->ops->readlink)
		n = read_link(&p, buf, size);
	else	/* as on Linux: ENOENT for a descriptor of a file that is no
		 * symlink */
		n = is_empty_name(name, AT_EMPTY_PATH) ? -ENOENT : -EINVAL;
	path_put(&p);
	return n;
}

long sys_readlink(uaddr_t name, uaddr_t buf, int size)
{
	return sys_readlinkat(AT_FDCWD, name, buf, size);
}
