/* SPDX-License-Identifier: MIT */
/*
 * The mount tree.  A mount has one reference while it is in the tree, one
 * from each path on it and one from each mount that hangs on it; it can be
 * taken away when only the first is left.
 */
#define LOG_PREFIX "vfs"
#include <fs/internal.h>
#include <fs/notify/notify.h>
#include <kernel/syscall/syscalls.h>
#include <lt/log.h>
#include <mm/slab.h>

struct list all_mounts = LIST_INIT(all_mounts);
struct mount *root_mount;
struct path boot_root;

static struct list fs_types = LIST_INIT(fs_types);	/* [dcache_lock] */
static unsigned next_dev = 1;				/* [dcache_lock] */
static int next_mount_id = 1;				/* [dcache_lock] */

void fs_register(struct fs_type *t)
{
	spin_lock(&dcache_lock);
	list_append(&fs_types, &t->link);
	spin_unlock(&dcache_lock);
}

/* Types are only added, at boot: no lock. */
static const struct fs_type *fs_find(const char *name)
{
	struct fs_type *t;

	list_for_each(t, &fs_types, link)
		if (!strcmp(t->name, name))
			return t;
	return NULL;
}

void fs_types_show(struct seq *s)
{
	struct fs_type *t;

	list_for_each(t, &fs_types, link)
		seq_print(s, "%s\t%s\n", t->nodev ? "nodev" : "", t->name);
}

/* A device number of major 0: no disk's (stat(2) of files in memory). */
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
	spin_lock(&dcache_lock);
	s->dev = DEV_MAKE(0, next_dev);
	next_dev++;
	spin_unlock(&dcache_lock);
	return s;
}

void super_free(struct super *s)
{
	kfree(s);
}

/* The last mount of it has gone: names, then the file system's own state. */
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

/* A mount outside the tree, with one reference; takes over s's and root's. */
static struct mount *mount_alloc(struct super *s, struct dentry *root,
				 unsigned flags, const char *source)
{
	struct mount *m = kzalloc(sizeof(*m));

	if (!m)
		return NULL;
	m->super = s;
	m->root = root;
	m->flags = flags;
	ref_init(&m->refs);
	list_init(&m->link);
	str_copy(m->source, source, sizeof(m->source));
	return m;
}

void mount_free(struct mount *m)
{
	dentry_put(m->root);
	super_put(m->super);
	kfree(m);
}

/*
 * Mounts are few, and asked for only where d->mounted says that there is one.
 * The newest is found first: it covers the others.  => [dcache_lock]
 */
struct mount *mount_covering(struct mount *parent, struct dentry *d)
{
	struct mount *m;

	for (m = list_last(&all_mounts, struct mount, link);
	     &m->link != &all_mounts; m = list_prev(m, link))
		if (m->parent == parent && m->at == d)
			return m;
	return NULL;
}

/* Put m into the tree at the path (references are taken). */
static void mount_attach(struct mount *m, const struct path *at)
{
	if (at)
		path_get(at);
	spin_lock(&dcache_lock);
	m->id = next_mount_id++;
	if (at) {
		m->parent = at->mount;
		m->at = at->dentry;
		m->at->mounted++;
	}
	list_append(&all_mounts, &m->link);
	spin_unlock(&dcache_lock);
}

struct path mount_detach(struct mount *m)
{
	struct path at = { m->parent, m->at };

	m->at->mounted--;
	m->parent = NULL;
	m->at = NULL;
	list_remove(&m->link);
	return at;
}

void mount_hang(struct mount *m, const struct path *at)
{
	m->parent = at->mount;
	m->at = at->dentry;
	m->at->mounted++;
	list_append(&all_mounts, &m->link);
}

#define MOUNT_FLAGS (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | \
	MS_NOATIME | MS_RELATIME)

int mount_new(const char *type, const char *source, const struct path *at,
	      unsigned flags, const char *data)
{
	const struct fs_type *t = fs_find(type);
	struct super *s;
	struct mount *m;
	int err;

	if (!t)
		return -ENODEV;
	err = t->mount(t, source, flags, data, &s);
	if (err)
		return err;
	err = -EBUSY;		/* the same instance twice on one place */
	if (at && at->mount->super == s && at->dentry == s->root)
		goto fail;
	err = -ENOMEM;
	m = mount_alloc(s, s->root, flags & MOUNT_FLAGS, source);
	if (!m)
		goto fail;
	dentry_get(s->root);	/* the super's own besides the mount's */
	mount_attach(m, at);
	if (!at) {
		root_mount = m;
		boot_root = (struct path){ m, m->root };
	}
	return 0;
fail:
	super_put(s);
	return err;
}

/* A file system of the kernel's own, which no path leads to. */
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

/* MS_BIND: the tree below `from` appears at `at` too. */
static int mount_bind(const struct path *from, const struct path *at)
{
	struct mount *m;

	if (!from->mount)
		return -EINVAL;
	if (S_ISDIR(from->dentry->inode->mode) !=
	    S_ISDIR(at->dentry->inode->mode))
		return -ENOTDIR;
	m = mount_alloc(from->mount->super, from->dentry, from->mount->flags,
			from->mount->source);
	if (!m)
		return -ENOMEM;
	dentry_get(from->dentry);
	ref_get(&m->super->refs);
	mount_attach(m, at);
	return 0;
}

