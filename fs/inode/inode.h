/* SPDX-License-Identifier: MIT */
/* Attributes of inodes: rights, times, set-id bits. */
#ifndef FS_INODE_INODE_H
#define FS_INODE_INODE_H

#include <fs/vfs.h>

struct cred;

void inode_init(void);
/* Without the lock: as it was at some time since the call began. */
static inline loff_t inode_size(const struct inode *i)
{
	return PEEK(i->size);
}
/*
 * [i->lock] Change the bits.  The type stays as it is, so no lock is needed to
 * test it; a read of the bits without the lock is marked (HINT).
 */
void inode_set_mode(struct inode *i, unsigned bits);
/*
 * inode_permission, and for writes the mount: what a device's node or a FIFO
 * takes is not stored there.
 * Return: 0, -EROFS, -EACCES.
 */
int path_permission(const struct path *p, int mask);
/* What exec makes of a program's attribute (capabilities(7)). */
struct file_caps {
	u64 permitted, inheritable;
	bool effective;
};
/* What attributes and access control lists say of an inode that has some. */
struct xattr_ops {
	/* For others than the owner.  Return: 1: no list; 0; -EACCES. */
	int (*permission)(struct inode *i, int mask, const struct cred *c);
	/* Does dir have a list for what is made in it? */
	bool (*has_default)(const struct inode *dir);
	/*
	 * [dir->lock] i, just made, inherits from dir, and loses bits of its
	 * mode.  Return: 0 with *out (NULL: nothing), -ENOMEM.
	 */
	int (*inherit)(struct inode *i, const struct inode *dir,
		       struct xattrs **out);
	/* [i->lock] chmod(2) changes the list as well. */
	int (*chmod)(struct inode *i, unsigned mode);
	/* [i->lock] i changes, so its capabilities go. */
	int (*drop_caps)(struct inode *i);
	/* What exec(2) gives.  Return: as inode_file_caps(). */
	int (*caps)(struct inode *i, struct file_caps *f);
};
extern const struct xattr_ops *xattr_ops; /* const after init; NULL: none */

static inline int inode_inherit(struct inode *i, const struct inode *dir)
{
	return dir && unlikely(dir->xattrs) ?
		xattr_ops->inherit(i, dir, &i->xattrs) : 0;
}
static inline int inode_drop_caps(struct inode *i)
{
	return unlikely(i->xattrs) ? xattr_ops->drop_caps(i) : 0;
}
/* Return: 0 with *f; -ENODATA: it has none; -EINVAL: they mean nothing. */
static inline int inode_file_caps(struct inode *i, struct file_caps *f)
{
	return unlikely(i->xattrs) ? xattr_ops->caps(i, f) : -ENODATA;
}
/* What creat(2) and others ask for, less the umask where dir has no list. */
unsigned inode_new_mode(const struct inode *dir, unsigned mode);
/* inode_permission() of who has these.  Return: 0 or -EACCES. */
int inode_permission_as(struct inode *i, int mask, const struct cred *c);
/* Is p's mount read-only, or the whole file system? */
bool mount_read_only(const struct path *p);
/* Is it AT_EMPTY_PATH of a descriptor of a file without a name? */
bool means_nameless(int dirfd, uaddr_t name, unsigned flags);
/*
 * Of calls that change attributes: by AT_SYMLINK_NOFOLLOW and AT_EMPTY_PATH of
 * flags.
 * Return: 0 with *out referenced, or -errno.
 */
int named_path(int dirfd, uaddr_t name, unsigned flags, struct path *out);
/*
 * The path of an open file; one without a name stands alone, in a dentry on the
 * caller's stack that nobody else sees.
 */
struct path attr_path(struct file *f, struct dentry *nameless);
/* f was read: note the time, unless f (O_NOATIME) or its mount keeps it. */
void file_first_read(const struct file *f);
/*
 * A time in one word, which is read in one piece: nanoseconds, or on a 32-bit
 * machine units of 2^32 of them, some 4 s.
 */
static inline unsigned long coarse_time(u64 ns)
{
	return (unsigned long)(ns >> (64 - 8 * sizeof(long)));
}
void inode_day_passes(void);		/* or the clock was set */
extern unsigned long a_day_ago;		/* word: coarse_time() */
/*
 * relatime: a read is noted once after each change, and once a day: other reads
 * need no clock and dirty nothing.
 */
static inline bool atime_is_old(const struct inode *i)
{
	return PEEK(i->atime <= i->mtime || i->atime <= i->ctime ||
		    coarse_time(i->atime) < READ_ONCE(a_day_ago));
}
static inline void file_touch_atime(const struct file *f)
{
	if (unlikely(atime_is_old(f->inode)))
		file_first_read(f);
}
/* The same for a symlink, which is read without being open. */
void path_first_read(const struct path *p);
/* MS_STRICTATIME: every read is noted; only such mounts pay for it. */
void file_strict_read(const struct file *f);
/*
 * [i->lock] Before a change of i's contents: set-id bits and capabilities go.
 * Return: 0, or -errno if some are left.
 */
int inode_drop_privileges(struct inode *i);
/* The bits of i->mode that do not outlast a change. */
unsigned inode_setid_bits(const struct inode *i);
/* May the caller set i's set-group-id bit: in the group, or CAP_FSETID? */
bool inode_may_setgid(const struct inode *i);
/*
 * truncate(2) after permission checks; size in bytes.
 * Context: takes i->lock; may sleep.
 * Return: 0; -EINVAL (size, or i is of no such kind), -EFBIG (RLIMIT_FSIZE),
 * -EPERM (a seal); what the file system answers.
 */
int inode_truncate(struct inode *i, loff_t size);
/* Sticky directory: may the caller remove or rename victim?  0 or -EPERM. */
int inode_may_delete(struct inode *dir, struct inode *victim);
/*
 * Programs that run, and opens to write: while there are some of one, none of
 * the other may begin (execve(2), open(2)).  deny and get_write count one more,
 * allow and put_write one less.
 * Return: 0 or -ETXTBSY.
 */
int inode_deny_write(struct inode *i);
void inode_allow_write(struct inode *i);
int inode_get_write(struct inode *i);
void inode_put_write(struct inode *i);
/*
 * Owner and group of a new inode: the caller's, but the group of a set-group-id
 * directory dir (NULL: it has no directory), whose bit a directory inherits.
 */
void inode_init_owner(struct inode *i, const struct inode *dir);

#endif
