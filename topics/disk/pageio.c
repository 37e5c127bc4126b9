/* SPDX-License-Identifier: MIT */
/*
 * File pages to and from a block device (rows A1, E8).  A file system says by
 * .map where the blocks of a file are; here neighbours become one request,
 * and the pages learn of its end.
 *
 * Invariant: a page that is PG_READING or PG_WRITEBACK has a reference of the
 * requests it is in; the last of them clears the bit.
 */
#include <fs/io/pagefile.h>
#include <fs/path/namei.h>
#include <kernel/sched/sched.h>
#include <lib/mem.h>
#include <mm/frames/slab.h>
#include <mm/vm.h>
#include "blkdev.h"
#include "block.h"
#include "dirty.h"

#define MAX_PIECES	(PAGE_SIZE >> SECTOR_SHIFT)
#define TAG		1ul	/* seg.owner is a struct parts */

/* A page whose blocks lie in several requests. */
struct parts {
	struct page *page;
	atomic_t left;
	int error;			/* word */
};

/* One stretch of a page that is contiguous on the device. */
struct piece {
	u64 sector;
	unsigned off, len;		/* bytes of the page */
};

/* Requests in the making. */
struct stream {
	struct mapping *m;
	enum bio_op op;
	struct bio *bio;		/* NULL: none begun */
	u64 next;			/* sector behind it */
	/*
	 * What .map said last.  A truncation takes pages out, or waits for
	 * their write-back, before it frees their blocks: so it is true only
	 * of pages that were in place, or taken, before .map was asked.
	 */
	u64 run_block, run_disk;
	unsigned run_n;			/* blocks */
	bool lacks;			/* memory, for some page */
};

/* ---- the end of requests (interrupt) ------------------------------------- */

/* The bit that who needs the page waits for. */
static u32 busy_bit(enum bio_op op)
{
	return op == BIO_READ ? PG_READING : PG_WRITEBACK;
}

/*
 * All of p is done.  An error of writing is kept by the mapping, for the next
 * fsync(2); the page counts as clean, as on Linux: what cannot be written must
 * not fill memory.  One that lacked memory is dirty again (stream_lacks()). m
 * is not touched after the last line about it: it may be gone with its last
 * page under way.  Context: any.
 */
static void page_done(struct mapping *m, enum bio_op op, struct page *p,
		      int error)
{
	if (op == BIO_WRITE) {
		if (error && error != -ENOMEM)
			__atomic_store_n(&m->error, error, __ATOMIC_RELAXED);
		mapping_writeback_end(m);
	} else if (error) {
		page_set_flags(p, PG_ERROR);
	}
	page_unbusy(p, busy_bit(op));
	page_put(p);
}

/*
 * One piece is done. error is stored before the count falls: who brings it to 0
 * sees all of them.
 */
static void owner_done(struct mapping *m, enum bio_op op, void *owner,
		       int error)
{
	struct parts *parts = (void *)((unsigned long)owner & ~TAG);

	if (!((unsigned long)owner & TAG)) {
		page_done(m, op, owner, error);
		return;
	}
	if (error)
		parts->error = error;
	if (atomic_add(&parts->left, -1))
		return;
	page_done(m, op, parts->page, parts->error);
	kfree(parts);
}

static void stream_done(struct bio *b)
{
	for (unsigned k = 0; k < b->nr_segs; k++)
		owner_done(b->private, b->op, b->seg[k].owner, b->error);
	bio_free(b);
}

/* ---- building them ------------------------------------------------------- */

static void stream_submit(struct stream *s)
{
	if (s->bio)
		bio_submit(s->bio);
	s->bio = NULL;
}

/*
 * There is no memory to begin with p, which is not the disk's fault: what was
 * to be written stays dirty, and who was to read tells that.  Return: -ENOMEM.
 */
static int stream_lacks(struct stream *s, struct page *p)
{
	s->lacks = true;
	if (s->op == BIO_WRITE)
		mapping_dirty(s->m, p);
	return -ENOMEM;
}

/*
 * A piece joins the request begun if it lies right behind it on the disk; else
 * that is sent, and a new one begun.  Return: 0 or -ENOMEM.
 */
