/* SPDX-License-Identifier: MIT */
/* tmpfs, also as a base for file systems that add something (devfs). */
#ifndef FS_TMPFS_TMPFS_H
#define FS_TMPFS_TMPFS_H

#include <fs/vfs.h>

/* Operations for a struct fs_type. */
int tmpfs_mount(const struct fs_type *type, const char *source,
		unsigned flags, const char *data, struct super **out);
void tmpfs_unmount(struct super *s);

/*
 * Let the tmpfs grow by `room` more pages and inodes.  The first root is
 * unlimited while it is filled, and gets its limit afterwards.
 */
#define TMPFS_NO_LIMIT	(~0ul / 2)
void tmpfs_limit(struct super *s, unsigned long room);

/* ---- between the files of this directory --------------------------------- */

/* Private data of the super block of a tmpfs. */
struct tmpfs {
	struct spinlock lock;		/* IPL_SOFT */
	unsigned long max_pages;	/* [lock] */
	unsigned long used_pages;	/* [lock] */
	unsigned long max_inodes;	/* [lock] */
	unsigned long used_inodes;	/* [lock] */
	unsigned mode, uid, gid;	/* const: of the root, as mounted */
};

/* Options of a mount. */
struct tmpfs_options {
	unsigned long max_pages, max_inodes;
	unsigned mode, uid, gid;
};
/*
 * Parse the options of a mount or remount; NULL without extension mountopts.
 * Const after init.
 * Return: 0, -EINVAL, -ENOMEM.
 */
extern int (*tmpfs_options)(struct tmpfs_options *o, const char *data);
extern int (*tmpfs_reconfigure)(struct super *s, const char *data);

/*
 * Create an inode in dir (NULL: the root).
 * Return: one reference; NULL with *err.
 */
struct inode *tmpfs_inode(struct super *s, const struct inode *dir,
			  unsigned mode, unsigned rdev, int *err);

#endif
