/* SPDX-License-Identifier: MIT */
/*
 * Mapping of file blocks to disk blocks: the inode has twelve direct pointers,
 * and three that lead to blocks through one, two and three levels of pointer
 * blocks.
 */
#include "ext2.h"

unsigned ext2_path(const struct ext2_fs *fs, u64 block, u32 offset[4])
{
	unsigned bits = fs->geo.block_bits - 2;
	u64 per = 1ull << bits;
	u32 mask = (u32)per - 1;

	if (block < EXT2_NR_DIRECT) {
		offset[0] = (u32)block;
		return 1;
	}
	block -= EXT2_NR_DIRECT;
	for (unsigned depth = 1; depth <= 3; depth++) {
		u64 span = 1ull << bits * depth;

		if (block < span) {
			offset[0] = EXT2_NR_DIRECT + depth - 1;
			for (unsigned k = 1; k <= depth; k++)
				offset[k] = (u32)(block >>
						  bits * (depth - k)) & mask;
			return depth + 1;
		}
		block -= span;
	}
	return 0;
}

/*
 * Count the pointers, beginning with at[0], that name consecutive blocks (or
 * are all 0).  room: number of pointers at `at`.
 * Return: the count, at most max.
 */
static unsigned ext2_run(const u32 *at, unsigned room, unsigned max)
{
	unsigned n = 1;

	while (n < room && n < max && at[n] == (at[0] ? at[0] + n : 0))
		n++;
	return n;
}

/*
 * A pointer of level k on the path to a block is zero, so no block below it
 * exists.
 * Return: the number of blocks in this hole, from the one at `offset` on.
 */
static u64 ext2_hole_length(unsigned bits, const u32 offset[4], unsigned k,
			    unsigned depth)
{
	u64 at = 0;

	for (unsigned l = k + 1; l < depth; l++)
		at = at << bits | offset[l];
	return (1ull << bits * (depth - 1 - k)) - at;
}

/* Context: [e->map].  Return: 0 or -errno. */
static int map_pointers(struct inode *i, u64 block, unsigned max, u64 *disk,
			unsigned *n)
{
	struct ext2_fs *fs = ext2_fs(i->super);
	struct ext2_inode *e = ext2_i(i);
	unsigned per = 1u << (fs->geo.block_bits - 2);
	u32 offset[4], at = 0;
	unsigned depth = ext2_path(fs, block, offset), k;
	int err = 0;

	mutex_must_hold(&ext2_i(i)->map);
	if (!depth) {
		/* beyond the last pointer: map_alloc() returns EFBIG */
		*disk = MAP_HOLE;
		return 0;
	}
	if (depth == 1) {
		at = e->block[offset[0]];
		*n = ext2_run(&e->block[offset[0]], EXT2_NR_DIRECT - offset[0],
			      max);
	} else {
		at = e->block[offset[0]];
	}
	for (k = 1; k < depth && at; k++) {
		struct ext2_buf b;

		err = ext2_block_ok(&fs->geo, at) ? ext2_read(fs, at, &b)
						  : -EIO;
		if (err)
			break;
		at = ((u32 *)b.data)[offset[k]];
		*n = k + 1 < depth ? 1 :
				     ext2_run((u32 *)b.data + offset[k],
					      per - offset[k], max);
		ext2_put(&b);
	}
	if (err || (at && (!ext2_block_ok(&fs->geo, at) ||
			   !ext2_block_ok(&fs->geo, (u64)at + *n - 1)))) {
		ext2_error(fs, "inode %llu: block %llu is at %u",
			   (unsigned long long)i->ino,
			   (unsigned long long)block, at);
		return -EIO;
	}
	if (!at && k < depth)
		*n = (unsigned)min(ext2_hole_length(fs->geo.block_bits - 2,
						    offset, k - 1, depth),
				   (u64)max);
	*disk = at ? at : MAP_HOLE;
	return 0;
}

int ext2_map(struct mapping *m, u64 block, unsigned max, u64 *disk,
	     unsigned *n)
{
	struct inode *i = mapping_inode(m);
	struct ext2_inode *e = ext2_i(i);
	int err;

	*n = 1;
	mutex_lock(&e->map);
	if (e->flags & EXT2_EXTENTS_FL)
		err = block >> 32 ? -EIO :
			ext2_map_extent(i, (u32)block, max, disk, n);
	else
		err = map_pointers(i, block, max, disk, n);
	mutex_unlock(&e->map);
	return err;
}

/* ---- making what is missing ---------------------------------------------- */

/*
 * Allocate a block for i, close to the last block of i.
 * Context: [e->map].  Return: 0 with *out or -errno.
 */
static int file_alloc_block(struct inode *i, u32 *out)
{
	struct ext2_fs *fs = ext2_fs(i->super);
	struct ext2_inode *e = ext2_i(i);
	int err;

	mutex_must_hold(&ext2_i(i)->map);
	if (!e->goal)
		e->goal = fs->geo.first_data + 1 + (u32)(i->ino - 1) /
			fs->geo.inodes_per_group * fs->geo.blocks_per_group;
	err = ext2_alloc_block(fs, e->goal, out);
	if (err)
		return err;
	e->goal = *out + 1;
	e->sectors += fs->geo.block_size / SECTOR_SIZE;
	return 0;
}

/*
 * Allocate an indirect block full of zero pointers.
 * Context: [e->map].  Return: 0 with *out or -errno.
 */
