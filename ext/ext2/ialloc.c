/* SPDX-License-Identifier: MIT */
/*
 * Inodes: files go into the group of their directory, directories into groups
 * that have room for what is to come.
 */
#include <ext/ext2/ext2.h>

/* => [alloc]; n: 1 when one becomes free */
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
 * For a directory: the next group with at least its share of free inodes and
 * blocks, so that trees spread and what belongs together stays together.
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

/* => [alloc]; 0 with *out, -ENOSPC, -EIO */
static int alloc_in(struct ext2_fs *fs, u32 g, bool directory, u32 *out)
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

/* Numbers below first_ino are the file system's own, all in group 0. */
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
		err = alloc_in(fs, g, S_ISDIR(mode), out);
		g = g + 1 < fs->geo.groups ? g + 1 : 0;
	}
	mutex_unlock(&fs->alloc);
	return err;
}

/* => [alloc] */
static void free_now(struct ext2_fs *fs, u32 ino, bool directory)
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

/* now: [alloc] is held by ext2_release_freed() */
void ext2_free_inode(struct ext2_fs *fs, u32 ino, bool directory, bool now)
{
	bool held = mutex_held(&fs->alloc);

	if (!held)
		mutex_lock(&fs->alloc);
	if (now)
		free_now(fs, ino, directory);
	else
		ext2_put_off_free(fs, ino, 1, true, directory);
	if (!held)
		mutex_unlock(&fs->alloc);
	writeback_kick(fs->super);
}
