/* SPDX-License-Identifier: MIT */
/*
 * Reading and writing files, most of which have their data in the page cache.
 */
#ifndef FS_IO_PAGEFILE_H
#define FS_IO_PAGEFILE_H

#include <fs/vfs.h>
#include <kernel/current.h>
#include <kernel/signal/signal.h>

#define RW_MAX 0x7ffff000ul		/* most bytes that one call moves */

/*
 * Read from or write to f.  All forms of read(2) and write(2) end in these two
 * functions, which call f's own operation, notify watchers and count bytes.
 * Context: as file_ops' read and write.
 * Return: bytes; -EBADF (f was not opened for this), -EISDIR, -EINVAL (f's kind
 * cannot do it); an error of the operation.
 */
long file_do_read(struct file *f, struct uio *u, loff_t *pos);
long file_do_write(struct file *f, struct uio *u, loff_t *pos);
typedef long (*transfer_t)(struct file *f, struct uio *u, loff_t *pos);
/*
 * Check that f has positions for n bytes at pos.  file_do_read() and
 * file_do_write() check this first; callers that move the bytes in parts call
 * this function for the whole.
 * Return: 0; -EINVAL: pos, n or their sum is negative or exceeds 63 bits;
 * -EOVERFLOW: the sum exceeds 64 bits, for a file with any_pos.
 */
int file_check_pos(const struct file *f, loff_t pos, unsigned long n);
/*
 * Move the bytes of u at pos; pos < 0: at the file's own position.
 * Return: as move(); -EBADF (fd), -ESPIPE (pos >= 0, but the file has no
 * positions).
 */
long rw_move(int fd, struct uio *u, loff_t pos, transfer_t move);
/*
 * Choose the error of a call with a bad buffer.  Linux checks the descriptor
 * first.
 * Return: the error of fd, if fd is bad or its file cannot be read or written
 * as `mode` requires (with `at`: at a given position); otherwise err.
 */
long rw_bad_args(int fd, unsigned mode, bool at, long err);
/*
 * Lock f->pos, which other tasks may use: they share the open file, or get it
 * during the call (pidfd_getfd(2)).  A file without a position needs no lock.
 */
static inline void file_pos_lock(struct file *f)
{
	if (f->mode & FMODE_SEEK)
		mutex_lock(&f->pos_lock);
}
static inline void file_pos_unlock(struct file *f)
{
	if (f->mode & FMODE_SEEK)
		mutex_unlock(&f->pos_lock);
}
static inline loff_t file_pos_get(struct file *f)
{
	loff_t pos;

	file_pos_lock(f);
	pos = f->pos;
	file_pos_unlock(f);
	return pos;
}
static inline void file_pos_set(struct file *f, loff_t pos)
{
	file_pos_lock(f);
	f->pos = pos;
	file_pos_unlock(f);
}

/*
 * Read from i's page cache; f: the file whose read-ahead state is used.
 * Return: bytes, with *pos advanced; or -errno.
 */
long inode_read(struct inode *i, struct file *f, struct uio *u, loff_t *pos);
/* [i->lock] Write n bytes at *pos.  Return: as inode_read(). */
long inode_write(struct inode *i, struct uio *u, loff_t *pos, unsigned long n);
/* Operations of files whose data is in the page cache. */
long pagefile_read(struct file *f, struct uio *u, loff_t *pos);
long pagefile_write(struct file *f, struct uio *u, loff_t *pos);
loff_t pagefile_seek(struct file *f, loff_t off, int whence);
/*
 * Set f's position to byte `to`.
 * Context: [f->pos_lock, if f is shared].
 * Return: the position; -EINVAL: below 0 or above max.
 */