static int file_alloc_indirect(struct inode *i, u32 *out)
{
	struct ext2_fs *fs = ext2_fs(i->super);
	struct ext2_buf b;
	int err = file_alloc_block(i, out);

	mutex_must_hold(&ext2_i(i)->map);
	if (err)
		return err;
	err = ext2_fresh(fs, *out, &b);
	if (err) {
		ext2_i(i)->sectors -= fs->geo.block_size / SECTOR_SIZE;
		ext2_free_blocks(fs, *out, 1, true);
		return err;
	}
	ext2_dirty(fs, &b, EXT2_NAMES);
	ext2_put(&b);
	return 0;
}

/*
 * Make sure that *slot, a pointer on the path to a block, is set: allocate a
 * data block (last) or an indirect block.  b: the block that holds *slot; NULL:
 * the inode holds it.
 * Context: [e->map].  Return: 0 with *slot valid.
 */
static int ext2_fill_slot(struct inode *i, u32 *slot, bool last,
			  struct ext2_buf *b, bool *fresh)
{
	struct ext2_fs *fs = ext2_fs(i->super);
	u32 got;
	int err;

	mutex_must_hold(&ext2_i(i)->map);
	if (*slot)
		return ext2_block_ok(&fs->geo, *slot) ? 0 : -EIO;
	err = last ? file_alloc_block(i, &got) : file_alloc_indirect(i, &got);
	if (err)
		return err;
	*slot = got;
	*fresh = last;
	if (b)
		ext2_dirty(fs, b, EXT2_NAMES);
	ext2_mark_dirty(i);
	return 0;
}

/*
 * Find or allocate a block.  p: the page that the block is for, or NULL.
 * Truncation removes the pages before it takes `map` and frees the blocks.  So
 * a page that is no longer in the mapping must get no block here: the block
 * would stay allocated, with stale content.
 */
static int map_alloc(struct inode *i, u64 block, const struct page *p,
		     u32 *disk, bool *fresh)
{
	struct ext2_fs *fs = ext2_fs(i->super);
	struct ext2_inode *e = ext2_i(i);
	struct ext2_buf b, next;
	u32 offset[4], *slot;
	unsigned depth = ext2_path(fs, block, offset);
	int err;

	*fresh = false;
	if (!depth)
		return -EFBIG;
	if (e->flags & EXT2_EXTENTS_FL)
		return -EROFS;
	mutex_lock(&e->map);
	err = -EAGAIN;
	if (p && HINT(p->mapping) != &i->mapping)
		goto out;
	slot = &e->block[offset[0]];
	err = ext2_fill_slot(i, slot, depth == 1, NULL, fresh);
	for (unsigned k = 1; k < depth && !err; k++) {
		err = ext2_read(fs, *slot, &next);
		if (k > 1)
			ext2_put(&b);
		if (err)
			goto out;
		b = next;
		slot = (u32 *)b.data + offset[k];
		err = ext2_fill_slot(i, slot, k + 1 == depth, &b, fresh);
	}
	if (!err)
		*disk = *slot;
	if (depth > 1 && slot != &e->block[offset[0]])
		ext2_put(&b);
out:
	mutex_unlock(&e->map);
	return err;
}

int ext2_map_alloc(struct inode *i, u64 block, u32 *disk, bool *fresh)
{
	return map_alloc(i, block, NULL, disk, fresh);
}

/* Bytes [from, to) of a page that need disk blocks. */
struct places {
	struct inode *i;
	unsigned long index;
	const struct page *p;
	unsigned from, to;
};

/* Context: [begin]. */
static int prepare_blocks(void *arg)
{
	const struct places *w = arg;
	unsigned bits = ext2_fs(w->i->super)->geo.block_bits;
	u64 first = ((u64)w->index << PAGE_SHIFT) + w->from;
	u64 last = ((u64)w->index << PAGE_SHIFT) + w->to - 1;
	int err = 0;

	for (u64 n = first >> bits; n <= last >> bits && !err; n++) {
		bool fresh;
		u32 disk;

		err = map_alloc(w->i, n, w->p, &disk, &fresh);
	}
	return err;
}

int ext2_prepare(struct mapping *m, unsigned long index, const struct page *p,
		 unsigned from, unsigned to)
{
	struct places w = { mapping_inode(m), index, p, from, to };

	return ext2_with_room(ext2_fs(mapping_inode(m)->super), prepare_blocks,
			      &w);
}

/* ---- files of ext4, read only -------------------------------------------- */

/* Files of ext4, whose blocks are found in a tree of extents: read only. */

#define DEPTH_MAX 5

int ext2_map_extent(struct inode *i, u32 block, unsigned max, u64 *disk,
		    unsigned *n)
{
	struct ext2_fs *fs = ext2_fs(i->super);
	unsigned depth, before = DEPTH_MAX + 1;
	u64 count, left = ~0ull;
	int bad = ext2_extent_find(&fs->geo, ext2_i(i)->block,
				   sizeof(ext2_i(i)->block), block, disk,
				   &count, &depth);

	while (!bad && depth && *disk != MAP_HOLE) {
		struct ext2_buf b;

		left = min(left, count);
		bad = depth >= before || ext2_read(fs, (u32)*disk, &b);
		if (bad)
			break;
		before = depth;
		bad = ext2_extent_find(&fs->geo, b.data, fs->geo.block_size,
				       block, disk, &count, &depth);
		ext2_put(&b);
	}
	if (bad || (depth && *disk != MAP_HOLE)) {
		ext2_error(fs, "inode %llu: bad extents",
			   (unsigned long long)i->ino);
		return -EIO;
	}
	*n = (unsigned)min(min(left, count), (u64)max);
	return 0;
}
