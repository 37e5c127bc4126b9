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
 * the held mount stays on its parent, in the list parent->kept, until nobody
 * uses the parent:
 *
 *   a        out of the tree; an open directory in it, and b, keep it alive
 *   |
 *   b        held, and mounted on a; the list `kept` has its first reference
 */
#include <fs/internal.h>
#include <syscalls.h>

struct mount *mount_leaf(struct mount *m)
{
	while (!list_empty(&m->children))
		m = list_first(&m->children, struct mount, sibling);
	return m;
}

/*
 * True if only the tree and the caller's path refer to m.
 * Context: [dcache_lock].
 */
bool mount_is_idle(const struct mount *m)
{
	br_must_hold(&dcache_lock);
	return list_empty(&m->children) && ref_read(&m->refs) == 2;
}

/* ---- held mounts out of the tree ----------------------------------------- */

/*
 * Held mounts, by number.  Not a tree: no root or working directory is looked
 * up there.
 */
static struct mount_space kept;			/* [dcache_lock] */

bool mount_in_tree(const struct mount *m)
{
	return m->space && m->space != &kept;
}

struct mount *mount_kept_at(struct dentry *d, struct mount *parent)
{
	return mount_at_place(d, &kept, parent);
}

/*
 * Take m out of its tree, but leave it on its parent.
 * Context: [dcache_lock] for writing.
 */
static void umount_keep(struct mount *m)
{
	mount_leave(m);
	list_remove(&m->sibling);
	m->space = &kept;
	mount_number_add(m, &kept);
	mount_place_add(m);
	kept.nr++;
	list_append(&m->parent->kept, &m->sibling);
	WRITE_ONCE(m->parent->keeps, m->parent->keeps + 1);
}

/*
 * Saves the parent and the mount point in m->copy and m->at, which are
 * otherwise unused once m has left its tree.
 */
void mount_detach_one(struct mount *m, bool with_parent, struct list *gone)
{
	struct path at;

	br_must_write(&dcache_lock);
	if (with_parent && m->parent && m->locked & MOUNT_HELD) {
		umount_keep(m);
		return;
	}
	if (m->space == &kept)
		WRITE_ONCE(m->parent->keeps, m->parent->keeps - 1);
	at = mount_detach(m);
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
	return !m->parent && !m->space && ref_read(&m->refs) == (int)m->keeps;
}

#define UMOUNT_BATCH 64		/* mounts removed in one hold of the lock */

/*
 * Move some of the mounts that m keeps to `gone`, where their references keep m
 * alive.
 * Context: [dcache_lock] for writing.  m is unused.
 */
static void umount_cut_some(struct mount *m, struct list *gone)
{
	for (unsigned n = 0; n < UMOUNT_BATCH && m->keeps; n++)
		mount_detach_one(list_first(&m->kept, struct mount, sibling),
				 false, gone);
}

/*
 * Go on after umount_cut_some().  No other task does so, because m no longer
 * looks unused to it.
 */
static void umount_cut_rest(struct mount *m, struct list *gone)
{
	while (READ_ONCE(m->keeps)) {
		br_write_lock(&dcache_lock);
		umount_cut_some(m, gone);
		br_write_unlock(&dcache_lock);
	}
}

/* Drop a reference to m, which may keep mounts; these may then go, too. */
static void umount_put_keeper(struct mount *m, struct list *gone)
{
	bool end, last;

	br_write_lock(&dcache_lock);
	/* the mounts that m keeps have references to m, so m still exists */
	last = m->keeps;
	end = ref_put(&m->refs);
	last = last && mount_is_unused(m);
	if (last)
		umount_cut_some(m, gone);
	br_write_unlock(&dcache_lock);
	if (end)
		mount_free(m);
	else if (last)
		umount_cut_rest(m, gone);
}

/*
 * Drop a reference without path_put(), which could call this file recursively.
 */
static void umount_drop(struct mount *m, struct list *gone)
{
	if (READ_ONCE(m->keeps))
		umount_put_keeper(m, gone);
	else if (ref_put(&m->refs))
		mount_free(m);
}

/*
 * A task that dropped the last relevant reference may have read `keeps` too
 * early, as 0.  Look for such mounts among the next few that are kept.
 * Return: true if there was one; its mounts are in `gone`.
 */
static bool umount_find_unused(struct list *gone)
{
	static int cursor;			/* [dcache_lock] */
	struct mount *m, *unused = NULL;

	br_write_lock(&dcache_lock);
	for (unsigned n = 0; n < UMOUNT_BATCH && !unused; n++) {
		m = mount_after(&kept, cursor);
		cursor = m ? m->id : 0;
		if (!m)
			break;
		if (mount_is_unused(m->parent))
			unused = m->parent;
	}
	if (unused)
		umount_cut_some(unused, gone);
	br_write_unlock(&dcache_lock);
	if (unused)
		umount_cut_rest(unused, gone);
	return unused;
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
				umount_drop(at.mount, gone);
			umount_drop(m, gone);
		}
	} while (PEEK(kept.nr) && umount_find_unused(gone));
}

void mount_put_keeper(struct mount *m)
{
	struct list gone = LIST_INIT(gone);

	umount_put_keeper(m, &gone);
	mounts_put(&gone);
}

/* ---- the system call ----------------------------------------------------- */

/* Without extension mounts.  Leaves are taken out first. */
static int detach_alone(struct mount *m, bool all, struct list *gone)
{
	struct mount *leaf;
	int err = 0;

	br_write_lock(&dcache_lock);
	if (!all && !mount_is_idle(m))
		err = -EBUSY;
	do {
		leaf = mount_leaf(m);
		if (!err)
			mount_detach_one(leaf, leaf != m, gone);
	} while (!err && leaf != m);
	br_write_unlock(&dcache_lock);
	return err;
}

int mount_detach_tree(struct mount *m, bool all, struct list *gone)
{
	mutex_must_hold(&mount_mutex);
	if (!m->parent)
		return -EINVAL;
	return mount_ops ? mount_ops->take(m, all, gone) :
		detach_alone(m, all, gone);
}

/* True if p is a mount that the caller's namespace may let go. */
static bool umount_is_allowed(const struct path *p)
{
	return mount_is_ours(p->mount) && p->dentry == p->mount->root &&
		!(p->mount->locked & MOUNT_HELD);
}

/*
 * Empties the dentry cache first, as cached names hold references.  Meanwhile
 * pivot_root(2) may make a held mount of this one, so the check is repeated.
 */
static int umount_path(const struct path *p, unsigned flags)
{
	struct list gone = LIST_INIT(gone);
	int err = 0;

	if (!mount_may_change())
		return -EPERM;
	if (!umount_is_allowed(p))
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
	mutex_lock(&mount_mutex);
	err = umount_is_allowed(p) ?
		mount_detach_tree(p->mount, flags & MNT_DETACH, &gone) :
		-EINVAL;
	mutex_unlock(&mount_mutex);
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
