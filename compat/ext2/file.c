/* SPDX-License-Identifier: MIT */
/*
 * Regular files, symbolic links and special files.  The page cache
 * (fs/io/pagefile.c) reads and writes them; this file has the parts that are
 * specific to ext2.
 */
#define LOG_PREFIX "ext2"

#include <lib/mem.h>
#include <lt/log.h>
#include <mm/frames/slab.h>
#include "ext2.h"

const struct mapping_ops ext2_mapping_ops = {
	DISK_MAPPING_OPS,
	.prepare = ext2_prepare,
	.map = ext2_map,
};

/* Find the next data, or the next hole, from `at` on. */
static loff_t ext2_seek_sparse(struct inode *i, loff_t at, bool data)
{
	unsigned bits = ext2_fs(i->super)->geo.block_bits;

	if (at < 0 || at >= i->size)
		return -ENXIO;
	while (at < i->size) {
		unsigned n;
		u64 disk;
		int err = ext2_map(&i->mapping, (u64)at >> bits, 1u << 16,
				   &disk, &n);

		if (err)
			return err;
		if ((disk != MAP_HOLE) == data)
			return at;
		at = (loff_t)((((u64)at >> bits) + n) << bits);
	}
	return data ? -ENXIO : i->size;
}

static loff_t ext2_seek(struct file *f, loff_t off, int whence)
{
	if (whence == SEEK_DATA || whence == SEEK_HOLE) {
		off = ext2_seek_sparse(f->inode, off, whence == SEEK_DATA);
		return off < 0 ? off : seek_to(f, off, FILE_SIZE_MAX);
	}
	return pagefile_seek(f, off, whence);
}

/*
 * Write the pages, then commit: a commit also writes the inode and the names on
 * its path.  The commit is skipped if nothing but file content changed.
 */
int ext2_fsync(struct file *f)
{
	struct inode *i = f->inode;
	struct ext2_fs *fs = ext2_fs(i->super);
	int err = pageio_write(&i->mapping, 0, ~0ul, true), late;

	if (fs->damaged)
		return err ? err : -EIO;
	late = ext2_is_clean(fs) ? ext2_settle(fs) : ext2_commit(fs);
	return err ? err : late;
}

const struct file_ops ext2_file_fops = {
	.read = diskfile_read,
	.serves_direct = true,
	.write = diskfile_write,
	.seek = ext2_seek,
	.sync = ext2_fsync,
	.area = &diskfile_area_ops,
};

/* Return: 512-byte units in use, indirect blocks included. */
static u64 ext2_blocks(const struct inode *i)
{
	return ext2_i(i)->flags & EXT2_HUGE_FILE_FL ?
		(u64)ext2_i(i)->sectors <<
		(ext2_fs(i->super)->geo.block_bits - SECTOR_SHIFT) :
		ext2_i(i)->sectors;
}

u32 ext2_extent_flags(const struct inode *i)
{
	return ext2_i(i)->flags & EXT2_EXTENTS_FL ? 0 : FIEMAP_EXTENT_MERGED;
}

const struct inode_ops ext2_file_ops = {
	.extent_flags = ext2_extent_flags,
	.set_xattrs = ext2_set_xattrs,
	.truncate = ext2_truncate,
	.punch = ext2_punch,
	.evict = ext2_evict,
	.changed = ext2_changed,
	.blocks = ext2_blocks,
};

const struct inode_ops ext2_special_ops = {
	.set_xattrs = ext2_set_xattrs,
	.evict = ext2_evict,
	.changed = ext2_changed,
	.blocks = ext2_blocks,
};

static long ext2_readlink(struct inode *i, char *buf, size_t size)
{
	struct ext2_inode *e = ext2_i(i);
	size_t n = (size_t)i->size;
	struct ext2_buf b;
	u64 disk;
	unsigned one;
	int err;

	if (n >= size)
		return -ENAMETOOLONG;
	buf[n] = 0;
	if (n < sizeof(e->block) && !(e->flags & EXT2_EXTENTS_FL)) {
		memcpy(buf, e->block, n);
		return (long)n;
	}
	err = ext2_map(&i->mapping, 0, 1, &disk, &one);
	if (!err)
		err = disk == MAP_HOLE ? -EIO :
			ext2_read(ext2_fs(i->super), (u32)disk, &b);
	if (err)
		return err;
	memcpy(buf, b.data, n);
	ext2_put(&b);
	return (long)n;
}

const struct inode_ops ext2_link_ops = {
	.set_xattrs = ext2_set_xattrs,
	.readlink = ext2_readlink,
	.evict = ext2_evict,
	.changed = ext2_changed,
	.blocks = ext2_blocks,
};

/* ---- files that shrink --------------------------------------------------- */

/*
 * Truncation and hole punching free blocks.  No page may stay in the cache that
 * still reads or writes such a block, because the block could get a new owner.
 */


/* Blocks to free, merged while they are consecutive. */
struct run {
	struct inode *i;
	struct list *gathered;		/* NULL: free them at once */
	u32 first, count;
	bool any;
};

/*
 * True if i was created after the last commit: the disk has no reference to its
 * blocks, so they can be reused at once.
 */