static int stream_add(struct stream *s, struct page *p,
		      const struct piece *piece, void *owner)
{
	struct block_device *d = s->m->bdev;

	if (s->bio && (s->next != piece->sector ||
		       s->bio->nr_segs == d->max_segs))
		stream_submit(s);
	if (!s->bio) {
		s->bio = bio_alloc(d, s->op, d->max_segs);
		if (!s->bio)
			return stream_lacks(s, p);
		s->bio->sector = piece->sector;
		s->bio->done = stream_done;
		s->bio->private = s->m;
	}
	bio_add(s->bio, (char *)page_virt(p) + piece->off, piece->len, owner);
	s->next = piece->sector + (piece->len >> SECTOR_SHIFT);
	return 0;
}

/* Where block is.  Return: 0 with *disk, or MAP_HOLE. */
static int stream_map(struct stream *s, u64 block, u64 *disk)
{
	struct mapping *m = s->m;
	int err;

	if (block - s->run_block >= s->run_n) {
		unsigned max = (BIO_MAX_SEGS * PAGE_SIZE) >> m->block_bits;

		s->run_n = 0;
		err = m->ops->map(m, block, max, &s->run_disk, &s->run_n);
		if (err)
			return err;
		s->run_block = block;
	}
	*disk = s->run_disk == MAP_HOLE ? MAP_HOLE :
		s->run_disk + (block - s->run_block);
	return 0;
}

/*
 * The stretches of page p that have a place on the device; holes are left out,
 * and cleared when it is to be read.  Return: how many, or -errno.
 */
static int find_pieces(struct stream *s, struct page *p, struct piece *piece)
{
	unsigned bits = s->m->block_bits, size = 1u << bits;
	u64 block = (u64)p->index << (PAGE_SHIFT - bits);
	bool whole = true;
	int n = 0;

	for (unsigned off = 0; off < PAGE_SIZE; off += size, block++) {
		u64 disk, sector;
		int err = stream_map(s, block, &disk);

		if (err)
			return err;
		sector = disk << (bits - SECTOR_SHIFT);
		if (disk == MAP_HOLE) {
			whole = false;
			if (s->op == BIO_READ)
				memset((char *)page_virt(p) + off, 0, size);
		} else if (n && piece[n - 1].off + piece[n - 1].len == off &&
			   piece[n - 1].sector +
			   (piece[n - 1].len >> SECTOR_SHIFT) == sector) {
			piece[n - 1].len += size;
		} else {
			piece[n++] = (struct piece){ sector, off, size };
		}
	}
	if (whole)
		page_set_flags(p, PG_MAPPED);
	return n;
}

/* Several pieces: they count down together.  Takes p's reference over. */
static void stream_parts(struct stream *s, struct page *p,
			 const struct piece *piece, int n)
{
	struct parts *parts = kmalloc(sizeof(*parts));

	if (!parts) {
		page_done(s->m, s->op, p, stream_lacks(s, p));
		return;
	}
	*parts = (struct parts){ .page = p };
	atomic_set(&parts->left, n);
	for (int k = 0; k < n; k++) {
		void *owner = (void *)((unsigned long)parts | TAG);

		if (stream_add(s, p, &piece[k], owner))
			owner_done(s->m, s->op, owner, -ENOMEM);
	}
}

/* Takes over the reference to p, whose busy bit is set. */
static void stream_page(struct stream *s, struct page *p)
{
	struct piece piece[MAX_PIECES];
	int n = find_pieces(s, p, piece);

	if (n > 1)
		stream_parts(s, p, piece, n);
	else if (n <= 0)
		page_done(s->m, s->op, p,
			  n == -ENOMEM ? stream_lacks(s, p) : n);
	else if (stream_add(s, p, &piece[0], p))
		page_done(s->m, s->op, p, -ENOMEM);
}

/* ---- reading ------------------------------------------------------------- */

/*
 * The file may have been cut before p was in place, and be about to lose the
 * blocks: then p is of zeros, should the file grow again.
 */
static void pageio_read_page(struct stream *s, struct page *p)
{
	if (likely(p->index < mapping_end(s->m))) {
		stream_page(s, p);
	} else {
		arch_clear_page(page_virt(p));
		page_done(s->m, BIO_READ, p, 0);
	}
}

/*
 * The pages are put in place, busy, before .map is asked for them: see struct
 * stream.  Only the first must be had; the others are read ahead of need.
 */
