/* SPDX-License-Identifier: MIT */
/*
 * rename(2): change a name to another in one atomic step.
 *
 *   locks, in this order           /a/x -> /a/b/y       /a/x -> /c/y
 *
 *     rename_mutex                      /                    /
 *     first directory                   a  (1)           (1) a   c (2)
 *     second directory                 / \                  /
 *     the replaced inode              x   b (2)            x
 *
 *                                  the ancestor first   by address
 *
 * Without rename_mutex "mv p/a q/c" and "mv q/c p/a", which lock different
 * directories, could both find that no directory moves below itself, and
 * together make a loop that no path reaches.  Within one directory only that
 * directory's lock is taken.
 */
#include <fs/internal.h>
#include <fs/inode/notify.h>
#include <mm/uaccess.h>
#include <syscalls.h>

static struct mutex rename_mutex = {
	.wait = WAIT_QUEUE_INIT(rename_mutex.wait), .name = "rename",
};

/*
 * Ancestors change only under rename_mutex, so the order found here stays valid
 * until unlock_two().
 */
static void lock_two(struct dentry *a, struct dentry *b)
{
	if (a == b) {
		mutex_lock(&a->inode->lock);
		return;
	}
	mutex_lock(&rename_mutex);
	if (dentry_is_below(a, b) || (!dentry_is_below(b, a) && b < a)) {
		struct dentry *t = a;

		a = b;
		b = t;
	}
	mutex_lock(&a->inode->lock);
	mutex_lock_below(&b->inode->lock);
}

static void unlock_two(struct dentry *a, struct dentry *b)
{
	mutex_unlock(&a->inode->lock);
	if (a != b) {
		mutex_unlock(&b->inode->lock);
		mutex_unlock(&rename_mutex);
	}
}

/* Source and destination of one rename.  Lies on the stack of the call. */
struct rename {
	struct last_name from, to;
	struct dentry *old, *new;	/* referenced; new may be negative */
	unsigned flags;
};

/*
 * Check slashes, existence and loops, in Linux's order.  A directory may not be
 * moved below itself (EINVAL).  It may not replace a directory that contains
 * it, because the replaced directory is not empty (ENOTEMPTY).
 * Context: [both directories, rename_mutex if they are two].
 */
static int check_shape(const struct rename *r)
{
	struct inode *old = r->old->inode, *new = r->new->inode;
	bool exchange = r->flags & RENAME_EXCHANGE;

	if (!old)
		return -ENOENT;
	if (r->flags & RENAME_NOREPLACE && new)
		return -EEXIST;
	if (exchange && !new)
		return -ENOENT;
	if (exchange && r->to.slash && !S_ISDIR(new->mode))
		return -ENOTDIR;
	if (!S_ISDIR(old->mode) &&
	    (r->from.slash || (!exchange && r->to.slash)))
		return -ENOTDIR;
	if (dentry_is_below(r->to.dir.dentry, r->old))
		return -EINVAL;
	if (dentry_is_below(r->from.dir.dentry, r->new))
		return exchange ? -EINVAL : -ENOTEMPTY;
	return 0;
}

/*
 * Check rights and types, in Linux's order of errors.
 * Context: [both directories].
 */
static int check_rename_rights(const struct rename *r)
{
	struct inode *old = r->old->inode, *new = r->new->inode;
	bool moves = r->from.dir.dentry != r->to.dir.dentry;
	int err = dir_may_remove(&r->from.dir, r->old);

	if (err)
		return err;
	err = new ? dir_may_remove(&r->to.dir, r->new)
		  : dir_may_add(&r->to.dir);
	if (err)
		return err;
	if (new && !(r->flags & RENAME_EXCHANGE)) {
		if (S_ISDIR(old->mode) && !S_ISDIR(new->mode))
			return -ENOTDIR;
		if (!S_ISDIR(old->mode) && S_ISDIR(new->mode))
			return -EISDIR;
	}
	/* moving a directory changes its ".." entry */
	if (moves && S_ISDIR(old->mode))
		err = inode_permission(old, W_OK);
	if (!err && moves && r->flags & RENAME_EXCHANGE && S_ISDIR(new->mode))
		err = inode_permission(new, W_OK);
	if (!err && (mount_point_here(r->old) || mount_point_here(r->new)))
		err = -EBUSY;
	return err;
}

/*
 * Notify watchers that `moved` went from one name to the other, replacing
 * victim.
 * Context: [both directories].
 */