loff_t seek_to(struct file *f, loff_t to, loff_t max);
/* As seek_to(), to base + off; an overflow counts as above max. */
loff_t seek_by(struct file *f, loff_t base, loff_t off, loff_t max);
/* Seek in a file without an end: SEEK_SET, SEEK_CUR.  Return: as seek_to(). */
loff_t seek_plain(struct file *f, loff_t off, int whence, loff_t max);
/*
 * .seek of files whose positions are addresses: addresses in the upper half
 * read as negative positions.
 */
loff_t seek_anywhere(struct file *f, loff_t off, int whence);
/*
 * True for a file that a program with 32-bit positions has opened, without
 * O_LARGEFILE.  Such a program must not write a byte whose position it cannot
 * express.
 */
static inline bool file_is_small(const struct file *f)
{
	return sizeof(long) == 4 && !(f->flags & O_LARGEFILE);
}
#define SMALL_SIZE_MAX 0x7fffffffll

/*
 * Find how many of n bytes may be written at pos.  There are limits of the
 * machine, of f (NULL: no open file) and of the process (RLIMIT_FSIZE, which
 * also sends SIGXFSZ).
 * Return: bytes, or -EFBIG.
 */
long pagefile_limit(const struct file *f, loff_t pos, unsigned long n);
/*
 * Return: the index of the page with byte pos; if there is none, the largest
 * index.
 */
static inline unsigned long page_of_pos(loff_t pos)
{
	u64 n = (u64)pos >> PAGE_SHIFT;

	return n < ~0ul ? (unsigned long)n : ~0ul;
}
/*
 * [i->lock] Find the page of a file on a disk that has bytes before `at` as
 * well as byte `at`.  *out becomes the page, referenced, or NULL: there is no
 * such page, or it is a hole.
 * Return: 0, -EIO, -ENOMEM.
 */
int pagefile_cut_page(struct inode *i, loff_t at, struct page **out);
/* [i->lock] Clear bytes [from, to) of a page from pagefile_cut_page(). */
void pagefile_clear(struct inode *i, struct page *p, unsigned from,
		    unsigned to);
/*
 * [i->lock] Called before the end of the file moves up: clear the bytes behind
 * the end in the last page, in memory and on the disk.
 * Return: 0, -EIO, -ENOMEM.
 */
int pagefile_clear_gap(struct inode *i);
/*
 * Called after the end of the file moved up: make the next store through a
 * mapping to the page with the old end fault again.  There may be no blocks
 * behind the old end.
 */
void pagefile_moved_end(struct inode *i, loff_t old);
/*
 * [i->lock] Note that a page that stays in the file may have lost some of its
 * blocks.
 */
void pagefile_lost_blocks(struct inode *i, struct page *p);
/* Page indexes are words, so a 32-bit machine has a smaller limit. */
#define FILE_SIZE_MAX ((loff_t)(sizeof(long) == 8 ? \
	0x7fffffffffffffffll : 0xffffffff000ll))
#define POS_MAX 0x7fffffffffffffffll	/* largest position in a file to which
					 * FILE_SIZE_MAX does not apply */

/*
 * List and seek directories whose entries are only in the dentry cache, as
 * pinned children of the directory's dentry.
 */
int dcache_readdir(struct file *f, struct dir_context *ctx);
loff_t dcache_dir_seek(struct file *f, loff_t off, int whence);
/* As dcache_dir_seek(), with SEEK_END: for /proc and /sys. */
loff_t sized_dir_seek(struct file *f, loff_t off, int whence);

/* True if a file with inode i may be read and written with O_DIRECT. */
static inline bool file_can_direct(const struct inode *i)
{
	return S_ISBLK(i->mode) ||
		(S_ISREG(i->mode) && i->fops && i->fops->serves_direct);
}

/*
 * Return: the mapping with the pages of f, a file or device on a disk; NULL:
 * none.
 */
static inline struct mapping *file_mapping(struct file *f)
{
	struct mapping *m = f->ops->mapping ? f->ops->mapping(f) :
		&f->inode->mapping;

	return m->ops && m->ops->read_pages ? m : NULL;
}

#endif
