/* SPDX-License-Identifier: MIT */
/* Files of ext4, whose blocks stand in a tree of extents: read only. */
#include <ext/ext2/ext2.h>

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
