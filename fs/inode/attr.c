/* SPDX-License-Identifier: MIT */
/*
 * Modes, owners, and access(2) (lecture row B17 of docs/coverage.md).
 *
 *   call       allowed for                       bits dropped
 *   chmod      the owner, CAP_FOWNER             S_ISGID of a foreign group
 *   chown      CAP_CHOWN; the owner, to a        S_ISUID, S_ISGID,
 *              group of the caller's             capabilities
 *
 * Each call has a form by name and one by descriptor.  Both end in one function
 * that takes a path, checks, and changes the inode and its ctime under the
 * inode's lock.  On a read-only mount the call fails before it checks rights.
 */
#include <fs/fs.h>
#include <fs/internal.h>
#include "notify.h"
#include <kernel/time/time.h>
#include <mm/uaccess.h>
#include <syscalls.h>

int attr_lookup(int dirfd, uaddr_t name, unsigned flags, struct path *out)
{
	return path_lookup_at(dirfd, name, !(flags & AT_SYMLINK_NOFOLLOW),
			      flags, out);
}

/*
 * True for AT_EMPTY_PATH with a descriptor of a file without a name.  No
 * look-up finds such a file, so the call acts on the descriptor.
 */
bool fd_is_nameless(int dirfd, uaddr_t name, unsigned flags)
{
	struct fdref r;
	bool found;

	if (!(flags & AT_EMPTY_PATH) || !user_text_empty(name))
		return false;
	r = fdref_get(dirfd);
	found = r.file && !r.file->path.dentry;
	fdref_put(r);
	return found;
}

static bool attr_is_fixed(const struct inode *i, unsigned what)
{
	return i->ops->keeps & what;
}

/* ---- access ------------------------------------------------------------- */

/*
 * access(2) checks the real ids.  If they differ from the effective ones, the
 * whole look-up runs under credentials with the real ids.
 * Return: the credentials to restore; NULL: the ids do not differ, or *err is
 * set.
 */
static struct cred *assume_real_ids(int *err)
{
	struct cred *old = current->cred, *c;

	*err = 0;
	if (likely(old->uid == old->fsuid && old->gid == old->fsgid))
		return NULL;
	c = cred_clone(old);
	if (!c) {
		*err = -ENOMEM;
		return NULL;
	}
	c->fsuid = c->uid;
	c->fsgid = c->gid;
	c->cap_effective = c->uid == cred_root(c) ? c->cap_permitted : 0;
	return cred_swap(c);
}

static void resume_ids(struct cred *old)
{
	if (old)
		cred_put(cred_swap(old));
}

/* F_OK (0) needs no right to the file: it only has to exist. */
static int access_path(const struct path *p, int mode)
{
	struct inode *i = p->dentry->inode;

	if (mode & X_OK && S_ISREG(i->mode) && path_noexec(p))
		return -EACCES;
	return mode ? path_permission(p, mode) : 0;
}

static int access_of_fd(int fd, int mode)
{
	struct fdref r = fdref_get(fd);
	int err = !r.file ? -EBADF : mode ?
		inode_permission(r.file->inode, mode) : 0;

	fdref_put(r);
	return err;
}

static int access_named(int dirfd, uaddr_t name, int mode, unsigned flags)
{
	struct path p;
	int err;

	if (fd_is_nameless(dirfd, name, flags))
		return access_of_fd(dirfd, mode);
	err = attr_lookup(dirfd, name, flags, &p);
	if (err)
		return err;
	err = access_path(&p, mode);
	path_put(&p);
	return err;
}

