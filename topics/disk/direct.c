/* SPDX-License-Identifier: MIT */
/*
 * O_DIRECT (rows A1, E8): the device transfers user memory directly, past the
 * page cache.  Position, length and buffers must be whole sectors, or the
 * result is EINVAL.  Data without a block, and parts of pages, are written
 * through the cache: they are written to the disk at once, and then dropped
 * from the cache.
 *
 * Invariant: a frame is referenced during its transfer.  Code that frees blocks
 * of a file first waits until no direct read of the file is in progress
 * (mapping.direct).
 */
#include "blkdev.h"
#include <fs/inode/inode.h>
#include <fs/io/pagefile.h>
#include <fs/mount/mount.h>
#include <fs/path/namei.h>
#include <mm/uaccess.h>
#include <mm/vm.h>

#define BIOS	8		/* most requests under way */

struct direct {
	struct mapping *m;
	enum bio_op op;
	struct bio *bio[BIOS];		/* only the last is not yet submitted */
	unsigned n;
	u64 next;			/* sector after the last one */
	atomic_t left;			/* requests under way, plus 1 */
	int error;			/* -EIO after an error */
	struct completion done;
};

/* Adjacent blocks, as found by .map. */
struct run {
	loff_t pos;			/* position in the file */
	unsigned long len;		/* bytes */
	u64 sector;			/* or MAP_HOLE */
};

/* ---- requests ------------------------------------------------------------ */

/* Handle the end of a request.  Context: any; normally an interrupt. */
static void bio_done(struct bio *b)
{
	struct direct *d = b->private;

	if (b->error)
		WRITE_ONCE(d->error, b->error);
	if (!atomic_add(&d->left, -1))
		complete(&d->done);
}

static void direct_init(struct direct *d, struct mapping *m, enum bio_op op)
{
	d->m = m;
	d->op = op;
	d->n = 0;
	d->error = 0;
	atomic_set(&d->left, 1);
	completion_init(&d->done);
}

static void submit_last(struct direct *d)
{
	if (d->n)
		bio_submit(d->bio[d->n - 1]);
}

/*
 * Wait for all requests since direct_init(), and initialize d again.
 * Return: 0 or -EIO.
 */
static int direct_wait(struct direct *d)
{
	int err;

	submit_last(d);
	if (atomic_add(&d->left, -1))
		completion_wait(&d->done);
	err = READ_ONCE(d->error);
	for (unsigned k = 0; k < d->n; k++) {
		for (unsigned s = 0; s < d->bio[k]->nr_segs; s++)
			page_put(d->bio[k]->seg[s].owner);
		bio_free(d->bio[k]);
	}
	direct_init(d, d->m, d->op);
	return err;
}

/*
 * Begin another request.
 * Return: 0, -ENOMEM, or the error of an earlier request.
 */
static int begin_bio(struct direct *d, u64 sector)
{
	int err = d->n == BIOS ? direct_wait(d) : 0;
	struct bio *b;

	if (err)
		return err;
	b = bio_alloc(d->m->bdev, d->op, d->m->bdev->max_segs);
	if (!b)
		return -ENOMEM;
	submit_last(d);
	b->sector = sector;
	b->done = bio_done;
	b->private = d;
	atomic_add(&d->left, 1);
	d->bio[d->n++] = b;
	return 0;
}

/*
 * Add a piece of page p to the requests.  Takes over the reference to p.
 * Return: as begin_bio().
 */
static int direct_add(struct direct *d, struct page *p, unsigned off,
		      unsigned len, u64 sector)
{
	struct bio *b = d->n ? d->bio[d->n - 1] : NULL;

	if (!b || d->next != sector || b->nr_segs == d->m->bdev->max_segs) {
		int err = begin_bio(d, sector);

		if (err) {
			page_put(p);
			return err;
		}
		b = d->bio[d->n - 1];
	}
	bio_add(b, (char *)page_virt(p) + off, len, p);
	d->next = sector + (len >> SECTOR_SHIFT);
	return 0;
}

/* ---- a transfer ---------------------------------------------------------- */

