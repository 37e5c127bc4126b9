/* SPDX-License-Identifier: MIT */
/*
 * Allocation of blocks: choosing a group and a block, and freeing.  Blocks of a
 * file follow each other if possible; otherwise they lie in the same group as
 * the file's inode.
 */
#define LOG_PREFIX "ext2"

#include <lib/mem.h>
#include <kernel/cred/cred.h>
#include <lt/log.h>
#include <mm/frames/slab.h>
#include "ext2.h"


struct ext2_group_disk *ext2_group(struct ext2_fs *fs, u32 g)
{
	unsigned per_page = PAGE_SIZE / fs->geo.desc_size;
	char *page = page_virt(fs->desc_pages[g / per_page]);

	return (void *)(page + (g % per_page) * fs->geo.desc_size);
}

/* Mark g's descriptor as dirty.  Descriptors follow the superblock. */
void ext2_group_dirty(struct ext2_fs *fs, u32 g)
{
	u32 block = fs->geo.first_data + 1 +
		g / (fs->geo.block_size / fs->geo.desc_size);
	struct ext2_buf b;

	if (!ext2_read(fs, block, &b)) {
		unsigned per_page = PAGE_SIZE / fs->geo.desc_size;
		unsigned per_block = fs->geo.block_size / fs->geo.desc_size;
		const char *from = page_virt(fs->desc_pages[g / per_page]);
		unsigned first = g / per_block * per_block % per_page;

		memcpy(b.data, from + first * fs->geo.desc_size,
		       fs->geo.block_size);
		ext2_dirty(fs, &b, EXT2_MAPS);
		ext2_put(&b);
	}
}

static u32 ext2_group_of(const struct ext2_fs *fs, u32 block)
{
	return (block - fs->geo.first_data) / fs->geo.blocks_per_group;
}

static u32 group_first(const struct ext2_fs *fs, u32 g)
{
	return fs->geo.first_data + g * fs->geo.blocks_per_group;
}

/* Return: blocks of group g; the last group may be shorter. */
static u32 group_blocks(const struct ext2_fs *fs, u32 g)
{
	return min(fs->geo.blocks_per_group, fs->geo.blocks -
		   group_first(fs, g));
}

/*
 * True if `block` holds a bitmap, inode table or descriptor.  A damaged bitmap
 * may mark such a block as free.
 */
static bool is_structure(struct ext2_fs *fs, u32 g, u32 block)
{
	u32 first = g & ~(fs->geo.flex_groups - 1), n = fs->geo.flex_groups;

	if (block <= fs->geo.first_data + fs->geo.desc_blocks)
		return true;
	/*
	 * with flex_bg the first group holds the structures of several groups
	 */
	for (u32 k = first; k < fs->geo.groups && k - first < n; k++) {
		const struct ext2_group_disk *d = ext2_group(fs, k);

		if (block == d->block_bitmap || block == d->inode_bitmap ||
		    block - d->inode_table < fs->geo.table_blocks)
			return true;
	}
	return false;
}

/* Find the first clear bit of [from, to).  Return: the bit, or `to`. */
static u32 next_clear(const u8 *map, u32 from, u32 to)
{
	while (from < to) {
		if (!(from & 31) && to - from >= 32 &&
		    *(const u32 *)(map + from / 8) == 0xffffffff)
			from += 32;
		else if (!(map[from / 8] & 1u << (from & 7)))
			return from;
		else
			from++;
	}
	return to;
}

/*
 * Find a clear byte from bit `from` on.  Return: the byte's first bit, or `to`.
 */
static u32 next_clear_byte(const u8 *map, u32 from, u32 to)
{
	for (from = ALIGN_UP(from, 8u); from + 8 <= to; from += 8)
		if (!map[from / 8])
			return from;
	return to;
}

/*
 * Add n to the free blocks of group g and of the file system.
 * Context: [alloc].
 */
static void count_blocks(struct ext2_fs *fs, u32 g, int n)
{
	struct ext2_group_disk *d = ext2_group(fs, g);
	struct ext2_buf b = { fs->super_page, fs->disk,
			      EXT2_SUPER_OFFSET >> fs->geo.block_bits };

	mutex_must_hold(&fs->alloc);
	d->free_blocks = (u16)(d->free_blocks + n);
	ext2_group_dirty(fs, g);
	fs->disk->free_blocks += (u32)n;
	ext2_dirty(fs, &b, EXT2_MAPS);
}

