/* SPDX-License-Identifier: MIT */
/*
 * The commit (see ext2.h): writes all changes in four steps, while no operation
 * that changes structures runs.
 *
 * Invariant: between two steps the disk is in a state in which, at worst,
 * counts (also of links) and bitmaps are wrong, or names lead to unused inodes.
 */
#define LOG_PREFIX "ext2"
#include "ext2.h"
#include <kernel/time/time.h>
#include <lt/log.h>
#include <mm/frames/slab.h>

void ext2_mark_dirty(struct inode *i)
{
	struct ext2_fs *fs = ext2_fs(i->super);
	struct ext2_inode *e = ext2_i(i);

	/*
	 * Pairs with take_dirty(): the caller's change must be visible before
	 * we look at the list, as a commit takes an inode off the list before
	 * it reads the inode.
	 */
	arch_mb();
	if (!list_empty(&e->dirty))
		return;
	spin_lock(&fs->meta);
	/*
	 * an inode without a name is never stored: only its deletion is stored
	 */
	if (i->nlink && list_empty(&e->dirty)) {
		inode_get(i);
		list_append(&fs->dirty_inodes, &e->dirty);
	}
	spin_unlock(&fs->meta);
	writeback_kick(fs->super);
}

/*
 * .changed: i has changed, most often a time stamp.  On a read-only disk the
 * change stays in memory.
 */
void ext2_changed(struct inode *i)
{
	if (!(i->super->flags & MS_RDONLY))
		ext2_mark_dirty(i);
}

/*
 * Note that i was deleted.  An inode created since the last commit is not on
 * the disk, and needs no record.
 */
void ext2_note_deleted(struct inode *i)
{
	struct ext2_fs *fs = ext2_fs(i->super);
	struct ext2_inode *e = ext2_i(i);
	struct ext2_deleted *d = NULL;
	bool listed;

	if (e->born != fs->epoch) {
		d = kmalloc(sizeof(*d));
		if (d)
			*d = (struct ext2_deleted){ .ino = (u32)i->ino,
				.time = (u32)(i->ctime / NSEC_PER_SEC) };
		else
			log_warn("%s: inode %llu is left to e2fsck",
				 fs->bdev->name, (unsigned long long)i->ino);
	}
	spin_lock(&fs->meta);
	listed = !list_empty(&e->dirty);
	list_remove(&e->dirty);
	if (d)
		list_append(&fs->deleted, &d->link);
	spin_unlock(&fs->meta);
	if (listed)
		inode_put(i);
	writeback_kick(fs->super);
}

/* ---- the steps ----------------------------------------------------------- */

static int store_deletions(struct ext2_fs *fs)
{
	int err = 0, e;

	for (;;) {
		struct ext2_deleted *d = NULL;

		spin_lock(&fs->meta);
		if (!list_empty(&fs->deleted)) {
			d = list_first(&fs->deleted, struct ext2_deleted,
				       link);
			list_remove(&d->link);
		}
		spin_unlock(&fs->meta);
		if (!d)
			return err;
		e = ext2_store_deleted(fs, d);
		if (e == -ENOMEM) {
			spin_lock(&fs->meta);
			list_push(&fs->deleted, &d->link);
			spin_unlock(&fs->meta);
			return e;
		}
		err = err ? err : e;
		kfree(d);
	}
}

/*
 * Take the first inode off a list.
 * Return: the inode, with the list's reference, or NULL.
 */
static struct ext2_inode *take_dirty(struct ext2_fs *fs, struct list *from)
{
	struct ext2_inode *i = NULL;

	spin_lock(&fs->meta);
	if (!list_empty(from)) {
		i = list_first(from, struct ext2_inode, dirty);
		list_remove(&i->dirty);
		i->chained = true;
	}
	spin_unlock(&fs->meta);
	return i;
}

/*
 * Drop the reference that the chain of a commit (stored_next) holds to i.
 * Context: no locks, as this may be the last reference.
 */
static void ext2_unchain(struct ext2_fs *fs, struct ext2_inode *i)
{
	spin_lock(&fs->meta);
	i->chained = false;
	spin_unlock(&fs->meta);
	inode_put(i->inode);
}

void ext2_drop_inodes(struct ext2_fs *fs)
{
	struct ext2_inode *i;

	while ((i = take_dirty(fs, &fs->dirty_inodes)))
		ext2_unchain(fs, i);
	while (!list_empty(&fs->deleted)) {
		struct ext2_deleted *d = list_first(&fs->deleted,
						    struct ext2_deleted, link);

		list_remove(&d->link);
		kfree(d);
	}
}

