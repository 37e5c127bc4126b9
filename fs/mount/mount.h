/* SPDX-License-Identifier: MIT */
/* The mount tree: which file system is visible at which path. */
#ifndef FS_MOUNT_MOUNT_H
#define FS_MOUNT_MOUNT_H

#include <fs/vfs.h>
#include <kernel/cred/capable.h>
#include <kernel/lock/lock.h>
#include <lib/rbtree.h>

/*
 * A tree of mounts: the first one, or the tree of a mount namespace.
 *
 * How long a change takes is up to the user, who chooses the number of mounts.
 * So mount_mutex, which sleeps, is held over the whole change, and dcache_lock
 * only while one mount is linked or removed.  Trees are built and taken apart
 * out of sight of walks, which see them come and go as a whole.
 */
struct mount_space {
	struct rb_tree mounts;		/* [tree] by number */
	struct mount *root;		/* [tree] */
	unsigned long nr;		/* [tree] number of mounts */
	unsigned long coming;		/* [mount_mutex] mounts reserved by a
					 * call under way */
	struct user_space *owner;	/* const: user namespace whose
					 * capabilities count */
	unsigned changes;		/* [dcache to write] number of changes
					 * so far */
};
extern struct mount_space first_mounts;
/*
 * Held over each change of a tree.  Taken while a directory is locked; nothing
 * that could drop the last reference to a file may be done under it.
 */
extern struct mutex mount_mutex;
extern struct list fs_types;		/* const after boot */

/* The strings of mount(2), copied from user memory; NULL where absent. */
struct mount_args {
	char *source, *type, *data;
};

/*
 * Operations of mount namespaces other than the first (topics/namespaces).
 * Context: [dcache_lock], unless noted.
 */
struct mount_space_ops {
	struct mount_space *(*space)(void);	/* Return: current's */
	/*
	 * True if d, a mount point in some tree, is a mount point in current's
	 * tree.
	 * Context: dcache_lock not held.
	 */
	bool (*here)(const struct dentry *d);
	/*
	 * Unmount everything that other namespaces have mounted on d, which has
	 * lost its name.
	 * Context: no lock but that of d's directory; may sleep.
	 */
	void (*forget)(struct dentry *d);
	/*
	 * Check whether current may mount a new file system of this type with
	 * these flags.
	 * Context: no lock.
	 * Return: 0 with *locked, for mount->locked; -EPERM.
	 */
	int (*allow)(const struct fs_type *t, unsigned flags, unsigned *locked);
};
/* const after init, or NULL */
extern const struct mount_space_ops *mount_space_ops;

/*
 * Operations of extension mounts: all changes of the tree beyond a single new
 * mount (topics/mounts).
 * Context: no lock; may sleep.
 */
struct mount_ops {
	/* As mount_attach(), at `at` and wherever the mount propagates to. */
	int (*attach)(struct mount *m, const struct path *at);
	/*
	 * As mount_detach_tree(), also at the places that the mount has
	 * propagated to.
	 * Context: [mount_mutex].
	 */
	int (*take)(struct mount *m, bool all, struct list *gone);
	/*
	 * Do MS_REMOUNT, MS_BIND, MS_MOVE, or a change of propagation.
	 */
	int (*change)(const struct mount_args *a, const struct path *at,
		      unsigned flags);
	/*
	 * Handle MNT_EXPIRE.
	 * Return: 0: the mount may go; -EAGAIN: it is now marked, and goes at
	 * the next call if no walk enters it before; -EBUSY, -EINVAL.
	 */
	int (*expire)(struct mount *m, unsigned flags);
};
extern const struct mount_ops *mount_ops;	/* const after init, or NULL */
/*
 * The bytes that mount_ops need behind a mount, and what sets them up; const
 * after init.
 */
extern unsigned mount_extra;
extern void (*mount_extra_init)(struct mount *m);

static inline struct mount_space *mount_space_current(void)
{
	return mount_space_ops ? mount_space_ops->space() : &first_mounts;
}
/*
 * True if m is in the caller's tree.
 * Context: [dcache_lock]; without the lock a guess.
 */
