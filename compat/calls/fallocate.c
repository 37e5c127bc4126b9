/* SPDX-License-Identifier: MIT */
/*
 * fallocate(2): allocates blocks before data is written, and punches holes (row
 * E8).  Other modes need a file system with unwritten or movable extents; they
 * fail with EOPNOTSUPP, as on Linux for ext2 and tmpfs.
 */
#include <fs/inode/inode.h>
#include <fs/io/pagefile.h>
#include <fs/open/fd.h>
#include <fs/path/namei.h>
#include <fs/inode/notify.h>
#include <kernel/sched/sched.h>
#include <mm/frames/page.h>
#include <syscalls.h>

#define KEEP_SIZE	1
#define PUNCH_HOLE	2
#define COLLAPSE	8
#define ZERO		0x10
#define INSERT		0x20
#define UNSHARE		0x40

/*
 * Allocate the blocks of bytes [from, to) of a page of a disk file; holes become
 * zeros.  The last page of a file gets no blocks behind the end.
 */
static int allocate_page(struct mapping *m, struct page *p, unsigned from,
			 unsigned to)
{
	int err;

	if (mapping_no_writeback(m) || p->flags & PG_MAPPED)
		return 0;
	err = m->ops->prepare(m, p->index, NULL, from, to);
	if (err)
		return err;
	if (to - from == PAGE_SIZE || m->block_bits >= PAGE_SHIFT)
		page_set_flags(p, PG_MAPPED);
	mapping_dirty(m, p);
	return 0;
}

/*
 * Allocate pages and blocks for [pos, end).
 * Context: [i->lock].  Return: 0 or -errno.
 */
static int allocate_range(struct inode *i, loff_t pos, loff_t end)
{
	unsigned long first = (unsigned long)(pos >> PAGE_SHIFT);
	unsigned long last = (unsigned long)((end - 1) >> PAGE_SHIFT);
	int err = 0;

	mutex_must_hold(&i->lock);
	for (unsigned long n = first; n <= last && !err; n++) {
		loff_t at = (loff_t)n << PAGE_SHIFT;
		struct page *p;

		err = mapping_get(&i->mapping, n, &p);
		if (!err) {
			err = allocate_page(&i->mapping, p,
					    (unsigned)(max(pos, at) - at),
					    (unsigned)min(end - at,
							  (loff_t)PAGE_SIZE));
			page_put(p);
		}
		cond_resched();
		/*
		 * only a fatal signal ends the call: other signals could
		 * interrupt every retry, too
		 */
		if (!err && signal_pending_fatal())
			err = -EINTR;
	}
	return err;
}

static int may_grow(const struct inode *i, loff_t end)
{
	long room = i->seals & F_SEAL_GROW ? -EPERM :
		pagefile_limit(NULL, end - 1, 1);

	return room < 0 ? (int)room : 0;
}

/* Context: [i->lock]. */
static int allocate(struct inode *i, loff_t pos, loff_t end, bool keep)
{
	bool disk = !mapping_no_writeback(&i->mapping);
	bool grows = end > i->size && !keep;
	loff_t old = i->size;
	int err = 0;

	mutex_must_hold(&i->lock);
	/*
	 * refuse blocks behind the end of an ext2 file: e2fsck would enlarge
	 * the file to include them
	 */
	if (disk && end > i->size && keep)
		return -EOPNOTSUPP;
	if (end > i->size)
		err = may_grow(i, end);
	/* refuse a range that could never fit into memory */
	if (!err && !disk && (u64)(end - pos) >> PAGE_SHIFT > page_total())
		err = -ENOSPC;
	if (!err && grows && disk)
		err = pagefile_clear_gap(i);
	if (!err)
		err = allocate_range(i, pos, end);
	if (err) {
		i->ops->truncate(i, i->size);
	} else if (grows) {
		i->size = end;
		if (disk)
			pagefile_moved_end(i, old);
	}
	return err;
}

/* Context: [i->lock]. */
static int punch_hole(struct inode *i, loff_t pos, loff_t end)
{
	int err;

	mutex_must_hold(&i->lock);
	if (!i->ops->punch)
		return -EOPNOTSUPP;
	err = i->seals & SEALS_NO_WRITE ? -EPERM : i->ops->punch(i, pos, end);
	if (err)
		return err;
	i->mtime = i->ctime = inode_now();
	return 0;
}

/* Check that space of f can be allocated or freed.  Return: 0 or -errno. */
static int fallocate_check_file(const struct file *f)
{
	const struct inode *i = f->inode;

	if (!(f->mode & FMODE_WRITE))
		return -EBADF;
	if (i->seals & SEAL_SWAPFILE)
		return -ETXTBSY;
	if (S_ISFIFO(i->mode))
		return -ESPIPE;
	if (!S_ISREG(i->mode))
		return S_ISDIR(i->mode) ? -EISDIR : -ENODEV;
	return i->mapping.ops ? 0 : -EOPNOTSUPP;
}

/* True if a mode is defined, even if it is not supported. */
static bool mode_valid(int mode)
{
	switch (mode & ~KEEP_SIZE) {
	case 0:
	case ZERO:
	case UNSHARE:
		return true;
	case PUNCH_HOLE:
		return mode & KEEP_SIZE;
	case COLLAPSE:
	case INSERT:
		return !(mode & KEEP_SIZE);
	}
	return false;
}

static int change_room(struct inode *i, int mode, loff_t pos, loff_t end)
{
	int err;

	mutex_lock(&i->lock);
	err = inode_drop_privileges(i);
	if (err)
		goto out;
	err = mode & PUNCH_HOLE ? punch_hole(i, pos, end) :
		allocate(i, pos, end, mode & KEEP_SIZE);
	if (!err)
		inode_changed(i);
out:
	mutex_unlock(&i->lock);
	return err;
}

long sys_fallocate(int fd, int mode, loff_t pos, loff_t len)
{
	struct fdref r = fdref_get(fd);
	loff_t end;
	long err;

	if (!r.file)
		return -EBADF;
	if (pos < 0 || len <= 0)
		err = -EINVAL;
	else
		err = mode_valid(mode) ? fallocate_check_file(r.file) :
					 -EOPNOTSUPP;
	if (!err && (__builtin_add_overflow(pos, len, &end) ||
		     end > FILE_SIZE_MAX))
		err = -EFBIG;
	if (!err && mode & ~(KEEP_SIZE | PUNCH_HOLE))
		err = -EOPNOTSUPP;
	if (!err)
		err = change_room(r.file->inode, mode, pos, end);
	if (!err)
		notify_file(r.file, IN_MODIFY);
	fdref_put(r);
	return err;
}
