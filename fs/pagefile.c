/* SPDX-License-Identifier: MIT */
/*
 * Regular files whose bytes are the page cache: what read and write see is
 * what MAP_SHARED sees.  Writers hold the inode's lock; readers do not, and
 * look at the size once a page.
 */
#include <fs/internal.h>
#include <kernel/syscall/syscalls.h>

#define OFFSET(pos) ((unsigned)(pos) & (unsigned)(PAGE_SIZE - 1))

/* The cached page, read in if its file system must; NULL: a hole. */
static int read_page(struct mapping *m, unsigned long index, struct page **p)
{
	*p = mapping_find(m, index);
	if (!*p && m->ops && m->ops->read_page)
		return mapping_get(m, index, p);
	return 0;
}

long pagefile_read(struct file *f, struct uio *u, loff_t *pos)
{
	struct inode *i = f->inode;
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
		err = read_page(&i->mapping, (unsigned long)(at >> PAGE_SHIFT),
				&p);
		if (err)
			break;
		if (likely(p)) {
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
	inode_touch_atime(i, f->path.mount);
	if (at == *pos)
		return err;
	err = (int)(at - *pos);
	*pos = at;
	return err;
}

/*
 * How much of n bytes at pos may be written: the machine's limit and the
 * process's (RLIMIT_FSIZE, with its signal).  => bytes, or -EFBIG
 */
static long write_room(loff_t pos, unsigned long n)
{
	loff_t max = FILE_SIZE_MAX;

	if (current->process) {
		unsigned long limit = current->process->limits[RLIMIT_FSIZE].cur;

		if (unlikely(limit != RLIM_INFINITY && (loff_t)limit < max)) {
			max = (loff_t)limit;
			if (pos >= max)
				signal_kernel_current(SIGXFSZ);
		}
	}
	if (unlikely(pos >= max))
		return -EFBIG;
	return (loff_t)n > max - pos ? (long)(max - pos) : (long)n;
}

/* => [i->lock]; bytes, or -errno when none */
static long write_pages(struct inode *i, struct uio *u, loff_t at,
			unsigned long n)
{
	loff_t start = at;
	int err = 0;

	while (n && !err) {
		unsigned off = OFFSET(at);
		unsigned long part = min(PAGE_SIZE - off, n), moved;
		struct page *p;

		err = mapping_get(&i->mapping,
				  (unsigned long)(at >> PAGE_SHIFT), &p);
		if (unlikely(err))
			break;
		moved = uio_get(u, (char *)page_virt(p) + off, part);
		page_set_flags(p, PG_DIRTY);
		page_put(p);
		if (unlikely(moved < part))
			err = -EFAULT;
		at += (loff_t)moved;
		n -= moved;
		if (at > i->size)
			i->size = at;
	}
	if (unlikely(err && at >= i->size))
		mapping_truncate(&i->mapping, i->size);
	return at > start ? (long)(at - start) : err;
}

long pagefile_write(struct file *f, struct uio *u, loff_t *pos)
{
	struct inode *i = f->inode;
	long n;

	if (!u->left)
		return 0;
	mutex_lock(&i->lock);
	if (f->flags & O_APPEND)
		*pos = i->size;
	n = write_room(*pos, u->left);
	if (n > 0)
		n = write_pages(i, u, *pos, (unsigned long)n);
	if (n > 0) {
		*pos += n;
		inode_drop_privileges(i);
		i->mtime = i->ctime = inode_now();
	}
	mutex_unlock(&i->lock);
	return n;
}

/* The first page from `at` on that is there (data) or is not, in bytes. */
static loff_t seek_sparse(struct inode *i, loff_t at, bool data)
{
	struct mapping *m = &i->mapping;

	if (at < 0 || at >= i->size)
		return -ENXIO;
	for (; at < i->size; at = (loff_t)ALIGN_DOWN((u64)at, PAGE_SIZE) +
			(loff_t)PAGE_SIZE) {
		struct page *p;

		if (data && !m->nr_pages)
			break;
		p = mapping_find(m, (unsigned long)(at >> PAGE_SHIFT));
		if (p)
			page_put(p);
		if (!!p == data)
			return at;
	}
	return data ? -ENXIO : i->size;
}

loff_t pagefile_seek(struct file *f, loff_t off, int whence)
{
	loff_t base = 0;

	switch (whence) {
	case SEEK_SET:
		break;
	case SEEK_CUR:
		base = f->pos;
		break;
	case SEEK_END:
		base = inode_size(f->inode);
		break;
	case SEEK_DATA:
	case SEEK_HOLE:
		off = seek_sparse(f->inode, off, whence == SEEK_DATA);
		if (off < 0)
			return off;
		break;
	default:
		return -EINVAL;
	}
	if (__builtin_add_overflow(base, off, &off))
		return -EOVERFLOW;
	return seek_to(f, off, FILE_SIZE_MAX);
}

int inode_truncate(struct inode *i, loff_t size)
{
	int err = 0;

	if (size < 0 || !i->ops->truncate)
		return -EINVAL;
	mutex_lock(&i->lock);
	if (size > i->size) {
		long room = write_room(size - 1, 1);

		err = room < 0 ? (int)room : 0;
	}
	if (!err)
		err = i->ops->truncate(i, size);
	if (!err) {
		inode_drop_privileges(i);
		i->mtime = i->ctime = inode_now();
	}
	mutex_unlock(&i->lock);
	return err;
}

long sys_truncate(uaddr_t name, loff_t size)
{
	struct path p;
	struct inode *i;
	int err;

	if (size < 0)
		return -EINVAL;
	err = user_path(AT_FDCWD, name, LOOKUP_FOLLOW, &p);
	if (err)
		return err;
	i = p.dentry->inode;
	if (!S_ISREG(i->mode))
		err = S_ISDIR(i->mode) ? -EISDIR : -EINVAL;
	else
		err = path_permission(&p, W_OK);
	if (!err)
		err = inode_get_write(i);
	if (!err) {
		err = inode_truncate(i, size);
		inode_put_write(i);
	}
	path_put(&p);
	return err;
}

long sys_ftruncate(int fd, loff_t size)
{
	struct fdref r = fdref_get(fd);
	int err = -EINVAL;

	if (!r.file)
		return -EBADF;
	if (size >= 0 && S_ISREG(r.file->inode->mode) &&
	    r.file->mode & FMODE_WRITE)
		err = inode_truncate(r.file->inode, size);
	fdref_put(r);
	return err;
}

#define FALLOC_KEEP_SIZE 1

/* => [i->lock]; pages for [pos, end), all of them or none of the new ones */
static int allocate_range(struct inode *i, loff_t pos, loff_t end)
{
	unsigned long first = (unsigned long)(pos >> PAGE_SHIFT);
	unsigned long last = (unsigned long)((end - 1) >> PAGE_SHIFT);

	for (unsigned long n = first; n <= last; n++) {
		struct page *p;
		int err = mapping_get(&i->mapping, n, &p);

		if (err) {
			mapping_truncate(&i->mapping, i->size);
			return err;
		}
		page_put(p);
		cond_resched();
		if (signal_pending())
			return -EINTR;
	}
	return 0;
}

long sys_fallocate(int fd, int mode, loff_t pos, loff_t len)
{
	struct fdref r;
	struct inode *i;
	loff_t end;
	long err = 0;

	if (pos < 0 || len <= 0)
		return -EINVAL;
	if (mode & ~FALLOC_KEEP_SIZE)
		return -EOPNOTSUPP;
	if (__builtin_add_overflow(pos, len, &end) || end > FILE_SIZE_MAX)
		return -EFBIG;
	r = fdref_get(fd);
	if (!r.file)
		return -EBADF;
	i = r.file->inode;
	if (!(r.file->mode & FMODE_WRITE))
		err = -EBADF;
	else if (S_ISFIFO(i->mode))
		err = -ESPIPE;
	else if (!S_ISREG(i->mode))
		err = S_ISDIR(i->mode) ? -EISDIR : -ENODEV;
	else if (!i->ops->truncate)
		err = -EOPNOTSUPP;
	if (!err) {
		mutex_lock(&i->lock);
		if (end > i->size && !(mode & FALLOC_KEEP_SIZE))
			err = write_room(end - 1, 1);
		if (err >= 0)
			err = allocate_range(i, pos, end);
		if (!err && end > i->size && !(mode & FALLOC_KEEP_SIZE))
			i->size = end;
		mutex_unlock(&i->lock);
	}
	fdref_put(r);
	return err;
}