static inline bool mount_is_ours(const struct mount *m)
{
	return m && m->space == mount_space_current();
}
/* True if m is in any tree.  Context: [mount_mutex or dcache_lock]. */
bool mount_in_tree(const struct mount *m);
/*
 * True if d is a mount point in the caller's tree.
 * Context: dcache_lock not held.
 */
static inline bool mount_point_here(const struct dentry *d)
{
	return d->mounted && (!mount_space_ops || mount_space_ops->here(d));
}
/* True if current may change its tree of mounts. */
#define mount_may_change() \
	capable_in(mount_space_current()->owner, CAP_SYS_ADMIN)

static inline void mount_get(struct mount *m)
{
	ref_get(&m->refs);
}
void mount_free(struct mount *m);	/* the last reference is gone */
void mount_put_keeper(struct mount *m);
static inline void mount_put(struct mount *m)
{
	if (unlikely(READ_ONCE(m->keeps)))
		mount_put_keeper(m);
	else if (unlikely(ref_put(&m->refs)))
		mount_free(m);
}
/* The flags of mount(2) that a mount keeps. */
#define MOUNT_FLAGS (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | \
	MS_NOSYMFOLLOW | MS_NOATIME | MS_NODIRATIME | MS_RELATIME | \
	MS_UNBINDABLE)
/*
 * Properties that root of a user namespace may not change if the mount came
 * from outside that namespace (mount_namespaces(7)).  They are the mount flags
 * MS_RDONLY, MS_NOSUID, MS_NODEV and MS_NOEXEC, and the following.
 */
#define MOUNT_TIMES	MS_NOATIME	/* how access times are updated */
#define MOUNT_HELD	(1u << 30)	/* the mount must go on covering its
					 * mount point */
#define MOUNT_FOREIGN	(1u << 31)	/* the options of the file system
					 * itself */
/*
 * Allocate a mount outside any tree, with one reference; takes over the
 * references to s and root.
 * Return: NULL: no memory.
 */
struct mount *mount_alloc(struct super *s, struct dentry *root,
			  unsigned flags, const char *source);
/*
 * Put m into the tree at the path `at`, with new references to that path.  at
 * NULL: m becomes the root of the first tree.
 * Return: 0, -ENOSPC, -EINVAL, -ENOENT.
 */
int mount_attach(struct mount *m, const struct path *at);
/*
 * [mount_mutex] True if there is room for n mounts besides those in `coming`.
 */
bool mount_has_room(const struct mount_space *s, unsigned long n);
/*
 * [mount_mutex, dcache_lock] Put m on a path, whose references it takes over.
 * Walks find m once it is entered into a tree as well.
 */
void mount_link(struct mount *m, const struct path *at);
/*
 * [mount_mutex, dcache_lock] Give m its number, if it has none.  Later mounts
 * get higher numbers.
 */
void mount_give_number(struct mount *m);
/* [mount_mutex, dcache_lock] Enter m, which may be linked, into a tree. */
void mount_enter(struct mount *m, struct mount_space *s);
/*
 * [mount_mutex, dcache_lock] Put m, which is in a tree, on another path of that
 * tree; references stay as they are.
 */
void mount_relink(struct mount *m, const struct path *at);
/* [dcache_lock] Take m out of its tree; parent and `at` stay set. */
void mount_leave(struct mount *m);
extern struct wait_queue mount_wait;	/* pollers for changes of mounts */
/*
 * [dcache_lock] Check whether a mount is possible at the path.
 * Return: 0, -EINVAL, -ENOENT.
 */
int mount_check_point(const struct path *at);
/*
 * Make a file system read-only, or with super_remount() also writable again.
 * Return: 0; -EBUSY: a file in s is open for writing.
 */
int super_make_read_only(struct super *s);
int super_remount(struct super *s, bool read_only);
#define MS_PROPAGATION	(MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE)
#define MNT_FORCE	1
#define MNT_DETACH	2
#define MNT_EXPIRE	4
#define UMOUNT_NOFOLLOW	8
/* [dcache_lock] True if only the tree and one path refer to m. */
bool mount_is_idle(const struct mount *m);
/*
 * Return: a mount below m, at whatever depth, that carries no other mount; m if
 * m carries none itself.
 * Context: [mount_mutex].  m is in a tree.
 */
