/* SPDX-License-Identifier: MIT */
/*
 * The mount tree, which tells which file system is visible where.
 *
 *   mount of the root         mount of /mnt           mounts of two disks on
 *   +---------------+         +---------------+       one place: the newest
 *   | root: "/"     |<-parent-| at: "mnt"     |       covers the others, and
 *   | "mnt" (mounted|         | root: "/" of  |       umount(2) shows them
 *   |  counts 1)    |         | another super |       again
 *   +---------------+         +---------------+
 *
 * A walk that comes to a dentry with `mounted` set looks for the mount that
 * covers it, and goes on at the root of that mount; ".." there leads back to
 * `at`.
 *
 * Invariant: a mount has one reference while it is in the tree, one from each
 * path on it and one from each mount that hangs on it; it can be unmounted when
 * only the first is left.
 */
#define LOG_PREFIX "vfs"
#include <fs/internal.h>
#include <fs/inode/notify.h>
#include <lib/errtext.h>
#include <lt/log.h>
#include <lt/procfile.h>
#include <mm/frames/slab.h>
#include <syscalls.h>

struct mount_space first_mounts;
struct mutex mount_mutex = {
	.wait = WAIT_QUEUE_INIT(mount_mutex.wait), .name = "mount tree",
};
const struct mount_space_ops *mount_space_ops;
const struct mount_ops *mount_ops;
unsigned mount_extra;
void (*mount_extra_init)(struct mount *m);
struct list fs_types = LIST_INIT(fs_types);
struct path boot_root;

static unsigned next_dev = 1;				/* [dcache_lock] */
static int next_mount_id = 1;				/* [mount_mutex] */
/* Most mounts in one tree.  Read without a lock. */
static unsigned long mount_max = 100000;

SYSCTL_NUMBERS(numbers) = {
	{ "fs/mount-max", &mount_max, 1, 0x7fffffff },
};

void fs_register(struct fs_type *t)
{
	br_write_lock(&dcache_lock);
	list_append(&fs_types, &t->link);
	br_write_unlock(&dcache_lock);
}

/* Takes no lock, as types are added only at boot, and never removed. */
static const struct fs_type *fs_find(const char *name)
{
	struct fs_type *t;

	list_for_each(t, &fs_types, link)
		if (!strcmp(t->name, name))
			return t;
	return NULL;
}

/*
 * The device number has major 0, which no disk has (as in stat(2) of files in
 * memory).
 */
struct super *super_alloc(const struct fs_type *t, unsigned flags)
{
	struct super *s = kzalloc(sizeof(*s));

	if (!s)
		return NULL;
	s->type = t;
	s->flags = flags & MS_RDONLY;
	s->next_ino = 1;
	s->block_size = PAGE_SIZE;
	ref_init(&s->refs);
	br_write_lock(&dcache_lock);
	s->dev = DEV_MAKE(0, next_dev);
	next_dev++;
	br_write_unlock(&dcache_lock);
	return s;
}

void super_free(struct super *s)
{
	kfree(s);
}

int super_make_root(struct super *s, struct inode *i)
{
	s->root = dentry_alloc(NULL, "/", 1, 0);
	if (!s->root) {
		inode_put(i);
		return -ENOMEM;
	}
	s->root->inode = i;
	return 0;
}

/*
 * When the last mount is gone, free the names, then the file system's own
 * state.
 */
void super_put(struct super *s)
{
	if (!ref_put(&s->refs))
		return;
	notify_unmount(s);
	dcache_drop_tree(s->root);
	if (s->type->unmount)
		s->type->unmount(s);
	super_free(s);
}

struct mount *mount_alloc(struct super *s, struct dentry *root,
			  unsigned flags, const char *source)
{
	struct mount *m = kzalloc(sizeof(*m) + mount_extra);

	if (!m)
		return NULL;
	m->super = s;
	m->root = root;
	m->flags = flags;
	ref_init(&m->refs);
	list_init(&m->link);
	list_init(&m->children);
	list_init(&m->sibling);
	list_init(&m->kept);
	if (mount_extra_init)
		mount_extra_init(m);
	str_copy(m->source, source, sizeof(m->source));
	return m;
}

/*
 * Mounts with strictatime are counted in notify_watches, because every read
 * tests that word anyway.
 */
void mount_count_strict(struct mount *m, bool strict)
{
	if (m->strict != strict)
		notify_count(strict ? 1 : -1);
	m->strict = strict;
}

void mount_free(struct mount *m)
{
	mount_count_strict(m, false);
	dentry_put(m->root);
	super_put(m->super);
	kfree(m);
}

