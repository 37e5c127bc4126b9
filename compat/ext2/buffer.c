/* SPDX-License-Identifier: MIT */
/*
 * Access to ext2's own structures, in the pages of the device's mapping.
 *
 * Invariant: a changed block is in one of the trees of dirty blocks, which
 * holds a reference to its page.  So the page is neither reclaimed nor written
 * before its turn.
 */
#define LOG_PREFIX "ext2"
#include <lib/mem.h>
#include "ext2.h"
#include <lib/printf.h>
#include <lt/log.h>
#include <mm/frames/slab.h>

/* Find the cache page of a block; several blocks of 1 or 2 KiB share a page. */
static void ext2_locate(struct ext2_fs *fs, u32 block, unsigned long *index,
			unsigned *off)
{
	unsigned shift = PAGE_SHIFT - fs->geo.block_bits;

	*index = block >> shift;
	*off = (block & ((1u << shift) - 1)) << fs->geo.block_bits;
}

int ext2_read(struct ext2_fs *fs, u32 block, struct ext2_buf *b)
{
	struct mapping *m = &fs->bdev->inode->mapping;
	unsigned long index;
	unsigned off;
	int err;

	if (block >= fs->geo.blocks)
		return -EIO;
	ext2_locate(fs, block, &index, &off);
	b->page = mapping_find(m, index);
	if (unlikely(!b->page)) {
		err = mapping_get(m, index, &b->page);
		if (err)
			return err;
	}
	if (!(b->page->flags & PG_ACCESSED))
		page_set_flags(b->page, PG_ACCESSED);
	b->data = (char *)page_virt(b->page) + off;
	b->block = block;
	return 0;
}

/*
 * Add a page of zeros, so that the disk need not be read.
 * Return: NULL: the page must be read.
 */
static struct page *zero_page_at(struct mapping *m, unsigned long index)
{
	struct page *p = mapping_lookup(m, index);

	if (p) {
		page_put(p);
		return NULL;
	}
	p = pagecache_alloc();
	if (!p)
		return NULL;
	arch_clear_page(page_virt(p));
	if (mapping_add(m, p, index)) {
		page_put(p);
		return NULL;
	}
	return p;
}

/* If a block fills a page, its old content need not be read. */
int ext2_fresh(struct ext2_fs *fs, u32 block, struct ext2_buf *b)
{
	unsigned long index;
	unsigned off;
	int err;

	ext2_locate(fs, block, &index, &off);
	if (fs->geo.block_size == PAGE_SIZE) {
		b->page = zero_page_at(&fs->bdev->inode->mapping, index);
		if (b->page) {
			b->data = page_virt(b->page);
			b->block = block;
			return 0;
		}
	}
	err = ext2_read(fs, block, b);
	if (!err)
		memset(b->data, 0, fs->geo.block_size);
	return err;
}

/*
 * Enter b into a tree of dirty blocks.  The page is not marked as dirty in the
 * device's mapping, whose write-back would not keep our order.
 */
void ext2_dirty(struct ext2_fs *fs, struct ext2_buf *b, enum ext2_class c)
{
	int err = 0;

	spin_lock(&fs->meta);
	if (c == EXT2_NAMES && radix_get(&fs->dirty[EXT2_LATE_NAMES],
					 b->block))
		c = EXT2_LATE_NAMES;
	if (!radix_get(&fs->dirty[c], b->block)) {
		err = radix_set(&fs->dirty[c], b->block, b->page);
		if (!err)
			page_get(b->page);
	}
	spin_unlock(&fs->meta);
	/*
	 * no memory for the tree: let the device's write-back write the block,
	 * out of order
	 */
	if (unlikely(err))
		mapping_dirty(&fs->bdev->inode->mapping, b->page);
	writeback_kick(fs->super);
}

void ext2_defer_names(struct ext2_fs *fs, u32 block)
{
	struct page *p;

	spin_lock(&fs->meta);
	p = radix_get(&fs->dirty[EXT2_NAMES], block);
	if (p && !radix_set(&fs->dirty[EXT2_LATE_NAMES], block, p))
		radix_remove(&fs->dirty[EXT2_NAMES], block);
	spin_unlock(&fs->meta);
}

/*
 * Drop pending writes of a freed block.  After the next commit the block may
 * belong to another file.  A pending write of its old content would destroy the
 * new content.
 */
void ext2_forget(struct ext2_fs *fs, u32 block)
{
	struct page *held[EXT2_CLASSES];
	unsigned n = 0;

	spin_lock(&fs->meta);
	for (unsigned c = 0; c < EXT2_CLASSES; c++) {
		struct page *p = radix_remove(&fs->dirty[c], block);

		if (p)
			held[n++] = p;
	}
	spin_unlock(&fs->meta);
	page_put_many(held, n);
}

