/* SPDX-License-Identifier: MIT */
/*
 * Creating, removing and renaming names (row A1).  Each operation changes
 * memory only; a commit decides the order of writes.  A rename between two
 * blocks marks the block that loses the old name as late.  Otherwise a power
 * cut could lose both names.
 */
#define LOG_PREFIX "ext2"
#include <lib/mem.h>
#include <fs/path/dcache.h>
#include <fs/inode/inode.h>
#include "ext2.h"
#include <compat/xattr/xattr.h>
#include <lt/log.h>

#define TRIES	3000		/* largest number of naps while a directory has
				   other users */
#define NAP	1000000u	/* ns of a nap */

static struct ext2_fs *fs_of(const struct inode *i)
{
	return ext2_fs(i->super);
}

/* True if i has references besides ours, a commit's, and the dirty list's. */
static bool used_elsewhere(struct inode *i)
{
	struct ext2_inode *e = ext2_i(i);
	int ours;

	spin_lock(&fs_of(i)->meta);
	ours = 1 + !list_empty(&e->dirty) + e->chained;
	spin_unlock(&fs_of(i)->meta);
	return ref_read(&i->refs) > ours;
}

/*
 * Check that directory i has no second name and closes no loop.  A damaged disk
 * may have either.  Retry for a while, because a name that was just dropped
 * from the cache may still hold a reference.
 */
static int check_directory(struct inode *dir, struct inode *i)
{
	if (!S_ISDIR(i->mode))
		return 0;
	if (i->ino == EXT2_ROOT_INO || i->ino == dir->ino)
		return -EIO;
	for (unsigned k = 0; used_elsewhere(i); k++) {
		if (k == TRIES)
			return -EIO;
		wait_nap(NAP);
	}
	return 0;
}

/*
 * .lookup: leaves d negative if there is no such name.
 * Context: [dir's inode lock].
 */
static int ext2_lookup(struct inode *dir, struct dentry *d)
{
	struct inode *i;
	u32 ino;
	int err;

	if (d->name_len > EXT2_NAME_MAX)
		return -ENAMETOOLONG;
	err = ext2_find_name(dir, d->name, d->name_len, &ino);
	if (err == -ENOENT)
		return 0;
	if (err)
		return err;
	if (!ext2_ino_ok(&fs_of(dir)->geo, ino)) {
		ext2_error(fs_of(dir), "directory %llu names inode %u",
			   (unsigned long long)dir->ino, ino);
		return -EIO;
	}
	err = ext2_iget(fs_of(dir), ino, &i);
	if (err)
		return err;
	err = check_directory(dir, i);
	if (!err) {
		dentry_set_inode(d, i);
		return 0;
	}
	log_err("%s: directory %u has a second name in %llu",
		fs_of(dir)->bdev->name, (unsigned)ino,
		(unsigned long long)dir->ino);
	inode_put(i);
	return err;
}

/* ---- operations that want room ------------------------------------------- */

/*
 * Arguments of an operation; the operation runs twice if the disk was full the
 * first time.
 */
struct change {
	struct inode *dir;
	struct dentry *d;
	unsigned mode, rdev;
	const char *target;		/* of a symbolic link */
	struct inode *i;		/* inode to link to, or created */
	bool nameless;			/* O_TMPFILE */
};

/*
 * Create an inode.
 * Context: [begin].
 * Return: 0 with a reference in c->i, -errno.
 */
static int namei_new_inode(struct change *c)
{
	struct ext2_fs *fs = fs_of(c->dir);
	u32 ino;
	int err = ext2_alloc_inode(c->dir, c->mode, &ino);

	if (err)
		return err;
	c->i = ext2_new_inode(fs, ino, c->mode);
	if (!c->i) {
		ext2_free_inode(fs, ino, S_ISDIR(c->mode), true);
		return -ENOMEM;
	}
	inode_init_owner(c->i, c->dir);
	c->i->rdev = c->rdev;
	if (S_ISCHR(c->mode) || S_ISBLK(c->mode)) {
		unsigned major = DEV_MAJOR(c->rdev), minor = DEV_MINOR(c->rdev);

		if (major < 256 && minor < 256)
			ext2_i(c->i)->block[0] = major << 8 | minor;
		else
			ext2_i(c->i)->block[1] = c->rdev;
	}
	return inode_inherit(c->i, c->dir);
}

/*
 * Drop the new inode of an operation that failed; nobody has seen it.
 * Context: outside [begin].
 */
static void drop_new(struct change *c, int err)
{
	if (!err || !c->i)
		return;
	c->i->nlink = 0;
	ext2_note_deleted(c->i);
	inode_put(c->i);
	c->i = NULL;
}

static int add_entry(void *arg)
{
	struct change *c = arg;
	u32 block;

	return ext2_add_name(c->dir, c->d->name, c->d->name_len, c->i, &block);
}

