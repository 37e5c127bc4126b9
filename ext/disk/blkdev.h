/* SPDX-License-Identifier: MIT */
/* Block devices as files, and file pages on block devices. */
#ifndef EXT_DISK_BLKDEV_H
#define EXT_DISK_BLKDEV_H

#include <ext/disk/block.h>
#include <fs/vfs.h>

/* ---- ext/disk/blkdev.c: nodes in /dev ----------------------------------- */

/* d's inode and its node in /dev.  => 0 or -errno */
int blkdev_create(struct block_device *d);
/* The device a path names, for mount.  => it, or NULL with *err */
struct block_device *blkdev_lookup(const char *path, int *err);
/* Before a file system reads d, and after it is gone: write what is dirty,
 * and forget what is cached.  => 0 or -EIO */
int blkdev_sync(struct block_device *d);
void blkdev_invalidate(struct block_device *d);
/* The pages of the device that f is an open file of; no disk: f's own */
struct mapping *blkdev_mapping(struct file *f);

/* ---- ext/disk/pageio.c -------------------------------------------------- */

/* .read_pages of every mapping with .map */
int pageio_read_pages(struct mapping *m, unsigned long first, unsigned n);
/*
 * Start to write the dirty pages of [first, last]; wait: until they, and
 * those that were under way before, are on the device.
 * => 0, or with wait the error of a write since somebody was last told
 */
int pageio_write(struct mapping *m, unsigned long first, unsigned long last,
		 bool wait);

/* Until no page of m is on its way.  => 0, or the error as above */
int pageio_wait(struct mapping *m);

/* ---- ext/disk/writeback.c ----------------------------------------------- */

/* .dirtied of every mapping of a disk's file */
void writeback_dirtied(struct mapping *m);
/* A file system with .sync comes and goes.  => may sleep */
void writeback_add_super(struct super *s);
void writeback_remove_super(struct super *s);
/* s has something to write besides pages.  => any context */
void writeback_kick(struct super *s);
/* Write and forget the dirty pages of all files of s.  => 0 or -EIO */
int writeback_super(struct super *s);
/* The caller has dirtied pages of m: wait when there are too many. */
void writeback_throttle(struct mapping *m);
/* Forget i, which nobody can reach any more. */
void writeback_forget(struct inode *i);
/*
 * s goes, and what could not be written goes with it.  Its own last words:
 * nobody else can reach its files.
 */
void writeback_drop(struct super *s);
/* sync(2).  => may sleep */
void vfs_sync(void);
/* The machine goes off: what can be clean is. */
void vfs_shutdown(void);

#endif
