/* SPDX-License-Identifier: MIT */
/* The mount tree: which file system is visible at which path. */
#ifndef FS_MOUNT_MOUNT_H
#define FS_MOUNT_MOUNT_H

#include <fs/vfs.h>
#include <kernel/cred/capable.h>

/* A tree of mounts: the first, or that of a name space of its own. */
struct mount_space {
	struct list mounts;		/* [dcache] oldest first */
	struct mount *root;		/* [dcache] */
	unsigned long nr;		/* [dcache] of mounts */
	unsigned long coming;		/* [dcache] likewise, of a call under way */
	struct user_space *owner;	/* const: whose capabilities count */
	unsigned changes;		/* [dcache], word: how often it changed */
};
extern struct mount_space first_mounts;
extern struct list fs_types;		/* const after boot */

/* The strings of mount(2), copied from user memory; NULL where absent. */
struct mount_args {
	char *source, *type, *data;
};

/*
 * Spaces of mounts besides the first (topics/namespaces).
 * Context: [dcache_lock], unless they say otherwise.
 */
struct mount_space_ops {
	struct mount_space *(*space)(void);	/* current's */
	/*
	 * Is d, which is a mount point, one in current's?
	 * Context: dcache_lock not held.
	 */
	bool (*here)(const struct dentry *d);
	/*
	 * d has lost its name: mounts on it, which only others have, go.
	 * Context: no lock but its directory's; may sleep.
	 */
	void (*forget)(struct dentry *d);
	/*
	 * May current mount a new file system of a type, with these flags?
	 * Context: no lock.
	 * Return: 0 with *locked, as a mount's; -EPERM.
	 */
	int (*allow)(const struct fs_type *t, unsigned flags, unsigned *locked);
};
/* const after init, or NULL */
extern const struct mount_space_ops *mount_space_ops;

/*
 * What may be done with mounts beyond a first one (topics/mounts).
 * Context: [dcache_lock], unless they say otherwise.
 */
struct mount_ops {
	/* mount_attach(), at `at` and wherever that leads to. */
	int (*attach)(struct mount *m, const struct path *at);
	/* mount_take(), and of what was to be seen elsewhere. */
	int (*take)(struct mount *m, bool all, struct list *gone);
	/*
	 * MS_REMOUNT, MS_BIND, MS_MOVE and changes of propagation.
	 * Context: no lock; may sleep.
	 */
	int (*change)(const struct mount_args *a, const struct path *at,
		      unsigned flags);
	/*
	 * MNT_EXPIRE.
	 * Context: no lock.
	 * Return: 0: it may go; -EAGAIN: it is marked, and goes at the next
	 * call if nobody came in meanwhile; -EBUSY, -EINVAL.
	 */
	int (*expire)(struct mount *m, unsigned flags);
};
extern const struct mount_ops *mount_ops;	/* const after init, or NULL */
extern unsigned mount_extra;		/* bytes of theirs behind a mount */

static inline struct mount_space *mount_space_current(void)
{
	return mount_space_ops ? mount_space_ops->space() : &first_mounts;
}
/* In the caller's tree?  Context: [dcache_lock]; without it a guess. */
static inline bool mount_is_ours(const struct mount *m)
{
	return m && m->space == mount_space_current();
}
/* In anybody's tree?  Context: [dcache_lock]. */
bool mount_in_tree(const struct mount *m);
/* Is d a mount point in the caller's tree?  Context: dcache_lock not held. */
static inline bool mount_point_here(const struct dentry *d)
{
	return d->mounted && (!mount_space_ops || mount_space_ops->here(d));
}
/* May current change its tree of mounts? */
#define mount_may_change() \
	capable_in(mount_space_current()->owner, CAP_SYS_ADMIN)

static inline void mount_get(struct mount *m)
{
	ref_get(&m->refs);
}
void mount_free(struct mount *m);	/* its last reference is gone */
void mount_put_keeper(struct mount *m);
static inline void mount_put(struct mount *m)
{
	if (unlikely(READ_ONCE(m->keeps)))
		mount_put_keeper(m);
	else if (unlikely(ref_put(&m->refs)))
		mount_free(m);
}
/* What a mount keeps of mount(2)'s flags; the last two are not a file's. */
#define MOUNT_FLAGS (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | \
	MS_NOSYMFOLLOW | MS_NOATIME | MS_NODIRATIME | MS_RELATIME | \
	MS_UNBINDABLE)
/*
 * What root of a name space of users may not change of a mount that came from
 * outside (mount_namespaces(7)): of its flags MS_RDONLY, MS_NOSUID, MS_NODEV and
 * MS_NOEXEC, and these.
 */
