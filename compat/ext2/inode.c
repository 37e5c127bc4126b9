/* SPDX-License-Identifier: MIT */
/*
 * Inodes in memory: looked up by number, read from the disk, stored to it by a
 * commit, evicted after their last reference is dropped.
 *
 * Invariant: an inode is in the hash from before anyone else can reach it until
 * its eviction is complete; a lookup waits for an inode that is being evicted.
 */
#include <lib/mem.h>
#include "ext2.h"
#include <kernel/random.h>
#include <kernel/time/time.h>
#include <mm/frames/slab.h>

static struct ext2_inode **ext2_bucket(struct ext2_fs *fs, u32 ino)
{
	return &fs->hash[ino & (EXT2_HASH - 1)];
}

void ext2_hash_add(struct ext2_fs *fs, struct ext2_inode *e)
{
	struct ext2_inode **at = ext2_bucket(fs, (u32)e->inode->ino);

	spin_lock(&fs->meta);
	e->hash_next = *at;
	*at = e;
	spin_unlock(&fs->meta);
}

static void ext2_hash_remove(struct ext2_fs *fs, struct ext2_inode *e)
{
	struct ext2_inode **at = ext2_bucket(fs, (u32)e->inode->ino);

	spin_lock(&fs->meta);
	while (*at && *at != e)
		at = &(*at)->hash_next;
	if (*at)
		*at = e->hash_next;
	spin_unlock(&fs->meta);
	wake_up(&fs->gone);
}

/* Context: [meta]. */
static struct ext2_inode *hash_find(struct ext2_fs *fs, u32 ino)
{
	struct ext2_inode *e = *ext2_bucket(fs, ino);

	while (e && e->inode->ino != ino)
		e = e->hash_next;
	return e;
}

static bool is_hashed(struct ext2_fs *fs, u32 ino)
{
	bool yes;

	spin_lock(&fs->meta);
	yes = hash_find(fs, ino);
	spin_unlock(&fs->meta);
	return yes;
}

/*
 * Find the inode in memory.
 * Return: the inode, with a reference; NULL: not in memory.
 */
static struct inode *find_live(struct ext2_fs *fs, u32 ino)
{
	for (;;) {
		struct ext2_inode *e;
		struct inode *i = NULL;

		spin_lock(&fs->meta);
		e = hash_find(fs, ino);
		if (e && inode_get_live(e->inode))
			i = e->inode;
		spin_unlock(&fs->meta);
		if (i || !e)
			return i;
		wait_event(&fs->gone, !is_hashed(fs, ino));
	}
}

/* ---- to and from the disk ------------------------------------------------ */

/* Find inode ino on the disk.  Return: 0 with b to put and *raw, or -EIO. */
static int ext2_inode_locate(struct ext2_fs *fs, u32 ino, struct ext2_buf *b,
			     struct ext2_inode_disk **raw)
{
	u32 g = (ino - 1) / fs->geo.inodes_per_group;
	u32 at = (ino - 1) % fs->geo.inodes_per_group;
	u32 per = fs->geo.block_size / fs->geo.inode_size;
	int err = ext2_read(fs, ext2_group(fs, g)->inode_table + at / per, b);

	if (err)
		return err;
	*raw = (void *)((char *)b->data + at % per * fs->geo.inode_size);
	return 0;
}

/*
 * True if the inode has the fields up to offset `end`; e->extra_size counts the
 * bytes behind the first 128.
 */
static bool has_extra(const struct ext2_inode *e, size_t end)
{
	return e->extra_size + (size_t)EXT2_GOOD_INODE_SIZE >= end;
}

#define HAS(e, field) has_extra(e, offsetof(struct ext2_inode_disk, field) + 4)

/* A device number is in the first pointer (old format) or the second (new). */
static void load_rdev(struct inode *i, const struct ext2_inode *e)
{
	if (e->block[0])
		i->rdev = DEV_MAKE(e->block[0] >> 8 & 0xff,
				   e->block[0] & 0xff);
	else
		i->rdev = e->block[1];
}