struct mount *mount_leaf(struct mount *m);
/* [dcache_lock] Return: the mount that covers d in parent, or NULL. */
struct mount *mount_covering(struct mount *parent, struct dentry *d);
/* [dcache_lock] As mount_covering(), among the mounts that stay on parent. */
struct mount *mount_kept_at(struct dentry *d, struct mount *parent);
/*
 * [mount_mutex, dcache_lock] Take m out of the tree.
 * Return: the path m was mounted on, whose references the caller drops.
 */
struct path mount_detach(struct mount *m);
/*
 * [mount_mutex, dcache_lock] Mount m on the path `at`.  Takes over the
 * references of that path.
 */
void mount_hang(struct mount *m, const struct path *at);
/*
 * [mount_mutex] Take m out of the tree: with `all` together with all mounts
 * below it, otherwise only if nothing uses it.  The mounts go to the list
 * `gone`, for mounts_put().
 * Return: 0, -EBUSY, -EINVAL (m is a root).
 */
int mount_detach_tree(struct mount *m, bool all, struct list *gone);
/*
 * [mount_mutex, dcache_lock] Take a single mount out, even the root of a tree.
 * with_parent: the parent of m leaves, too.  Then m stays on its parent if m is
 * held (MOUNT_HELD).
 */
void mount_detach_one(struct mount *m, bool with_parent, struct list *gone);
/* Drop the tree's references to these mounts.  Context: no lock; may sleep. */
void mounts_put(struct list *gone);
/*
 * Mount a new file system of a type at `at` (NULL: the root).  source: the path
 * of a disk, or any word if the type needs none; flags: MS_; data: the type's
 * options, "key=value,...", or NULL.
 * Context: may sleep.
 * Return: 0; -ENODEV (no such type), -EINVAL (no source; `at` is not in the
 * tree), -ENOENT (`at` was deleted), -EBUSY (it is already mounted there),
 * -ENOTDIR, -ENOSPC (fs.mount-max), -ENOMEM; an error of the type's mount().
 */
int mount_new(const char *type, const char *source, const struct path *at,
	      unsigned flags, const char *data);
/* Mount the file systems with a boot_place, once the root is filled. */
void mount_defaults(void);
/*
 * Mount a type outside any tree, for the kernel's own files.
 * Return: NULL: failed.
 */
struct mount *mount_internal(const char *type);
/*
 * Allocate a super block with a device number of its own; only MS_RDONLY of
 * flags counts.
 * Return: one reference; NULL: no memory.
 */
struct super *super_alloc(const struct fs_type *t, unsigned flags);
/* Make i the root of s; takes over its reference.  Return: 0, -ENOMEM. */
int super_make_root(struct super *s, struct inode *i);
/* Drop a reference; the last one frees the file system. */
void super_put(struct super *s);
/* Undo super_alloc when mount fails. */
void super_free(struct super *s);

/* ---- finding mounts: place.c --------------------------------------------- */

/* [dcache_lock] Let walks find m, whose place is set, or find it no longer. */
void mount_place_add(struct mount *m);
void mount_place_remove(struct mount *m);
/*
 * Return: the newest mount on the directory `at` of this parent in this tree,
 * or NULL.  parent NULL: of any parent; space NULL, too: in any tree.
 * Context: [dcache_lock].
 */
struct mount *mount_at_place(const struct dentry *at,
			     const struct mount_space *space,
			     const struct mount *parent);
/* [dcache_lock] Enter m into the numbers of its tree. */
void mount_number_add(struct mount *m, struct mount_space *s);
/*
 * Return: the mount with the lowest number above id, or NULL.
 * Context: [mount_mutex or dcache_lock].
 */
struct mount *mount_after(const struct mount_space *s, int id);

/*
 * ---- for code that changes mounts ------------------------------------------
 */

/*
 * Return: those of the flags of mount(2) that a mount keeps; relatime by
 * default.
 */
unsigned mount_flags_kept(unsigned flags);
/*
 * [dcache_lock] Set m->strict (every read updates atime), and count such
 * mounts.
 */
void mount_count_strict(struct mount *m, bool strict);

#endif
