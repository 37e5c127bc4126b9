/* SPDX-License-Identifier: MIT */
/*
 * Regular files whose data is in the page cache (lecture row E8 of
 * docs/coverage.md): read and write see the same data as MAP_SHARED.
 *
 *   read(2)     write(2)        mmap(2)
 *      |  copy     |  copy         |  the same frames
 *      v           v               v
 *   +------------------------------------+  mapping: index -> page
 *   | page 0 | page 1 |  hole  | page 3  |  of each page: PG_DIRTY,
 *   +------------------------------------+  PG_READING, PG_MAPPED, ...
 *      ^                           |
 *      | a missing page is read    | a dirty one is written: by age,
 *      | (.read_missing)           v for fsync(2), for room (write-back)
 *   blocks of a disk; files in memory (tmpfs) have the pages alone
 *
 * Writers hold the inode's lock; readers do not, and check the size for each
 * page.  PG_MAPPED means that all bytes of a page have blocks.  Until it is set
 * each write allocates them (.prepare), so that the writer gets the error of a
 * full disk, and not write-back, long after write(2) has returned.
 */
#include <fs/hooks.h>
#include <fs/internal.h>
#include <fs/inode/notify.h>
#include <kernel/task/task.h>
#include <syscalls.h>

#define OFFSET(pos) ((unsigned)(pos) & (unsigned)(PAGE_SIZE - 1))

#define THROTTLE_EACH	(64 * PAGE_SIZE)	/* bytes written between calls
						 * of write_throttle */

/*
 * Get a page of a file on a disk, of which u wants n bytes.  *p: the page if
 * the cache has it, or NULL.  PG_AHEAD marks a page of the last read-ahead
 * window: a reader that reaches it starts to read the next window.
 */
static __noinline int pagefile_read_page(struct mapping *m, struct file *f,
					 unsigned long index, unsigned long n,
					 const struct uio *u, struct page **p)
{
	int err;

	if (unlikely(!*p)) {
		err = m->ops->read_missing(m, f, index, u->left - n,
					   u->flags & O_NONBLOCK, p);
		if (err)
			return err;
	}
	if (unlikely((*p)->flags & PG_AHEAD))
		m->ops->read_reached(m, f, *p);
	if (!((*p)->flags & PG_ACCESSED))
		page_set_flags(*p, PG_ACCESSED);
	return 0;
}

/*
 * Read the page of a file in memory from swap if the page is in swap; *p stays
 * NULL if the file has no such page.
 */
static __noinline int bring_page(struct mapping *m, unsigned long index,
				 struct page **p)
{
	return HINT(m->nr_out) ? min(mapping_bring(m, index, p), 0) : 0;
}

/*
 * Read from the cache at *pos.  The size is read again for each page, so that
 * bytes that a truncation has cut off meanwhile are not read.  If an error
 * comes after some bytes, the call returns the number of these bytes.
 */
static inline long pagefile_read_inode(struct inode *i, struct file *f,
				       struct uio *u, loff_t *pos)
{
	bool disk = !mapping_no_writeback(&i->mapping);
	loff_t at = *pos;
	struct page *p;
	int err = 0;

	while (u->left) {
		loff_t rest = inode_size(i) - at;
		unsigned off = OFFSET(at);
		unsigned long n = PAGE_SIZE - off, moved;

		if (rest <= 0)
			break;
		if (rest < (loff_t)n)
			n = (unsigned long)rest;
		n = min(n, u->left);
		p = mapping_find(&i->mapping,
				 (unsigned long)(at >> PAGE_SHIFT));
		if (unlikely(disk))
			err = pagefile_read_page(
				&i->mapping, f,
				(unsigned long)(at >> PAGE_SHIFT), n, u, &p);
		else if (unlikely(!p))
			err = bring_page(&i->mapping,
					 (unsigned long)(at >> PAGE_SHIFT), &p);
		if (unlikely(err))
			break;
		if (likely(p)) {	/* NULL: a hole in a file in memory */
			moved = uio_put(u, (char *)page_virt(p) + off, n);
			page_put(p);
		} else {
			moved = uio_zero(u, n);
		}
		at += (loff_t)moved;
		if (unlikely(moved < n)) {
			err = -EFAULT;
			break;
		}
	}
	if (at == *pos)
		return err;
	err = (int)(at - *pos);
	*pos = at;
	return err;
}

