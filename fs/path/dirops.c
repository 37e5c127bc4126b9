/* SPDX-License-Identifier: MIT */
/*
 * Create and remove names: mkdir, mknod, symlink, link, unlink and rmdir
 * (lecture row A1 of docs/coverage.md).
 *
 * The steps of each call:
 *   path_parent    walk to the directory, and copy the last component
 *   mutex_lock     lock the directory: its names cannot change now
 *   dir_lookup     find the dentry of the name, which may be negative
 *   checks         in Linux's order: the name (EEXIST, ENOENT), the mount
 *                  (EROFS), rights (EACCES, EPERM)
 *   dir->ops       the file system changes its directory
 *   mutex_unlock   unlock, and drop the references
 *
 * Locks of directories are taken from the parent down: mutex_lock() of the
 * first, mutex_lock_below() of the second, so that two calls cannot deadlock.
 * The inode of a name is locked below its directory while its link count
 * changes.  rename.c handles two directories.
 */
#include <fs/internal.h>
#include <fs/inode/notify.h>
#include <mm/uaccess.h>
#include <syscalls.h>

/*
 * False for a directory that was removed while the caller waited for its lock:
 * nobody could reach a name in it.  Also false for /proc, which accepts no
 * names and gives the same error on Linux.
 */
static bool dir_accepts_names(const struct inode *dir)
{
	return dir->nlink && dir->ops->create;
}

int dir_may_add(const struct path *dir)
{
	struct inode *i = dir->dentry->inode;

	if (mount_read_only(dir))
		return -EROFS;
	if (!dir_accepts_names(i))
		return -ENOENT;
	return inode_permission(i, W_OK | X_OK);
}

int dir_may_remove(const struct path *dir, struct dentry *victim)
{
	int err;

	if (mount_read_only(dir))
		return -EROFS;
	err = inode_permission(dir->dentry->inode, W_OK | X_OK);
	if (err)
		return err;
	if (!dir->dentry->inode->ops->unlink)
		return -EPERM;
	return inode_may_delete(dir->dentry->inode, victim->inode);
}

/*
 * Make those checks of link(2) that precede the check of the rights to the
 * directory.
 */
static int may_cross(const struct path *from, const struct last_name *l)
{
	if (from->mount != l->dir.mount)
		return -EXDEV;
	return sticky_rules ? sticky_rules->may_link(from->dentry->inode) : 0;
}

/*
 * Find the place for a new name of the file `from` (NULL: of a new file).  On
 * success the directory is locked, and *d is a negative dentry.
 * Return: 0 (end with create_end()), or -errno.
 */
static int link_start(int dirfd, const char *name, bool directory,
		      const struct path *from, struct last_name *l,
		      struct dentry **d)
{
	struct inode *dir;
	int err = path_parent(dirfd, name, l);

	if (err)
		return err;
	dir = l->dir.dentry->inode;
	err = -EEXIST;
	if (l->dot)
		goto fail;
	mutex_lock(&dir->lock);
	*d = dir_lookup(l->dir.dentry, l->name, l->len, l->hash, &err);
	if (!*d)
		goto fail_unlock;
	err = -EEXIST;
	if ((*d)->inode)
		goto fail_put;
	err = -ENOENT;
	if ((l->slash && !directory) || !dir_accepts_names(dir))
		goto fail_put;
	err = mount_read_only(&l->dir) ? -EROFS :
		from ? may_cross(from, l) : 0;
	if (!err)
		err = dir_may_add(&l->dir);
	if (!err)
		return 0;

fail_put:
	dentry_put(*d);
fail_unlock:
	mutex_unlock(&dir->lock);
fail:
	path_put(&l->dir);
	return err;
}

static int create_start(int dirfd, const char *name, bool directory,
			struct last_name *l, struct dentry **d)
{
	return link_start(dirfd, name, directory, NULL, l, d);
}