/*
 * A held mount stays on its parent, out of its tree, before the parent leaves
 * the tree (umount.c), so it is looked for there as well.
 */
struct mount *mount_covering(struct mount *parent, struct dentry *d)
{
	struct mount *m = NULL;

	br_must_hold(&dcache_lock);
	if (!parent)
		return NULL;
	if (parent->space)
		m = mount_at_place(d, parent->space, parent);
	if (!m && unlikely(parent->keeps))
		m = mount_kept_at(d, parent);
	return m;
}

/*
 * True if d has a name that lasts, unlike a removed directory (rmdir(2)) or
 * fd/N (proc(5)).
 */
static bool is_place(const struct dentry *d)
{
	return d->parent == d || (dentry_hashed(d) &&
		!d->parent->inode->ops->fleeting);
}

int mount_check_point(const struct path *at)
{
	br_must_hold(&dcache_lock);
	if (!mount_is_ours(at->mount))
		return -EINVAL;
	return is_place(at->dentry) ? 0 : -ENOENT;
}

struct wait_queue mount_wait = WAIT_QUEUE_INIT(mount_wait);

bool mount_has_room(const struct mount_space *s, unsigned long n)
{
	unsigned long most = READ_ONCE(mount_max), nr = s->nr + s->coming;

	return nr <= most && n <= most - nr;
}

void mount_give_number(struct mount *m)
{
	mutex_must_hold(&mount_mutex);
	if (!m->id)
		m->id = next_mount_id++;
}

void mount_link(struct mount *m, const struct path *at)
{
	m->parent = at->mount;
	m->at = at->dentry;
	m->at->mounted++;
	list_append(&m->parent->children, &m->sibling);
}

void mount_enter(struct mount *m, struct mount_space *s)
{
	mount_give_number(m);
	m->space = s;
	mount_number_add(m, s);
	if (m->parent)
		mount_place_add(m);
	s->nr++;
	WRITE_ONCE(s->changes, s->changes + 1);
	mount_count_strict(m, !(m->flags & (MS_RELATIME | MS_NOATIME)));
}

void mount_hang(struct mount *m, const struct path *at)
{
	mount_link(m, at);
	mount_enter(m, at->mount->space);
}

void mount_relink(struct mount *m, const struct path *at)
{
	bool placed = m->placed;

	mount_place_remove(m);
	list_remove(&m->sibling);
	m->at->mounted--;
	mount_link(m, at);
	if (placed)
		mount_place_add(m);
	WRITE_ONCE(m->space->changes, m->space->changes + 1);
}

static int attach_alone(struct mount *m, const struct path *at)
{
	int err = at ? mount_check_point(at) : 0;

	if (!err && !mount_has_room(mount_space_current(), 1))
		err = -ENOSPC;
	if (!err && at) {
		path_get(at);
		mount_hang(m, at);
	} else if (!err) {
		first_mounts.root = m;
		mount_enter(m, &first_mounts);
	}
	return err;
}

int mount_attach(struct mount *m, const struct path *at)
{
	int err;

	if (at && mount_ops)
		return mount_ops->attach(m, at);
	mutex_lock(&mount_mutex);
	br_write_lock(&dcache_lock);
	err = attach_alone(m, at);
	br_write_unlock(&dcache_lock);
	mutex_unlock(&mount_mutex);
	return err;
}

void mount_leave(struct mount *m)
{
	mount_place_remove(m);
	rb_remove(&m->space->mounts, &m->number, NULL);
	m->space->nr--;
	WRITE_ONCE(m->space->changes, m->space->changes + 1);
	m->space = NULL;
}

struct path mount_detach(struct mount *m)
{
	struct path at = { m->parent, m->at };

	if (m->at)
		m->at->mounted--;
	mount_leave(m);
	list_remove(&m->sibling);
	m->parent = NULL;
	m->at = NULL;
	return at;
}

/*
 * mount(2): access times follow relatime, unless the call asks for none or all
 * of the updates.
 */
unsigned mount_flags_kept(unsigned flags)
{
	unsigned keep = flags & (MOUNT_FLAGS & ~MS_UNBINDABLE & ~MS_RELATIME);

	if (!(flags & MS_NOATIME))
		keep |= MS_RELATIME;
	if (flags & MS_STRICTATIME)
		keep &= ~(unsigned)(MS_RELATIME | MS_NOATIME);
	return keep;
}

/*
 * Return: the root directory for a mount of s, with a reference; NULL: the
 * directory is gone.
 */
