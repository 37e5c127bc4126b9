/* SPDX-License-Identifier: MIT */
/*
 * The size of regular files: SEEK_DATA and SEEK_HOLE, which find data and
 * holes, and truncate(2), which makes a file shorter or adds a hole.
 *
 *   page       0         1         2          3
 *          +---------+---------+---------+----------
 *          |#########|  (none) |#####zzzz|
 *          +---------+---------+---------+----------
 *           data      a hole         ^ size: zeros from here to the page's end
 *
 * Invariant: the bytes behind the end in its page are cleared before the size
 * grows over them; otherwise a file made shorter and longer again would show
 * its old bytes (POSIX, ftruncate()).
 */
#include <fs/hooks.h>
#include <fs/internal.h>
#include <fs/inode/notify.h>
#include <syscalls.h>

/*
 * Find the first byte from `at` on in a page that exists (if `data`) or in one
 * that does not.  Used for files in memory, whose pages are their data.  Where
 * pages may be missing only because they were not read yet, the file system has
 * its own .seek.  A hole may be huge, so data is found through the tree.
 * Return: the byte; -ENXIO: `at` is behind the end, or no data follows.
 */
static __noinline loff_t truncate_seek_sparse(struct inode *i, loff_t at,
					      bool data)
{
	unsigned long first = (unsigned long)(at >> PAGE_SHIFT), last;
	unsigned long index = first, next = first;
	loff_t size = inode_size(i);

	if (at < 0 || at >= size)
		return -ENXIO;
	last = (unsigned long)((size - 1) >> PAGE_SHIFT);
	if (data) {
		if (!mapping_next(&i->mapping, &index) || index > last)
			return -ENXIO;
	} else {
		while (index <= last && mapping_next(&i->mapping, &next) &&
		       next == index)
			next = ++index;
		if (index > last)
			return size;
	}
	return index == first ? at : (loff_t)index << PAGE_SHIFT;
}

loff_t pagefile_seek(struct file *f, loff_t off, int whence)
{
	if (likely(whence == SEEK_SET))
		return seek_to(f, off, FILE_SIZE_MAX);
	switch (whence) {
	case SEEK_CUR:
		return seek_by(f, f->pos, off, FILE_SIZE_MAX);
	case SEEK_END:
		return seek_by(f, inode_size(f->inode), off, FILE_SIZE_MAX);
	case SEEK_DATA:
	case SEEK_HOLE:
		off = truncate_seek_sparse(f->inode, off, whence == SEEK_DATA);
		return off < 0 ? off : seek_to(f, off, FILE_SIZE_MAX);
	}
	return -EINVAL;
}

/*
 * Growing a file counts as a write to it: RLIMIT_FSIZE and seals apply.  Set-id
 * bits are dropped whether the file grows or shrinks.
 */
int inode_truncate(struct inode *i, loff_t size)
{
	int err = 0;

	if (size < 0 || !i->ops->truncate)
		return -EINVAL;
	mutex_lock(&i->lock);
	if (size > i->size) {
		long room = pagefile_limit(NULL, size - 1, 1);

		err = room < 0 ? (int)room : 0;
	}
	if ((i->seals & F_SEAL_SHRINK && size < i->size) ||
	    (i->seals & F_SEAL_GROW && size > i->size) ||
	    (i->seals & SEAL_SWAPFILE && size <= i->size))
		err = seals_error(i);
	if (!err)
		err = inode_drop_privileges(i);
	if (!err)
		err = i->ops->truncate(i, size);
	if (!err) {
		i->mtime = i->ctime = inode_now();
		inode_changed(i);
	}
	mutex_unlock(&i->lock);
	return err;
}

/*
 * The caller counts as a writer during the call: a running program cannot be
 * truncated (ETXTBSY).
 */
long sys_truncate(uaddr_t name, loff_t size)
{
	struct path p;
	struct inode *i;
	int err;

	if (size < 0)
		return -EINVAL;
	err = path_lookup_user(AT_FDCWD, name, LOOKUP_FOLLOW, &p);
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
		err = inode_opening(i, O_WRONLY);
		if (!err)
			err = inode_truncate(i, size);
		inode_put_write(i);
	}
	if (!err)
		notify_dentry(p.dentry, IN_MODIFY);
	path_put(&p);
	return err;
}

long sys_ftruncate(int fd, loff_t size)
{
	struct fdref r;
	int err = -EINVAL;

	if (size < 0)
		return err;
	r = fdref_get(fd);
	if (!r.file)
		return -EBADF;
	if (S_ISREG(r.file->inode->mode) && r.file->mode & FMODE_WRITE &&
	    (size <= SMALL_SIZE_MAX || !file_is_small(r.file)))
		err = inode_truncate(r.file->inode, size);
	if (!err)
		notify_dentry(r.file->path.dentry, IN_MODIFY);
	fdref_put(r);
	return err;
}
