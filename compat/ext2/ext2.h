/* SPDX-License-Identifier: MIT */
/*
 * Declarations shared by the files of ext2 (rows A1, E8, B17).
 *
 * Operations change only memory.  A commit (commit.c) writes the changes to the
 * disk in four steps.  Each step is complete before the next one begins:
 *	A  inodes that were deleted
 *	B  directories, indirect blocks and attribute blocks.  If a rename
 *	   moved a name to another block, the block that lost it comes last.
 *	C  inodes
 *	D  bitmaps, group descriptors, superblock
 * With this order `e2fsck -p` can repair the disk after a power cut.  A block
 * or inode that was freed can be used again only after step C.  So no block
 * ever has two owners on the disk, and no stale name leads to an inode that is
 * in use again.
 *
 * Locks, outermost first: i->lock of an inode, the lock of a vm_space, then
 * fs->putting, fs->commit, e->map of an inode, fs->alloc.  An operation holds
 * fs->commit for reading, a commit holds it for writing.  fs->meta is a spin
 * lock.
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

/* Classes of dirty blocks, in the order in which they are written. */
enum ext2_class {
	EXT2_NAMES, EXT2_LATE_NAMES, EXT2_INODES, EXT2_MAPS, EXT2_CLASSES
};

/* A run of blocks, or one inode, that was freed but cannot be reused yet. */
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
	struct rwlock commit;		/* see the order of locks above */
	struct mutex putting;		/* serializes commits (ext2_commit) */
	struct mutex alloc;		/* for bitmaps, descriptors, counts */
	struct list freed;		/* [alloc] */
	u32 freed_blocks, freed_inodes;	/* [alloc] */
	u32 last_group;			/* [alloc] group of the last new
					   directory */
	u64 epoch;			/* [commit] number of commits so far */
	struct spinlock meta;		/* IPL_SOFT */
	struct radix dirty[EXT2_CLASSES]; /* [meta] block -> referenced page */
	struct list dirty_inodes;	/* [meta] holds a reference to each
					   inode */
	struct list deleted;		/* [meta] struct ext2_deleted */
	struct ext2_inode *hash[EXT2_HASH]; /* [meta] */
	struct wait_queue gone;		/* an inode has left the hash */
	unsigned resuid, resgid;	/* const */
	bool damaged;			/* nothing is written any more; read
					   without a lock */
	bool panics;			/* a remount to read-only runs its last
					   commits; read without a lock */
	bool goes_on;			/* const: errors=continue */
	bool closing;			/* read without a lock: last commits of
					   a remount to read-only */
};

/* A deleted inode whose deletion is not on the disk yet. */
struct ext2_deleted {
	struct list link;
	u32 ino, time;
};