void ext2_drop_blocks(struct ext2_fs *fs)
{
	for (unsigned c = 0; c < EXT2_CLASSES; c++) {
		unsigned long block = 0;
		struct page *p;

		while ((p = radix_next(&fs->dirty[c], &block))) {
			radix_remove(&fs->dirty[c], block);
			page_put(p);
		}
	}
}

/* ---- writing a class ----------------------------------------------------- */

/* The write requests of one class. */
struct batch {
	struct ext2_fs *fs;
	atomic_t left;			/* requests in flight, plus one while
					   submitting */
	int error;			/* error of any request; accessed
					   without a lock */
	bool lacks;			/* out of memory: the other blocks wait
					   for the next commit */
	struct completion done;
	struct bio *bio;		/* request being filled, or NULL */
	u32 next;			/* block that would continue bio */
};

static void batch_put(struct batch *w)
{
	if (!atomic_add(&w->left, -1))
		complete(&w->done);
}

/* Context: interrupt. */
static void batch_done(struct bio *b)
{
	struct batch *w = b->private;

	for (unsigned k = 0; k < b->nr_segs; k++)
		page_put(b->seg[k].owner);
	if (b->error)
		w->error = b->error;
	bio_free(b);
	batch_put(w);
}

static void batch_submit(struct batch *w)
{
	if (w->bio)
		bio_submit(w->bio);
	w->bio = NULL;
}

static bool batch_begin(struct batch *w, u32 block)
{
	struct block_device *d = w->fs->bdev;

	w->bio = bio_alloc(d, BIO_WRITE, d->max_segs);
	if (!w->bio)
		return false;
	w->bio->sector = (u64)block << (w->fs->geo.block_bits - SECTOR_SHIFT);
	w->bio->done = batch_done;
	w->bio->private = w;
	atomic_add(&w->left, 1);
	return true;
}

/*
 * Handle the lack of memory for a request: put `block` back into its tree for
 * the next commit.  If there is no memory for that either, let the device write
 * the block out of order.
 */
static void batch_defer(struct batch *w, enum ext2_class c, u32 block,
			struct page *p)
{
	struct ext2_fs *fs = w->fs;
	bool there, back = false;

	spin_lock(&fs->meta);
	there = radix_get(&fs->dirty[c], block);
	if (!there)
		back = !radix_set(&fs->dirty[c], block, p);
	spin_unlock(&fs->meta);
	w->lacks = true;
	if (back)
		return;
	if (!there)
		mapping_dirty(&fs->bdev->inode->mapping, p);
	page_put(p);
}

/* Takes over the reference to p. */
static void batch_add(struct batch *w, enum ext2_class c, u32 block,
		      struct page *p)
{
	struct ext2_fs *fs = w->fs;
	unsigned long index;
	unsigned off;

	ext2_locate(fs, block, &index, &off);
	if (w->bio && (w->next != block ||
		       w->bio->nr_segs == fs->bdev->max_segs))
		batch_submit(w);
	if (!w->bio && !batch_begin(w, block)) {
		batch_defer(w, c, block, p);
		return;
	}
	bio_add(w->bio, (char *)page_virt(p) + off, fs->geo.block_size, p);
	w->next = block + 1;
}

/*
 * Write all dirty blocks of a class in ascending order, neighbors in one
 * request.  Each block leaves the tree before it is written, so a block that
 * changes meanwhile enters the tree again.  w.left starts at one, so that it
 * cannot reach 0 before all requests are submitted.
 */
int ext2_write_class(struct ext2_fs *fs, enum ext2_class c, bool *any)
{
	struct batch w = { .fs = fs };
	unsigned long block = 0;
	struct page *p;

	atomic_set(&w.left, 1);
	completion_init(&w.done);
	while (!w.lacks) {
		spin_lock(&fs->meta);
		p = radix_next(&fs->dirty[c], &block);
		if (p)
			radix_remove(&fs->dirty[c], block);
		spin_unlock(&fs->meta);
		if (!p)
			break;
		*any = true;
		batch_add(&w, c, (u32)block, p);
	}
	batch_submit(&w);
	batch_put(&w);
	completion_wait(&w.done);
	return w.error ? w.error : w.lacks ? -ENOMEM : 0;
}

/*
 * Log an inconsistency and react to it as the superblock or the mount option
 * errors= says (ext4(5)).  By default a damaged file system becomes read-only,
 * as further writes could make it worse.
 */
void ext2_error(struct ext2_fs *fs, const char *fmt, ...)
{
	char text[128];
	va_list args;

	va_start(args, fmt);
	fmt_vprint(text, sizeof(text), fmt, args);
	va_end(args);
	if (fs->panics)
		panic("ext2 on %s: %s", fs->bdev->name, text);
	if (fs->damaged)
		return;
	log_err("%s: %s%s", fs->bdev->name, text, fs->goes_on ||
		fs->super->flags & MS_RDONLY ? "" : "; read-only from now on");
	if (fs->goes_on)
		return;
	fs->damaged = true;
	fs->super->flags |= MS_RDONLY;
}
