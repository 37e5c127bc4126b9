/* SPDX-License-Identifier: MIT */
/*
 * mount(2) on existing mounts; fs/mount/mount_call.c calls it through
 * mount_ops.change:
 *
 *  first flag that is set   operation
 *  MS_REMOUNT               change the flags of a mount and its file system;
 *                           with MS_BIND only those of the mount
 *  MS_BIND                  a part of the tree appears in a second place, by
 *                           bind.c
 *  MS_SHARED, MS_PRIVATE,   set how mounts propagate (share.c); MS_UNBINDABLE:
 *  MS_SLAVE, MS_UNBINDABLE  the mount cannot be bound
 *  MS_MOVE                  move a mount to another place
 */
#include "mountopts.h"
#include "tree.h"
#include <fs/mount/mount.h>
#include <fs/open/fd.h>
#include <fs/path/dcache.h>
#include <fs/path/namei.h>
#include <lt/init.h>


struct moving {
	struct mount *mount;
	const struct path *at;
	/* previous place of the mount; the caller puts it */
	struct path old;
};

/*
 * Check that m may move to `to`.  m must not move below itself, because no path
 * would reach it any more.  m must not leave a shared parent, because m would
 * have to disappear elsewhere, too.  An unbindable mount cannot move into a
 * shared one, because copies of it would have to appear elsewhere.
 * Context: [mount_mutex].
 */
static int may_move(const struct mount *m, const struct mount *to)
{
	mutex_must_hold(&mount_mutex);
	if (!m->parent || m->locked & MOUNT_HELD || mount_is_shared(m->parent))
		return -EINVAL;
	for (const struct mount *o = m; mount_is_shared(to) && o; o = o->chain)
		if (o->flags & MS_UNBINDABLE)
			return -EINVAL;
	for (; to; to = to->parent)
		if (to == m)
			return -ELOOP;
	return 0;
}

/* Move a mount, as a step of mount_stock_run().  Context: [mount_mutex]. */
static int move_step(struct mount_stock *s, void *arg)
{
	struct moving *w = arg;
	struct mount *m = w->mount;
	unsigned long n;
	int err;

	if (!mount_is_ours(m))
		return -EINVAL;
	n = mount_tree_chain(m, NULL, 0);
	err = may_move(m, w->at->mount);
	if (!err)
		err = mount_tree_may_hang(w->at, n, 0, 0, s);
	if (err)
		return err;
	path_get(w->at);
	w->old = (struct path){ m->parent, m->at };
	br_write_lock(&dcache_lock);
	mount_relink(m, w->at);
	br_write_unlock(&dcache_lock);
	if (mount_sharing)
		mount_sharing->spread(m, w->at, s);
	mount_tree_hung(w->at);
	return 0;
}

/* Move a whole mount (MS_MOVE). */
static int mount_move(const struct path *from, const struct path *at)
{
	struct moving w = { .mount = from->mount, .at = at };
	int err;

	if (!from->mount || from->dentry != from->mount->root)
		return -EINVAL;
	if (S_ISDIR(from->dentry->inode->mode) !=
	    S_ISDIR(at->dentry->inode->mode))
		return -EINVAL;
	err = mount_stock_run(move_step, &w);
	if (!err)
		path_put(&w.old);
	return err;
}

#define MS_ATIME (MS_NOATIME | MS_NODIRATIME | MS_RELATIME | MS_STRICTATIME)

/* True if m may get these flags: the flags that are locked in m must stay. */
static bool may_have(const struct mount *m, unsigned flags)
{
	const unsigned times = MS_NOATIME | MS_NODIRATIME | MS_RELATIME;
	unsigned fixed = m->locked &
		(MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC);

	return (flags & fixed) == fixed && !(m->locked & MOUNT_TIMES &&
		(flags ^ m->flags) & times);
}

/*
 * Return: the flags after a remount.  Without a flag for access times, their
 * policy stays as it is (mount(2)).
 */
static unsigned flags_after(const struct mount *m, unsigned flags)
{
	unsigned keep = MS_UNBINDABLE;

	if (!(flags & MS_ATIME))
		keep |= MS_NOATIME | MS_NODIRATIME | MS_RELATIME;
	return (m->flags & keep) | (mount_flags_kept(flags) & ~keep);
}