static struct dentry *super_top(struct super *s)
{
	if (s->type->top)
		return s->type->top(s);
	dentry_get(s->root);
	return s->root;
}

/*
 * Mount a new file system at a path; takes over the reference to s.
 * Return: 0, -errno.
 */
static int mount_super(struct super *s, const char *source,
		       const struct path *at, unsigned flags, unsigned locked)
{
	struct dentry *top = super_top(s);
	struct mount *m;
	int err = -ENOENT;

	if (!top)
		goto fail_super;
	br_read_lock(&dcache_lock);
	err = at ? mount_check_point(at) : 0;
	br_read_unlock(&dcache_lock);
	if (err)
		goto fail;
	err = -EBUSY;		/* the same instance twice at one place */
	if (at && at->mount->super == s && at->dentry == at->mount->root)
		goto fail;
	err = -ENOTDIR;
	if (at && !S_ISDIR(at->dentry->inode->mode))
		goto fail;
	err = -ENOMEM;
	m = mount_alloc(s, top, mount_flags_kept(flags), source);
	if (!m)
		goto fail;
	m->locked = locked;
	err = mount_attach(m, at);
	if (err)
		mount_put(m);
	return err;
fail:
	dentry_put(top);
fail_super:
	super_put(s);
	return err;
}

int mount_new(const char *type, const char *source, const struct path *at,
	      unsigned flags, const char *data)
{
	const struct fs_type *t = fs_find(type);
	unsigned locked = 0;
	struct super *s;
	int err = 0;

	if (!t)
		return -ENODEV;
	if (!source && !t->nodev)
		return -EINVAL;
	if (!source)
		source = "none";
	if (mount_space_ops)
		err = mount_space_ops->allow(t, flags, &locked);
	if (!err)
		err = t->mount(t, source, flags, data, &s);
	if (err)
		return err;
	err = mount_super(s, source, at, flags, locked);
	if (!err && !at)
		boot_root = (struct path){ first_mounts.root,
					   first_mounts.root->root };
	if (!err)
		wake_up(&mount_wait);
	return err;
}

/* Mount a file system of the kernel itself, to which no path leads. */
struct mount *mount_internal(const char *type)
{
	const struct fs_type *t = fs_find(type);
	struct mount *m;
	struct super *s;

	if (!t || t->mount(t, "none", 0, NULL, &s))
		return NULL;
	m = mount_alloc(s, s->root, 0, "none");
	if (m)
		dentry_get(s->root);
	else
		super_put(s);
	return m;
}

/* An error is only logged: a shell can run without /dev or /proc. */
static void mount_default(const char *dir, const char *type, unsigned flags)
{
	struct path at;
	int err = path_lookup(AT_FDCWD, dir, LOOKUP_FOLLOW | LOOKUP_DIR, &at);

	if (!err) {
		err = mount_new(type, type, &at, flags, NULL);
		path_put(&at);
	}
	if (err)
		log_err("cannot mount %s on %s: %s (error %d)", type, dir,
			error_text(err), -err);
}

void mount_defaults(void)
{
	struct fs_type *t;

	kernel_mkdir("/dev", 0755);
	mount_default("/dev", "devtmpfs", MS_NOSUID);
	list_for_each(t, &fs_types, link) {
		if (!t->boot_place)
			continue;
		kernel_mkdir(t->boot_place, 0555);
		mount_default(t->boot_place, t->name,
			      MS_NOSUID | MS_NODEV | MS_NOEXEC);
	}
}

/*
 * Boot option root=DEVICE, if the initial file system does not handle it: the
 * device becomes the root itself.
 * Return: 0, or -errno, for which boot stops.
 */
int mount_root_disk(const char *device, const char *type, unsigned flags)
{
	struct path at, root;
	int err = kernel_mkdir("/.root", 0755);

	if (!err || err == -EEXIST)
		err = path_lookup(AT_FDCWD, "/.root", 0, &at);
	if (err)
		return err;
	err = mount_new(type, device, &at, flags, NULL);
	if (err == -EACCES || err == -EROFS)	/* read-only device */
		err = mount_new(type, device, &at, flags | MS_RDONLY, NULL);
	path_put(&at);
	if (!err)
		err = path_lookup(AT_FDCWD, "/.root", 0, &root);
	if (err)
		return err;
	path_get(&root);
	fscontext_set_root(&root);
	fscontext_set_cwd(&root);
	mount_default("/dev", "devtmpfs", MS_NOSUID);
	mount_default("/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC);
	return 0;
}
