/* SPDX-License-Identifier: MIT */
/*
 * Transfer of file pages to and from a block device (rows A1, E8).  A file
 * system's .map says where the blocks of a file are.  Here adjacent blocks
 * become one request, and the pages are told when it ends.
 *
 * Invariant: the requests that transfer a page hold a reference to the page,
 * which is PG_READING or PG_WRITEBACK.  The last of them clears this flag.
 */
#include <fs/inode/inode.h>
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
#define TAG		1ul	/* tag bit: seg.owner is a struct parts */

/* A page whose blocks are in several requests. */
struct parts {
	struct page *page;
	atomic_t left;
	int error;			/* error of a part, or 0 */
};

/* A part of a page that is contiguous on the device. */
struct piece {
	u64 sector;
	unsigned off, len;		/* bytes within the page */
};

/* A sequence of pages being turned into requests. */
struct stream {
	struct mapping *m;
	enum bio_op op;
	struct bio *bio;		/* NULL: none begun */
	u64 next;			/* sector after bio's last one */
	/*
	 * The last result of .map.  Before a truncation frees blocks, it
	 * removes their pages, or waits for their write-back.  So the result is
	 * valid only for pages that were in the cache, or taken for writing,
	 * before .map was called.
	 */
	u64 run_block, run_disk;
	unsigned run_n;			/* blocks */
	bool lacks;			/* memory was short for some page */
};

/* ---- the end of requests (interrupt) ------------------------------------- */

/*
 * Return the flag of a page under transfer; other tasks wait until the flag is
 * cleared.
 */
static u32 busy_bit(enum bio_op op)
{
	return op == BIO_READ ? PG_READING : PG_WRITEBACK;
}

/*
 * Finish the transfer of p.  The mapping keeps a write error for the next
 * fsync(2).  The page counts as clean nevertheless, as on Linux: a page that
 * cannot be written must not fill memory.  A page that lacked memory is dirty
 * again (see stream_no_memory()).  m must not be touched after
 * mapping_writeback_end(): it may be freed when its last page under way is
 * done.
 * Context: any.
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
 * Finish one piece of a page.  The error is stored before the count falls, so
 * that the piece that brings the count to 0 sees all errors.
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
 * Handle lack of memory for p's request, which is no disk error: a page to be
 * written stays dirty, and a reader gets -ENOMEM.
 * Return: -ENOMEM.
 */
static int stream_no_memory(struct stream *s, struct page *p)
{
	s->lacks = true;
	if (s->op == BIO_WRITE)
		mapping_dirty(s->m, p);
	return -ENOMEM;
}

/*
 * Add a piece to the current request if the piece directly follows it on the
 * disk.  Otherwise submit that request and begin a new one.
 * Return: 0 or -ENOMEM.
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
			return stream_no_memory(s, p);
		s->bio->sector = piece->sector;
		s->bio->done = stream_done;
		s->bio->private = s->m;
	}
	bio_add(s->bio, (char *)page_virt(p) + piece->off, piece->len, owner);
	s->next = piece->sector + (piece->len >> SECTOR_SHIFT);
	return 0;
}

/*
 * Find the place of a block on the device.
 * Return: 0 with *disk, which may be MAP_HOLE; or -errno.
 */
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
 * Find the parts of page p that have a place on the device.  Holes are left
 * out, and zeroed when reading.
 * Return: the number of pieces, or -errno.
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

/*
 * Add page p with several pieces, which count down together.  Takes over the
 * reference to p.
 */
static void stream_parts(struct stream *s, struct page *p,
			 const struct piece *piece, int n)
{
	struct parts *parts = kmalloc(sizeof(*parts));

	if (!parts) {
		page_done(s->m, s->op, p, stream_no_memory(s, p));
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

/* Add page p, whose busy bit is set.  Takes over the reference to p. */
static void stream_page(struct stream *s, struct page *p)
{
	struct piece piece[MAX_PIECES];
	int n = find_pieces(s, p, piece);

	if (n > 1)
		stream_parts(s, p, piece, n);
	else if (n <= 0)
		page_done(s->m, s->op, p,
			  n == -ENOMEM ? stream_no_memory(s, p) : n);
	else if (stream_add(s, p, &piece[0], p))
		page_done(s->m, s->op, p, -ENOMEM);
}

/* ---- reading ------------------------------------------------------------- */

/*
 * Read page p.  The file may have been truncated before p was in the cache, and
 * then the blocks of p may be freed soon.  In that case p is filled with zeros,
 * in case the file grows again.
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
 * Read pages.  They are put into the cache, busy, before .map is called for
 * them: see struct stream.  Only the first page is needed; the others are
 * read-ahead.
 */
int pageio_read_pages(struct mapping *m, unsigned long first, unsigned n)
{
	struct stream s = { .m = m, .op = BIO_READ };
	int err = 0;

	for (unsigned k = 0; k < n && !err; k++) {
		/* do not wait for read-ahead pages */
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
 * Write pages.  The end of the file is not checked here: a writer that extends
 * the file fills the page and marks it dirty before it moves the end.
 */
static void write_batch(struct stream *s, struct page **pages, unsigned n)
{
	s->run_n = 0;
	mapping_wrprotect(s->m, pages[0]->index, pages[n - 1]->index);
	for (unsigned k = 0; k < n; k++)
		stream_page(s, pages[k]);
}

/* Only the first caller after an error gets that error (fsync(2)). */
int pageio_wait(struct mapping *m)
{
	mapping_writeback_wait(m);
	return __atomic_exchange_n(&m->error, 0, __ATOMIC_RELAXED);
}

/*
 * Write in file order, so that requests are long.  With wait, pages that became
 * dirty while they were being written are written again.
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
			/* page `first` is being written, and dirty again */
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
 * Files on disks as memory (rows D4, E8).  A page of a shared mapping is mapped
 * read-only while it is clean, so that the first store to it faults:
 *
 *   load            store              written back       store
 *   r--, clean  ->  rw-, dirty     ->  r--, clean     ->  rw-, dirty
 *                   page_mkwrite                          page_mkwrite
 *
 * This fault counts as a change of the file like write(2): it updates the
 * times, and allocates the block while a full disk can still be reported, by
 * SIGBUS.
 */

/* Return the bytes of the file in page p; 0 or negative: p is past the end. */
static loff_t pageio_bytes_of(const struct mapping *m, const struct page *p)
{
	return min(PEEK(*m->size) - ((loff_t)p->index << PAGE_SHIFT),
		   (loff_t)PAGE_SIZE);
}

static int diskfile_mkwrite(struct vma *v, struct page *p)
{
	struct mapping *m = v->mapping;
	loff_t bytes = pageio_bytes_of(m, p);

	if (bytes <= 0)
		return -EFAULT;
	inode_note_store(mapping_inode(m));
	if (READ_ONCE(p->flags) & PG_MAPPED)
		return 0;
	return m->ops->prepare(m, p->index, p, 0, (unsigned)bytes);
}

const struct vma_ops diskfile_area_ops = {
	.map_pages = vm_map_around,
	.page_mkwrite = diskfile_mkwrite,
};