static void mount_change_flags(struct mount *m, unsigned flags)
{
	mutex_lock(&mount_mutex);
	br_write_lock(&dcache_lock);
	WRITE_ONCE(m->flags, flags_after(m, flags));
	mount_count_strict(m, !(m->flags & (MS_RELATIME | MS_NOATIME)));
	if (m->space)
		WRITE_ONCE(m->space->changes, m->space->changes + 1);
	br_write_unlock(&dcache_lock);
	mutex_unlock(&mount_mutex);
}

/*
 * Remount.  MS_BIND: change this mount's flags only; else the file system's,
 * too.
 */
static int mount_remount(const struct path *at, unsigned flags,
			 const char *data)
{
	struct mount *m = at->mount;
	int err = 0;

	if (!mount_is_ours(m) || at->dentry != m->root)
		return -EINVAL;
	if (!may_have(m, flags_after(m, flags)) ||
	    (!(flags & MS_BIND) && m->locked & MOUNT_FOREIGN))
		return -EPERM;
	if (!(flags & MS_BIND)) {
		if (m->super->reconfigure)
			err = m->super->reconfigure(m->super, data);
		if (!err)
			err = super_remount(m->super, flags & MS_RDONLY);
	} else if (flags & MS_RDONLY && atomic_read(&m->writers) > 0) {
		err = -EBUSY;
	}
	if (!err) {
		mount_change_flags(m, flags);
		wake_up(&mount_wait);
	}
	return err;
}

/* Context: [mount_mutex]. */
static void mount_set_one(struct mount *m, unsigned kind)
{
	if (mount_sharing)
		mount_sharing->set_kind(m, kind);
	if (kind != MS_SLAVE)
		WRITE_ONCE(m->flags, (m->flags & ~MS_UNBINDABLE) |
			   (kind & MS_UNBINDABLE));
}

/*
 * Set the propagation of a mount; with MS_REC also of the mounts below it.
 * Without share.c only MS_UNBINDABLE has an effect.  As on Linux, the mount may
 * be in another mount namespace, if the caller is privileged there.
 */
static int set_propagation(const struct path *at, unsigned flags)
{
	unsigned kind = flags & ~(MS_REC | MS_SILENT);
	struct mount *m = at->mount;
	int err = 0;

	if (!m || at->dentry != m->root)
		return -EINVAL;
	if (kind & ~MS_PROPAGATION || kind & (kind - 1))
		return -EINVAL;
	mutex_lock(&mount_mutex);
	if (!mount_in_tree(m))
		err = -EINVAL;
	else if (!capable_in(m->space->owner, CAP_SYS_ADMIN))
		err = -EPERM;
	if (!err) {
		mount_tree_chain(m, NULL, flags & MS_REC ? 0 : LEAVE_BELOW);
		for (; m; m = m->chain)
			mount_set_one(m, kind);
	}
	mutex_unlock(&mount_mutex);
	return err;
}

/* Do MS_BIND or MS_MOVE: source is a path. */
static int mount_from(const char *source, const struct path *at,
		      unsigned flags)
{
	struct path from;
	int err;

	if (!source || !*source)
		return -EINVAL;
	err = path_lookup(AT_FDCWD, source, LOOKUP_FOLLOW, &from);
	if (err)
		return err;
	if (!(flags & MS_BIND))
		err = mount_move(&from, at);
	else
		err = mount_bind(&from, at, flags & MS_REC);
	path_put(&from);
	if (!err)
		wake_up(&mount_wait);
	return err;
}

/* Change a mount.  Test the flags in their order of precedence. */
static int mount_change(const struct mount_args *a, const struct path *at,
			unsigned flags)
{
	if (flags & MS_REMOUNT)
		return mount_remount(at, flags, a->data);
	if (!(flags & MS_BIND) && flags & MS_PROPAGATION)
		return set_propagation(at, flags);
	return mount_from(a->source, at, flags);
}

static const struct mount_ops ops = {
	.attach = mount_attach_shared, .take = mount_take_shared,
	.change = mount_change, .expire = mount_expire,
};

static void mounts_init(void)
{
	mount_ops = &ops;
}
INIT(fs, mounts_init);
