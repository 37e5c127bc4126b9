/* SPDX-License-Identifier: MIT */
/* tmpfs, for file systems that are one with something added (devfs). */
#ifndef FS_TMPFS_TMPFS_H
#define FS_TMPFS_TMPFS_H

#include <fs/vfs.h>

/* As struct fs_type's members. */
int tmpfs_mount(const struct fs_type *type, const char *source,
		unsigned flags, const char *data, struct super **out);
void tmpfs_unmount(struct super *s);

/*
 * From now on it may hold so many pages and inodes more.  The first root is
 * filled before memory is known to be enough, and bounded then.
 */
#define TMPFS_NO_LIMIT	(~0ul / 2)
void tmpfs_limit(struct super *s, unsigned long room);

/* ---- between the files of this folder ------------------------------------ */

/* The private part of its super block. */
struct tmpfs {
	struct spinlock lock;		/* IPL_SOFT */
	unsigned long max_pages;	/* [lock] */
	unsigned long used_pages;	/* [lock] */
	unsigned long max_inodes;	/* [lock] */
	unsigned long used_inodes;	/* [lock] */
};

/* What a mount may ask for. */
struct tmpfs_options {
	unsigned long max_pages, max_inodes;
	unsigned mode, uid, gid;
};
/*
 * Read the options of a mount, or of a remount; NULL without extension
 * mountopts.  Const after init.
 * Return: 0, -EINVAL, -ENOMEM.
 */
extern int (*tmpfs_options)(struct tmpfs_options *o, const char *data);
extern int (*tmpfs_reconfigure)(struct super *s, const char *data);

/*
 * A new inode, made in dir (NULL: the root).
 * Return: one reference; NULL with *err.
 */
struct inode *tmpfs_inode(struct super *s, const struct inode *dir,
			  unsigned mode, unsigned rdev, int *err);

#endif