/*
 * Not below itself: nobody could reach either.  Looked at and moved in one hold
 * of the lock, as another may move `at` meanwhile.
 */
static int mount_move(const struct path *from, const struct path *at)
{
	struct mount *m = from->mount, *up;
	struct path old;
	int err = 0;

	if (from->dentry != m->root)
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
	if (s->remount) {
		if (read_only && atomic_read(&s->writers) > 0)
			return -EBUSY;
		/* those without a name want to be freed when they are closed;
		 * that a page waits to be written keeps none of them */
		if (read_only && s->any_nameless) {
			writeback_super(s);
			if (s->any_nameless(s))
				return -EBUSY;
		}
		return s->remount(s, read_only);
	}
	s->flags = read_only ? MS_RDONLY : 0;
	return 0;
}

/* MS_BIND: the flags of this mount alone; else the file system's too. */
static int mount_remount(const struct path *at, unsigned flags,
			 const char *data)
{
	struct mount *m = at->mount;

	if (at->dentry != m->root)
		return -EINVAL;
	if (!(flags & MS_BIND)) {
		int err = m->super->reconfigure ?
			m->super->reconfigure(m->super, data) : 0;

		if (!err)
			err = super_remount(m->super, flags & MS_RDONLY);

		if (err)
			return err;
	}
	m->flags = flags & MOUNT_FLAGS;
	return 0;
}

/* The strings of mount(2), copied from user memory; NULL where absent. */
struct mount_args {
	char *source, *type, *data;
};

#define MS_UNBINDABLE	0x20000
#define MS_PROPAGATION	(MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE)

/* There is one name space, so how mounts spread in others has no effect. */
static int check_propagation(const struct path *at, unsigned flags)
{
	unsigned kind = flags & ~(MS_REC | MS_SILENT);

	if (kind != MS_SHARED && kind != MS_PRIVATE && kind != MS_SLAVE)
		return -EINVAL;
	return at->mount && at->dentry == at->mount->root ? 0 : -EINVAL;
}

/*
 * mount(2): what the flags make of the call, in the order in which they rule
 * each other out.
 */
static int mount_dispatch(const struct mount_args *a, const struct path *at,
			  unsigned flags)
{
	struct path from;
	int err;

	if (flags & MS_REMOUNT)
		return mount_remount(at, flags, a->data);
	if (flags & MS_PROPAGATION)
		return check_propagation(at, flags);
	if (flags & (MS_BIND | MS_MOVE)) {
		if (!a->source)
			return -EINVAL;
		err = path_lookup(AT_FDCWD, a->source, LOOKUP_FOLLOW, &from);
		if (err)
			return err;
		err = flags & MS_BIND ? mount_bind(&from, at)
				      : mount_move(&from, at);
		path_put(&from);
		return err;
	}
	if (!a->type)
		return -EINVAL;
	if (!S_ISDIR(at->dentry->inode->mode))
		return -ENOTDIR;
	return mount_new(a->type, a->source ? a->source : "none", at, flags,
			 a->data);
}

/* A user string, or NULL for address 0. */
static int string_arg(uaddr_t at, char **out)
{
	int err;

	*out = NULL;
	if (!at)
		return 0;
	*out = name_from_user(at, &err);
	return *out ? 0 : err;
}

