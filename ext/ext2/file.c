/* SPDX-License-Identifier: MIT */
/*
 * Regular files, symbolic links and the rest: what reads and writes them is
 * the page cache (fs/pagefile.c); here is what only ext2 knows.
 */
#include <ext/ext2/ext2.h>

const struct mapping_ops ext2_mapping_ops = {
	DISK_MAPPING_OPS,
	.prepare = ext2_prepare,
	.map = ext2_map,
};

/* The next place from at on that is data, or is a hole. */
static loff_t seek_sparse(struct inode *i, loff_t at, bool data)
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
		off = seek_sparse(f->inode, off, whence == SEEK_DATA);
		return off < 0 ? off : seek_to(f, off, FILE_SIZE_MAX);
	}
	return pagefile_seek(f, off, whence);
}

/*
 * The pages, then a commit: it brings the inode and the names on the way to
 * it along.  A file of which only bytes changed needs none.
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

/* 512-byte units, the blocks of pointers too. */
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
