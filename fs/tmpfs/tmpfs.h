/* SPDX-License-Identifier: MIT */
/* tmpfs, for file systems that are one with something added (devfs). */
#ifndef FS_TMPFS_TMPFS_H
#define FS_TMPFS_TMPFS_H

#include <fs/vfs.h>

/* As struct fs_type's members. */
int tmpfs_mount(const struct fs_type *type, const char *source,
		unsigned flags, const char *data, struct super **out);
void tmpfs_unmount(struct super *s);

/* Bound a tmpfs: what it holds, and half of the memory that is left. */
void tmpfs_limit(struct super *s);

/* ---- between the files of this folder ------------------------------------- */

/* The private part of its super block. */
struct tmpfs {
	struct spinlock lock;		/* IPL_SOFT */
	unsigned long max_pages;	/* [lock] */
	unsigned long used_pages;	/* [lock] */
	unsigned long max_inodes;	/* [lock] */
	unsigned long used_inodes;	/* [lock] */
};

/*
 * A new inode, made in dir (NULL: the root).
 * Return: one reference; NULL with *err.
 */
struct inode *tmpfs_inode(struct super *s, const struct inode *dir,
			  unsigned mode, unsigned rdev, int *err);

#endif