/* True if the position, and each buffer and its length, are whole sectors. */
static bool disk_aligned(const struct uio *u, loff_t pos)
{
	unsigned long bits = (unsigned long)pos | u->seg.base | u->seg.len;

	for (unsigned k = 0; k < u->nr_rest; k++)
		bits |= u->rest[k].base | u->rest[k].len;
	return !(bits & (SECTOR_SIZE - 1));
}

/* Find the run that contains pos.  Return: 0 or -errno. */
static int run_at(struct mapping *m, loff_t pos, struct run *r)
{
	unsigned bits = m->block_bits, n = 0;
	unsigned long off = (unsigned long)pos & ((1ul << bits) - 1);
	u64 disk;
	int err;

	if (pos >= r->pos && pos < r->pos + (loff_t)r->len)
		return 0;
	err = m->ops->map(m, (u64)pos >> bits,
			  (BIOS * BIO_MAX_SEGS * PAGE_SIZE) >> bits, &disk, &n);
	if (err)
		return err;
	r->pos = pos - (loff_t)off;
	r->len = (unsigned long)n << bits;
	r->sector = disk == MAP_HOLE ? MAP_HOLE :
		disk << (bits - SECTOR_SHIFT);
	return r->len ? 0 : -EIO;
}

/*
 * Read into a page of the kernel, and copy from there to `at`.  This is for a
 * buffer that is itself a page of a file.  Such a page must be marked dirty
 * after the store, and meanwhile it may be truncated, or its file deleted.  An
 * ordinary copy to user memory handles all that.
 * Return: 0, -EIO, -ENOMEM, -EFAULT.
 */
static int direct_read_bounced(const struct direct *d, uaddr_t at, unsigned n,
			       u64 sector)
{
	struct page *p = page_alloc(0, PAGE_KERNEL);
	int err;

	if (!p)
		return -ENOMEM;
	err = block_transfer(d->m->bdev, BIO_READ, sector, page_virt(p), n);
	if (!err)
		err = copy_to_user(at, page_virt(p), n);
	page_put(p);
	return err;
}

/* Transfer n bytes of one frame, from or to a sector.  Return: 0 or -errno. */
static int move_sectors(struct direct *d, uaddr_t at, unsigned n, u64 sector)
{
	struct page *p;
	int err = vm_get_page(current->space, at, d->op == BIO_READ, &p);

	if (err)
		return err;
	if (likely(d->op == BIO_WRITE || p->kind != PAGE_CACHE))
		return direct_add(d, p, at & ~PAGE_MASK, n, sector);
	page_put(p);
	return direct_read_bounced(d, at, n, sector);
}

/*
 * Transfer one piece, within one frame and one run.
 * Return: the number of bytes, or -errno.
 */
static long disk_move_piece(struct direct *d, struct uio *u, loff_t pos,
			    unsigned long n, struct run *r)
{
	uaddr_t at = u->seg.base;
	unsigned long into;
	int err = run_at(d->m, pos, r);

	if (err)
		return err;
	into = (unsigned long)(pos - r->pos);
	n = min(min(n, u->seg.len), r->len - into);
	n = min(n, PAGE_SIZE - (at & ~PAGE_MASK));
	if (r->sector == MAP_HOLE) {
		if (clear_user(at, n))
			return -EFAULT;
	} else {
		err = move_sectors(d, at, (unsigned)n,
				   r->sector + (into >> SECTOR_SHIFT));
		if (err)
			return err;
	}
	u->seg.base += n;
	u->seg.len -= n;
	u->left -= n;
	return (long)n;
}

/*
 * Transfer n bytes, which are whole sectors.
 * Return: the number of bytes; or -errno: an unknown number of bytes has been
 * transferred.
 */
static long direct_move(struct mapping *m, enum bio_op op, struct uio *u,
			loff_t pos, unsigned long n)
{
	struct run r = { 0 };
	unsigned long done = 0;
	struct direct d;
	long part = 0;
	int err;

	direct_init(&d, m, op);
	while (done < n) {
		if (!u->seg.len) {
			u->seg = *u->rest++;
			u->nr_rest--;
			continue;
		}
		part = disk_move_piece(&d, u, pos + (loff_t)done, n - done, &r);
		if (part < 0)
			break;
		done += (unsigned long)part;
	}
	err = direct_wait(&d);
	if (err || (part < 0 && part != -EFAULT))
		return err ? err : part;
	return done ? (long)done : part;
}