long sys_mount(uaddr_t source, uaddr_t target, uaddr_t type,
	       unsigned long flags, uaddr_t data)
{
	struct mount_args a = { NULL, NULL, NULL };
	struct path at;
	int err;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if ((flags & 0xffff0000) == 0xc0ed0000)
		flags &= 0xffff;	/* the magic of old programs */
	err = string_arg(source, &a.source);
	if (!err)
		err = string_arg(type, &a.type);
	if (!err)
		err = string_arg(data, &a.data);
	if (!err)
		err = user_path(AT_FDCWD, target, LOOKUP_FOLLOW, &at);
	if (!err) {
		err = at.mount ? mount_dispatch(&a, &at, (unsigned)flags)
			       : -EINVAL;
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

#define MNT_FORCE	1
#define MNT_DETACH	2
#define MNT_EXPIRE	4
#define UMOUNT_NOFOLLOW	8

/* A mount that hangs on m, or NULL. => [dcache_lock] */
static struct mount *mount_child(const struct mount *m)
{
	struct mount *o;

	list_for_each(o, &all_mounts, link)
		if (o->parent == m)
			return o;
	return NULL;
}

/*
 * Take one mount out of the tree, and drop the tree's reference: m, or with
 * `all` a leaf of what hangs on it.  The caller's path holds a reference on
 * m, so 2 means idle; another umount may have been faster.
 * => 0: m is out; 1: a leaf is; -EINVAL: the first root, or out already
 */
static int mount_cut(struct mount *m, bool all)
{
	struct mount *victim = m, *child;
	struct path at;
	int err = 0;

	spin_lock(&dcache_lock);
	while (all && (child = mount_child(victim)))
		victim = child;
	if (!m->parent)
		err = -EINVAL;
	else if (!all && (mount_child(m) || ref_read(&m->refs) > 2))
		err = -EBUSY;
	if (err) {
		spin_unlock(&dcache_lock);
		return err;
	}
	at = mount_detach(victim);
	spin_unlock(&dcache_lock);
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
long sys_umount2(uaddr_t target, int flags)
{
	struct path p;
	int err;

	if (flags & ~(MNT_FORCE | MNT_DETACH | MNT_EXPIRE | UMOUNT_NOFOLLOW))
		return -EINVAL;
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (flags & MNT_EXPIRE)
		return -EINVAL;
	err = user_path(AT_FDCWD, target,
			flags & UMOUNT_NOFOLLOW ? 0 : LOOKUP_FOLLOW, &p);
	if (err)
		return err;
	err = -EINVAL;
	if (p.mount && p.dentry == p.mount->root) {
		dcache_shrink(0);
		err = mount_remove(p.mount, (unsigned)flags);
	}
	path_put(&p);
	return err;
}

static void mount_flags_show(struct seq *s, const struct mount *m)
{
	seq_print(s, "%s", (m->flags | m->super->flags) & MS_RDONLY ?
		  "ro" : "rw");
	if (m->flags & MS_NOSUID)
		seq_print(s, ",nosuid");
	if (m->flags & MS_NODEV)
		seq_print(s, ",nodev");
	if (m->flags & MS_NOEXEC)
		seq_print(s, ",noexec");
	seq_print(s, m->flags & MS_NOATIME ? ",noatime" : ",relatime");
}

static int mount_parent_id(const struct mount *m)
{
	int id;

	spin_lock(&dcache_lock);
	id = m->parent ? m->parent->id : 0;
	spin_unlock(&dcache_lock);
	return id;
}

/* Can the caller's root see m at all?  After a chroot not all are below. */
static bool mount_reachable(const struct mount *m)
{
	const struct path *root = current_root();
	struct dentry *d = m->root;
	bool yes = false;

	spin_lock(&dcache_lock);
	for (;;) {
		struct dentry *at = d;

		while (m == root->mount && at != root->dentry &&
		       at->parent != at)
			at = at->parent;
		yes = m == root->mount && at == root->dentry;
		if (yes || !m->parent)
			break;
		d = m->at;
		m = m->parent;
	}
	spin_unlock(&dcache_lock);
	return yes;
}

static void mount_line(struct seq *s, struct mount *m, bool info, char *buf)
{
	struct path p = { m, m->root };
	int err;
	char *name = mount_reachable(m) ?
		path_name(&p, buf, PATH_MAX, &err) : NULL;

	if (!name)
		return;
	if (!info) {
		seq_print(s, "%s %s %s ", m->source, name,
			  m->super->type->name);
		mount_flags_show(s, m);
		if (m->super->show_options)
			m->super->show_options(s, m->super);
		seq_print(s, " 0 0\n");
		return;
	}
	seq_print(s, "%d %d %u:%u / %s ", m->id, mount_parent_id(m),
		  DEV_MAJOR(m->super->dev), DEV_MINOR(m->super->dev), name);
	mount_flags_show(s, m);
	seq_print(s, " - %s %s %s", m->super->type->name, m->source,
		  m->super->flags & MS_RDONLY ? "ro" : "rw");
	if (m->super->show_options)
		m->super->show_options(s, m->super);
	seq_print(s, "\n");
}

/* The mount with the lowest number above id, referenced; NULL: none. */
static struct mount *mount_after(int id)
{
	struct mount *m, *best = NULL;

	spin_lock(&dcache_lock);
	list_for_each(m, &all_mounts, link)
		if (m->id > id && (!best || m->id < best->id))
			best = m;
	if (best)
		mount_get(best);
	spin_unlock(&dcache_lock);
	return best;
}

/*
 * By numbers, one at a time: what is printed may wait for memory, and the list
 * change meanwhile.
 */
void mount_show(struct seq *s, bool info)
{
	struct mount *m;
	char *buf = name_alloc();

	if (!buf)
		return;
	for (int id = 0; (m = mount_after(id)); ) {
		mount_line(s, m, info, buf);
		id = m->id;
		mount_put(m);
	}
	name_put(buf);
}

static void mount_default(const char *dir, const char *type, unsigned flags)
{
	struct path at;
	int err = path_lookup(AT_FDCWD, dir, LOOKUP_FOLLOW | LOOKUP_DIR, &at);

	if (!err) {
		err = mount_new(type, type, &at, flags, NULL);
		path_put(&at);
	}
	if (err)
		log_err("cannot mount %s on %s: error %d", type, dir, -err);
}

void mount_defaults(void)
{
	kernel_mkdir("/dev", 0755);
	kernel_mkdir("/proc", 0555);
	mount_default("/dev", "devtmpfs", MS_NOSUID);
	mount_default("/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC);
}

/*
 * root=DEVICE, and nothing in the initial file system that would see to it:
 * the device becomes the root itself.  => 0, or -errno for boot to refuse
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
