/* SPDX-License-Identifier: MIT */
/*
 * mount(2) on what is mounted already, which fs/mount_call.c calls by
 * mount_change:
 *
 *   the first that is set    job
 *   MS_REMOUNT               other flags for a mount and its file system; with
 *                            MS_BIND for the mount alone
 *   MS_BIND                  a part of the tree appears in a second place, by
 *                            extension bind
 *   MS_SHARED, MS_PRIVATE,   how mounts spread, of which one thing counts
 *   MS_SLAVE, MS_UNBINDABLE  here: whether one can be bound
 *   MS_MOVE                  a mount goes to another place
 */
#include <ext/mountopts/mountopts.h>
#include <fs/internal.h>
#include <lt/init.h>

int (*mount_bind)(const struct path *from, const struct path *at, bool all);

/*
 * MS_MOVE.  Not below itself: nobody could reach either.  That is looked at in
 * the same hold of the lock as the move, as another may move `at` meanwhile.
 */
static int mount_move(const struct path *from, const struct path *at)
{
	struct mount *m = from->mount, *up;
	struct path old;
	int err = mount_may_hang(at);

	if (err)
		return err;
	if (!m || from->dentry != m->root)
		return -EINVAL;
	if (S_ISDIR(from->dentry->inode->mode) !=
	    S_ISDIR(at->dentry->inode->mode))
		return -EINVAL;
	path_get(at);
	br_write_lock(&dcache_lock);
	if (!m->parent)
		err = -EINVAL;
	for (up = at->mount; up && !err; up = up->parent)
		if (up == m)
			err = -ELOOP;
	if (err) {
		br_write_unlock(&dcache_lock);
		old = *at;
		path_put(&old);
		return err;
	}
	old = mount_detach(m);
	mount_hang(m, at);
	br_write_unlock(&dcache_lock);
	path_put(&old);
	return 0;
}

#define MS_ATIME (MS_NOATIME | MS_NODIRATIME | MS_RELATIME | MS_STRICTATIME)

/* mount(2): a remount that does not speak of times of access leaves them. */
static void mount_change_flags(struct mount *m, unsigned flags)
{
	unsigned keep = MS_UNBINDABLE;

	if (!(flags & MS_ATIME))
		keep |= MS_NOATIME | MS_NODIRATIME | MS_RELATIME;
	br_write_lock(&dcache_lock);
	WRITE_ONCE(m->flags, (m->flags & keep) |
		   (mount_flags_kept(flags) & ~keep));
	mount_count_strict(m, !(m->flags & (MS_RELATIME | MS_NOATIME)));
	br_write_unlock(&dcache_lock);
}

/* MS_BIND: the flags of this mount alone; else the file system's too. */
static int mount_remount(const struct path *at, unsigned flags,
			 const char *data)
{
	struct mount *m = at->mount;
	int err = 0;

	if (!mount_in_tree(m) || at->dentry != m->root)
		return -EINVAL;
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
		mount_changed();
	}
	return err;
}

static bool mount_is_below(const struct mount *o, const struct mount *m)
{
	while (o && o != m)
		o = o->parent;
	return o != NULL;
}

/*
 * There is one name space, so how mounts spread in others has no effect; that
 * one cannot be bound has.
 */
static int set_propagation(const struct path *at, unsigned flags)
{
	unsigned kind = flags & ~(MS_REC | MS_SILENT);
	struct mount *m;

	if (!at->mount || at->dentry != at->mount->root)
		return -EINVAL;
	if (kind & ~MS_PROPAGATION || kind & (kind - 1))
		return -EINVAL;
	br_write_lock(&dcache_lock);
	list_for_each(m, &all_mounts, link) {
		if (m != at->mount &&
		    !(flags & MS_REC && mount_is_below(m, at->mount)))
			continue;
		WRITE_ONCE(m->flags, (m->flags & ~MS_UNBINDABLE) |
			   (kind & MS_UNBINDABLE));
	}
	br_write_unlock(&dcache_lock);
	return 0;
}

/* MS_BIND and MS_MOVE: of another place in the tree. */
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
		err = mount_bind ? mount_bind(&from, at, flags & MS_REC) :
			-EINVAL;
	path_put(&from);
	if (!err)
		mount_changed();
	return err;
}

/* In the order in which the flags rule each other out. */
static int change(const struct mount_args *a, const struct path *at,
		  unsigned flags)
{
	if (flags & MS_REMOUNT)
		return mount_remount(at, flags, a->data);
	if (!(flags & MS_BIND) && flags & MS_PROPAGATION)
		return set_propagation(at, flags);
	return mount_from(a->source, at, flags);
}

static void change_init(void)
{
	mount_change = change;
}
INIT(fs, change_init);