/* Fill i from raw, which ext2_check_inode() has accepted. */
static void ext2_load(struct inode *i, const struct ext2_inode_disk *raw)
{
	struct ext2_inode *e = ext2_i(i);

	memcpy(e->block, raw->block, sizeof(e->block));
	e->sectors = raw->blocks;
	e->flags = raw->flags;
	e->file_acl = raw->file_acl;
	e->generation = raw->generation;
	e->born = ~0ull;
	if (ext2_fs(i->super)->geo.inode_size > EXT2_GOOD_INODE_SIZE)
		e->extra_size = raw->extra_size;
	i->uid = raw->uid | (unsigned)raw->uid_high << 16;
	i->gid = raw->gid | (unsigned)raw->gid_high << 16;
	i->nlink = raw->links;
	i->size = (loff_t)raw->size;
	if (S_ISREG(i->mode))
		i->size |= (loff_t)raw->size_high << 32;
	i->atime = ext2_time(raw->atime, HAS(e, atime_extra) ?
			     raw->atime_extra : 0);
	i->mtime = ext2_time(raw->mtime, HAS(e, mtime_extra) ?
			     raw->mtime_extra : 0);
	i->ctime = ext2_time(raw->ctime, HAS(e, ctime_extra) ?
			     raw->ctime_extra : 0);
	if (S_ISCHR(i->mode) || S_ISBLK(i->mode))
		load_rdev(i, e);
}

/*
 * Store the times.  The extra word holds nanoseconds in its upper 30 bits, and
 * below them two more bits of the seconds, for times after 2038.
 */
static void store_times(const struct inode *i, struct ext2_inode_disk *raw)
{
	const struct ext2_inode *e = ext2_i(i);

	raw->atime = (u32)(i->atime / NSEC_PER_SEC);
	raw->mtime = (u32)(i->mtime / NSEC_PER_SEC);
	raw->ctime = (u32)(i->ctime / NSEC_PER_SEC);
	if (ext2_fs(i->super)->geo.inode_size == EXT2_GOOD_INODE_SIZE)
		return;
	raw->extra_size = e->extra_size;
	if (HAS(e, atime_extra))
		raw->atime_extra = ext2_time_extra(i->atime);
	if (HAS(e, mtime_extra))
		raw->mtime_extra = ext2_time_extra(i->mtime);
	if (HAS(e, ctime_extra))
		raw->ctime_extra = ext2_time_extra(i->ctime);
	if (HAS(e, crtime_extra) && e->born != ~0ull) {
		raw->crtime = e->crtime;
		raw->crtime_extra = e->crtime_extra;
	}
}

/* Set a feature bit; revision 0 has no features. */
void ext2_need_feature(struct ext2_fs *fs, u32 *set, u32 bit)
{
	struct ext2_buf b = { fs->super_page, fs->disk,
			      EXT2_SUPER_OFFSET >> fs->geo.block_bits };

	mutex_lock(&fs->alloc);
	if (!(*set & bit) && fs->disk->rev) {
		*set |= bit;
		ext2_dirty(fs, &b, EXT2_MAPS);
	}
	mutex_unlock(&fs->alloc);
}

/* Erase the attributes behind the fields of the inode. */
static void clear_spare(const struct ext2_inode *e,
			struct ext2_inode_disk *raw)
{
	unsigned end = EXT2_GOOD_INODE_SIZE + e->extra_size;
	u32 *magic = (u32 *)((char *)raw + end);

	if (e->extra_size && end + sizeof(*magic) <=
	    ext2_fs(e->inode->super)->geo.inode_size)
		*magic = 0;
}