/*
 * Allocate a block of group g.  In order of preference: bit `from`; the first
 * of eight free bits behind it, so that a growing file has room; any free bit
 * behind it; any free bit.  If the bitmap contradicts the group descriptor,
 * neither is trusted.
 * Context: [alloc].  Return: 0 with *out, -ENOSPC: none in this group, -EIO.
 */
static int block_alloc_in(struct ext2_fs *fs, u32 g, u32 from, u32 *out)
{
	struct ext2_group_disk *d = ext2_group(fs, g);
	u32 n = group_blocks(fs, g), bit;
	struct ext2_buf b;
	u8 *map;
	int err;

	mutex_must_hold(&fs->alloc);
	if (!d->free_blocks)
		return -ENOSPC;
	err = ext2_read(fs, d->block_bitmap, &b);
	if (err)
		return err;
	map = b.data;
	bit = from;
	if (bit >= n || map[bit / 8] & 1u << (bit & 7))
		bit = next_clear_byte(map, from < n ? from : 0, n);
	if (bit >= n)
		bit = next_clear(map, from < n ? from : 0, n);
	if (bit >= n)
		bit = next_clear(map, 0, n);
	err = -ENOSPC;
	if (bit >= n) {
		ext2_error(fs, "group %u has %u free blocks and none", g,
			   d->free_blocks);
		d->free_blocks = 0;
	} else if (is_structure(fs, g, group_first(fs, g) + bit)) {
		ext2_error(fs, "block %u is marked free, and in use",
			   group_first(fs, g) + bit);
		err = -EIO;
	} else {
		map[bit / 8] |= (u8)(1u << (bit & 7));
		ext2_dirty(fs, &b, EXT2_MAPS);
		count_blocks(fs, g, -1);
		*out = group_first(fs, g) + bit;
		err = 0;
	}
	ext2_put(&b);
	return err;
}

/*
 * The last blocks are reserved for root (mke2fs(8), -m), to tidy up a full
 * disk.
 */
static bool may_take_block(struct ext2_fs *fs)
{
	const struct cred *c = current->cred;
	u32 reserved = fs->disk->reserved;

	if (fs->disk->free_blocks > reserved)
		return true;
	return fs->disk->free_blocks &&
		(!c || c->fsuid == fs->resuid || capable(CAP_SYS_RESOURCE) ||
		 (fs->resgid && cred_has_group(c, fs->resgid)));
}

/* Try every group once, beginning with the group of the goal. */
int ext2_alloc_block(struct ext2_fs *fs, u32 goal, u32 *out)
{
	u32 g, from;
	int err = -ENOSPC;

	if (fs->damaged)
		return -EROFS;
	if (!ext2_block_ok(&fs->geo, goal))
		goal = fs->geo.first_data + 1;
	g = ext2_group_of(fs, goal);
	from = goal - group_first(fs, g);
	mutex_lock(&fs->alloc);
	if (may_take_block(fs))
		for (u32 k = 0; k < fs->geo.groups && err == -ENOSPC; k++) {
			err = block_alloc_in(fs, g, from, out);
			g = g + 1 < fs->geo.groups ? g + 1 : 0;
			from = 0;
		}
	mutex_unlock(&fs->alloc);
	return err;
}

/* Context: [alloc]. */
static void block_free_now(struct ext2_fs *fs, u32 block)
{
	u32 g = ext2_group_of(fs, block), bit = block - group_first(fs, g);
	struct ext2_group_disk *d = ext2_group(fs, g);
	struct ext2_buf b;
	u8 *map;

	mutex_must_hold(&fs->alloc);
	if (ext2_read(fs, d->block_bitmap, &b))
		return;		/* lost until e2fsck runs */
	map = b.data;
	if (is_structure(fs, g, block) || !(map[bit / 8] & 1u << (bit & 7))) {
		ext2_error(fs, "block %u is freed, but was not in use",
			   block);
	} else {
		map[bit / 8] &= (u8)~(1u << (bit & 7));
		ext2_dirty(fs, &b, EXT2_MAPS);
		count_blocks(fs, g, 1);
	}
	ext2_put(&b);
}

