/* SPDX-License-Identifier: MIT */
/* Block devices as files, and file pages on block devices. */
#ifndef TOPICS_DISK_BLKDEV_H
#define TOPICS_DISK_BLKDEV_H

#include "block.h"
#include <fs/vfs.h>

/* ---- topics/disk/blkdev.c: nodes in /dev --------------------------------- */

/* Create d's inode and its node in /dev.  Return: 0 or -errno. */
int blkdev_create(struct block_device *d);
/*
 * Find the device that a path names, for mount(2).
 * Return: the device, or NULL with *err.
 */
struct block_device *blkdev_lookup(const char *path, int *err);
/*
 * blkdev_sync() writes d's dirty pages, and blkdev_invalidate() drops its
 * cached pages.  Both are called before a file system reads d, and after it is
 * unmounted.
 * Return: 0 or -EIO.
 */
int blkdev_sync(struct block_device *d);
void blkdev_invalidate(struct block_device *d);

/* ---- topics/disk/pageio.c ------------------------------------------------ */

/* The operation .read_pages of every mapping that has .map. */
int pageio_read_pages(struct mapping *m, unsigned long first, unsigned n);
/*
 * Start to write the dirty pages of [first, last].  wait: also wait until these
 * pages and all earlier writes of m are on the device.
 * Return: 0; with wait also the error of a write, if it was not returned
 * before.
 */
int pageio_write(struct mapping *m, unsigned long first, unsigned long last,
		 bool wait);

/* Wait until no page of m is being written.  Return: as pageio_write(). */
int pageio_wait(struct mapping *m);

/* ---- where pages come from and go to (struct mapping_ops) ---------------- */

int readahead_miss(struct mapping *m, struct file *f, unsigned long index,
		   unsigned long want, bool nowait, struct page **p);
void readahead_mark_hit(struct mapping *m, struct file *f, struct page *p);
void writeback_throttle(struct mapping *m);
long direct_write(struct mapping *m, struct uio *u, loff_t *pos,
		  unsigned long n);
/* Part of the mapping_ops of disks, and of every file system on a disk. */
#define DISK_MAPPING_OPS						\
	.read_pages = pageio_read_pages,				\
	.dirtied = writeback_dirtied,					\
	.read_missing = readahead_miss,					\
	.read_reached = readahead_mark_hit,					\
	.write_pages = pageio_write,					\
	.write_wait = pageio_wait,					\
	.write_throttle = writeback_throttle,				\
	.write_direct = direct_write

/*
 * Read from the device of m to user memory, past the cache (O_DIRECT).
 * Return: the number of bytes, or -errno; -EINVAL: not aligned to sectors.
 */
long direct_read(struct mapping *m, struct uio *u, loff_t *pos);
/* Like pagefile_read() and pagefile_write(), but handle O_DIRECT, too. */
long diskfile_read(struct file *f, struct uio *u, loff_t *pos);
long diskfile_write(struct file *f, struct uio *u, loff_t *pos);
/* Operations of a VMA that maps a file on a disk. */
extern const struct vma_ops diskfile_area_ops;

/* ---- topics/disk/writeback.c --------------------------------------------- */

/* The operation .dirtied of the mapping of every file on a disk. */
void writeback_dirtied(struct mapping *m);
/* Add or remove a file system that has .sync.  Context: may sleep. */
void writeback_add_super(struct super *s);
void writeback_remove_super(struct super *s);
/* Note that s has data of its own to write, beside pages.  Context: any. */
void writeback_kick(struct super *s);
/*
 * Write the dirty pages of all files of s and wait for them.
 * Return: 0 or -EIO.
 */
int writeback_super(struct super *s);
/* Take i, which nothing can reach any more, off the list of dirty files. */
void writeback_forget(struct inode *i);
/*
 * Drop the dirty pages of s: it is being unmounted, although they cannot be
 * written.  No task can reach its files any more.
 */
void writeback_drop(struct super *s);

#endif
