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

int (*mount_expire)(struct mount *m, unsigned flags);

struct mount *mount_child(const struct mount *m)
{
	struct mount *o;

	list_for_each(o, &all_mounts, link)
		if (o->parent == m)
			return o;
	return NULL;
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

/*
 * Take one mount out of the tree, and drop the tree's reference: m, or with
 * `all` a leaf of what hangs on it.  Another umount may have been faster.
 * Return: 0: m is out; 1: a leaf is; -EINVAL: it is the first root, or out
 * already.
 */
static int mount_cut(struct mount *m, bool all)
{
	struct mount *victim = m, *child;
	struct path at;
	int err = 0;

	br_write_lock(&dcache_lock);
	while (all && (child = mount_child(victim)))
		victim = child;
	if (!m->parent)
		err = -EINVAL;
	else if (!all && !mount_is_idle(m))
		err = -EBUSY;
	if (err) {
		br_write_unlock(&dcache_lock);
		return err;
	}
	at = mount_detach(victim);
	br_write_unlock(&dcache_lock);
	path_put(&at);
	mount_put(victim);
	return victim != m;
}

/* MNT_DETACH: everything that hangs on m goes with it, the leaves first. */
static int mount_remove(struct mount *m, unsigned flags)
{
	int more;

	do {
		more = mount_cut(m, flags & MNT_DETACH);
	} while (more > 0);
	return more;
}

/* The cache of names holds references: it is emptied first. */
static int umount_path(const struct path *p, unsigned flags)
{
	int err = 0;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (!p->mount || p->dentry != p->mount->root)
		return -EINVAL;
	dcache_shrink(0);
	if (flags & MNT_EXPIRE)
		err = mount_expire(p->mount, flags);
	if (err)
		return err;
	/* the root stays, but made read-only: what a shutdown needs of it */
	if (p->mount == current_root()->mount && !(flags & MNT_DETACH))
		return mount_in_tree(p->mount) ?
			super_make_read_only(p->mount->super) : -EINVAL;
	err = mount_remove(p->mount, flags);
	if (!err)
		mount_changed();
	return err;
}

long sys_umount2(uaddr_t target, int flags)
{
	struct path p;
	int err;

	if (flags & ~(MNT_FORCE | MNT_DETACH | MNT_EXPIRE | UMOUNT_NOFOLLOW) ||
	    (flags & MNT_EXPIRE && !mount_expire))
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