/* A short target is stored in the inode, instead of block pointers. */
static int store_target(struct inode *i, const char *to)
{
	struct ext2_fs *fs = fs_of(i);
	size_t n = strlen(to);
	struct ext2_buf b;
	bool fresh;
	u32 disk;
	int err;

	if (n >= fs->geo.block_size)
		return -ENAMETOOLONG;
	if (n < sizeof(ext2_i(i)->block)) {
		memcpy(ext2_i(i)->block, to, n);
		i->size = (loff_t)n;
		return 0;
	}
	err = ext2_map_alloc(i, 0, &disk, &fresh);
	if (err)
		return err;	/* the size stays 0: do_make() may try again */
	i->size = (loff_t)n;
	err = ext2_fresh(fs, disk, &b);
	if (err)
		return err;
	memcpy(b.data, to, n);
	ext2_dirty(fs, &b, EXT2_NAMES);
	ext2_put(&b);
	return 0;
}

/*
 * Create an inode and its name.  This may run twice if the disk was full, so
 * each step checks whether it is done already.  The name comes last, so that
 * the inode is complete before it can be found.
 * Context: [begin].
 */
static int do_make(void *arg)
{
	struct change *c = arg;
	int err = 0;

	if (!c->i)
		err = namei_new_inode(c);
	if (!err && c->i->xattrs && !ext2_i(c->i)->file_acl)
		err = ext2_store_xattrs(c->i, c->i->xattrs);
	if (err)
		return err;
	if (S_ISDIR(c->mode)) {
		if (!c->i->size)
			err = ext2_make_dots(c->i, (u32)c->dir->ino);
		c->i->nlink = 2;
	} else if (c->target && !c->i->size) {
		err = store_target(c->i, c->target);
	}
	if (!err && !c->nameless)
		err = add_entry(c);
	if (err)
		return err;
	if (S_ISDIR(c->mode)) {
		c->dir->nlink++;
		ext2_mark_dirty(c->dir);
	}
	if (c->nameless)
		c->i->nlink = 0;
	else
		ext2_mark_dirty(c->i);
	return 0;
}

static int namei_make(struct change *c)
{
	int err;

	if (S_ISDIR(c->mode) && c->dir->nlink >= EXT2_LINK_MAX)
		return -EMLINK;
	err = ext2_with_room(fs_of(c->dir), do_make, c);
	drop_new(c, err);
	if (err)
		return err;
	if (c->nameless)
		dentry_set_nameless(c->d, c->i);
	else
		dentry_set_inode(c->d, c->i);
	return 0;
}

static int ext2_create(struct inode *dir, struct dentry *d, unsigned mode,
		       unsigned rdev)
{
	return namei_make(&(struct change){
		.dir = dir, .d = d, .mode = mode, .rdev = rdev });
}

static int ext2_mkdir(struct inode *dir, struct dentry *d, unsigned mode)
{
	return namei_make(&(struct change){ .dir = dir, .d = d, .mode = mode });
}

static int ext2_symlink(struct inode *dir, struct dentry *d, const char *to)
{
	return namei_make(&(struct change){
		.dir = dir, .d = d, .mode = S_IFLNK | 0777, .target = to });
}

static int ext2_tmpfile(struct inode *dir, struct dentry *d, unsigned mode)
{
	return namei_make(&(struct change){
		.dir = dir, .d = d, .mode = mode, .nameless = true });
}

/*
 * Add a name for i.  The link count rises after the name is added: the commit
 * writes the inode after the names, and e2fsck repairs a link count that is too
 * low.
 */
static int ext2_link(struct inode *dir, struct dentry *d, struct inode *i)
{
	struct change c = { .dir = dir, .d = d, .i = i };
	int err;

	if (i->nlink >= EXT2_LINK_MAX)
		return -EMLINK;
	err = ext2_with_room(fs_of(c.dir), add_entry, &c);
	if (err)
		return err;
	i->nlink++;
	i->ctime = inode_now();
	ext2_mark_dirty(i);
	inode_get(i);
	dentry_set_inode(d, i);
	return 0;
}

/* ---- removing ------------------------------------------------------------ */

/* Note that i has lost a name.  Context: [begin]. */
static void drop_link(struct inode *i, const struct inode *dir)
{
	i->ctime = dir->ctime;
	if (i->nlink)
		i->nlink--;
	if (S_ISDIR(i->mode))
		i->nlink = 0;
	if (i->nlink)
		ext2_mark_dirty(i);
	else
		ext2_note_deleted(i);
}

static int remove_entry(struct inode *dir, struct dentry *d)
{
	struct ext2_fs *fs = fs_of(dir);
	struct inode *i = d->inode;
	u32 block;
	int err;

	ext2_begin(fs);
	err = ext2_remove_name(dir, d->name, d->name_len, &block);
	if (!err) {
		if (S_ISDIR(i->mode) && dir->nlink > 2)
			dir->nlink--;
		drop_link(i, dir);
	}
	ext2_end(fs);
	/* if nobody else uses the inode, its dirty pages need not be written */
	if (!err && !i->nlink && ref_read(&i->refs) <= 2)
		writeback_forget(i);
	return err;
}