static bool never_stored(struct inode *i)
{
	return ext2_i(i)->born == ext2_fs(i->super)->epoch;
}

static void run_gather(const struct run *r)
{
	struct ext2_freed *f = kmalloc(sizeof(*f));

	if (!f) {
		log_warn("%s: %u at %u stay taken until e2fsck",
			 ext2_fs(r->i->super)->bdev->name, r->count, r->first);
		return;
	}
	*f = (struct ext2_freed){ .first = r->first, .count = r->count };
	list_append(r->gathered, &f->link);
}

static void run_flush(struct run *r)
{
	if (r->count && r->gathered)
		run_gather(r);
	else if (r->count)
		ext2_free_blocks(ext2_fs(r->i->super), r->first, r->count,
				 never_stored(r->i));
	r->count = 0;
}

static void ext2_run_add(struct run *r, u32 block)
{
	struct ext2_fs *fs = ext2_fs(r->i->super);
	u32 each = fs->geo.block_size / SECTOR_SIZE;

	r->any = true;
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

static bool all_holes(const u32 *at, u32 n)
{
	while (n && !at[n - 1])
		n--;
	return !n;
}

static bool free_branch(struct run *r, u32 *slot, unsigned depth, u64 from,
			u64 to);

/*
 * Free blocks [from, to) of the subtree below pointer block `block`.
 * Return: true if the pointer block must stay.
 */
static bool free_pointers(struct run *r, u32 block, unsigned depth, u64 from,
			  u64 to)
{
	struct ext2_fs *fs = ext2_fs(r->i->super);
	unsigned bits = fs->geo.block_bits - 2, shift = bits * (depth - 1);
	bool whole = !from && to == 1ull << bits * depth;
	bool changed = false, left;
	struct ext2_buf b;
	u32 *at;

	if (!ext2_block_ok(&fs->geo, block) || ext2_read(fs, block, &b))
		return !whole;
	at = b.data;
	for (u64 k = from >> shift; k << shift < to; k++) {
		u64 base = k << shift;

		changed |= free_branch(r, &at[k], depth - 1,
				       from > base ? from - base : 0,
				       min(to - base, (u64)1 << shift));
	}
	left = !whole && !all_holes(at, 1u << bits);
	if (changed && left)
		ext2_dirty(fs, &b, EXT2_NAMES);
	ext2_put(&b);
	return left;
}

/*
 * Free blocks [from, to) of the subtree that *slot points to; depth: levels of
 * pointer blocks in it.
 * Return: true if *slot itself was freed.
 */
static bool free_branch(struct run *r, u32 *slot, unsigned depth, u64 from,
			u64 to)
{
	u32 block = *slot;

	if (!block || (depth && free_pointers(r, block, depth, from, to)))
		return false;
	*slot = 0;
	if (depth)
		ext2_forget(ext2_fs(r->i->super), block);
	ext2_run_add(r, block);
	return true;
}

/*
 * Free blocks [from, to) of the file, or gather them on a list for a caller
 * that frees them when no I/O uses them any more.
 * Context: [begin].  Return: true if there were any.
 */
static bool free_range(struct inode *i, u64 from, u64 to,
		       struct list *gathered)
{
	struct ext2_inode *e = ext2_i(i);
	unsigned bits = ext2_fs(i->super)->geo.block_bits - 2;
	struct run r = { .i = i, .gathered = gathered };
	u64 start = EXT2_NR_DIRECT;

	mutex_lock(&e->map);
	for (u64 k = from; k < min(to, (u64)EXT2_NR_DIRECT); k++)
		free_branch(&r, &e->block[k], 0, 0, 1);
	for (unsigned depth = 1; depth <= 3; depth++) {
		u64 span = 1ull << bits * depth;

		if (from < start + span && to > start)
			free_branch(&r, &e->block[EXT2_NR_DIRECT + depth - 1],
				    depth, from > start ? from - start : 0,
				    min(to - start, span));
		start += span;
	}
	run_flush(&r);
	e->goal = 0;
	mutex_unlock(&e->map);
	return r.any;
}

void ext2_free_from(struct inode *i, u64 block)
{
	free_range(i, block, ~0ull, NULL);
}

void ext2_free_all(struct inode *i, loff_t size)
{
	bool short_link = S_ISLNK(i->mode) &&
		size < (loff_t)sizeof(ext2_i(i)->block);

	/* short links and devices store other data than pointers in block[] */
	if (S_ISREG(i->mode) || S_ISDIR(i->mode) ||
	    (S_ISLNK(i->mode) && !short_link))
		ext2_free_from(i, 0);
	ext2_drop_xattr_block(i, ext2_i(i)->file_acl);
	ext2_i(i)->file_acl = 0;
}

/* True if blocks of i may be freed.  Context: [i->lock]. */
static bool ext2_may_cut(const struct inode *i)
{
	mutex_must_hold(&i->lock);
	return !(i->super->flags & MS_RDONLY) &&
		!(ext2_i(i)->flags & EXT2_EXTENTS_FL);
}

/*
 * Set the size, and free the blocks behind it.  edge: the page in which the
 * file ends; the caller's reference keeps it in memory, so that its part behind
 * the end can be cleared.  Otherwise the page would be read again from blocks
 * that are being freed.
 */
static void ext2_set_size(struct inode *i, loff_t size, struct page *edge)
{
	struct ext2_fs *fs = ext2_fs(i->super);
	loff_t old = i->size;

	if (edge && size > old)
		pagefile_clear(i, edge, (unsigned)(old & ~PAGE_MASK),
			       PAGE_SIZE);
	i->size = size;
	mapping_truncate(&i->mapping, size);
	if (edge && size < old)
		pagefile_clear(i, edge, (unsigned)(size & ~PAGE_MASK),
			       PAGE_SIZE);
	if (size < old) {	/* direct I/O may be using the blocks */
		arch_mb();
		mapping_direct_wait(&i->mapping);
	}
	ext2_begin(fs);
	ext2_free_from(i, ((u64)size + fs->geo.block_size - 1) >>
		       fs->geo.block_bits);
	ext2_mark_dirty(i);
	ext2_end(fs);
	if (edge && size <= old)
		pagefile_lost_blocks(i, edge);
	else if (size > old)
		pagefile_moved_end(i, old);
}

/* Context: [i->lock]. */
int ext2_truncate(struct inode *i, loff_t size)
{
	struct ext2_fs *fs = ext2_fs(i->super);
	struct page *edge = NULL;
	u32 offset[4];
	int err = 0;

	mutex_must_hold(&i->lock);
	if (!ext2_may_cut(i))
		return -EROFS;
	if (size && !ext2_path(fs, (u64)(size - 1) >> fs->geo.block_bits,
			       offset))
		return -EFBIG;
	if (size != i->size)
		err = pagefile_cut_page(i, min(size, i->size), &edge);
	else	/* what failed may have left blocks behind the end */
		edge = mapping_find(&i->mapping,
				    (unsigned long)(size >> PAGE_SHIFT));
	if (err)
		return err;
	ext2_set_size(i, size, edge);
	if (edge)
		page_put(edge);
	return 0;
}

/* ---- holes --------------------------------------------------------------- */

/*
 * Remove pages [first, behind) and then blocks [from, to).  A concurrent read
 * or store may bring a page back from blocks that are about to be freed.  So
 * repeat until no blocks were found after the pages were removed.
 */
static void drop_range(struct inode *i, u64 from, u64 to, unsigned long first,
		       unsigned long behind, struct list *gathered)
{
	struct ext2_fs *fs = ext2_fs(i->super);
	bool any;

	do {
		if (first < behind)
			mapping_punch(&i->mapping, first, behind - 1);
		ext2_begin(fs);
		any = from < to && free_range(i, from, to, gathered);
		if (any)
			ext2_mark_dirty(i);
		ext2_end(fs);
	} while (any);
}

/* Clear bytes [from, to) of a page that stays. */
static void clear_edge(struct inode *i, struct page *p, unsigned from,
		       unsigned to)
{
	pagefile_lost_blocks(i, p);
	pagefile_clear(i, p, from, to);
}

/*
 * Punch a hole.  The gathered blocks are freed only when all I/O that uses them
 * has finished: I/O of removed pages and of the two edge pages, and direct I/O.
 */
static void ext2_file_punch(struct inode *i, loff_t pos, loff_t end,
			    struct page *head, struct page *tail)
{
	struct ext2_fs *fs = ext2_fs(i->super);
	unsigned bits = fs->geo.block_bits;
	struct list gathered = LIST_INIT(gathered);
	unsigned stop = (unsigned)(end & ~PAGE_MASK);

	drop_range(i, ((u64)pos + fs->geo.block_size - 1) >> bits,
		   (u64)end >> bits,
		   (unsigned long)((pos + PAGE_SIZE - 1) >> PAGE_SHIFT),
		   (unsigned long)(end >> PAGE_SHIFT), &gathered);
	if (head)
		clear_edge(i, head, (unsigned)(pos & ~PAGE_MASK),
			   head == tail ? stop : PAGE_SIZE);
	if (tail && tail != head)
		clear_edge(i, tail, 0, stop);
	arch_mb();
	mapping_direct_wait(&i->mapping);
	ext2_begin(fs);
	ext2_free_gathered(fs, &gathered);
	ext2_end(fs);
}

/* Context: [i->lock]. */
int ext2_punch(struct inode *i, loff_t pos, loff_t end)
{
	struct page *head = NULL, *tail = NULL;
	int err;

	mutex_must_hold(&i->lock);
	if (!ext2_may_cut(i))
		return -EROFS;
	if (pos >= i->size)
		return 0;
	/* there are no blocks behind the end */
	end = min(end, (loff_t)ALIGN_UP((u64)i->size, PAGE_SIZE));
	err = pagefile_cut_page(i, pos, &head);
	if (!err)
		err = pagefile_cut_page(i, end, &tail);
	if (!err)
		ext2_file_punch(i, pos, end, head, tail);
	if (head)
		page_put(head);
	if (tail)
		page_put(tail);
	return err;
}
