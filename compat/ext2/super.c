/* SPDX-License-Identifier: MIT */
/*
 * Mounting (row A1): checks the superblock and group descriptors.  A file
 * system with unknown features is mounted read-only, or is refused and the log
 * names the feature.  While a file system may be written, its state on the disk
 * is "not clean".
 */
#define LOG_PREFIX "ext2"
#include <lib/mem.h>
#include <fs/path/dcache.h>
#include "ext2.h"
#include <topics/mounts/words.h>
#include <kernel/time/time.h>
#include <lt/init.h>
#include <lt/log.h>
#include <mm/frames/slab.h>

static struct mutex mounting = {
	.wait = WAIT_QUEUE_INIT(mounting.wait), .name = "mounting",
};

/* ---- the superblock in memory -------------------------------------------- */

/* Return: the superblock's block: 1 if blocks have 1 KiB, else 0. */
static u32 super_block(const struct ext2_fs *fs)
{
	return EXT2_SUPER_OFFSET >> fs->geo.block_bits;
}

/*
 * The state is made durable at once: "not clean" before anything else is
 * written, "clean" after everything was, because e2fsck trusts the state word
 * at boot.
 */
int ext2_set_state(struct ext2_fs *fs, bool clean)
{
	struct ext2_buf b = { fs->super_page, fs->disk, super_block(fs) };
	bool any;
	int err;

	mutex_lock(&fs->alloc);
	if (clean && !fs->damaged)
		fs->disk->state |= EXT2_STATE_CLEAN;
	else
		fs->disk->state &= (u16)~EXT2_STATE_CLEAN;
	if (fs->damaged)
		fs->disk->state |= EXT2_STATE_ERRORS;
	fs->disk->wtime = (u32)(inode_now() / NSEC_PER_SEC);
	if (!clean) {
		fs->disk->mnt_count++;
		fs->disk->mtime = fs->disk->wtime;
	}
	mutex_unlock(&fs->alloc);
	ext2_dirty(fs, &b, EXT2_MAPS);
	err = ext2_write_class(fs, EXT2_MAPS, &any);
	return err ? err : block_flush(fs->bdev);
}

/*
 * Load the superblock, which lies in page 0 whatever the block size is.  The
 * reference to the page is kept.
 */
static int load_super(struct ext2_fs *fs)
{
	struct mapping *m = &fs->bdev->inode->mapping;
	const char *why;
	u32 bad;
	int err = mapping_get(m, 0, &fs->super_page);

	if (err)
		return err;
	fs->disk = (void *)((char *)page_virt(fs->super_page) +
			    EXT2_SUPER_OFFSET);
	why = ext2_check_super(fs->disk, fs->bdev->sectors << SECTOR_SHIFT,
			       &fs->geo, &bad);
	if (!why)
		return 0;
	if (bad)
		log_err("%s: feature %s (%#x) is not supported",
			fs->bdev->name, ext2_incompat_name(bad),
			(unsigned)bad);
	else if (fs->disk->magic == EXT2_MAGIC)
		log_err("%s: %s", fs->bdev->name, why);
	return -EINVAL;
}

/* Copy the descriptors into pages of our own, in order and without gaps. */
static int load_groups(struct ext2_fs *fs)
{
	const struct ext2_geometry *g = &fs->geo;
	u32 pages = DIV_ROUND_UP(g->desc_blocks << g->block_bits, PAGE_SIZE);
	int err = 0;

	fs->desc_pages = kzalloc(pages * sizeof(fs->desc_pages[0]));
	if (!fs->desc_pages)
		return -ENOMEM;
	for (u32 k = 0; k < pages; k++) {
		fs->desc_pages[k] = page_alloc_zero(PAGE_KERNEL);
		if (!fs->desc_pages[k])
			return -ENOMEM;
	}
	for (u32 n = 0; n < g->desc_blocks && !err; n++) {
		u32 at = n << g->block_bits;
		struct ext2_buf b;

		err = ext2_read(fs, g->first_data + 1 + n, &b);
		if (err)
			break;
		memcpy((char *)page_virt(fs->desc_pages[at / PAGE_SIZE]) +
		       at % PAGE_SIZE, b.data, g->block_size);
		ext2_put(&b);
	}
	for (u32 n = 0; n < g->groups && !err; n++) {
		const char *why = ext2_check_group(g, ext2_group(fs, n));

		if (why) {
			log_err("%s: group %u: %s", fs->bdev->name, n, why);
			err = -EINVAL;
		}
	}
	return err;
}