/*
 * Record blocks, or an inode, to be freed by the next commit.
 * Context: [alloc].
 */
void ext2_record_freed(struct ext2_fs *fs, u32 first, u32 count, bool inode,
		       bool directory)
{
	struct ext2_freed *f = list_empty(&fs->freed) ? NULL :
		list_last(&fs->freed, struct ext2_freed, link);

	mutex_must_hold(&fs->alloc);
	*(inode ? &fs->freed_inodes : &fs->freed_blocks) += count;
	if (f && !f->inode && !inode && f->first + f->count == first) {
		f->count += count;
		return;
	}
	f = kmalloc(sizeof(*f));
	if (!f) {
		log_warn("%s: %u at %u stay taken until e2fsck",
			 fs->bdev->name, count, first);
		return;
	}
	*f = (struct ext2_freed){ .first = first, .count = count,
				  .inode = inode, .directory = directory };
	list_append(&fs->freed, &f->link);
}

void ext2_free_blocks(struct ext2_fs *fs, u32 first, u32 count, bool now)
{
	if (!ext2_block_ok(&fs->geo, first) ||
	    !ext2_block_ok(&fs->geo, (u64)first + count - 1))
		return;
	mutex_lock(&fs->alloc);
	for (u32 k = 0; now && k < count; k++)
		block_free_now(fs, first + k);
	if (!now)
		ext2_record_freed(fs, first, count, false, false);
	mutex_unlock(&fs->alloc);
	writeback_kick(fs->super);
}

void ext2_free_gathered(struct ext2_fs *fs, struct list *list)
{
	struct ext2_freed *f;

	mutex_lock(&fs->alloc);
	list_for_each(f, list, link)
		fs->freed_blocks += f->count;
	list_splice(&fs->freed, list);
	mutex_unlock(&fs->alloc);
	writeback_kick(fs->super);
}

void ext2_release_freed(struct ext2_fs *fs)
{
	mutex_lock(&fs->alloc);
	while (!list_empty(&fs->freed)) {
		struct ext2_freed *f = list_first(&fs->freed,
						  struct ext2_freed, link);

		list_remove(&f->link);
		if (f->inode)
			ext2_free_inode(fs, f->first, f->directory, true);
		for (u32 k = 0; !f->inode && k < f->count; k++)
			block_free_now(fs, f->first + k);
		kfree(f);
	}
	fs->freed_blocks = fs->freed_inodes = 0;
	mutex_unlock(&fs->alloc);
}

bool ext2_may_free(struct ext2_fs *fs)
{
	bool any;

	mutex_lock(&fs->alloc);
	any = !list_empty(&fs->freed);
	mutex_unlock(&fs->alloc);
	return any;
}

/* ---- inodes -------------------------------------------------------------- */

/*
 * Allocation of inodes: a file goes into the group of its directory, a new
 * top-level directory into a group with room for its future content.
 */

/*
 * Add n (1: freed, -1: allocated) to the counts of inodes.  Context: [alloc].
 */
static void count_inodes(struct ext2_fs *fs, u32 g, int n, bool directory)
{
	struct ext2_group_disk *d = ext2_group(fs, g);
	struct ext2_buf b = { fs->super_page, fs->disk,
			      EXT2_SUPER_OFFSET >> fs->geo.block_bits };

	mutex_must_hold(&fs->alloc);
	d->free_inodes = (u16)(d->free_inodes + n);
	if (directory)
		d->used_dirs = (u16)(d->used_dirs - n);
	ext2_group_dirty(fs, g);
	fs->disk->free_inodes += (u32)n;
	ext2_dirty(fs, &b, EXT2_MAPS);
}

/*
 * Choose a group for a directory.  Search from the group behind that of the
 * last new directory, and take the first group whose numbers of free inodes and
 * free blocks are not below average; otherwise the parent's group.  So
 * directory trees spread over the disk, and each tree stays together.
 */
