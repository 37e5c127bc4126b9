/* SPDX-License-Identifier: MIT */
/*
 * What the files of ext2 share (rows A1, E8, B17).
 *
 * Order of updates, so that a power cut leaves what `e2fsck -p` mends: in
 * memory everything happens at once; a commit (commit.c) then writes, each
 * step complete before the next,
 *	A  inodes that were deleted
 *	B  directories, indirect and attribute blocks; those last that lost
 *	   a name which moved to another block
 *	C  inodes
 *	D  bitmaps, group descriptors, superblock
 * and what was freed can be used again only after C: no block ever has two
 * owners on the disk, and no name an inode that lives without one.
 *
 * Locks, outermost first: inode -> (vm_space) -> putting -> commit (operations
 * read, a commit writes) -> map of an inode -> alloc.  meta is a spin lock.
 */
#ifndef COMPAT_EXT2_EXT2_H
#define COMPAT_EXT2_EXT2_H

#include <topics/disk/blkdev.h>
#include "format.h"
#include <fs/io/pagefile.h>
#include <fs/mount/mount.h>
#include <fs/nodes.h>
#include <fs/path/namei.h>

#define EXT2_HASH	256		/* buckets of inodes in memory */

/* Kinds of dirty structure, in the order they are written in. */
enum ext2_class {
	EXT2_NAMES, EXT2_LATE_NAMES, EXT2_INODES, EXT2_MAPS, EXT2_CLASSES
};

/* Blocks or inodes that were freed and may not be used again yet. */
struct ext2_freed {
	struct list link;
	u32 first, count;
	bool inode, directory;
};

struct ext2_fs {
	struct super *super;		/* const */
	struct block_device *bdev;	/* const */
	struct ext2_geometry geo;	/* const */
	struct page *super_page;	/* const; contents [alloc] */
	struct ext2_super_disk *disk;	/* const; contents [alloc] */
	struct page **desc_pages;	/* const; contents [alloc] */
	struct rwlock commit;		/* see above */
	struct mutex putting;		/* outside commit: one at a time */
	struct mutex alloc;		/* bitmaps, descriptors, counts */
	struct list freed;		/* [alloc] */
	u32 freed_blocks, freed_inodes;	/* [alloc] */
	u32 last_group;			/* [alloc] for directories */
	u64 epoch;			/* [commit] commits so far */
	struct spinlock meta;		/* IPL_SOFT */
	struct radix dirty[EXT2_CLASSES]; /* [meta] block -> page, held */
	struct list dirty_inodes;	/* [meta] each holds a reference */
	struct list deleted;		/* [meta] struct ext2_deleted */
	struct ext2_inode *hash[EXT2_HASH]; /* [meta] */
	struct wait_queue gone;		/* for an inode to leave the hash */
	unsigned resuid, resgid;	/* const */
	bool damaged;			/* word: read-only from now on */
	bool panics;			/* const: errors=panic */
	bool goes_on;			/* const: errors=continue */
	bool closing;			/* word: the last commits before
					   it is only read */
};

/* An inode of which the disk is to learn that it is no more. */
struct ext2_deleted {
	struct list link;
	u32 ino, time;
};

struct ext2_inode {
	struct inode *inode;		/* const */
	struct ext2_inode *hash_next;	/* [meta] */
	struct list dirty;		/* [meta] */
	struct ext2_inode *stored_next;	/* [putting] a commit's chain */
	bool chained;			/* [meta] which holds a reference */
	struct mutex map;		/* guards block, sectors, goal */
	u32 block[EXT2_NR_PTRS];	/* [map] */
	u32 sectors;			/* [map] i_blocks: 512 bytes each */
	u32 goal;			/* [map] where the next block fits */
	u32 flags;			/* [inode lock] */
	u32 file_acl;			/* [map] attribute block, 0: none */
	bool spare_used;		/* [map] attributes in the inode, too */
	u32 generation;			/* const */
	u32 crtime, crtime_extra;	/* const */
	u64 born;			/* const: epoch; ~0: on the disk */
	u32 dir_hint;			/* [inode lock] block with room */
	u16 extra_size;			/* const: bytes behind the 128 */
};

static inline struct ext2_fs *ext2_fs(const struct super *s)
{
	return s->private;
}
static inline struct ext2_inode *ext2_i(const struct inode *i)
{
	return i->fs_info;
}