/* Free fs, which may be only partly loaded. */
static void ext2_unload(struct ext2_fs *fs)
{
	u32 pages = DIV_ROUND_UP(fs->geo.desc_blocks << fs->geo.block_bits,
				 PAGE_SIZE);

	for (u32 k = 0; fs->desc_pages && k < pages; k++)
		if (fs->desc_pages[k])
			page_put(fs->desc_pages[k]);
	kfree(fs->desc_pages);
	if (fs->super_page)
		page_put(fs->super_page);
	kfree(fs);
}

/* ---- operations of the super --------------------------------------------- */

/*
 * Report blocks that the next commit frees as free, because allocation can use
 * them.
 */
static void ext2_statfs(struct super *s, struct kstatfs *st)
{
	struct ext2_fs *fs = ext2_fs(s);
	const struct ext2_geometry *g = &fs->geo;
	u32 overhead = g->groups * (2 + g->table_blocks) + g->desc_blocks + 1 +
		g->first_data;

	mutex_lock(&fs->alloc);
	st->blocks = g->blocks - min(overhead, g->blocks);
	st->bfree = (u64)fs->disk->free_blocks + fs->freed_blocks;
	st->bavail = st->bfree > fs->disk->reserved ?
		st->bfree - fs->disk->reserved : 0;
	st->files = g->inodes;
	st->ffree = (u64)fs->disk->free_inodes + fs->freed_inodes;
	st->namelen = EXT2_NAME_MAX;
	memcpy(&st->fsid, fs->disk->uuid, sizeof(st->fsid));
	mutex_unlock(&fs->alloc);
}

/*
 * Commit until clean: a commit drops inode references, which may free inodes
 * and so make new changes.
 */
static int commit_all(struct ext2_fs *fs)
{
	int err = 0;

	for (unsigned k = 0; k < 3 && !err && !ext2_is_clean(fs); k++)
		err = ext2_commit(fs);
	return err;
}

static int ext2_sync(struct super *s)
{
	struct ext2_fs *fs = ext2_fs(s);

	if (s->flags & MS_RDONLY)
		return block_flush(fs->bdev);
	if (ext2_is_clean(fs))
		return ext2_settle(fs);
	return commit_all(fs);
}

/* Return: 0 if the file system can be written, else -errno. */
static int ext2_may_write(struct ext2_fs *fs)
{
	if (fs->bdev->read_only)
		return -EACCES;
	if (fs->geo.read_only) {
		log_notice("%s: only read: %s", fs->bdev->name,
			   fs->geo.read_only);
		return -EROFS;
	}
	return fs->damaged ? -EROFS : 0;
}

static int ext2_remount(struct super *s, bool read_only)
{
	struct ext2_fs *fs = ext2_fs(s);
	int err;

	if (read_only == !!(s->flags & MS_RDONLY))
		return 0;
	if (!read_only) {
		err = ext2_may_write(fs);
		if (!err)
			err = ext2_set_state(fs, false);
		if (!err)
			s->flags &= ~(unsigned)MS_RDONLY;
		return err;
	}
	/* no new operation begins; the commit waits for those that run */
	s->flags |= MS_RDONLY;
	err = writeback_super(s);
	fs->closing = true;
	if (!err)
		err = commit_all(fs);
	fs->closing = false;
	return err ? err : ext2_set_state(fs, true);
}

/* True if open files without a name exist, which would be freed on close. */
static bool ext2_any_nameless(struct super *s)
{
	struct ext2_fs *fs = ext2_fs(s);
	const struct ext2_inode *e;
	bool any = false;

	spin_lock(&fs->meta);
	for (unsigned k = 0; k < EXT2_HASH && !any; k++)
		for (e = fs->hash[k]; e && !any; e = e->hash_next)
			any = !e->inode->nlink;
	spin_unlock(&fs->meta);
	return any;
}