/*
 * Put i back on the list for the next commit, with the reference of the
 * commit's chain.
 * Return: true; false: i was on the list already.
 */
static bool requeue_dirty(struct ext2_fs *fs, struct ext2_inode *i)
{
	bool off;

	spin_lock(&fs->meta);
	off = list_empty(&i->dirty);
	if (off) {
		list_push(&fs->dirty_inodes, &i->dirty);
		i->chained = false;
	}
	spin_unlock(&fs->meta);
	return off;
}

/*
 * Store all inodes that are dirty now.  An inode that becomes dirty again
 * meanwhile, for example by being read, waits for the next commit, as it can be
 * in the chain only once.  The references go to *done, to be put when no lock
 * is held.
 */
static int store_inodes(struct ext2_fs *fs, struct ext2_inode **done)
{
	struct list now = LIST_INIT(now);
	struct ext2_inode *i;
	int err = 0, e;

	spin_lock(&fs->meta);
	list_splice(&now, &fs->dirty_inodes);
	spin_unlock(&fs->meta);
	while ((i = take_dirty(fs, &now))) {
		e = ext2_store_inode(i->inode);
		err = err ? err : e;
		if (e == -ENOMEM && requeue_dirty(fs, i))
			continue;
		i->stored_next = *done;
		*done = i;
	}
	return err;
}

/* Write a class of blocks and make it durable before the next step. */
static int write_step(struct ext2_fs *fs, enum ext2_class c)
{
	bool any = false;
	int err = ext2_write_class(fs, c, &any);

	if (!err && any)
		err = block_flush(fs->bdev);
	return err;
}

static int commit_locked(struct ext2_fs *fs, struct ext2_inode **done)
{
	int err = store_deletions(fs);

	if (!err)
		err = write_step(fs, EXT2_INODES);
	if (!err)
		err = write_step(fs, EXT2_NAMES);
	if (!err)
		err = write_step(fs, EXT2_LATE_NAMES);
	if (!err)
		err = store_inodes(fs, done);
	if (!err)
		err = write_step(fs, EXT2_INODES);
	if (err)
		return err;
	ext2_release_freed(fs);
	fs->epoch++;
	return write_step(fs, EXT2_MAPS);
}

/*
 * Put references outside the commit lock, because putting the last reference to
 * an inode begins an operation of its own.  `putting` stays locked until all
 * are put.
 *
 * A step that fails ends the commit.  The disk is then as after a power cut,
 * and the file system becomes read-only.  After -ENOMEM it stays writable, and
 * the next commit does the remaining steps.
 */
int ext2_commit(struct ext2_fs *fs)
{
	struct ext2_inode *done = NULL, *e;
	int err;

	if (fs->damaged)
		return -EROFS;
	mutex_lock(&fs->putting);
	rw_write_lock(&fs->commit);
	err = commit_locked(fs, &done);
	if (err && err != -ENOMEM) {
		ext2_error(fs, "a commit fails: error %d", -err);
		fs->damaged = true;
		fs->super->flags |= MS_RDONLY;
	}
	rw_write_unlock(&fs->commit);
	while ((e = done)) {
		done = e->stored_next;
		ext2_unchain(fs, e);
	}
	mutex_unlock(&fs->putting);
	return err;
}

int ext2_settle(struct ext2_fs *fs)
{
	mutex_lock(&fs->putting);
	mutex_unlock(&fs->putting);
	return fs->damaged ? -EIO : block_flush(fs->bdev);
}

bool ext2_is_clean(struct ext2_fs *fs)
{
	bool clean;

	if (ext2_may_free(fs))
		return false;	/* a commit still has to write the bitmaps */
	spin_lock(&fs->meta);
	clean = list_empty(&fs->dirty_inodes) && list_empty(&fs->deleted);
	for (unsigned c = 0; c < EXT2_CLASSES; c++)
		clean &= !fs->dirty[c].root;
	spin_unlock(&fs->meta);
	return clean;
}

/* Runs op at most twice: if a commit did not free enough, the disk is full. */
int ext2_with_room(struct ext2_fs *fs, int (*op)(void *arg), void *arg)
{
	int err;

	for (bool again = false;; again = true) {
		if (fs->super->flags & MS_RDONLY)
			return -EROFS;
		ext2_begin(fs);
		err = op(arg);
		ext2_end(fs);
		if (err != -ENOSPC || again || !ext2_may_free(fs))
			return err;
		err = ext2_commit(fs);
		if (err)
			return err;
	}
}
