/* SPDX-License-Identifier: MIT */
/*
 * mount(2): which of its jobs is meant is in the flags; each is done on the
 * mount tree of mount.c.
 *
 *   the first that is set    job
 *   MS_REMOUNT               other flags for a mount and its file system; with
 *                            MS_BIND for the mount alone
 *   MS_BIND                  a part of the tree appears in a second place
 *   MS_SHARED, MS_PRIVATE,   how mounts spread, of which one thing counts
 *   MS_SLAVE, MS_UNBINDABLE  here: whether one can be bound
 *   MS_MOVE                  a mount goes to another place
 *   none                     a new file system
 *
 * All need CAP_SYS_ADMIN, which is asked for once the target has been found, as
 * on Linux.
 */
#include <fs/internal.h>
#include <fs/notify.h>
#include <lt/procfile.h>
#include <mm/slab.h>
#include <syscalls.h>

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
	spin_lock(&dcache_lock);
	if (!m->parent)
		err = -EINVAL;
	for (up = at->mount; up && !err; up = up->parent)
		if (up == m)
			err = -ELOOP;
	if (err) {
		spin_unlock(&dcache_lock);
		old = *at;
		path_put(&old);
		return err;
	}
	old = mount_detach(m);
	mount_hang(m, at);
	spin_unlock(&dcache_lock);
	path_put(&old);
	return 0;
}

/* A file open for writing is in the way of read-only. */
static int super_remount(struct super *s, bool read_only)
{
	if (read_only && atomic_read(&s->writers) > 0)
		return -EBUSY;
	if (s->remount) {
		/* A file without a name is freed on the disk when its last
		 * user goes, which a page that waits to be written may be. */
		if (read_only && s->any_nameless) {
			s->write_files(s);
			if (s->any_nameless(s))
				return -EBUSY;
		}
		return s->remount(s, read_only);
	}
	s->flags = read_only ? MS_RDONLY : 0;
	return 0;
}

int super_make_read_only(struct super *s)
{
	return s->flags & MS_RDONLY ? 0 : super_remount(s, true);
}

#define MS_ATIME (MS_NOATIME | MS_NODIRATIME | MS_RELATIME | MS_STRICTATIME)

/* mount(2): a remount that does not speak of times of access leaves them. */
static void mount_change_flags(struct mount *m, unsigned flags)
{
	unsigned keep = MS_UNBINDABLE;

	if (!(flags & MS_ATIME))
		keep |= MS_NOATIME | MS_NODIRATIME | MS_RELATIME;
	spin_lock(&dcache_lock);
	WRITE_ONCE(m->flags, (m->flags & keep) |
		   (mount_flags_kept(flags) & ~keep));
	mount_count_strict(m, !(m->flags & (MS_RELATIME | MS_NOATIME)));
	spin_unlock(&dcache_lock);
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

/* The strings of mount(2), copied from user memory; NULL where absent. */
struct mount_args {
	char *source, *type, *data;
};

#define MS_PROPAGATION	(MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE)

bool mount_is_below(const struct mount *o, const struct mount *m)
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
	spin_lock(&dcache_lock);
	list_for_each(m, &all_mounts, link) {
		if (m != at->mount &&
		    !(flags & MS_REC && mount_is_below(m, at->mount)))
			continue;
		WRITE_ONCE(m->flags, (m->flags & ~MS_UNBINDABLE) |
			   (kind & MS_UNBINDABLE));
	}
	spin_unlock(&dcache_lock);
	return 0;
}

int (*mount_bind)(const struct path *from, const struct path *at, bool all);

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

/* What the flags make of the call.  Return: 0 or an error of mount(2). */
static int mount_dispatch(const struct mount_args *a, const struct path *at,
			  unsigned flags)
{
	if ((flags & 0xffff0000) == 0xc0ed0000)
		flags &= 0xffff;	/* the magic of old programs */
	if (flags & MS_NOUSER)
		return -EINVAL;
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (!at->mount)
		return -EINVAL;
	if (flags & MS_REMOUNT)
		return mount_remount(at, flags, a->data);
	if (flags & MS_BIND)
		return mount_from(a->source, at, flags);
	if (flags & MS_PROPAGATION)
		return set_propagation(at, flags);
	if (flags & MS_MOVE)
		return mount_from(a->source, at, flags);
	if (!a->type)
		return -EINVAL;
	return mount_new(a->type, a->source, at, flags, a->data);
}

/* A user string, or NULL for address 0. */
static int string_arg(uaddr_t at, char **out)
{
	int err;

	*out = NULL;
	if (!at)
		return 0;
	*out = name_from_user(at, &err);
	if (*out)
		return 0;
	return err == -ENAMETOOLONG ? -EINVAL : err;
}

long sys_mount(uaddr_t source, uaddr_t target, uaddr_t type,
	       unsigned long flags, uaddr_t data)
{
	struct mount_args a = { NULL, NULL, NULL };
	struct path at;
	int err;

	err = string_arg(type, &a.type);
	if (!err)
		err = string_arg(source, &a.source);
	if (!err)
		err = string_arg(data, &a.data);
	if (!err)
		err = user_path(AT_FDCWD, target, LOOKUP_FOLLOW, &at);
	if (!err) {
		err = flags == (unsigned)flags ?
			mount_dispatch(&a, &at, (unsigned)flags) : -EINVAL;
		path_put(&at);
	}
	if (a.source)
		name_put(a.source);
	if (a.type)
		name_put(a.type);
	if (a.data)
		name_put(a.data);
	return err;
}