/* Context: [map], so that pointers and block count are consistent. */
static void ext2_store(struct inode *i, struct ext2_inode_disk *raw)
{
	struct ext2_inode *e = ext2_i(i);

	/* erase a previous inode of the same number */
	if (e->born != ~0ull)
		memset(raw, 0, ext2_fs(i->super)->geo.inode_size);
	raw->mode = (u16)i->mode;
	raw->uid = (u16)i->uid;
	raw->uid_high = (u16)(i->uid >> 16);
	raw->gid = (u16)i->gid;
	raw->gid_high = (u16)(i->gid >> 16);
	raw->links = (u16)i->nlink;
	raw->size = (u32)i->size;
	if (S_ISREG(i->mode))
		raw->size_high = (u32)((u64)i->size >> 32);
	if (!e->spare_used)
		clear_spare(e, raw);
	raw->dtime = 0;
	raw->blocks = e->sectors;
	raw->flags = e->flags;
	raw->file_acl = e->file_acl;
	raw->generation = e->generation;
	memcpy(raw->block, e->block, sizeof(raw->block));
	store_times(i, raw);
}

int ext2_store_inode(struct inode *i)
{
	struct ext2_fs *fs = ext2_fs(i->super);
	struct ext2_inode_disk *raw;
	struct ext2_buf b;
	int err = ext2_inode_locate(fs, (u32)i->ino, &b, &raw);

	if (err)
		return err;
	if (S_ISREG(i->mode) && i->size > 0x7fffffff)	/* 2 GiB */
		ext2_need_feature(fs, &fs->disk->ro_compat,
				  EXT2_RO_LARGE_FILE);
	mutex_lock(&ext2_i(i)->map);
	ext2_store(i, raw);
	ext2_i(i)->born = ~0ull;
	mutex_unlock(&ext2_i(i)->map);
	ext2_dirty(fs, &b, EXT2_INODES);
	ext2_put(&b);
	return 0;
}

/*
 * Store a deletion in step A of the commit: with links 0 on the disk, e2fsck
 * frees the inode's blocks.
 */
int ext2_store_deleted(struct ext2_fs *fs, const struct ext2_deleted *d)
{
	struct ext2_inode_disk *raw;
	struct ext2_buf b;
	int err = ext2_inode_locate(fs, d->ino, &b, &raw);

	if (err)
		return err;
	raw->links = 0;
	raw->dtime = d->time;
	raw->size = raw->size_high = raw->blocks = 0;
	raw->file_acl = 0;
	memset(raw->block, 0, sizeof(raw->block));
	ext2_dirty(fs, &b, EXT2_INODES);
	ext2_put(&b);
	return 0;
}

/* ---- life ---------------------------------------------------------------- */

void ext2_set_ops(struct inode *i)
{
	switch (i->mode & S_IFMT) {
	case S_IFREG:
		i->ops = &ext2_file_ops;
		i->fops = &ext2_file_fops;
		break;
	case S_IFDIR:
		i->ops = &ext2_dir_ops;
		i->fops = &ext2_dir_fops;
		break;
	case S_IFLNK:
		i->ops = &ext2_link_ops;
		break;
	default:
		i->ops = &ext2_special_ops;
		i->fops = special_fops(i->mode);
	}
	i->mapping.ops = &ext2_mapping_ops;
	i->mapping.bdev = ext2_fs(i->super)->bdev;
	i->mapping.block_bits = ext2_fs(i->super)->geo.block_bits;
}

/*
 * Allocate an inode without operations, which inode_put() frees without
 * eviction.
 */
static struct inode *ext2_inode_bare(struct ext2_fs *fs, u32 ino, unsigned mode)
{
	struct ext2_inode *e = kzalloc(sizeof(*e));
	struct inode *i = e ? inode_alloc(fs->super, mode) : NULL;

	if (!i) {
		kfree(e);
		return NULL;
	}
	i->ino = ino;
	i->fs_info = e;
	e->inode = i;
	list_init(&e->dirty);
	mutex_init(&e->map, "ext2 map");
	return i;
}

/*
 * Sets `born`: until the next commit the disk has no reference to the inode,
 * and all its blocks can be freed at once.
 */