/* Write the dirty cached pages that overlap n bytes at pos. */
static int write_cached(struct mapping *m, loff_t pos, unsigned long n)
{
	return pageio_write(m, (unsigned long)(pos >> PAGE_SHIFT),
			    (unsigned long)((pos + (loff_t)n - 1) >>
					    PAGE_SHIFT), true);
}

/* Dirty cached pages are written first, so that the disk is up to date. */
long direct_read(struct mapping *m, struct uio *u, loff_t *pos)
{
	loff_t rest;
	unsigned long n;
	long done;

	if (!u->left)
		return 0;
	/* count before reading the size: see ext2_truncate() */
	atomic_add(&m->direct, 1);
	arch_mb();
	rest = inode_size(mapping_inode(m)) - *pos;
	done = rest <= 0 ? 0 : disk_aligned(u, *pos) ? 1 : -EINVAL;
	if (done > 0) {
		n = (loff_t)u->left < rest ? u->left : (unsigned long)
			ALIGN_UP((u64)rest, SECTOR_SIZE);
		done = write_cached(m, *pos, n);
		if (!done)
			done = direct_move(m, BIO_READ, u, *pos, n);
	}
	mapping_direct_end(m);
	if (done > 0) {
		done = (long)min((loff_t)done, rest);
		*pos += done;
	}
	return done;
}

/*
 * True if the n bytes at pos are whole pages within the file, and all have
 * blocks.
 */
static bool all_mapped(struct mapping *m, loff_t pos, unsigned long n)
{
	loff_t end = pos + (loff_t)n;
	struct run r = { 0 };

	if ((pos | end) & (loff_t)(PAGE_SIZE - 1) ||
	    end > mapping_inode(m)->size)
		return false;
	while (pos < end) {
		if (run_at(m, pos, &r) || r.sector == MAP_HOLE)
			return false;
		pos = r.pos + (loff_t)r.len;
	}
	return true;
}

/* Write through the cache, wait for the disk, and drop the cached pages. */
static long write_through(struct inode *i, struct uio *u, loff_t *pos,
			  unsigned long n)
{
	struct mapping *m = &i->mapping;
	loff_t from = *pos;
	long done;
	int err;

	u->flags &= ~(unsigned)O_DIRECT;
	done = inode_write(i, u, pos, n);
	if (done <= 0)
		return done;
	err = write_cached(m, from, (unsigned long)done);
	if (err)
		return err;
	mapping_drop_clean(m, (unsigned long)(from >> PAGE_SHIFT),
			   (unsigned long)((*pos - 1) >> PAGE_SHIFT));
	return done;
}

/* Context: [the inode's lock]. */
long direct_write(struct mapping *m, struct uio *u, loff_t *pos,
		  unsigned long n)
{
	struct inode *i = mapping_inode(m);
	unsigned long first = (unsigned long)(*pos >> PAGE_SHIFT);
	unsigned long last = (unsigned long)((*pos + (loff_t)n - 1) >>
					     PAGE_SHIFT);
	long done;

	mutex_must_hold(&i->lock);
	if (!disk_aligned(u, *pos) || n & (SECTOR_SIZE - 1))
		return -EINVAL;
	if (!all_mapped(m, *pos, n))
		return write_through(i, u, pos, n);
	done = write_cached(m, *pos, n);
	if (done)
		return done;
	mapping_punch(m, first, last);
	done = direct_move(m, BIO_WRITE, u, *pos, n);
	/* a read during the transfer may have cached the old data */
	mapping_punch(m, first, last);
	if (done <= 0)
		return done;
	*pos += done;
	current->moved.write_bytes += (u64)done;
	return done;
}

/* ---- files of a disk ----------------------------------------------------- */

long diskfile_read(struct file *f, struct uio *u, loff_t *pos)
{
	long n;

	if (likely(!(f->flags & O_DIRECT)) || u->kernel)
		return pagefile_read(f, u, pos);
	n = direct_read(&f->inode->mapping, u, pos);
	file_touch_atime(f);
	return n;
}

long diskfile_write(struct file *f, struct uio *u, loff_t *pos)
{
	if (unlikely(f->flags & O_DIRECT) && !u->kernel)
		u->flags |= O_DIRECT;
	return pagefile_write(f, u, pos);
}