/* ---- buffer.c: structures through the device's pages --------------------- */

struct ext2_buf {
	struct page *page;		/* referenced */
	void *data;
	u32 block;
};

/* Return: 0, -EIO: it lies outside or cannot be read. */
int ext2_read(struct ext2_fs *fs, u32 block, struct ext2_buf *b);
/* The same for a block that is new: zeros, not read. */
int ext2_fresh(struct ext2_fs *fs, u32 block, struct ext2_buf *b);
static inline void ext2_put(struct ext2_buf *b)
{
	page_put(b->page);
}
/* It was changed, and is written by the commit in the step of its class. */
void ext2_dirty(struct ext2_fs *fs, struct ext2_buf *b, enum ext2_class c);
/* A dirty block of names is written after the others of its class. */
void ext2_be_late(struct ext2_fs *fs, u32 block);
/* The block is free: nothing of it is to be written. */
void ext2_forget(struct ext2_fs *fs, u32 block);
/*
 * Write all dirty blocks of a class and wait.  Return: 0 or -EIO; *any: some.
 */
int ext2_write_class(struct ext2_fs *fs, enum ext2_class c, bool *any);
/* Something contradicts itself: log it, and write no more. */
void ext2_error(struct ext2_fs *fs, const char *fmt, ...) __printf(2, 3);

/* ---- super.c, commit.c --------------------------------------------------- */

/* An operation that changes structures; none begins while a commit runs. */
static inline void ext2_begin(struct ext2_fs *fs)
{
	rw_read_lock(&fs->commit);
}
static inline void ext2_end(struct ext2_fs *fs)
{
	rw_read_unlock(&fs->commit);
}
/* Return: 0 or -EIO; no lock but inodes' held. */
int ext2_commit(struct ext2_fs *fs);
bool ext2_is_clean(struct ext2_fs *fs);	/* nothing for a commit to write */
/*
 * What looks clean may be in the hands of a commit under way: waits for it,
 * and for the disk.  Return: 0 or -EIO; as ext2_commit().
 */
int ext2_settle(struct ext2_fs *fs);
/* Is it worth to commit and try again what failed for want of room? */
bool ext2_may_free(struct ext2_fs *fs);
/*
 * Run op between begin and end; when the disk is full of what only waits for a
 * commit to be free, commit and run it once more.  Return: what op says,
 * -EROFS, or the commit's error.
 */
int ext2_with_room(struct ext2_fs *fs, int (*op)(void *arg), void *arg);
/* The superblock says from now on that a feature is used, if it can. */
void ext2_need_feature(struct ext2_fs *fs, u32 *set, u32 bit);
/* Of an unmount that cannot write: forget what was to be written. */
void ext2_drop_inodes(struct ext2_fs *fs);
void ext2_drop_blocks(struct ext2_fs *fs);
void ext2_mark_dirty(struct inode *i);
/* i has lost its last name: the disk is to learn that, but nothing else. */
void ext2_note_deleted(struct inode *i);
/* Write the state word of the superblock at once. */
int ext2_set_state(struct ext2_fs *fs, bool clean);

/* ---- inode.c ------------------------------------------------------------- */

/* Return: 0 with a reference in *out, or -errno. */
int ext2_iget(struct ext2_fs *fs, u32 ino, struct inode **out);
/*
 * An inode in memory for the new ino, its operations set.  Return: NULL: no
 * memory.
 */
struct inode *ext2_new_inode(struct ext2_fs *fs, u32 ino, unsigned mode);
void ext2_set_ops(struct inode *i);
/* i as it is now into its place on the disk.  Context: [commit for writing]. */
int ext2_store_inode(struct inode *i);
int ext2_store_deleted(struct ext2_fs *fs, const struct ext2_deleted *d);
void ext2_hash_add(struct ext2_fs *fs, struct ext2_inode *e);

/* ---- bmap.c, extent.c, truncate.c ---------------------------------------- */

/* .map; also for directories.  *disk ~0: a hole */
int ext2_map(struct mapping *m, u64 block, unsigned max, u64 *disk,
	     unsigned *n);
int ext2_map_extent(struct inode *i, u32 block, unsigned max, u64 *disk,
		    unsigned *n);