long inode_read(struct inode *i, struct file *f, struct uio *u, loff_t *pos)
{
	return pagefile_read_inode(i, f, u, pos);
}

static __noinline long pagefile_read_pages(struct file *f, struct uio *u,
					   loff_t *pos)
{
	long n = pagefile_read_inode(f->inode, f, u, pos);

	file_touch_atime(f);
	return n;
}

/* True if a read of this page needs no flag change and no read-ahead. */
static inline bool pagefile_read_plain(struct mapping *m, const struct page *p)
{
	return mapping_no_writeback(m) ||
		(READ_ONCE(p->flags) & (PG_AHEAD | PG_ACCESSED)) == PG_ACCESSED;
}

/*
 * Inline path for most calls, which read bytes of one cached page.  The general
 * path takes a tenth longer.
 */
long pagefile_read(struct file *f, struct uio *u, loff_t *pos)
{
	struct inode *i = f->inode;
	unsigned long n = u->left;
	loff_t at = *pos;
	struct page *p;

	if (unlikely(n > PAGE_SIZE - OFFSET(at) ||
		     at + (loff_t)n > inode_size(i)))
		return pagefile_read_pages(f, u, pos);
	p = mapping_find(&i->mapping, (unsigned long)(at >> PAGE_SHIFT));
	if (unlikely(!p))
		return pagefile_read_pages(f, u, pos);
	if (unlikely(!pagefile_read_plain(&i->mapping, p))) {
		page_put(p);
		return pagefile_read_pages(f, u, pos);
	}
	n = uio_put(u, (char *)page_virt(p) + OFFSET(at), n);
	page_put(p);
	if (unlikely(!n && u->left))
		return -EFAULT;
	*pos = at + (loff_t)n;
	file_touch_atime(f);
	return (long)n;
}

long pagefile_limit(const struct file *f, loff_t pos, unsigned long n)
{
	loff_t max = f && file_is_small(f) ? SMALL_SIZE_MAX : FILE_SIZE_MAX;

	if (current->process) {
		unsigned long limit =
			HINT(current->process->limits[RLIMIT_FSIZE].cur);

		if (unlikely(limit != RLIM_INFINITY && (loff_t)limit < max)) {
			max = (loff_t)limit;
			if (pos >= max)
				signal_self(SIGXFSZ);
		}
	}
	if (unlikely(pos >= max))
		return -EFBIG;
	return (loff_t)n > max - pos ? (long)(max - pos) : (long)n;
}

/*
 * Write bytes to a page of a file on a disk.  The page is not cached and need
 * not be read, because it is written as a whole or lies behind the end.  The
 * bytes are gathered in a page that nobody sees yet, since user memory may
 * fault halfway.  Then that page enters the cache, where readers wait for it.
 * Only then does it get blocks, whose contents are arbitrary.
 * Return: 0 with *moved and the page with the bytes in *out, or -errno.
 */
static int write_fresh(struct mapping *m, unsigned long index, unsigned off,
		       unsigned long n, struct uio *u, unsigned long *moved,
		       bool behind_end, struct page **out)
{
	struct page *p = pagecache_alloc();
	unsigned long got;
	int err = -EEXIST;

	if (!p)
		return -ENOMEM;
	if (n < PAGE_SIZE)
		arch_clear_page(page_virt(p));
	got = uio_get(u, (char *)page_virt(p) + off, n);
	p->flags = PG_READING;
	if (got == n || behind_end)
		err = mapping_add(m, p, index);
	if (!err) {
		err = m->ops->prepare(m, index, NULL, off, off + (unsigned)n);
		if (unlikely(err)) {
			page_set_flags(p, PG_ERROR);
			mapping_forget(m, p);
		}
		page_unbusy(p, PG_READING);
		*out = p;
	} else {
		/*
		 * another task has read the page meanwhile, or the page has
		 * contents that must be kept
		 */
		err = mapping_get(m, index, out);
		if (!err)
			err = m->ops->prepare(m, index, NULL, off,
					      off + (unsigned)n);
		if (!err)
			memcpy((char *)page_virt(*out) + off,
			       (char *)page_virt(p) + off, got);
		page_put(p);
	}
	if (!err)
		*moved = got;
	return err;
}