struct inode *ext2_new_inode(struct ext2_fs *fs, u32 ino, unsigned mode)
{
	struct inode *i = ext2_inode_bare(fs, ino, mode);
	struct ext2_inode *e;

	if (!i)
		return NULL;
	e = ext2_i(i);
	e->born = fs->epoch;
	random_bytes(&e->generation, sizeof(e->generation));
	e->crtime = (u32)(i->ctime / NSEC_PER_SEC);
	e->crtime_extra = ext2_time_extra(i->ctime);
	if (fs->geo.inode_size > EXT2_GOOD_INODE_SIZE)
		e->extra_size = (u16)min((size_t)(fs->geo.inode_size -
				EXT2_GOOD_INODE_SIZE),
				sizeof(struct ext2_inode_disk) -
				EXT2_GOOD_INODE_SIZE);
	ext2_set_ops(i);
	ext2_hash_add(fs, e);
	return i;
}

/*
 * Read an inode without hashing it.  If two tasks read the same one,
 * ext2_iget() keeps one copy.
 */
static int ext2_read_inode(struct ext2_fs *fs, u32 ino, struct inode **out)
{
	struct ext2_inode_disk *raw;
	const char *why = "it is deleted";
	struct ext2_buf b;
	int err = ext2_inode_locate(fs, ino, &b, &raw);

	if (err)
		return err;
	if (raw->links)
		why = ext2_check_inode(&fs->geo, raw);
	if (why) {
		ext2_error(fs, "inode %u: %s", ino, why);
		ext2_put(&b);
		return -EIO;
	}
	*out = ext2_inode_bare(fs, ino, raw->mode);
	if (*out) {
		ext2_load(*out, raw);
		err = ext2_load_xattrs(*out, raw);
	} else {
		err = -ENOMEM;
	}
	ext2_put(&b);
	if (err && *out) {
		kfree((*out)->fs_info);
		inode_put(*out);
	}
	return err;
}

int ext2_iget(struct ext2_fs *fs, u32 ino, struct inode **out)
{
	struct inode *i = find_live(fs, ino), *other;
	int err;

	if (!i) {
		err = ext2_read_inode(fs, ino, &i);
		if (err)
			return err;
		/*
		 * the directory is locked: only a lookup of a hard link in
		 * another directory can have been faster
		 */
		spin_lock(&fs->meta);
		other = hash_find(fs, ino) ? hash_find(fs, ino)->inode : NULL;
		if (!other) {
			ext2_i(i)->hash_next = *ext2_bucket(fs, ino);
			*ext2_bucket(fs, ino) = ext2_i(i);
		}
		spin_unlock(&fs->meta);
		if (other) {
			kfree(i->fs_info);
			inode_put(i);
			return ext2_iget(fs, ino, out);
		}
		ext2_set_ops(i);
	}
	*out = i;
	return 0;
}

/* Free the blocks and the number of an inode without names and references. */
static void ext2_free_deleted(struct inode *i)
{
	struct ext2_fs *fs = ext2_fs(i->super);
	loff_t size = i->size;

	i->size = 0;
	mapping_truncate(&i->mapping, 0);
	ext2_begin(fs);
	if (!fs->damaged && (fs->closing ||
			     !(fs->super->flags & MS_RDONLY))) {
		ext2_free_all(i, size);
		ext2_free_inode(fs, (u32)i->ino, S_ISDIR(i->mode),
				ext2_i(i)->born == fs->epoch);
	}
	ext2_end(fs);
}

/*
 * The inode leaves the hash only after everything is freed: a concurrent lookup
 * of the number waits in find_live() and does not read a dying inode from the
 * disk.
 */
void ext2_evict(struct inode *i)
{
	if (!i->nlink)
		ext2_free_deleted(i);
	ext2_hash_remove(ext2_fs(i->super), ext2_i(i));
	kfree(i->fs_info);
}