/* Drop all changes that were not written, as on a damaged file system. */
static void drop_unwritten(struct ext2_fs *fs)
{
	writeback_drop(fs->super);
	ext2_drop_inodes(fs);
	ext2_drop_blocks(fs);
	while (!list_empty(&fs->freed)) {
		struct ext2_freed *f = list_first(&fs->freed,
						  struct ext2_freed, link);

		list_remove(&f->link);
		kfree(f);
	}
}

/*
 * Unmount.  Finally the device's cache is written and dropped, because another
 * system or e2fsck may use the disk next.
 */
static void ext2_unmount(struct super *s)
{
	struct ext2_fs *fs = ext2_fs(s);
	struct block_device *d = fs->bdev;

	mutex_lock(&mounting);
	writeback_remove_super(s);
	if (!(s->flags & MS_RDONLY)) {
		writeback_super(s);
		/* after -ENOMEM the disk stays unclean, for e2fsck to repair */
		if (ext2_sync(s) != -ENOMEM)
			ext2_set_state(fs, true);
	}
	drop_unwritten(fs);
	ext2_unload(fs);
	blkdev_sync(d);
	blkdev_invalidate(d);
	block_release(d);
	mutex_unlock(&mounting);
}

/* ---- mounting ------------------------------------------------------------ */

/* Parse errors=; other known options of Linux's mount have no effect here. */
static int ext2_parse_options(struct ext2_fs *fs, const char *data)
{
	enum { PANICS, GOES_ON, TURNS_READ_ONLY };
	static const char *const known[] = {
		[PANICS] = "errors=panic", [GOES_ON] = "errors=continue",
		[TURNS_READ_ONLY] = "errors=remount-ro",
		"acl", "noacl", "user_xattr", "nouser_xattr", "defaults",
		"nocheck", "check=none", "nogrpid", "sysvgroups", "noquota",
		"relatime", "orlov", "rw", "ro",
	};
	int word;

	fs->panics = fs->disk->errors == 3;
	fs->goes_on = fs->disk->errors == 1;
	while ((word = mount_word(&data, known, ARRAY_SIZE(known))) >= 0) {
		if (word == PANICS)
			fs->panics = true;
		else if (word == GOES_ON)
			fs->goes_on = true;
		else if (word == TURNS_READ_ONLY)
			fs->panics = fs->goes_on = false;
	}
	return word == MOUNT_WORDS_END ? 0 : -EINVAL;
}

static struct ext2_fs *fs_alloc(struct block_device *d, struct super *s)
{
	struct ext2_fs *fs = kzalloc(sizeof(*fs));

	if (!fs)
		return NULL;
	fs->super = s;
	fs->bdev = d;
	s->private = fs;
	s->bdev = d;
	s->dev = d->rdev;
	list_init(&s->sync_link);
	rw_init(&fs->commit, "ext2 commit");
	mutex_init(&fs->putting, "ext2 putting");
	mutex_init(&fs->alloc, "ext2 alloc");
	spin_init(&fs->meta, "ext2 meta", IPL_SOFT);
	list_init(&fs->freed);
	list_init(&fs->dirty_inodes);
	list_init(&fs->deleted);
	wait_queue_init(&fs->gone);
	for (unsigned c = 0; c < EXT2_CLASSES; c++)
		radix_init(&fs->dirty[c]);
	return fs;
}

static int open_root(struct ext2_fs *fs)
{
	struct inode *i;
	int err = ext2_iget(fs, EXT2_ROOT_INO, &i);

	if (err)
		return err;
	if (S_ISDIR(i->mode))
		return super_make_root(fs->super, i);
	inode_put(i);
	return -EINVAL;
}