static int ext2_unlink(struct inode *dir, struct dentry *d)
{
	return remove_entry(dir, d);
}

static int ext2_rmdir(struct inode *dir, struct dentry *d)
{
	int empty = ext2_is_empty(d->inode);

	if (empty <= 0)
		return empty ? empty : -ENOTEMPTY;
	return remove_entry(dir, d);
}

/* ---- rename -------------------------------------------------------------- */

struct rename {
	struct inode *from_dir, *to_dir;
	struct dentry *from, *to;
};

/* Change ".." of a moved directory to its new parent. */
static int move_dots(struct inode *i, struct inode *from, struct inode *to)
{
	u32 block;
	int err;

	if (!S_ISDIR(i->mode) || from == to)
		return 0;
	err = ext2_change_name(i, "..", 2, to, &block);
	if (err)
		return err;
	if (from->nlink > 2)
		from->nlink--;
	to->nlink++;
	ext2_mark_dirty(from);
	ext2_mark_dirty(to);
	return 0;
}

/*
 * Add the new name before the old one is removed: if there is no room, nothing
 * has changed.
 * Context: [begin].
 */
static int add_for_rename(void *arg)
{
	struct change *c = arg;
	struct rename *r = (void *)c->target;
	struct inode *i = r->from->inode;
	u32 new_block, old_block;
	int err;

	if (r->to->inode)
		err = ext2_change_name(r->to_dir, r->to->name,
				       r->to->name_len, i, &new_block);
	else
		err = ext2_add_name(r->to_dir, r->to->name, r->to->name_len, i,
				    &new_block);
	if (err)
		return err;
	err = ext2_remove_name(r->from_dir, r->from->name, r->from->name_len,
			       &old_block);
	if (!err && old_block != new_block)
		ext2_defer_names(fs_of(i), old_block);
	return err ? err : move_dots(i, r->from_dir, r->to_dir);
}

/*
 * Exchange two names.  Both entries stay and swap their inode numbers, so no
 * room is needed.
 */
static int namei_exchange(struct rename *r)
{
	struct ext2_fs *fs = fs_of(r->from_dir);
	struct inode *a = r->from->inode, *b = r->to->inode;
	u32 block;
	int err;

	ext2_begin(fs);
	err = ext2_change_name(r->from_dir, r->from->name, r->from->name_len,
			       b, &block);
	if (!err)
		err = ext2_change_name(r->to_dir, r->to->name,
				       r->to->name_len, a, &block);
	if (!err)
		err = move_dots(a, r->from_dir, r->to_dir);
	if (!err)
		err = move_dots(b, r->to_dir, r->from_dir);
	if (!err) {
		a->ctime = b->ctime = inode_now();
		ext2_mark_dirty(a);
		ext2_mark_dirty(b);
	}
	ext2_end(fs);
	return err;
}

/* Drop a link of the inode that the target name led to before. */
static void drop_replaced(struct rename *r)
{
	struct inode *old = r->to->inode;

	ext2_begin(fs_of(old));
	if (S_ISDIR(old->mode) && r->to_dir->nlink > 2) {
		r->to_dir->nlink--;
		ext2_mark_dirty(r->to_dir);
	}
	drop_link(old, r->to_dir);
	ext2_end(fs_of(old));
}

static int ext2_rename(struct inode *from_dir, struct dentry *from,
		       struct inode *to_dir, struct dentry *to,
		       unsigned flags)
{
	struct rename r = { from_dir, to_dir, from, to };
	struct change c = { .dir = to_dir, .target = (void *)&r };
	struct inode *i = from->inode, *old = to->inode;
	int err;

	if (flags & RENAME_EXCHANGE)
		return namei_exchange(&r);
	if (S_ISDIR(i->mode) && from_dir != to_dir && !old &&
	    to_dir->nlink >= EXT2_LINK_MAX)
		return -EMLINK;
	if (old && S_ISDIR(old->mode)) {
		err = ext2_is_empty(old);
		if (err <= 0)
			return err ? err : -ENOTEMPTY;
	}
	/*
	 * write a file that replaces another to the disk before it gets the
	 * name
	 */
	if (old && S_ISREG(i->mode))
		pageio_write(&i->mapping, 0, ~0ul, true);
	err = ext2_with_room(fs_of(c.dir), add_for_rename, &c);
	if (err)
		return err;
	if (old)
		drop_replaced(&r);
	i->ctime = inode_now();
	ext2_mark_dirty(i);
	return 0;
}

const struct inode_ops ext2_dir_ops = {
	.extent_flags = ext2_extent_flags,
	.set_xattrs = ext2_set_xattrs,
	.lookup = ext2_lookup,
	.create = ext2_create,
	.tmpfile = ext2_tmpfile,
	.mkdir = ext2_mkdir,
	.symlink = ext2_symlink,
	.link = ext2_link,
	.unlink = ext2_unlink,
	.rmdir = ext2_rmdir,
	.rename = ext2_rename,
	.evict = ext2_evict,
	.changed = ext2_changed,
};
