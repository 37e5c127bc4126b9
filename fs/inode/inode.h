/* SPDX-License-Identifier: MIT */
/* Attributes of inodes: rights, times, set-id bits. */
#ifndef FS_INODE_INODE_H
#define FS_INODE_INODE_H

#include <fs/vfs.h>

struct cred;

void inode_init(void);
/*
 * Return: the size, read without the lock: a value from some time during the
 * call.
 */
static inline loff_t inode_size(const struct inode *i)
{
	return PEEK(i->size);
}
/*
 * [i->lock] Change the permission bits.  Code that tests only the type needs no
 * lock, as the type never changes.  Code that reads the bits without the lock
 * uses HINT().
 */
void inode_set_mode(struct inode *i, unsigned bits);
/*
 * Check the rights to the inode (inode_permission()), and for a write also that
 * the mount is not read-only.  Device nodes and FIFOs store no data in the file
 * system, so a read-only mount allows writes to them.
 * Return: 0, -EROFS, -EACCES.
 */
int path_permission(const struct path *p, int mask);
/* File capabilities as used by exec (capabilities(7)). */
struct file_caps {
	u64 permitted, inheritable;
	bool effective;
};
/* Operations on inodes that have extended attributes or ACLs. */
struct xattr_ops {
	/*
	 * Check the ACL for a caller that is not the owner.
	 * Return: 0; -EACCES; 1: no ACL.
	 */
	int (*permission)(struct inode *i, int mask, const struct cred *c);
	/* True if dir has a default ACL for new files. */
	bool (*has_default)(const struct inode *dir);
	/*
	 * [dir->lock] Let the new inode i inherit the default ACL of dir, which
	 * may clear bits of its mode.
	 * Return: 0: *out is the inherited ACL, or NULL if there is none;
	 * -ENOMEM.
	 */
	int (*inherit)(struct inode *i, const struct inode *dir,
		       struct xattrs **out);
	/* [i->lock] Make the ACL of i agree with the new mode of a chmod(2). */
	int (*chmod)(struct inode *i, unsigned mode);
	/*
	 * [i->lock] Drop the capabilities of i, whose contents or owner change.
	 */
	int (*drop_caps)(struct inode *i);
	/* Get the capabilities for exec(2).  Return: as inode_file_caps(). */
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
/*
 * Get the capabilities of the file.
 * Return: 0: *f is set; -ENODATA: the file has none; -EINVAL: they are invalid.
 */
static inline int inode_file_caps(struct inode *i, struct file_caps *f)
{
	return unlikely(i->xattrs) ? xattr_ops->caps(i, f) : -ENODATA;
}
/*
 * Return: the mode of a new file in dir, without the umask bits unless dir has
 * a default ACL.
 */
unsigned inode_new_mode(const struct inode *dir, unsigned mode);
/* inode_permission() for the credentials c.  Return: 0 or -EACCES. */
int inode_permission_as(struct inode *i, int mask, const struct cred *c);
/* True if p's mount or its whole file system is read-only. */
bool mount_read_only(const struct path *p);
/* True for AT_EMPTY_PATH with a descriptor of a file without a name. */
bool fd_is_nameless(int dirfd, uaddr_t name, unsigned flags);
/*
 * Look up the path for a call that changes attributes.  Of flags only
 * AT_SYMLINK_NOFOLLOW and AT_EMPTY_PATH are used.
 * Return: 0: *out is the path, referenced; or -errno.
 */
int attr_lookup(int dirfd, uaddr_t name, unsigned flags, struct path *out);
/*
 * Return: the path of an open file.  The path of a file without a name consists
 * of `nameless`, a dentry on the caller's stack that no other task sees.
 */
struct path attr_path(struct file *f, struct dentry *nameless);
/*
 * Update atime after a read of f, unless f (O_NOATIME) or its mount prevents
 * it.
 */
void file_update_atime(const struct file *f);
/*
 * Return: a time in one word, which can be read without a lock: in nanoseconds,
 * or on a 32-bit machine in units of 2^32 ns, some 4 s.
 */
static inline unsigned long coarse_time(u64 ns)
{
	return (unsigned long)(ns >> (64 - 8 * sizeof(long)));
}
void inode_update_day(void);		/* called each minute and when the clock
					 * is set */
extern unsigned long a_day_ago;		/* coarse_time(); read without a lock */
/*
 * relatime: the first read after a change updates atime, and so does the first
 * read in a day.  Other reads need no clock and dirty nothing.
 */
static inline bool atime_is_old(const struct inode *i)
{
	return PEEK(i->atime <= i->mtime || i->atime <= i->ctime ||
		    coarse_time(i->atime) < READ_ONCE(a_day_ago));
}
static inline void file_touch_atime(const struct file *f)
{
	if (unlikely(atime_is_old(f->inode)))
		file_update_atime(f);
}
/*
 * Set the times of i for a store to a mapping of it.  i->lock is not waited for,
 * because write(2) may hold it while it faults; then write(2) itself sets the
 * times later.
 */
void inode_note_store(struct inode *i);
/* As file_update_atime(), for a symlink, which is read without being open. */
void path_update_atime(const struct path *p);
/* The same, for a symlink that a walk at mount m follows. */
struct mount;
void inode_touch_atime(struct inode *i, const struct mount *m);
/* Update atime for a read if the mount of f has MS_STRICTATIME. */
void file_strict_atime(const struct file *f);
/*
 * [i->lock] Before a change of i's contents: drop set-id bits and capabilities.
 * Return: 0; -errno: some bits or capabilities are left.
 */
int inode_drop_privileges(struct inode *i);
/* Return: the set-id bits of i->mode to be dropped at a change. */
unsigned inode_setid_bits(const struct inode *i);
/*
 * True if the caller may set i's set-group-id bit, because it is in i's group
 * or has CAP_FSETID.
 */
bool inode_may_setgid(const struct inode *i);
/*
 * Do truncate(2) after its permission checks; size is in bytes.
 * Context: takes i->lock; may sleep.
 * Return: 0; -EINVAL (size, or this kind of file), -EFBIG (RLIMIT_FSIZE),
 * -EPERM (a seal); an error of the file system.
 */
int inode_truncate(struct inode *i, loff_t size);
/*
 * Check whether the caller may remove or rename victim in dir, a sticky
 * directory.
 * Return: 0 or -EPERM.
 */
int inode_may_delete(struct inode *dir, struct inode *victim);
/*
 * Exclude running programs and writers from each other: while programs run from
 * the file, no writer may open it (open(2)); while there are writers, no
 * program may start (execve(2)).  inode_deny_write() adds a program,
 * inode_allow_write() removes one; inode_get_write() adds a writer,
 * inode_put_write() removes one.
 * Return: 0 or -ETXTBSY.
 */
int inode_deny_write(struct inode *i);
void inode_allow_write(struct inode *i);
int inode_get_write(struct inode *i);
void inode_put_write(struct inode *i);
/*
 * Set owner and group of a new inode to the caller's.  If dir is a set-group-id
 * directory, use its group instead; a new directory inherits the bit, too.  dir
 * NULL: the inode is in no directory.
 */
void inode_init_owner(struct inode *i, const struct inode *dir);

#endif