#define MOUNT_TIMES	MS_NOATIME	/* how times of access are kept */
#define MOUNT_HELD	(1u << 30)	/* it covers what is below */
#define MOUNT_FOREIGN	(1u << 31)	/* the file system itself */
/*
 * A mount outside the tree, with one reference; takes over s's and root's.
 * NULL: no memory.
 */
struct mount *mount_alloc(struct super *s, struct dentry *root,
			  unsigned flags, const char *source);
/*
 * Put m into the tree at the path, of which it takes references; NULL: as the
 * root of the first.
 * Return: 0, -ENOSPC, -EINVAL, -ENOENT.
 */
int mount_attach(struct mount *m, const struct path *at);
/* [dcache_lock] Is there room for n more mounts, beside those coming? */
bool mount_room(const struct mount_space *s, unsigned long n);
/* [dcache_lock] Enter m into the list of a tree; a new one gets its number. */
void mount_enter(struct mount *m, struct mount_space *s);
/* [dcache_lock] The reverse, wherever it hangs. */
void mount_leave(struct mount *m);
extern struct wait_queue mount_wait;	/* who polls for `changes` of any */
/* [dcache_lock] May something be mounted there?  Return: 0, -EINVAL, -ENOENT. */
int mount_may_hang(const struct path *at);
/* Return: 0; -EBUSY: a file of it is open for writing. */
int super_make_read_only(struct super *s);
int super_remount(struct super *s, bool read_only);
#define MS_PROPAGATION	(MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE)
#define MNT_FORCE	1
#define MNT_DETACH	2
#define MNT_EXPIRE	4
#define UMOUNT_NOFOLLOW	8
/* [dcache_lock] Does only the tree refer to m, and one path? */
bool mount_is_idle(const struct mount *m);
/*
 * One that hangs on m, at whatever depth, and carries nothing; m if it carries
 * nothing itself.
 * Context: [dcache_lock].  m is in a tree.
 */
struct mount *mount_leaf(struct mount *m);
/* [dcache_lock] The mount that covers d in parent, or NULL. */
struct mount *mount_covering(struct mount *parent, struct dentry *d);
/*
 * [dcache_lock] Take m out of the tree.
 * Return: the path it hung on, for the caller to put.
 */
struct path mount_detach(struct mount *m);
/* [dcache_lock] Hang it in at a path whose reference becomes the tree's. */
void mount_hang(struct mount *m, const struct path *at);
/*
 * [dcache_lock] Take m out of the tree, with `all` and what hangs on it; else
 * nothing may use it.  They go to the list `gone`, for mounts_put().
 * Return: 0, -EBUSY, -EINVAL (it is a root).
 */
int mount_take(struct mount *m, bool all, struct list *gone);
/*
 * [dcache_lock] One alone; the root of a tree, too.  with_parent: what it hangs
 * on goes with it, so one that is held stays where it is.
 */
void mount_cut(struct mount *m, bool with_parent, struct list *gone);
/* Drop the tree's references to them.  Context: no lock; may sleep. */
void mounts_put(struct list *gone);
/*
 * Mount a new file system of a type at `at` (NULL: the root).  source: the path
 * of a disk, or any word if the type needs none; flags: MS_; data: the type's
 * options, "key=value,...", or NULL.
 * Context: may sleep.
 * Return: 0; -ENODEV (no such type), -EINVAL (no source; `at` is not in the
 * tree), -ENOENT (`at` was deleted), -EBUSY (it is mounted there), -ENOTDIR,
 * -ENOSPC (fs.mount-max), -ENOMEM; what the type's mount answers.
 */
int mount_new(const char *type, const char *source, const struct path *at,
	      unsigned flags, const char *data);
/* Mounts that are there from the start, once the root is filled. */
void mount_defaults(void);
/* A mount of type outside the tree, for the kernel's own files; NULL */
struct mount *mount_internal(const char *type);
/*
 * A super block with a device number of its own; of flags MS_RDONLY counts.
 * Return: one reference; NULL: no memory.
 */
struct super *super_alloc(const struct fs_type *t, unsigned flags);
/* i becomes the root of s; takes over its reference.  Return: 0, -ENOMEM. */
int super_make_root(struct super *s, struct inode *i);
/* A reference goes; with the last one the file system. */
void super_put(struct super *s);
/* Undo super_alloc when mount fails. */
void super_free(struct super *s);

/* ---- for those who change mounts ----------------------------------------- */

/* Which of mount(2)'s flags a mount keeps; relatime unless they say more. */
unsigned mount_flags_kept(unsigned flags);
/* [dcache_lock] Count m among those on which every read is noted, or not. */
void mount_count_strict(struct mount *m, bool strict);

#endif