static void log_mounted(struct ext2_fs *fs)
{
	const struct ext2_geometry *g = &fs->geo;
	bool unclean = !(fs->disk->state & EXT2_STATE_CLEAN);

	log_info("%s: %u blocks of %u bytes, %u inodes of %u%s",
		 fs->bdev->name, (unsigned)g->blocks, g->block_size,
		 (unsigned)g->inodes, g->inode_size,
		 fs->super->flags & MS_RDONLY ? ", read-only" : "");
	if (unclean && !(fs->super->flags & MS_RDONLY))
		log_warn("%s: was not unmounted; e2fsck is recommended",
			 fs->bdev->name);
}

/* Fill the new super s from device d.  Context: [mounting]. */
static int ext2_super_fill(struct block_device *d, struct super *s,
			   const char *data)
{
	struct ext2_fs *fs = fs_alloc(d, s);
	int err;

	if (!fs)
		return -ENOMEM;
	err = block_claim(d, s);
	if (err) {
		ext2_unload(fs);
		return err;
	}
	blkdev_sync(d);
	err = load_super(fs);
	if (!err)
		err = ext2_parse_options(fs, data);
	if (!err)
		err = load_groups(fs);
	if (err)
		goto fail;
	s->block_size = fs->geo.block_size;
	s->statfs = ext2_statfs;
	s->sync = ext2_sync;
	s->write_files = writeback_super;
	s->remount = ext2_remount;
	s->any_nameless = ext2_any_nameless;
	fs->resuid = fs->disk->resuid;
	fs->resgid = fs->disk->resgid;
	/*
	 * fail instead of silently mounting read-only: mount(8) then retries
	 * with a read-only mount and tells its user
	 */
	if (!(s->flags & MS_RDONLY))
		err = ext2_may_write(fs);
	if (!err)
		err = open_root(fs);
	if (err)
		goto fail;
	log_mounted(fs);
	if (!(s->flags & MS_RDONLY))
		err = ext2_set_state(fs, false);
	if (!err)
		return 0;
	dcache_drop_tree(s->root);
fail:
	ext2_unload(fs);
	block_release(d);
	return err;
}

/*
 * Use the super of a device that is mounted already.
 * Return: 0 with *out, -EBUSY: its flags differ, or it is being unmounted.
 */
static int ext2_reuse_super(struct super *s, unsigned flags, struct super **out)
{
	if ((s->flags ^ flags) & MS_RDONLY || !ref_try_get(&s->refs))
		return -EBUSY;
	*out = s;
	return 0;
}

/*
 * Mount a device.  The lock `mounting` makes a second mount of the device wait
 * until the first one is visible.  The lock also makes a mount wait for an
 * unmount that is still writing.
 */
static int ext2_mount(const struct fs_type *type, const char *source,
		      unsigned flags, const char *data, struct super **out)
{
	struct block_device *d;
	struct super *s;
	int err;

	d = blkdev_lookup(source, &err);
	if (!d)
		return err;
	if (d->read_only && !(flags & MS_RDONLY))
		return -EACCES;
	mutex_lock(&mounting);
	s = block_super(d);
	if (s) {
		err = ext2_reuse_super(s, flags, out);
		goto out;
	}
	s = super_alloc(type, flags);
	err = s ? ext2_super_fill(d, s, data) : -ENOMEM;
	if (!err) {
		writeback_add_super(s);
		*out = s;
	} else if (s) {
		super_free(s);
	}
out:
	mutex_unlock(&mounting);
	return err;
}

static struct fs_type ext2_type = {
	.name = "ext2", .magic = EXT2_MAGIC,
	.mount = ext2_mount, .unmount = ext2_unmount,
};
/* Without a journal to replay, ext3 and ext4 are mounted like ext2. */
static struct fs_type ext3_type = {
	.name = "ext3", .magic = EXT2_MAGIC,
	.mount = ext2_mount, .unmount = ext2_unmount,
};
static struct fs_type ext4_type = {
	.name = "ext4", .magic = EXT2_MAGIC,
	.mount = ext2_mount, .unmount = ext2_unmount,
};

static void ext2_init(void)
{
	fs_register(&ext2_type);
	fs_register(&ext3_type);
	fs_register(&ext4_type);
}
INIT(fs, ext2_init);