static u32 group_for_directory(struct ext2_fs *fs, u32 parent)
{
	u32 share = fs->disk->free_inodes / fs->geo.groups;
	u32 blocks = fs->disk->free_blocks / fs->geo.groups;

	for (u32 k = 0; k < fs->geo.groups; k++) {
		u32 g = (fs->last_group + 1 + k) % fs->geo.groups;
		const struct ext2_group_disk *d = ext2_group(fs, g);

		if (d->free_inodes && d->free_inodes >= share &&
		    d->free_blocks >= blocks) {
			fs->last_group = g;
			return g;
		}
	}
	return parent;
}

/* Context: [alloc].  Return: 0 with *out, -ENOSPC, -EIO. */
static int inode_alloc_in(struct ext2_fs *fs, u32 g, bool directory, u32 *out)
{
	struct ext2_group_disk *d = ext2_group(fs, g);
	u32 n = fs->geo.inodes_per_group, bit;
	struct ext2_buf b;
	u8 *map;
	int err;

	mutex_must_hold(&fs->alloc);
	if (!d->free_inodes)
		return -ENOSPC;
	err = ext2_read(fs, d->inode_bitmap, &b);
	if (err)
		return err;
	map = b.data;
	for (bit = g ? 0 : fs->geo.first_ino - 1; bit < n; bit++) {
		if (!(bit & 7) && map[bit / 8] == 0xff)
			bit += 7;
		else if (!(map[bit / 8] & 1u << (bit & 7)))
			break;
	}
	err = -ENOSPC;
	if (bit < n) {
		map[bit / 8] |= (u8)(1u << (bit & 7));
		ext2_dirty(fs, &b, EXT2_MAPS);
		count_inodes(fs, g, -1, directory);
		*out = g * n + bit + 1;
		err = 0;
	} else {
		ext2_error(fs, "group %u has %u free inodes and none", g,
			   d->free_inodes);
		d->free_inodes = 0;
	}
	ext2_put(&b);
	return err;
}

/* Inode numbers below first_ino are reserved; all lie in group 0. */
int ext2_alloc_inode(struct inode *dir, unsigned mode, u32 *out)
{
	struct ext2_fs *fs = ext2_fs(dir->super);
	u32 g = (u32)(dir->ino - 1) / fs->geo.inodes_per_group;
	int err = -ENOSPC;

	if (fs->damaged)
		return -EROFS;
	mutex_lock(&fs->alloc);
	if (S_ISDIR(mode) && dir->ino == EXT2_ROOT_INO)
		g = group_for_directory(fs, g);
	for (u32 k = 0; k < fs->geo.groups && err == -ENOSPC; k++) {
		err = inode_alloc_in(fs, g, S_ISDIR(mode), out);
		g = g + 1 < fs->geo.groups ? g + 1 : 0;
	}
	mutex_unlock(&fs->alloc);
	return err;
}

/* Context: [alloc]. */
static void inode_free_now(struct ext2_fs *fs, u32 ino, bool directory)
{
	u32 g = (ino - 1) / fs->geo.inodes_per_group;
	u32 bit = (ino - 1) % fs->geo.inodes_per_group;
	struct ext2_buf b;
	u8 *map;

	mutex_must_hold(&fs->alloc);
	if (ext2_read(fs, ext2_group(fs, g)->inode_bitmap, &b))
		return;
	map = b.data;
	if (map[bit / 8] & 1u << (bit & 7)) {
		map[bit / 8] &= (u8)~(1u << (bit & 7));
		ext2_dirty(fs, &b, EXT2_MAPS);
		count_inodes(fs, g, 1, directory);
	} else {
		ext2_error(fs, "inode %u is freed, but was not in use", ino);
	}
	ext2_put(&b);
}

/* now: set by ext2_release_freed(), which holds [alloc] already */
void ext2_free_inode(struct ext2_fs *fs, u32 ino, bool directory, bool now)
{
	bool held = mutex_held(&fs->alloc);

	if (!held)
		mutex_lock(&fs->alloc);
	if (now)
		inode_free_now(fs, ino, directory);
	else
		ext2_record_freed(fs, ino, 1, true, directory);
	if (!held)
		mutex_unlock(&fs->alloc);
	writeback_kick(fs->super);
}