/*
 * Undo link_start(), and return err.  event: IN_CREATE etc. if the name was
 * created.  The event is reported before the directory is unlocked, so that no
 * watcher hears first that the name was removed.
 */
static int create_end(struct last_name *l, struct dentry *d, int err,
		      u32 event)
{
	if (!err)
		notify_name(l->dir.dentry->inode, l->name, event);
	mutex_unlock(&l->dir.dentry->inode->lock);
	dentry_put(d);
	path_put(&l->dir);
	return err;
}

/* Used by the system calls and at boot: names are in kernel memory. */
int kernel_mkdirat(int dirfd, const char *name, unsigned mode)
{
	struct last_name l;
	struct dentry *d;
	struct inode *dir;
	int err = create_start(dirfd, name, true, &l, &d);

	if (err)
		return err;
	dir = l.dir.dentry->inode;
	err = dir->ops->mkdir ? dir->ops->mkdir(dir, d, S_IFDIR |
			inode_new_mode(dir, mode & 01777)) : -EPERM;
	return create_end(&l, d, err, IN_CREATE | IN_ISDIR);
}

int kernel_mkdir(const char *name, unsigned mode)
{
	return kernel_mkdirat(AT_FDCWD, name, mode);
}

int kernel_mknodat(int dirfd, const char *name, unsigned mode, unsigned rdev,
		   struct inode **made)
{
	struct last_name l;
	struct dentry *d;
	struct inode *dir;
	int err = create_start(dirfd, name, false, &l, &d);

	if (err)
		return err;
	dir = l.dir.dentry->inode;
	if (!S_ISBLK(mode) && !S_ISCHR(mode))
		rdev = 0;
	/*
	 * number 0 marks a file that an overlay hides: to make such a node
	 * needs no privilege
	 */
	if ((S_ISBLK(mode) || (S_ISCHR(mode) && rdev)) && !capable(CAP_MKNOD))
		err = -EPERM;	/* checked late: EEXIST comes before EPERM */
	else
		err = dir->ops->create(dir, d, (mode & S_IFMT) |
				       inode_new_mode(dir, mode & 07777),
				       rdev);
	if (!err && made) {
		*made = d->inode;
		inode_get(*made);
	}
	return create_end(&l, d, err, IN_CREATE);
}

static int kernel_symlinkat(const char *target, int dirfd, const char *name)
{
	struct last_name l;
	struct dentry *d;
	struct inode *dir;
	int err;

	if (!target[0])
		return -ENOENT;
	err = create_start(dirfd, name, false, &l, &d);
	if (err)
		return err;
	dir = l.dir.dentry->inode;
	err = dir->ops->symlink ? dir->ops->symlink(dir, d, target) : -EPERM;
	return create_end(&l, d, err, IN_CREATE);
}

static int dirops_may_link(const struct path *from, const struct last_name *l)
{
	struct inode *i = from->dentry->inode, *dir = l->dir.dentry->inode;

	if (i->super != dir->super)
		return -EXDEV;
	if (S_ISDIR(i->mode) || !dir->ops->link)
		return -EPERM;
	return 0;
}

/*
 * Link inode i to the name d.  The lock of i guards nlink, as other calls may
 * add and remove names of the file in other directories.
 */
static int add_link(struct inode *dir, struct dentry *d, struct inode *i)
{
	int err = -ENOENT;

	mutex_lock_below(&i->lock);
	if (i->nlink || i->linkable)
		err = dir->ops->link(dir, d, i);
	if (!err)
		i->linkable = false;
	mutex_unlock(&i->lock);
	return err;
}

/* Make a new name for the file `from`. */
int kernel_linkat(const struct path *from, int dirfd, const char *name)
{
	struct inode *i = from->dentry->inode;
	struct last_name l;
	struct dentry *d;
	int err = link_start(dirfd, name, false, from, &l, &d);

	if (err)
		return err;
	err = dirops_may_link(from, &l);
	if (!err)
		err = add_link(l.dir.dentry->inode, d, i);
	if (!err)
		notify_inode(i, IN_ATTRIB);
	return create_end(&l, d, err, IN_CREATE);
}