long sys_faccessat2(int dirfd, uaddr_t name, int mode, int flags)
{
	struct cred *old = NULL;
	int err = 0;

	if (mode & ~(R_OK | W_OK | X_OK) || flags &
	    ~(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	if (!(flags & AT_EACCESS))
		old = assume_real_ids(&err);
	if (err)
		return err;
	err = access_named(dirfd, name, mode, (unsigned)flags);
	resume_ids(old);
	return err;
}

long sys_faccessat(int dirfd, uaddr_t name, int mode)
{
	return sys_faccessat2(dirfd, name, mode, 0);
}

long sys_access(uaddr_t name, int mode)
{
	return sys_faccessat2(AT_FDCWD, name, mode, 0);
}

/* ---- chmod -------------------------------------------------------------- */

/*
 * chmod(2): a caller outside the file's group cannot set S_ISGID; the bit is
 * cleared without an error.  The owner is checked under the lock: otherwise the
 * owner could change after the check, and the set-id bits would give the new
 * owner's rights.
 * Context: [i->lock].
 * Return: 0; -EPERM (not the owner, or sealed); an error of the ACL.
 */
static int change_bits(struct inode *i, unsigned bits)
{
	int err;

	mutex_must_hold(&i->lock);
	if (!inode_owner_or_capable(i) || attr_is_fixed(i, KEEPS_MODE))
		return -EPERM;
	if (!inode_may_setgid(i))
		bits &= ~(unsigned)S_ISGID;
	if (i->seals & F_SEAL_EXEC && (i->mode ^ bits) & 0111)
		return -EPERM;
	err = i->xattrs ? xattr_ops->chmod(i, bits) : 0;
	if (err)
		return err;
	inode_set_mode(i, bits);
	i->ctime = inode_now();
	inode_changed(i);
	return 0;
}

/* Return: as change_bits(); -EROFS, -EOPNOTSUPP (a symlink). */
static int change_mode(const struct path *p, unsigned mode)
{
	struct inode *i = p->dentry->inode;
	int err;

	if (mount_read_only(p))
		return -EROFS;
	if (S_ISLNK(i->mode))
		return -EOPNOTSUPP;
	mutex_lock(&i->lock);
	err = change_bits(i, mode & 07777);
	mutex_unlock(&i->lock);
	if (!err)
		notify_dentry(p->dentry, IN_ATTRIB);
	return err;
}

long sys_fchmodat2(int dirfd, uaddr_t name, unsigned mode, unsigned flags)
{
	struct path p;
	int err;

	if (flags & ~(unsigned)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	if (fd_is_nameless(dirfd, name, flags))
		return sys_fchmod(dirfd, mode);
	err = attr_lookup(dirfd, name, flags, &p);
	if (err)
		return err;
	err = change_mode(&p, mode);
	path_put(&p);
	return err;
}

long sys_fchmodat(int dirfd, uaddr_t name, unsigned mode)
{
	return sys_fchmodat2(dirfd, name, mode, 0);
}

long sys_chmod(uaddr_t name, unsigned mode)
{
	return sys_fchmodat2(AT_FDCWD, name, mode, 0);
}

struct path attr_path(struct file *f, struct dentry *nameless)
{
	if (f->path.dentry)
		return f->path;
	nameless->inode = f->inode;
	nameless->parent = nameless;
	return (struct path){ NULL, nameless };
}

long sys_fchmod(int fd, unsigned mode)
{
	struct fdref r = fdref_get(fd);
	struct dentry nameless;
	struct path p;
	int err;

	if (!r.file)
		return -EBADF;
	p = attr_path(r.file, &nameless);
	err = change_mode(&p, mode);
	fdref_put(r);
	return err;
}

/* ---- chown -------------------------------------------------------------- */

#define NO_CHANGE (~0u)

/*
 * chown(2): only a caller with CAP_CHOWN may change the owner.  The owner of a
 * file may change its group to one of the owner's own groups.
 */
static bool may_chown(const struct inode *i, unsigned uid, unsigned gid)
{
	const struct cred *c = current->cred;

	if (inode_capable(i, CAP_CHOWN))
		return true;
	if (uid != NO_CHANGE && (uid != i->uid || c->fsuid != i->uid))
		return false;
	return gid == NO_CHANGE || (c->fsuid == i->uid &&
			(gid == i->gid || cred_has_group(c, gid)));
}

/*
 * Drop set-id bits and capabilities, as a program must not run with the rights
 * of its new owner.  They are dropped even if the owner stays.  To drop the
 * bits the caller needs the right to change the mode; capabilities are dropped
 * for any caller, as on Linux.
 * Context: [i->lock].
 */
static int drop_for_chown(struct inode *i)
{
	unsigned drop;

	mutex_must_hold(&i->lock);
	if (S_ISDIR(i->mode))
		return 0;
	drop = inode_setid_bits(i);
	if (drop && !inode_owner_or_capable(i))
		return -EPERM;
	inode_set_mode(i, i->mode & ~drop);
	return inode_drop_caps(i);
}

/*
 * Change owner and group.  An id of -1 means no change; ctime changes even if
 * both ids are -1, but nobody is told then, unless set-id bits were dropped.
 * Return: 0, -EROFS, -EINVAL, -EPERM; an error of removing the file's
 * capabilities.
 */
static int change_owner(const struct path *p, unsigned user, unsigned group)
{
	unsigned uid = uid_meant(user), gid = gid_meant(group);
	struct inode *i = p->dentry->inode;
	unsigned mode;
	bool tell;
	int err;

	if (mount_read_only(p))
		return -EROFS;
	if ((uid == ~0u && user != uid) || (gid == ~0u && group != gid))
		return -EINVAL;
	if ((uid != NO_CHANGE || gid != NO_CHANGE) &&
	    attr_is_fixed(i, KEEPS_OWNER))
		return -EPERM;
	mutex_lock(&i->lock);
	mode = i->mode;
	err = may_chown(i, uid, gid) ? drop_for_chown(i) : -EPERM;
	if (err) {
		mutex_unlock(&i->lock);
		return err;
	}
	if (uid != NO_CHANGE)
		i->uid = uid;
	if (gid != NO_CHANGE)
		i->gid = gid;
	i->ctime = inode_now();
	tell = uid != NO_CHANGE || gid != NO_CHANGE || i->mode != mode;
	inode_changed(i);
	mutex_unlock(&i->lock);
	if (tell)
		notify_dentry(p->dentry, IN_ATTRIB);
	return 0;
}

long sys_fchownat(int dirfd, uaddr_t name, unsigned uid, unsigned gid,
		  int flags)
{
	struct path p;
	int err;

	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	if (fd_is_nameless(dirfd, name, (unsigned)flags))
		return sys_fchown(dirfd, uid, gid);
	err = attr_lookup(dirfd, name, (unsigned)flags, &p);
	if (err)
		return err;
	err = change_owner(&p, uid, gid);
	path_put(&p);
	return err;
}

long sys_chown(uaddr_t name, unsigned uid, unsigned gid)
{
	return sys_fchownat(AT_FDCWD, name, uid, gid, 0);
}

long sys_lchown(uaddr_t name, unsigned uid, unsigned gid)
{
	return sys_fchownat(AT_FDCWD, name, uid, gid, AT_SYMLINK_NOFOLLOW);
}

long sys_fchown(int fd, unsigned uid, unsigned gid)
{
	struct fdref r = fdref_get(fd);
	struct dentry nameless;
	struct path p;
	int err;

	if (!r.file)
		return -EBADF;
	p = attr_path(r.file, &nameless);
	err = change_owner(&p, uid, gid);
	fdref_put(r);
	return err;
}
