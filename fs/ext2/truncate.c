/* SPDX-License-Identifier: MIT */
/*
 * The end of a file moves: blocks behind it are given back, the pages of them
 * cut off first, so that nobody reads or writes a block that is another's.
 */
#include <fs/ext2/ext2.h>

/* Blocks on their way back, joined while they follow each other. */
struct run {
	struct inode *i;
	u32 first, count;
};

static bool never_stored(struct inode *i)
{
	return ext2_i(i)->born == ext2_fs(i->super)->epoch;
}

static void run_flush(struct run *r)
{
	if (r->count)
		ext2_free_blocks(ext2_fs(r->i->super), r->first, r->count,
				 never_stored(r->i));
	r->count = 0;
}

static void run_add(struct run *r, u32 block)
{
	struct ext2_fs *fs = ext2_fs(r->i->super);
	u32 each = fs->geo.block_size / SECTOR_SIZE;

	if (!ext2_block_ok(&fs->geo, block)) {
		ext2_error(fs, "inode %llu: block %u cannot be freed",
			   (unsigned long long)r->i->ino, block);
		return;
	}
	if (r->count && r->first + r->count != block)
		run_flush(r);
	if (!r->count)
		r->first = block;
	r->count++;
	ext2_i(r->i)->sectors -= min(each, ext2_i(r->i)->sectors);
}

/*
 * Free what *slot leads to, from block `keep` of its subtree on; depth: levels
 * of pointer blocks below.  => whether *slot itself went
 */
static bool free_branch(struct run *r, u32 *slot, unsigned depth, u64 keep)
{
	struct ext2_fs *fs = ext2_fs(r->i->super);
	unsigned bits = fs->geo.block_bits - 2, shift = bits * (depth - 1);
	u32 block = *slot, first;
	struct ext2_buf b;
	bool changed = false;

	if (!block)
		return false;
	if (!depth) {
		*slot = 0;
		run_add(r, block);
		return true;
	}
	if (ext2_block_ok(&fs->geo, block) && !ext2_read(fs, block, &b)) {
		u32 *at = b.data;

		first = (u32)(keep >> shift);
		for (u32 k = first; k < 1u << bits; k++)
			changed |= free_branch(r, &at[k], depth - 1,
				k == first ? keep & ((1ull << shift) - 1) : 0);
		if (changed && keep)
			ext2_dirty(fs, &b, EXT2_NAMES);
		ext2_put(&b);
	}
	if (keep)
		return changed;
	*slot = 0;
	ext2_forget(fs, block);
	run_add(r, block);
	return true;
}

void ext2_free_from(struct inode *i, u64 block)
{
	struct ext2_fs *fs = ext2_fs(i->super);
	struct ext2_inode *e = ext2_i(i);
	unsigned bits = fs->geo.block_bits - 2;
	struct run r = { .i = i };
	u64 start = EXT2_NR_DIRECT;

	mutex_lock(&e->map);
	for (u64 k = min(block, (u64)EXT2_NR_DIRECT); k < EXT2_NR_DIRECT; k++)
		free_branch(&r, &e->block[k], 0, 0);
	for (unsigned depth = 1; depth <= 3; depth++) {
		u64 span = 1ull << bits * depth;

		if (block < start + span)
			free_branch(&r, &e->block[EXT2_NR_DIRECT + depth - 1],
				    depth, block > start ? block - start : 0);
		start += span;
	}
	run_flush(&r);
	e->goal = 0;
	mutex_unlock(&e->map);
}

void ext2_free_all(struct inode *i, loff_t size)
{
	bool short_link = S_ISLNK(i->mode) &&
		size < (loff_t)sizeof(ext2_i(i)->block);

	/* the text of a short link and the number of a device are no blocks */
	if (S_ISREG(i->mode) || S_ISDIR(i->mode) ||
	    (S_ISLNK(i->mode) && !short_link))
		ext2_free_from(i, 0);
	ext2_drop_xattr_block(i, ext2_i(i)->file_acl);
	ext2_i(i)->file_acl = 0;
}

/* What lies behind the new end in its page becomes zeros on the disk too. */
static int clear_tail(struct inode *i, loff_t size)
{
	struct mapping *m = &i->mapping;
	unsigned off = (unsigned)(size & (loff_t)(PAGE_SIZE - 1));
	struct page *p;
	int err;

	if (!off)
		return 0;
	err = mapping_get(m, (unsigned long)(size >> PAGE_SHIFT), &p);
	if (err)
		return err;
	memset((char *)page_virt(p) + off, 0, PAGE_SIZE - off);
	page_clear_flags(p, PG_MAPPED);
	mapping_dirty(m, p);
	page_put(p);
	return 0;
}

static bool tail_is_hole(struct inode *i, loff_t size)
{
	u64 disk;
	unsigned n;

	return ext2_map(&i->mapping, (u64)size >>
			ext2_fs(i->super)->geo.block_bits, 1, &disk, &n) ||
		disk == MAP_HOLE;
}

/* => [i->lock] */
int ext2_truncate(struct inode *i, loff_t size)
{
	struct ext2_fs *fs = ext2_fs(i->super);
	unsigned bits = fs->geo.block_bits;
	loff_t old = i->size;
	u32 offset[4];
	int err = 0;

	if (fs->super->flags & MS_RDONLY || ext2_i(i)->flags & EXT2_EXTENTS_FL)
		return -EROFS;
	if (size && !ext2_path(fs, (u64)(size - 1) >> bits, offset))
		return -EFBIG;
	/* the end that was: what was stored behind it through a mapping */
	if (size > old && old & (loff_t)(PAGE_SIZE - 1) &&
	    !tail_is_hole(i, old))
		err = clear_tail(i, old);
	else if (size < old && !tail_is_hole(i, size))
		err = clear_tail(i, size);
	if (err)
		return err;
	i->size = size;
	mapping_truncate(&i->mapping, size);
	if (size < old) {	/* who reads past the cache has the blocks */
		arch_mb();
		mapping_direct_wait(&i->mapping);
	}
	ext2_begin(fs);
	ext2_free_from(i, ((u64)size + fs->geo.block_size - 1) >> bits);
	ext2_mark_dirty(i);
	ext2_end(fs);
	return 0;
}