/* Write bytes to a cached page.  Return: 0 with *moved, or -errno. */
static int write_over(struct mapping *m, struct page *p, unsigned off,
		      unsigned long n, struct uio *u, unsigned long *moved)
{
	int err = READ_ONCE(p->flags) & PG_MAPPED ? 0 :
		m->ops->prepare(m, p->index, NULL, off, off + (unsigned)n);

	if (!err)
		*moved = uio_get(u, (char *)page_virt(p) + off, n);
	return err;
}

/* Set the size to `to`, after a write at `at` beyond the end. */
static void grow_file(struct inode *i, loff_t at, loff_t to)
{
	loff_t old = i->size;

	i->size = to;
	if (at > old)
		pagefile_moved_end(i, old);
}

/*
 * Write the part of a write(2) that lies in one page of a file on a disk.
 * Context: [i->lock].
 * Return: 0, -errno.
 */
static __noinline int write_disk(struct inode *i, struct uio *u, loff_t at,
		      unsigned long n, unsigned long *moved)
{
	struct mapping *m = &i->mapping;
	unsigned long index = (unsigned long)(at >> PAGE_SHIFT);
	unsigned off = OFFSET(at);
	bool behind_end = at - off >= i->size;
	struct page *p = mapping_find(m, index);
	int err = 0;

	mutex_must_hold(&i->lock);
	*moved = 0;
	/* read a hole before it gets a block, whose contents are arbitrary */
	if (!p && n < PAGE_SIZE && !behind_end)
		err = mapping_get(m, index, &p);
	if (!err && p)
		err = write_over(m, p, off, n, u, moved);
	else if (!err)
		err = write_fresh(m, index, off, n, u, moved, behind_end, &p);
	if (!err) {
		if (at + (loff_t)*moved > i->size)
			grow_file(i, at, at + (loff_t)*moved);
		mapping_dirty(m, p);
		if (!(READ_ONCE(p->flags) & PG_MAPPED) &&
		    (*moved == PAGE_SIZE || m->block_bits >= PAGE_SHIFT))
			page_set_flags(p, PG_MAPPED);
	}
	if (p)
		page_put(p);
	return err;
}

/* As write_disk(), for a file of tmpfs. */
static inline int write_memory(struct inode *i, struct uio *u, loff_t at,
			unsigned long n, unsigned long *moved)
{
	unsigned long index = (unsigned long)(at >> PAGE_SHIFT);
	struct page *p = mapping_find(&i->mapping, index);

	if (unlikely(!p)) {
		int err = mapping_make(&i->mapping, index, &p);

		*moved = 0;
		if (err)
			return err;
	}
	*moved = uio_get(u, (char *)page_virt(p) + OFFSET(at), n);
	page_set_flags(p, PG_DIRTY);
	page_stored(p);
	page_put(p);
	return 0;
}

/* ---- partial pages ------------------------------------------------------- */

/*
 * Check whether any block of page `index` is allocated.
 * Return: 0, 1 or -errno.
 */
static int has_blocks(struct mapping *m, unsigned long index)
{
	u64 block = (u64)index << (PAGE_SHIFT - m->block_bits), disk;
	u64 behind = (u64)(index + 1) << (PAGE_SHIFT - m->block_bits);
	unsigned n;

	for (; block < behind; block += n) {
		int err = m->ops->map(m, block, (unsigned)(behind - block),
				      &disk, &n);

		if (err)
			return err;
		if (disk != MAP_HOLE)
			return 1;
	}
	return 0;
}

int pagefile_cut_page(struct inode *i, loff_t at, struct page **out)
{
	unsigned long index = (unsigned long)(at >> PAGE_SHIFT);
	int any = OFFSET(at) ? has_blocks(&i->mapping, index) : 0;

	*out = NULL;
	return any <= 0 ? any : mapping_get(&i->mapping, index, out);
}

void pagefile_clear(struct inode *i, struct page *p, unsigned from,
		    unsigned to)
{
	memset((char *)page_virt(p) + from, 0, to - from);
	mapping_dirty(&i->mapping, p);
}

int pagefile_clear_gap(struct inode *i)
{
	struct page *p;
	int err = pagefile_cut_page(i, i->size, &p);

	if (err || !p)
		return err;
	pagefile_clear(i, p, OFFSET(i->size), PAGE_SIZE);
	page_put(p);
	return 0;
}

void pagefile_moved_end(struct inode *i, loff_t old)
{
	if (OFFSET(old) && i->mapping.block_bits < PAGE_SHIFT)
		mapping_refault_page(&i->mapping,
				     (unsigned long)(old >> PAGE_SHIFT));
}