static void tell_move(const struct last_name *from, const struct last_name *to,
		      struct inode *moved, struct inode *victim)
{
	notify_rename(from->dir.dentry->inode, from->name,
		      to->dir.dentry->inode, to->name, moved);
	if (victim)
		notify_inode(victim, IN_ATTRIB);
	notify_inode(moved, IN_MOVE_SELF);
}

static void rename_notify(const struct rename *r)
{
	bool exchange = r->flags & RENAME_EXCHANGE;

	if (!notify_active())
		return;
	tell_move(&r->from, &r->to, r->old->inode,
		  exchange ? NULL : r->new->inode);
	if (exchange)
		tell_move(&r->to, &r->from, r->new->inode, NULL);
}

/*
 * The replaced inode is locked as in unlink(2) and rmdir(2).  No name may be
 * added to a replaced directory after the file system has found it empty.  The
 * link count of a replaced file changes with its other names, too.
 * Context: [both directories].
 */
static int rename_locked(struct rename *r)
{
	struct inode *from = r->from.dir.dentry->inode;
	struct inode *to = r->to.dir.dentry->inode;
	struct inode *victim;
	int err = check_shape(r);

	if (err)
		return err;
	if (r->old->inode == r->new->inode)
		return 0;	/* two names of one file: nothing to do */
	err = check_rename_rights(r);
	if (err)
		return err;
	if (!from->ops->rename)
		return -EPERM;
	victim = r->flags & RENAME_EXCHANGE ? NULL : r->new->inode;
	if (victim)
		mutex_lock_below(&victim->lock);
	err = from->ops->rename(from, r->old, to, r->new, r->flags);
	if (victim)
		mutex_unlock(&victim->lock);
	if (err)
		return err;
	if (r->flags & RENAME_EXCHANGE)
		dentry_exchange(r->old, r->new);
	else
		dentry_move(r->old, r->new);
	if (victim && unlikely(r->new->mounted))
		mount_space_ops->forget(r->new);
	rename_notify(r);
	return 0;
}

static struct dentry *look_last(struct last_name *l, int *err)
{
	return dir_lookup(l->dir.dentry, l->name, l->len, l->hash, err);
}

/*
 * Both names are looked up under both locks, so they cannot change afterwards.
 * The call gives EXDEV even between two mounts of one file system (rename(2)).
 */
static int rename_dirs(struct rename *r)
{
	int err;

	if (r->from.dir.mount != r->to.dir.mount)
		return -EXDEV;
	if (r->from.dot)
		return -EBUSY;
	if (r->to.dot)
		return r->flags & RENAME_NOREPLACE ? -EEXIST : -EBUSY;
	lock_two(r->from.dir.dentry, r->to.dir.dentry);
	r->new = NULL;
	r->old = look_last(&r->from, &err);
	if (r->old)
		r->new = look_last(&r->to, &err);
	if (r->new)
		err = rename_locked(r);
	unlock_two(r->from.dir.dentry, r->to.dir.dentry);
	if (r->old)
		dentry_put(r->old);
	if (r->new)
		dentry_put(r->new);
	return err;
}

/* The old name's directory is looked up before the new name is read. */
long sys_renameat2(int old_dirfd, uaddr_t old, int new_dirfd, uaddr_t new,
		   unsigned flags)
{
	struct rename r = { .flags = flags };
	char *from, *to;
	int err;

	if (flags & ~(RENAME_NOREPLACE | RENAME_EXCHANGE) ||
	    flags == (RENAME_NOREPLACE | RENAME_EXCHANGE))
		return -EINVAL;
	from = name_from_user(old, &err);
	if (!from)
		return err;
	err = path_parent(old_dirfd, from, &r.from);
	if (err)
		goto put_old;
	to = name_from_user(new, &err);
	if (!to)
		goto put_dir;
	err = path_parent(new_dirfd, to, &r.to);
	if (!err) {
		err = rename_dirs(&r);
		path_put(&r.to.dir);
	}
	name_put(to);
put_dir:
	path_put(&r.from.dir);
put_old:
	name_put(from);
	return err;
}

long sys_renameat(int old_dirfd, uaddr_t old, int new_dirfd, uaddr_t new)
{
	return sys_renameat2(old_dirfd, old, new_dirfd, new, 0);
}

long sys_rename(uaddr_t old, uaddr_t new)
{
	return sys_renameat2(AT_FDCWD, old, AT_FDCWD, new, 0);
}