struct ext2_inode {
	struct inode *inode;		/* const */
	struct ext2_inode *hash_next;	/* [meta] */
	struct list dirty;		/* [meta] */
	struct ext2_inode *stored_next;	/* [putting] next inode of a commit */
	bool chained;			/* [meta] in the chain of stored_next,
					   which holds a reference */
	struct mutex map;		/* guards block, sectors, goal */
	u32 block[EXT2_NR_PTRS];	/* [map] pointers, or a link's text */
	u32 sectors;			/* [map] i_blocks: 512-byte units */
	u32 goal;			/* [map] preferred next block */
	u32 flags;			/* [inode lock] */
	u32 file_acl;			/* [map] attribute block; 0: none */
	bool spare_used;		/* [map] the inode's spare bytes hold
					   attributes, too */
	u32 generation;			/* const */
	u32 crtime, crtime_extra;	/* const */
	u64 born;			/* const: fs->epoch at creation; ~0: the
					   inode was read from the disk */
	u32 dir_hint;			/* [inode lock] first block to search
					   for room */
	u16 extra_size;			/* const: bytes used behind the first
					   128 of the disk inode */
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

/*
 * Read a block.
 * Return: 0 with b to put; -EIO: block is out of range or unreadable.
 */
int ext2_read(struct ext2_fs *fs, u32 block, struct ext2_buf *b);
/* Like ext2_read() for a new block: zeros instead of what the disk has. */
int ext2_fresh(struct ext2_fs *fs, u32 block, struct ext2_buf *b);
static inline void ext2_put(struct ext2_buf *b)
{
	page_put(b->page);
}
/* Mark b as changed: the commit writes it in the step of its class. */
void ext2_dirty(struct ext2_fs *fs, struct ext2_buf *b, enum ext2_class c);
/* Write a dirty block of class EXT2_NAMES after the others of its class. */
void ext2_defer_names(struct ext2_fs *fs, u32 block);
/* Drop pending writes of a block that has been freed. */
void ext2_forget(struct ext2_fs *fs, u32 block);
/*
 * Write all dirty blocks of a class and wait.
 * Return: 0, -EIO or -ENOMEM; *any is set if there were any.
 */
int ext2_write_class(struct ext2_fs *fs, enum ext2_class c, bool *any);
/* Log an inconsistency and, unless errors=continue, write no more. */
void ext2_error(struct ext2_fs *fs, const char *fmt, ...) __printf(2, 3);

/* ---- super.c, commit.c --------------------------------------------------- */

/*
 * ext2_begin and ext2_end: begin and end an operation that changes structures.
 * A commit waits until no such operation runs.
 */
static inline void ext2_begin(struct ext2_fs *fs)
{
	rw_read_lock(&fs->commit);
}
static inline void ext2_end(struct ext2_fs *fs)
{
	rw_read_unlock(&fs->commit);
}
/*
 * Write all changes to the disk in the order above.
 * Context: may sleep; no lock held but those of inodes.
 * Return: 0, -EIO, -EROFS or -ENOMEM.
 */
int ext2_commit(struct ext2_fs *fs);
bool ext2_is_clean(struct ext2_fs *fs);	/* nothing for a commit to write */
/*
 * Wait until a commit in progress has ended, then flush the disk's cache.  A
 * caller that found the file system clean needs this, because a commit may
 * still be writing the last changes.
 * Context: as ext2_commit().  Return: 0 or -EIO.
 */
int ext2_settle(struct ext2_fs *fs);
/*
 * True if a commit would free something, so that a retry after ENOSPC may help.
 */
bool ext2_may_free(struct ext2_fs *fs);
/*
 * Run op between ext2_begin() and ext2_end().  If it fails with ENOSPC and
 * freed blocks or inodes wait for a commit, commit and run op once more.
 * Return: the result of op, -EROFS, or the commit's error.
 */
int ext2_with_room(struct ext2_fs *fs, int (*op)(void *arg), void *arg);
/* Set a feature bit in the superblock, if its revision has feature bits. */
void ext2_need_feature(struct ext2_fs *fs, u32 *set, u32 bit);
/*
 * Forget all dirty inodes (ext2_drop_inodes) or all dirty blocks
 * (ext2_drop_blocks), for an unmount that cannot write.
 */
void ext2_drop_inodes(struct ext2_fs *fs);
void ext2_drop_blocks(struct ext2_fs *fs);
void ext2_mark_dirty(struct inode *i);
/*
 * Note that i has lost its last name: the next commit stores only the deletion.
 */
void ext2_note_deleted(struct inode *i);
/* Write the state word of the superblock immediately. */
int ext2_set_state(struct ext2_fs *fs, bool clean);

/* ---- inode.c ------------------------------------------------------------- */

/* Get inode ino.  Return: 0 with a reference in *out, or -errno. */
int ext2_iget(struct ext2_fs *fs, u32 ino, struct inode **out);
/*
 * Create the in-memory inode of the new number ino, with its operations set.
 * Return: the inode; NULL: no memory.
 */
struct inode *ext2_new_inode(struct ext2_fs *fs, u32 ino, unsigned mode);
void ext2_set_ops(struct inode *i);
/* Copy i into its block on the disk.  Context: [commit for writing]. */
int ext2_store_inode(struct inode *i);
int ext2_store_deleted(struct ext2_fs *fs, const struct ext2_deleted *d);
void ext2_hash_add(struct ext2_fs *fs, struct ext2_inode *e);

/* ---- bmap.c, file.c ------------------------------------------------------ */

/* .map of mapping_ops, also for directories.  *disk is ~0 for a hole. */
int ext2_map(struct mapping *m, u64 block, unsigned max, u64 *disk,
	     unsigned *n);
int ext2_map_extent(struct inode *i, u32 block, unsigned max, u64 *disk,
		    unsigned *n);
/*
 * Find the disk block of a file's block; allocate one for a hole.
 * Context: [begin].
 * Return: 0 with *disk, and *fresh: true if *disk was newly allocated; -errno.
 */
int ext2_map_alloc(struct inode *i, u64 block, u32 *disk, bool *fresh);
/* .prepare of mapping_ops. */
int ext2_prepare(struct mapping *m, unsigned long index, const struct page *p,
		 unsigned from, unsigned to);
/* Free all blocks of i from `block` on.  Context: [begin]. */
void ext2_free_from(struct inode *i, u64 block);
int ext2_truncate(struct inode *i, loff_t size);
int ext2_punch(struct inode *i, loff_t pos, loff_t end);	/* .punch */
/* Free all blocks of a deleted inode.  Context: [begin]. */
void ext2_free_all(struct inode *i, loff_t size);
/*
 * Compute the offsets of block in the tree of pointers.
 * Return: depth 1 to 4; 0: block is too far.
 */
unsigned ext2_path(const struct ext2_fs *fs, u64 block, u32 offset[4]);

/* ---- alloc.c ------------------------------------------------------------- */

struct ext2_group_disk *ext2_group(struct ext2_fs *fs, u32 g);
void ext2_group_dirty(struct ext2_fs *fs, u32 g);
/* Context: [begin].  Return: 0 with *out, -ENOSPC, -EIO, -EROFS. */
int ext2_alloc_block(struct ext2_fs *fs, u32 goal, u32 *out);
/*
 * Free blocks.  now: nothing on the disk refers to them, so free them at once.
 * Otherwise they become free after the next commit.
 */
void ext2_free_blocks(struct ext2_fs *fs, u32 first, u32 count, bool now);
int ext2_alloc_inode(struct inode *dir, unsigned mode, u32 *out);
void ext2_free_inode(struct ext2_fs *fs, u32 ino, bool directory, bool now);
/* Make everything that was freed usable.  Context: [commit for writing]. */
void ext2_release_freed(struct ext2_fs *fs);
/*
 * Let the next commit free the blocks that the struct ext2_freed on `list`
 * describe, and empty the list.
 * Context: [begin].
 */
void ext2_free_gathered(struct ext2_fs *fs, struct list *list);
void ext2_record_freed(struct ext2_fs *fs, u32 first, u32 count, bool inode,
		       bool directory);

/* ---- dir.c, namei.c, xattr.c --------------------------------------------- */

/* Read block n of directory i.  Return: 0 or -EIO. */
int ext2_dir_read(struct inode *i, u32 n, struct ext2_buf *b);
/* Look up name in dir.  Return: 0 with *ino, -ENOENT, -EIO. */
int ext2_find_name(struct inode *dir, const char *name, unsigned len,
		   u32 *ino);
int ext2_add_name(struct inode *dir, const char *name, unsigned len,
		  const struct inode *i, u32 *block);
/*
 * Remove name from dir.
 * Return: 0 with *block: the block that held it; -ENOENT, -EIO.
 */
int ext2_remove_name(struct inode *dir, const char *name, unsigned len,
		     u32 *block);
/* Make the entry called name refer to inode i instead. */
int ext2_change_name(struct inode *dir, const char *name, unsigned len,
		     const struct inode *i, u32 *block);
int ext2_make_dots(struct inode *i, u32 parent);
int ext2_is_empty(struct inode *dir);	/* Return: 1, 0 or -EIO */
/* Read attributes from the disk into i->xattrs.  Return: 0, -EIO, -ENOMEM. */
int ext2_load_xattrs(struct inode *i, const struct ext2_inode_disk *raw);
/*
 * Replace the attributes on the disk by x; the caller marks i as dirty.
 * Context: [begin].  Return: 0, -ENOSPC, -EIO, -ENOMEM.
 */
int ext2_store_xattrs(struct inode *i, const struct xattrs *x);
/* .set_xattrs of inode_ops. */
int ext2_set_xattrs(struct inode *i, const struct xattrs *x);
/*
 * Drop the reference of i to the attribute block numbered `block`.
 * Context: [begin].
 */
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
