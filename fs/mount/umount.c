/* SPDX-License-Identifier: MIT */
/*
 * umount2(2): a mount leaves the tree when it is unused, or at once.
 *
 *   flags        mounts on it          open files, working directories in it
 *   0            EBUSY                 EBUSY
 *   MNT_DETACH   leaves with it        keep it alive, out of sight
 *   MNT_EXPIRE   EBUSY                 EBUSY; else the first call marks it
 *                                      (EAGAIN), a second takes it away
 *
 * A mount out of the tree is reached only through its files and directories
 * that are in use.  When the last of these is closed, the mount is freed.  With
 * the last mount of a file system, the file system is freed (super_put).
 *
 * A held mount (MOUNT_HELD) must cover its mount point permanently.  When a
 * held mount leaves the tree together with its parent, a task may still have a
 * directory of the parent, and must not see what the mount covers.  Therefore
 * the held mount stays on its parent, in the list `kept`, until nobody uses the
 * parent:
 *
 *   a        out of the tree; an open directory in it, and b, keep it alive
 *   |
 *   b        held, and mounted on a; the list `kept` has its first reference
 */
#include <fs/internal.h>
#include <syscalls.h>

/* Return: a mount on m, or NULL.  Context: [dcache_lock]. */
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
 * True if only the tree and the caller's path refer to m.
 * Context: [dcache_lock].
 */
bool mount_is_idle(const struct mount *m)
{
	br_must_hold(&dcache_lock);
	return !mount_child(m) && ref_read(&m->refs) == 2;
}

/* ---- held mounts out of the tree ----------------------------------------- */

/* Held mounts.  Not a tree: no root or working directory is looked up there. */
static struct mount_space kept = { .mounts = LIST_INIT(kept.mounts) };

bool mount_in_tree(const struct mount *m)
{
	br_must_hold(&dcache_lock);
	return m->space && m->space != &kept;
}

/*
 * Take m out of its tree, but leave it on its parent.
 * Context: [dcache_lock].
 */
static void umount_keep(struct mount *m)
{
	mount_list_remove(m);
	m->space = &kept;
	kept.nr++;
	list_append(&kept.mounts, &m->link);
	WRITE_ONCE(m->parent->keeps, m->parent->keeps + 1);
	if (!m->parent->space)		/* the parent has left before */
		m->parent->space = &kept;
}

/*
 * Saves the parent and the mount point in m->copy and m->at, which are
 * otherwise unused once m has left its tree.
 */
void mount_detach_one(struct mount *m, bool with_parent, struct list *gone)
{
	struct path at;

	br_must_hold(&dcache_lock);
	if (with_parent && m->parent && m->locked & MOUNT_HELD) {
		umount_keep(m);
		return;
	}
	if (m->space == &kept && m->parent)
		WRITE_ONCE(m->parent->keeps, m->parent->keeps - 1);
	at = mount_detach(m);
	if (m->keeps)
		m->space = &kept;
	m->copy = at.mount;
	m->at = at.dentry;
	list_append(gone, &m->link);
}

/*
 * True if m is in no tree, and only mounts on it refer to it.
 * Context: [dcache_lock] for writing, so no walk enters m; m keeps at least one
 * mount.
 */
static bool mount_is_unused(const struct mount *m)
{
	return !m->parent && ref_read(&m->refs) == (int)m->keeps;
}

/*
 * Move a mount on an unused parent to `gone`.
 * Return: true if there was one.
 */
static bool umount_cut_unused(struct list *gone)
{
	struct mount *m;
	bool found = false;

	br_write_lock(&dcache_lock);
	list_for_each(m, &kept.mounts, link) {
		found = mount_is_unused(m->parent);
		if (found)
			break;
	}
	if (found)
		mount_detach_one(m, false, gone);
	br_write_unlock(&dcache_lock);
	return found;
}

/*
 * Drop a reference without path_put(), which could call this file recursively.
 */
static void umount_drop(struct mount *m)
{
	if (ref_put(&m->refs))
		mount_free(m);
}

void mounts_put(struct list *gone)
{
	do {
		while (!list_empty(gone)) {
			struct mount *m = list_first(gone, struct mount, link);
			struct path at = { m->copy, m->at };

			list_remove(&m->link);
			m->at = NULL;
			if (at.dentry)
				dentry_put(at.dentry);
			if (at.mount)
				umount_drop(at.mount);
			umount_drop(m);
		}
	} while (PEEK(!list_empty(&kept.mounts)) && umount_cut_unused(gone));
}

/*
 * The task that dropped the last relevant reference may have read `keeps` too
 * early, as 0.  Such a mount is freed at the next mounts_put().
 */
void mount_put_keeper(struct mount *m)
{
	struct list gone = LIST_INIT(gone);
	bool end, last;

	br_write_lock(&dcache_lock);
	/* the mounts that m keeps have references to m, so m still exists */
	last = m->keeps;
	end = ref_put(&m->refs);
	last = last && mount_is_unused(m);
	br_write_unlock(&dcache_lock);
	if (end)
		mount_free(m);
	else if (last)
		mounts_put(&gone);
}

/* ---- the system call ----------------------------------------------------- */

/* Leaves are taken out first. */
int mount_detach_tree(struct mount *m, bool all, struct list *gone)
{
	struct mount *leaf;

	if (!m->parent)
		return -EINVAL;
	if (mount_ops)
		return mount_ops->take(m, all, gone);
	if (!all && !mount_is_idle(m))
		return -EBUSY;
	do {
		leaf = mount_leaf(m);
		mount_detach_one(leaf, leaf != m, gone);
	} while (leaf != m);
	return 0;
}

/* Empties the dentry cache first, as cached names hold references. */
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
		err = mount_ops->expire(p->mount, flags);
	if (err)
		return err;
	/* the root stays, but becomes read-only, as a shutdown needs */
	if (p->mount == current_root()->mount && !(flags & MNT_DETACH))
		return p->mount->locked & MOUNT_FOREIGN ? -EPERM :
			super_make_read_only(p->mount->super);
	br_write_lock(&dcache_lock);
	err = mount_detach_tree(p->mount, flags & MNT_DETACH, &gone);
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
	    (flags & MNT_EXPIRE && !mount_ops))
		return -EINVAL;
	err = path_lookup_user(AT_FDCWD, target,
			       flags & UMOUNT_NOFOLLOW ? 0 : LOOKUP_FOLLOW, &p);
	if (err)
		return err;
	path_cross_mounts(&p);	/* a descriptor's directory may be covered */
	err = umount_path(&p, (unsigned)flags);
	path_put(&p);
	return err;
}
