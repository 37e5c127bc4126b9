/* SPDX-License-Identifier: MIT */
/*
 * umount2(2): a mount leaves the tree when nobody uses it, or at once.
 *
 *   flags        what hangs on it      open files, working directories in it
 *   0            EBUSY                 EBUSY
 *   MNT_DETACH   leaves with it        keep it alive, out of sight
 *   MNT_EXPIRE   EBUSY                 EBUSY; else the first call marks it
 *                                      (EAGAIN), a second takes it away
 *
 * Out of the tree it is reached only from files and directories that are in use
 * in it.  With the last of them the mount goes, and with its last mount the
 * file system (super_put).
 */
#include <fs/internal.h>
#include <syscalls.h>

/* One that hangs on m, or NULL.  Context: [dcache_lock]. */
static struct mount *mount_child(const struct mount *m)
{
	struct mount *o;

	list_for_each(o, &m->space->mounts, link)
		if (o->parent == m)
			return o;
	return NULL;
}

struct mount *mount_leaf(struct mount *m)
{
	struct mount *child;

	while ((child = mount_child(m)))
		m = child;
	return m;
}

/*
 * Besides the tree, only the caller's path refers to it.
 * Context: [dcache_lock].
 */
bool mount_is_idle(const struct mount *m)
{
	br_must_hold(&dcache_lock);
	return !mount_child(m) && ref_read(&m->refs) == 2;
}

/* What it hung on is remembered in fields that are of no other use then. */
void mount_cut(struct mount *m, struct list *gone)
{
	struct path at = mount_detach(m);

	m->copy = at.mount;
	m->at = at.dentry;
	list_append(gone, &m->link);
}

void mounts_put(struct list *gone)
{
	while (!list_empty(gone)) {
		struct mount *m = list_first(gone, struct mount, link);
		struct path at = { m->copy, m->at };

		list_remove(&m->link);
		m->at = NULL;
		if (at.dentry)
			path_put(&at);
		mount_put(m);
	}
}

/* The leaves first. */
int mount_take(struct mount *m, bool all, struct list *gone)
{
	struct mount *leaf;

	if (!m->parent)
		return -EINVAL;
	if (mount_hooks.take)
		return mount_hooks.take(m, all, gone);
	if (!all && !mount_is_idle(m))
		return -EBUSY;
	do {
		leaf = mount_leaf(m);
		mount_cut(leaf, gone);
	} while (leaf != m);
	return 0;
}

/* The cache of names holds references: it is emptied first. */
static int umount_path(const struct path *p, unsigned flags)
{
	struct list gone = LIST_INIT(gone);
	int err = 0;

	if (!mount_may_change())
		return -EPERM;
	if (!mount_is_ours(p->mount) || p->dentry != p->mount->root ||
	    p->mount->locked & MOUNT_HELD)
		return -EINVAL;
	dcache_shrink(0);
	if (flags & MNT_EXPIRE)
		err = mount_hooks.expire(p->mount, flags);
	if (err)
		return err;
	/* the root stays, but made read-only: what a shutdown needs of it */
	if (p->mount == current_root()->mount && !(flags & MNT_DETACH))
		return p->mount->locked & MOUNT_FOREIGN ? -EPERM :
			super_make_read_only(p->mount->super);
	br_write_lock(&dcache_lock);
	err = mount_take(p->mount, flags & MNT_DETACH, &gone);
	br_write_unlock(&dcache_lock);
	mounts_put(&gone);
	if (!err)
		wake_up(&mount_wait);
	return err;
}

long sys_umount2(uaddr_t target, int flags)
{
	struct path p;
	int err;

	if (flags & ~(MNT_FORCE | MNT_DETACH | MNT_EXPIRE | UMOUNT_NOFOLLOW) ||
	    (flags & MNT_EXPIRE && !mount_hooks.expire))
		return -EINVAL;
	err = user_path(AT_FDCWD, target,
			flags & UMOUNT_NOFOLLOW ? 0 : LOOKUP_FOLLOW, &p);
	if (err)
		return err;
	path_cross_mounts(&p);	/* a descriptor may be of what is covered */
	err = umount_path(&p, (unsigned)flags);
	path_put(&p);
	return err;
}
