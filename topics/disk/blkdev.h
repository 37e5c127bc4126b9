/* SPDX-License-Identifier: MIT */
/* Block devices as files, and file pages on block devices. */
#ifndef TOPICS_DISK_BLKDEV_H
#define TOPICS_DISK_BLKDEV_H

#include "block.h"
#include <fs/vfs.h>

/* ---- topics/disk/blkdev.c: nodes in /dev --------------------------------- */

/* d's inode and its node in /dev.  Return: 0 or -errno. */
int blkdev_create(struct block_device *d);
/* The device a path names, for mount.  Return: it, or NULL with *err. */
struct block_device *blkdev_lookup(const char *path, int *err);
/*
 * Before a file system reads d, and after it is gone: write what is dirty, and
 * forget what is cached.  Return: 0 or -EIO.
 */
int blkdev_sync(struct block_device *d);
void blkdev_invalidate(struct block_device *d);

/* ---- topics/disk/pageio.c ------------------------------------------------ */

/* .read_pages of every mapping with .map */
int pageio_read_pages(struct mapping *m, unsigned long first, unsigned n);
/*
 * Start to write the dirty pages of [first, last]; wait: until they, and those
 * that were under way before, are on the device.  Return: 0, or with wait the
 * error of a write since somebody was last told.
 */
int pageio_write(struct mapping *m, unsigned long first, unsigned long last,
		 bool wait);

/* Until no page of m is on its way.  Return: 0, or the error as above. */
int pageio_wait(struct mapping *m);

/* ---- where pages come from and go to (struct mapping_ops) ---------------- */

int ahead_missing(struct mapping *m, struct file *f, unsigned long index,
		  unsigned long want, bool nowait, struct page **p);
void ahead_reached(struct mapping *m, struct file *f, struct page *p);
void writeback_throttle(struct mapping *m);
long direct_write(struct mapping *m, struct uio *u, loff_t *pos,
		  unsigned long n);
/* In the mapping_ops of every file system on a disk, and of disks. */
#define DISK_MAPPING_OPS						\
	.read_pages = pageio_read_pages,				\
	.dirtied = writeback_dirtied,					\
	.read_missing = ahead_missing,					\
	.read_reached = ahead_reached,					\
	.write_pages = pageio_write,					\
	.write_wait = pageio_wait,					\
	.write_throttle = writeback_throttle,				\
	.write_direct = direct_write

/* Between user memory and the device of m.  Return: bytes, -EINVAL, -errno. */
long direct_read(struct mapping *m, struct uio *u, loff_t *pos);
/* pagefile_read and _write that know O_DIRECT */
long diskfile_read(struct file *f, struct uio *u, loff_t *pos);
long diskfile_write(struct file *f, struct uio *u, loff_t *pos);
/* Of what maps such a file. */
extern const struct vma_ops diskfile_area_ops;

/* ---- topics/disk/writeback.c --------------------------------------------- */

/* .dirtied of every mapping of a disk's file */
void writeback_dirtied(struct mapping *m);
/* A file system with .sync comes and goes.  Context: may sleep. */
void writeback_add_super(struct super *s);
void writeback_remove_super(struct super *s);
/* s has something to write besides pages.  Context: any. */
void writeback_kick(struct super *s);
/* Write and forget the dirty pages of all files of s.  Return: 0 or -EIO. */
int writeback_super(struct super *s);
/* Forget i, which nobody can reach any more. */
void writeback_forget(struct inode *i);
/*
 * s goes, and what could not be written goes with it.  Its own last words:
 * nobody else can reach its files.
 */
void writeback_drop(struct super *s);

#endif
