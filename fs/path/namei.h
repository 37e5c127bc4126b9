/* SPDX-License-Identifier: MIT */
/* Path look-up, and changes of names in directories. */
#ifndef FS_PATH_NAMEI_H
#define FS_PATH_NAMEI_H

#include <fs/vfs.h>
#include <mm/uaccess.h>

void namei_init(void);
void pathname_init(void);

/* Restrictions of a look-up by openat2(2). */
#define RESOLVE_NO_XDEV		0x01u
#define RESOLVE_NO_MAGICLINKS	0x02u
#define RESOLVE_NO_SYMLINKS	0x04u
#define RESOLVE_BENEATH		0x08u
#define RESOLVE_IN_ROOT		0x10u
#define RESOLVE_CACHED		0x20u	/* do not call a file system */
#define RESOLVE_SCOPED		(RESOLVE_BENEATH | RESOLVE_IN_ROOT)

struct walk;

/* Limits of a look-up, set up by extension calls. */
struct scope {
	unsigned resolve;
	struct path root;		/* referenced: the directory of dirfd */
	/*
	 * Check whether the walk, which has RESOLVE_SCOPED, may go up from
	 * here.
	 * Context: [dcache_lock].
	 * Return: 0; 1: stay here; -errno.
	 */
	int (*may_go_up)(const struct walk *w);
	/* As walk_to_root(), within the limits. */
	int (*to_root)(struct walk *w);
};

/* Directory and last component of a path. */
struct last_name {
	const struct scope *scope;	/* borrowed; NULL: no limits */
	struct path dir;		/* referenced */
	char name[NAME_MAX + 1];
	unsigned len;
	u32 hash;
	bool slash;			/* followed by slashes */
	bool dot;			/* is ".", ".." or "/" */
};

/*
 * For calls that create, remove or rename: walk to the directory of the last
 * component, which need not exist.
 * Context: may sleep.
 * Return: 0 with *out, whose dir the caller puts; -errno as path_lookup().
 */
int path_parent(int dirfd, const char *name, struct last_name *out);
/*
 * As path_parent() and path_lookup(), within the limits of a scope (NULL:
 * none).
 * Return: as path_parent() and path_lookup(); also -EXDEV, -ELOOP, -EAGAIN.
 */
int path_parent_scoped(int dirfd, const char *name, const struct scope *scope,
		       struct last_name *out);
int path_lookup_scoped(int dirfd, const char *name, unsigned flags,
		       const struct scope *scope, struct path *out);
/* As file_open(), within a scope. */
int file_open_scoped(int dirfd, const char *name, unsigned flags,
		     unsigned mode, const struct scope *scope,
		     struct file **out);
/*
 * As file_open_scoped(), for O_TMPFILE.  Const after init; NULL: the call gives
 * EOPNOTSUPP.
 */
extern int (*open_nameless)(int dirfd, const char *name, unsigned flags,
			    unsigned mode, const struct scope *scope,
			    struct file **out);
/*
 * Replace l by the parent and name of the target of the symlink `link` in
 * l->dir.
 */
int path_parent_link(struct last_name *l, struct dentry *link, unsigned *depth);
/*
 * [dir->inode->lock] Look up a name in dir; the dentry may be negative.
 * Return: one reference; NULL with *err.
 */
struct dentry *dir_lookup(struct dentry *dir, const char *name, unsigned len,
			  u32 hash, int *err);
/*
 * If the dentry is a mount point, replace p by the root of the visible mount.
 * The references of p move to the new path.
 */
void path_cross_mounts(struct path *p);
char *name_alloc(void);			/* PATH_MAX bytes, for name_put() */
/* As path_lookup(), of a user string, which may be "" with LOOKUP_EMPTY. */
int path_lookup_user(int dirfd, uaddr_t name, unsigned flags, struct path *out);
/*
 * As path_lookup_user(), for a call with AT_ flags.  follow: what these flags
 * say of a link at the end.  Of the others only AT_EMPTY_PATH is used.
 */
static inline int path_lookup_at(int dirfd, uaddr_t name, bool follow,
				 unsigned at_flags, struct path *out)
{
	return path_lookup_user(dirfd, name,
			(follow ? LOOKUP_FOLLOW : 0) |
			(at_flags & AT_EMPTY_PATH ? LOOKUP_EMPTY : 0), out);
}

/*
 * As path_name(), but puts "(unreachable)" in front of a path that is not below
 * the root.
 */
char *path_name_marked(const struct path *p, char *buf, size_t size, int *err);
/* As path_name(), but from `root` instead of the caller's root. */
char *path_name_from(const struct path *p, const struct path *root,
		     char *buf, size_t size, int *err);

/*
 * Restrictions by an extension in directories that everybody may write to
 * (/tmp).  dir: the directory of the name.  Root is not exempt unless noted.
 * Return: 0 or the error named.
 */
struct sticky_rules {
	/*
	 * Check if the symlink i, the last component of a path, may be
	 * followed; else -EACCES.
	 */
	int (*may_follow)(const struct inode *dir, const struct inode *i);
	/*
	 * Check if the existing file i may be opened with O_CREAT; else
	 * -EACCES.
	 */
	int (*may_open)(const struct inode *dir, const struct inode *i);
	/*
	 * Check if i may get another name; else -EPERM.  A caller that owns i
	 * or has CAP_FOWNER always may.
	 */
	int (*may_link)(struct inode *i);
};
extern const struct sticky_rules *sticky_rules;	/* const after boot; NULL */

/* ---- dirops.c, rename.c ------------------------------------------------- */

/*
 * Check whether the caller may add a name to the directory (dir_may_add()), or
 * remove victim from it (dir_may_remove()).
 * Context: [dir's inode lock], so that the answer stays valid.
 * Return: 0; -EROFS, -EACCES; dir_may_add(): -ENOENT (dir was removed, or
 * accepts no new names); dir_may_remove(): -EPERM (the sticky bit, or the file
 * system removes no names).
 */
int dir_may_add(const struct path *dir);
int dir_may_remove(const struct path *dir, struct dentry *victim);
/*
 * Do system calls with kernel strings as names; the umask applies.
 * Context: may sleep; takes locks of directories.
 * Return: 0 or -errno of mkdir(2), mknod(2), unlink(2).
 */
int kernel_mkdir(const char *name, unsigned mode);
int kernel_mkdirat(int dirfd, const char *name, unsigned mode);
/* made: set to the new inode, referenced, on success; or NULL. */
int kernel_mknodat(int dirfd, const char *name, unsigned mode, unsigned rdev,
		   struct inode **made);
int kernel_unlinkat(int dirfd, const char *name, bool rmdir);
int kernel_linkat(const struct path *from, int dirfd, const char *name);

/* True if the user string is empty.  Context: may fault and sleep. */
static inline bool user_text_empty(uaddr_t at)
{
	char first;

	return !get_user(&first, at) && !first;
}

#endif