/* Return: the error of POSIX for unlink("a/.."), rmdir(".") etc. */
static int dot_error(const struct last_name *l, bool directory)
{
	if (!directory)
		return -EISDIR;
	if (!l->len)
		return -EBUSY;
	return l->len == 1 ? -EINVAL : -ENOTEMPTY;
}

/*
 * Remove the name d after all checks.  Rights are checked before types, as on
 * Linux: without write permission on the directory the error is EACCES, whether
 * d is a directory or a file.
 * Context: [dir->lock].
 */
static int remove_checked(struct last_name *l, struct dentry *d, bool rmdir)
{
	struct inode *dir = l->dir.dentry->inode, *i = d->inode;
	int err;

	mutex_must_hold(&dir->lock);
	if (!i)
		return -ENOENT;
	if (l->slash && !rmdir)
		return S_ISDIR(i->mode) ? -EISDIR : -ENOTDIR;
	err = dir_may_remove(&l->dir, d);
	if (err)
		return err;
	if (rmdir && !S_ISDIR(i->mode))
		return -ENOTDIR;
	if (!rmdir && S_ISDIR(i->mode))
		return -EISDIR;
	if (mount_point_here(d))
		return -EBUSY;
	if (rmdir && !dir->ops->rmdir)
		return -EPERM;
	/*
	 * while i is locked, no name in i is added, nor a link to i elsewhere
	 */
	mutex_lock_below(&i->lock);
	err = rmdir ? dir->ops->rmdir(dir, d) : dir->ops->unlink(dir, d);
	mutex_unlock(&i->lock);
	return err;
}

/*
 * Notify watchers of a deleted name.  The reference to d is dropped here, while
 * the directory is still locked.  Watchers hear first of the end of the file,
 * then of the end of its name, and of both before the name can be created
 * again.
 * Context: [dir->lock].
 */
static void dirops_notify_gone(struct last_name *l, struct dentry *d,
			       bool rmdir)
{
	struct inode *i = d->inode;

	inode_get(i);
	if (!rmdir)
		notify_inode(i, IN_ATTRIB);
	dentry_put(d);
	notify_name(l->dir.dentry->inode, l->name,
		    IN_DELETE | (rmdir ? IN_ISDIR : 0));
	inode_put(i);
}

/* Only the name is removed; the file exists as long as it is open. */
int kernel_unlinkat(int dirfd, const char *name, bool rmdir)
{
	struct last_name l;
	struct dentry *d;
	struct inode *dir;
	int err = path_parent(dirfd, name, &l);

	if (err)
		return err;
	if (l.dot) {
		err = dot_error(&l, rmdir);
		goto out;
	}
	dir = l.dir.dentry->inode;
	mutex_lock(&dir->lock);
	d = dir_lookup(l.dir.dentry, l.name, l.len, l.hash, &err);
	if (d) {
		err = remove_checked(&l, d, rmdir);
		if (!err)
			dentry_delete(d);
		if (!err && unlikely(d->mounted))
			mount_space_ops->forget(d);
	}
	if (d && !err && unlikely(notify_active())) {
		dirops_notify_gone(&l, d, rmdir);
		d = NULL;
	}
	mutex_unlock(&dir->lock);
	if (d)
		dentry_put(d);
out:
	path_put(&l.dir);
	return err;
}

/* ---- system calls ------------------------------------------------------- */

long sys_mkdirat(int dirfd, uaddr_t name, unsigned mode)
{
	int err;
	char *text = name_from_user(name, &err);

	if (!text)
		return err;
	err = kernel_mkdirat(dirfd, text, mode);
	name_put(text);
	return err;
}

long sys_mkdir(uaddr_t name, unsigned mode)
{
	return sys_mkdirat(AT_FDCWD, name, mode);
}