int pageio_read_pages(struct mapping *m, unsigned long first, unsigned n)
{
	struct stream s = { .m = m, .op = BIO_READ };
	int err = 0;

	for (unsigned k = 0; k < n && !err; k++) {
		/* only the page that is needed may be waited for */
		struct page *p = k ? mapping_lookup(m, first + k) : NULL;

		if (p) {
			page_put(p);
			continue;
		}
		p = !k || !page_is_low() ? pagecache_alloc() : NULL;
		if (!p) {
			err = k ? 0 : -ENOMEM;
			break;
		}
		p->flags = PG_READING;
		err = mapping_add(m, p, first + k);
		if (!err) {
			s.run_n = 0;
			pageio_read_page(&s, p);
			if (unlikely(s.lacks && !k))
				err = -ENOMEM;
			continue;
		}
		page_put(p);
		if (err == -EEXIST || k)
			err = 0;
	}
	stream_submit(&s);
	return err;
}

/* ---- writing ------------------------------------------------------------- */

/*
 * The end of the file is not asked for here: a writer who goes beyond it has
 * filled and marked the page before it moves the end.
 */
static void write_batch(struct stream *s, struct page **pages, unsigned n)
{
	s->run_n = 0;
	mapping_wrprotect(s->m, pages[0]->index, pages[n - 1]->index);
	for (unsigned k = 0; k < n; k++)
		stream_page(s, pages[k]);
}

/* Return: the first caller after an error is told of it (fsync(2)). */
int pageio_wait(struct mapping *m)
{
	mapping_writeback_wait(m);
	return __atomic_exchange_n(&m->error, 0, __ATOMIC_RELAXED);
}

/*
 * Dirty pages of [first, last], in order of the file, so that requests are
 * long.  With wait, also those that were under way and became dirty again.
 */
int pageio_write(struct mapping *m, unsigned long first, unsigned long last,
		 bool wait)
{
	struct stream s = { .m = m, .op = BIO_WRITE };
	struct page *pages[BIO_MAX_SEGS], *p;
	unsigned n;
	int err;

	while (first <= last && HINT(m->nr_dirty)) {
		n = mapping_take_dirty(m, &first, last, pages, BIO_MAX_SEGS);
		if (n) {
			write_batch(&s, pages, n);
		} else if (first <= last) {
			/* it is being written, and dirty again */
			stream_submit(&s);
			p = wait ? mapping_lookup(m, first) : NULL;
			if (p) {
				page_wait(p, PG_WRITEBACK);
				page_put(p);
			} else {
				first++;
			}
		}
		cond_resched();
	}
	stream_submit(&s);
	if (!wait)
		return 0;
	err = pageio_wait(m);
	return !err && s.lacks ? -ENOMEM : err;
}

/* ---- pages that are mapped ----------------------------------------------- */

/*
 * Files of disks as memory (rows D4, E8).  A page of a shared mapping is
 * mapped read-only while it is clean, so that each first store to it faults:
 *
 *   load            store              written back       store
 *   r--, clean  ->  rw-, dirty     ->  r--, clean     ->  rw-, dirty
 *                   page_mkwrite                          page_mkwrite
 *
 * There the file changes, as by write(2): its times say so, and its block is
 * found while a full disk can still be told, by SIGBUS.
 */

/* Bytes of the file that its page p has; negative or 0: p is behind its end. */
static loff_t pageio_bytes_of(const struct mapping *m, const struct page *p)
{
	return min(*m->size - ((loff_t)p->index << PAGE_SHIFT),
		   (loff_t)PAGE_SIZE);
}

/*
 * The inode's lock must not be waited for, as write(2) faults while it holds
 * it.  But then it sets the times itself, once it is through.
 */
static void note_change(struct inode *i)
{
	if (!mutex_trylock(&i->lock))
		return;
	i->mtime = i->ctime = inode_now();
	inode_changed(i);
	mutex_unlock(&i->lock);
}

static int diskfile_mkwrite(struct vma *v, struct page *p)
{
	struct mapping *m = v->mapping;
	loff_t bytes = pageio_bytes_of(m, p);

	if (bytes <= 0)
		return -EFAULT;
	note_change(mapping_inode(m));
	if (READ_ONCE(p->flags) & PG_MAPPED)
		return 0;
	return m->ops->prepare(m, p->index, p, 0, (unsigned)bytes);
}

const struct vma_ops diskfile_area_ops = {
	.map_pages = vm_map_around,
	.page_mkwrite = diskfile_mkwrite,
};