/*
 * The block of a file, made when it is a hole.  Context: [begin].  Return: 0
 * or -errno.
 */
int ext2_map_alloc(struct inode *i, u64 block, u32 *disk, bool *fresh);
/* .prepare */
int ext2_prepare(struct mapping *m, unsigned long index, const struct page *p,
		 unsigned from, unsigned to);
/* Free the blocks from `block` on.  Context: [begin]. */
void ext2_free_from(struct inode *i, u64 block);
int ext2_truncate(struct inode *i, loff_t size);
int ext2_punch(struct inode *i, loff_t pos, loff_t end);	/* .punch */
/* All that a deleted inode has.  Context: [begin]. */
void ext2_free_all(struct inode *i, loff_t size);
/*
 * Offsets of block in the tree of pointers.  Return: depth 1 to 4; 0: too far.
 */
unsigned ext2_path(const struct ext2_fs *fs, u64 block, u32 offset[4]);

/* ---- balloc.c, ialloc.c -------------------------------------------------- */

struct ext2_group_disk *ext2_group(struct ext2_fs *fs, u32 g);
void ext2_group_dirty(struct ext2_fs *fs, u32 g);
/* Return: 0 with *out, -ENOSPC, -EIO; [begin]. */
int ext2_alloc_block(struct ext2_fs *fs, u32 goal, u32 *out);
/* now: nothing on the disk can refer to them */
void ext2_free_blocks(struct ext2_fs *fs, u32 first, u32 count, bool now);
int ext2_alloc_inode(struct inode *dir, unsigned mode, u32 *out);
void ext2_free_inode(struct ext2_fs *fs, u32 ino, bool directory, bool now);
/* What was freed may be used from now on.  Context: [commit for writing]. */
void ext2_release_freed(struct ext2_fs *fs);
/* struct ext2_freed of list are, too; it is empty then.  Context: [begin]. */
void ext2_free_gathered(struct ext2_fs *fs, struct list *list);
void ext2_put_off_free(struct ext2_fs *fs, u32 first, u32 count, bool inode,
		       bool directory);

/* ---- dir.c, namei.c, xattr.c --------------------------------------------- */

/* Block n of directory i.  Return: 0 or -EIO. */
int ext2_dir_read(struct inode *i, u32 n, struct ext2_buf *b);
/* Return: 0 with *ino, -ENOENT, -EIO. */
int ext2_find_name(struct inode *dir, const char *name, unsigned len,
		   u32 *ino);
int ext2_add_name(struct inode *dir, const char *name, unsigned len,
		  const struct inode *i, u32 *block);
/* Block in which name is: *block.  Return: 0, -ENOENT, -EIO. */
int ext2_remove_name(struct inode *dir, const char *name, unsigned len,
		     u32 *block);
/* Make an entry name another inode. */
int ext2_change_name(struct inode *dir, const char *name, unsigned len,
		     const struct inode *i, u32 *block);
int ext2_make_dots(struct inode *i, u32 parent);
int ext2_is_empty(struct inode *dir);	/* 1, 0 or -EIO */
/* What the disk says, into i->xattrs.  Return: 0, -EIO, -ENOMEM. */
int ext2_load_xattrs(struct inode *i, const struct ext2_inode_disk *raw);
/*
 * x instead of what the disk has; the caller marks i as dirty.  Context:
 * [begin].  Return: 0, -ENOSPC, -EIO, -ENOMEM.
 */
int ext2_store_xattrs(struct inode *i, const struct xattrs *x);
/* .set_xattrs */
int ext2_set_xattrs(struct inode *i, const struct xattrs *x);
/* i has block no more.  Context: [begin]. */
void ext2_drop_xattr_block(struct inode *i, u32 block);
extern const struct inode_ops ext2_dir_ops;
extern const struct inode_ops ext2_file_ops;
extern const struct inode_ops ext2_link_ops;
extern const struct inode_ops ext2_special_ops;
extern const struct file_ops ext2_dir_fops;
extern const struct file_ops ext2_file_fops;
extern const struct mapping_ops ext2_mapping_ops;

int ext2_fsync(struct file *f);
u32 ext2_extent_flags(const struct inode *i);	/* .extent_flags */
void ext2_evict(struct inode *i);
void ext2_changed(struct inode *i);

#endif