/*
 * Check the file type in *mode, and set S_IFREG if none.
 * Return: 0 or -errno.
 */
static int mknod_check(unsigned *mode)
{
	switch (*mode & S_IFMT) {
	case 0:
		*mode |= S_IFREG;
		return 0;
	case S_IFREG:
	case S_IFIFO:
	case S_IFSOCK:
	case S_IFCHR:
	case S_IFBLK:
		return 0;
	case S_IFDIR:
		return -EPERM;
	default:
		return -EINVAL;
	}
}

long sys_mknodat(int dirfd, uaddr_t name, unsigned mode, unsigned dev)
{
	int err;
	char *text;

	err = mknod_check(&mode);
	if (err)
		return err;
	text = name_from_user(name, &err);
	if (!text)
		return err;
	err = kernel_mknodat(dirfd, text, mode, dev, NULL);
	name_put(text);
	return err;
}

long sys_mknod(uaddr_t name, unsigned mode, unsigned dev)
{
	return sys_mknodat(AT_FDCWD, name, mode, dev);
}

long sys_symlinkat(uaddr_t target, int dirfd, uaddr_t name)
{
	int err;
	char *to = name_from_user(target, &err), *text;

	if (!to)
		return err;
	err = -ENOENT;
	text = *to ? name_from_user(name, &err) : NULL;
	if (text) {
		err = kernel_symlinkat(to, dirfd, text);
		name_put(text);
	}
	name_put(to);
	return err;
}

long sys_symlink(uaddr_t target, uaddr_t name)
{
	return sys_symlinkat(target, AT_FDCWD, name);
}

/*
 * Fail linkat(2) of a pipe or socket, which is in no file system with names.
 * The place for the new name is checked first, so its errors come before EXDEV.
 */
static int link_nameless(int dirfd, uaddr_t name)
{
	static const struct path nowhere;
	struct last_name l;
	struct dentry *d;
	int err;
	char *text = name_from_user(name, &err);

	if (!text)
		return err;
	err = link_start(dirfd, text, false, &nowhere, &l, &d);
	if (!err)
		err = create_end(&l, d, -EXDEV, 0);
	name_put(text);
	return err;
}

/*
 * AT_EMPTY_PATH gives an open file another name.  The caller needs the
 * capability to search all directories (open(2)), as the file may lie in a
 * directory to which the caller has no access.
 */
long sys_linkat(int old_dirfd, uaddr_t old, int new_dirfd, uaddr_t new,
		int flags)
{
	struct path from;
	char *text;
	int err;

	if (flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	if (flags & AT_EMPTY_PATH && !capable(CAP_DAC_READ_SEARCH))
		return -ENOENT;
	if (fd_is_nameless(old_dirfd, old, (unsigned)flags))
		return link_nameless(new_dirfd, new);
	err = path_lookup_at(old_dirfd, old, flags & AT_SYMLINK_FOLLOW,
			     (unsigned)flags, &from);
	if (err)
		return err;
	text = name_from_user(new, &err);
	if (text) {
		err = kernel_linkat(&from, new_dirfd, text);
		name_put(text);
	}
	path_put(&from);
	return err;
}

long sys_link(uaddr_t old, uaddr_t new)
{
	return sys_linkat(AT_FDCWD, old, AT_FDCWD, new, 0);
}

long sys_unlinkat(int dirfd, uaddr_t name, int flags)
{
	int err;
	char *text;

	if (flags & ~AT_REMOVEDIR)
		return -EINVAL;
	text = name_from_user(name, &err);
	if (!text)
		return err;
	err = kernel_unlinkat(dirfd, text, flags & AT_REMOVEDIR);
	name_put(text);
	return err;
}

long sys_unlink(uaddr_t name)
{
	return sys_unlinkat(AT_FDCWD, name, 0);
}

long sys_rmdir(uaddr_t name)
{
	return sys_unlinkat(AT_FDCWD, name, AT_REMOVEDIR);
}