void pagefile_lost_blocks(struct inode *i, struct page *p)
{
	if (i->mapping.block_bits >= PAGE_SHIFT)
		return;
	mapping_refault_page(&i->mapping, p->index);
	/* a write-back that is already under way may still set PG_MAPPED */
	page_wait(p, PG_WRITEBACK);
	page_clear_flags(p, PG_MAPPED);
}

/*
 * Write directly if O_DIRECT is set.  Otherwise only prepare the write through
 * the cache, if it begins beyond the end of the file.
 * Return: 0: write through the cache; else the bytes written directly, or
 * -errno.
 */
static __noinline long pagefile_write_begin(struct inode *i, struct uio *u,
					    loff_t *pos, unsigned long n)
{
	if (u->flags & O_DIRECT)
		return i->mapping.ops->write_direct(&i->mapping, u, pos, n);
	return *pos > i->size ? pagefile_clear_gap(i) : 0;
}

/*
 * Write n bytes at *pos.  If a write beyond the end fails, its new blocks and
 * pages are freed by a truncation to the present size.
 */
static inline long write_inode(struct inode *i, struct uio *u, loff_t *pos,
			       unsigned long n)
{
	bool memory = mapping_no_writeback(&i->mapping);
	loff_t at = *pos, tried = at;
	int err = 0;

	if (unlikely(!memory)) {
		long done = pagefile_write_begin(i, u, pos, n);

		if (done)
			return done;
	}
	while (n && !err) {
		unsigned long part = min(PAGE_SIZE - OFFSET(at), n), moved;

		tried = at + (loff_t)part;
		err = likely(memory) ? write_memory(i, u, at, part, &moved)
				     : write_disk(i, u, at, part, &moved);
		if (unlikely(!err && moved < part))
			err = -EFAULT;
		at += (loff_t)moved;
		n -= moved;
		if (at > i->size)
			i->size = at;
		if (unlikely(!memory) && !(at & (THROTTLE_EACH - 1)))
			i->mapping.ops->write_throttle(&i->mapping);
	}
	if (unlikely(err && tried > i->size && i->ops))
		i->ops->truncate(i, i->size);
	if (at == *pos)
		return err;
	n = (unsigned long)(at - *pos);
	*pos = at;
	return (long)n;
}

long inode_write(struct inode *i, struct uio *u, loff_t *pos, unsigned long n)
{
	return write_inode(i, u, pos, n);
}

/*
 * Limit a write of n bytes at pos by the seals.  If the write would grow a file
 * that is sealed against growth, only whole pages before the end are written.
 * Return: bytes, -EPERM.
 */
static long seals_room(const struct inode *i, loff_t pos, long n)
{
	loff_t whole = (loff_t)ALIGN_DOWN((u64)i->size, PAGE_SIZE);

	if (i->seals & SEALS_NO_WRITE)
		return seals_error(i);
	if (!(i->seals & F_SEAL_GROW) || pos + n <= i->size)
		return n;
	return pos < whole ? (long)(whole - pos) : -EPERM;
}

/* Drop set-id bits and capabilities before the contents change. */
static long pagefile_drop_write(struct inode *i, struct uio *u, loff_t *pos,
				long n)
{
	int err = inode_drop_privileges(i);

	return err ? err : write_inode(i, u, pos, (unsigned long)n);
}

/*
 * POSIX: a write is atomic, together with the seek to the end that O_APPEND
 * requires.  The inode's lock ensures this.
 */
long pagefile_write(struct file *f, struct uio *u, loff_t *pos)
{
	struct inode *i = f->inode;
	long n;

	if (!u->left)
		return 0;
	mutex_lock(&i->lock);
	if (uio_appends(f->flags, u))
		*pos = i->size;
	n = pagefile_limit(f, *pos, u->left);
	if (unlikely(i->seals & (SEALS_NO_WRITE | F_SEAL_GROW)) && n > 0)
		n = seals_room(i, *pos, n);
	if (n > 0)
		n = pagefile_drop_write(i, u, pos, n);
	if (n > 0) {
		i->mtime = i->ctime = inode_now();
		inode_changed(i);
	}
	mutex_unlock(&i->lock);
	if (unlikely((f->flags | u->flags) & O_DSYNC) && n > 0 &&
	    f->ops->sync) {
		int err = f->ops->sync(f);

		if (err)
			return err;
	}
	return n;
}
