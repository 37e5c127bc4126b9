/* SPDX-License-Identifier: MIT */
/* Reading and writing files, most of whose bytes are the page cache. */
#ifndef FS_IO_PAGEFILE_H
#define FS_IO_PAGEFILE_H

#include <fs/vfs.h>
#include <kernel/current.h>
#include <kernel/signal/signal.h>

#define RW_MAX 0x7ffff000ul		/* bytes one call moves at most */

/*
 * What all forms of read and write end in: f's own operation, with watchers
 * told and bytes counted.
 * Context: as file_ops' read and write.
 * Return: bytes; -EBADF (f was not opened for this), -EISDIR, -EINVAL (f's kind
 * cannot do it); what the operation answers.
 */
long file_do_read(struct file *f, struct uio *u, loff_t *pos);
long file_do_write(struct file *f, struct uio *u, loff_t *pos);
typedef long (*transfer_t)(struct file *f, struct uio *u, loff_t *pos);
/*
 * What these look at first: n bytes at pos lie where f has positions.  For who
 * moves them in parts.
 * Return: 0; -EINVAL: pos, n or their sum is below 0 or beyond 63 bits;
 * -EOVERFLOW: beyond 64, of a file of which all are positions.
 */
int file_check_pos(const struct file *f, loff_t pos, unsigned long n);
/*
 * Move u's bytes at pos, or below 0 at the file's own position.
 * Return: as move; -EBADF (fd), -ESPIPE (pos, and it has no positions).
 */
long rw_move(int fd, struct uio *u, loff_t pos, transfer_t move);
/*
 * What is to be moved is bad (err): but the descriptor is looked at first, and
 * whether it can read or write at all (at: at a position).
 */
long rw_refused(int fd, unsigned mode, bool at, long err);
/*
 * Lock f->pos if others may use it.  Whoever has the only reference may get
 * company while it is in a call (pidfd_getfd(2)): then the position of the one
 * or the other stays, and so a call moves a copy of it, which is stored at its
 * end.  Of a directory none may be lost: who begins anew would go on.
 * Return: whether to unlock it.
 */
static inline bool file_pos_lock(struct file *f)
{
	if (!(f->mode & FMODE_SEEK) ||
	    (likely(ref_read(&f->object.refs) == 1) && !f->ops->readdir))
		return false;
	mutex_lock(&f->pos_lock);
	return true;
}
/* The position, read in one piece, for callers that hold no lock. */
static inline loff_t file_pos_get(struct file *f)
{
	bool locked = file_pos_lock(f);
	loff_t pos = f->pos;

	if (unlikely(locked))
		mutex_unlock(&f->pos_lock);
	return pos;
}
static inline void file_pos_set(struct file *f, loff_t pos)
{
	bool locked = file_pos_lock(f);

	f->pos = pos;
	if (unlikely(locked))
		mutex_unlock(&f->pos_lock);
}
static inline void file_pos_unlock(struct file *f, bool locked)
{
	if (unlikely(locked))
		mutex_unlock(&f->pos_lock);
}

/*
 * Read from i's page cache; f: whose read-ahead state is used.
 * Return: bytes, with *pos advanced; or -errno.
 */
long inode_read(struct inode *i, struct file *f, struct uio *u, loff_t *pos);
/* [i->lock] Write n bytes at *pos.  Return: likewise. */
long inode_write(struct inode *i, struct uio *u, loff_t *pos, unsigned long n);
/* Files whose bytes are the page cache. */
long pagefile_read(struct file *f, struct uio *u, loff_t *pos);
long pagefile_write(struct file *f, struct uio *u, loff_t *pos);
loff_t pagefile_seek(struct file *f, loff_t off, int whence);
/*
 * Set f's position, in bytes.
 * Context: [f->pos_lock, if f is shared].
 * Return: it; -EINVAL: below 0 or above max.
 */
loff_t seek_to(struct file *f, loff_t to, loff_t max);
/* To base + off, likewise: what overflows is above max. */
loff_t seek_by(struct file *f, loff_t base, loff_t off, loff_t max);
/* The same of a file without an end: SEEK_SET, SEEK_CUR. */
loff_t seek_plain(struct file *f, loff_t off, int whence, loff_t max);
/*
 * The .seek of files whose positions are addresses: those above the middle read
 * as below 0.
 */
loff_t seek_anywhere(struct file *f, loff_t off, int whence);
/*
 * Programs whose file positions have 32 bits say no O_LARGEFILE: they write
 * no byte whose place they could not tell.
 */
static inline bool file_is_small(const struct file *f)
{
	return sizeof(long) == 4 && !(f->flags & O_LARGEFILE);
}
#define SMALL_SIZE_MAX 0x7fffffffll

/*
 * How much of n bytes at pos may be written: the machine's limit, that of f
 * (NULL: of no open file) and the process's (RLIMIT_FSIZE, with its signal).
 * Return: bytes, or -EFBIG.
 */
long pagefile_room(const struct file *f, loff_t pos, unsigned long n);
/* The page of byte pos; of what lies behind all pages: the last number. */
static inline unsigned long page_of_pos(loff_t pos)
{
	u64 n = (u64)pos >> PAGE_SHIFT;

	return n < ~0ul ? (unsigned long)n : ~0ul;
}
/*
 * [i->lock] A file on a disk whose byte `at` cuts a page in two: *out is that
 * page, referenced; NULL: there is none, or it is a hole.
 * Return: 0, -EIO, -ENOMEM.
 */
int pagefile_edge(struct inode *i, loff_t at, struct page **out);
/* [i->lock] Clear bytes [from, to) of such a page. */
void pagefile_clear(struct inode *i, struct page *p, unsigned from,
		    unsigned to);
/*
 * [i->lock] Before the end moves up: what lies behind it in its page, in memory
 * or on the disk, becomes zeros.
 * Return: 0, -EIO, -ENOMEM.
 */
int pagefile_clear_gap(struct inode *i);
/* After it: mappings may store to what had no blocks behind the old end. */
void pagefile_moved_end(struct inode *i, loff_t old);
/* [i->lock] A page that stays may have lost some of its blocks. */
void pagefile_lost_blocks(struct inode *i, struct page *p);
/* Page indexes are words, so a 32-bit machine has a smaller limit. */
#define FILE_SIZE_MAX ((loff_t)(sizeof(long) == 8 ? \
	0x7fffffffffffffffll : 0xffffffff000ll))
#define POS_MAX 0x7fffffffffffffffll	/* of files without such a limit */

/* Directories whose entries are the pinned children of their dentry. */
int dcache_readdir(struct file *f, struct dir_context *ctx);
loff_t dcache_dir_seek(struct file *f, loff_t off, int whence);

static inline void signal_kernel_current(int signo)
{
	signal_send_task(current, &(struct siginfo){
		.signo = signo, .code = SI_KERNEL });
}

/* May f be read and written with O_DIRECT? */
static inline bool file_can_direct(const struct inode *i)
{
	return S_ISBLK(i->mode) ||
		(S_ISREG(i->mode) && i->fops && i->fops->serves_direct);
}

/* The pages of a disk that f reads, a file's or a device's; NULL: none. */
static inline struct mapping *file_mapping(struct file *f)
{
	struct mapping *m = f->ops->mapping ? f->ops->mapping(f) :
		&f->inode->mapping;

	return m->ops && m->ops->read_pages ? m : NULL;
}

#endif
