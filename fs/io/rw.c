/* SPDX-License-Identifier: MIT */
/*
 * read, write and their vector and positioned forms; lseek (lecture row B5 of
 * docs/coverage.md).
 *
 *   calls            buffers   position
 *   read    write    one       the file's
 *   readv   writev   many      the file's
 *   pread   pwrite   one       an argument; the file's does not change
 *   preadv  pwritev  many      an argument; the file's does not change
 *
 * Each call prepares three things, and then calls .read or .write of the file
 * (the page cache, a pipe, a terminal...):
 *
 *   struct uio    from the buffers: range checked, at most RW_MAX bytes
 *   struct file   from the descriptor: with a reference only if the table is
 *                 shared
 *   position      the argument, or a copy of the file's position, which is
 *                 locked
 *
 * If several arguments are bad, the error is the one that Linux checks first:
 * the descriptor before the buffers (rw_bad_args).
 */
#include <fs/internal.h>
#include <fs/inode/notify.h>
#include <mm/frames/slab.h>
#include <mm/uaccess.h>
#include <syscalls.h>

/*
 * Report a read of n bytes, or -errno, to watchers.  A strictatime mount counts
 * as a watcher.
 */
static __noinline void report_read(struct file *f, long n)
{
	if (n > 0)
		notify_file_event(f, IN_ACCESS);
	if (n >= 0)
		file_strict_atime(f);
}

/*
 * Handle a pos or end that is negative as a signed number.  For a file with
 * any_pos only a sum beyond 64 bits is an error.
 */
static __noinline int rw_range_error(const struct file *f, loff_t end)
{
	if (!f->ops->any_pos)
		return -EINVAL;
	return end < 0 ? 0 : -EOVERFLOW;
}

/*
 * Check that every byte and the end have a position: pos + n fits into 63 bits,
 * or into 64 for a file with any_pos.  All transfers are checked here, so that
 * file operations need not do it.
 */
static inline int check_pos(const struct file *f, loff_t pos, unsigned long n)
{
	loff_t end = (loff_t)((u64)pos + n);

	return likely((pos | end) >= 0) ? 0 : rw_range_error(f, end);
}

int file_check_pos(const struct file *f, loff_t pos, unsigned long n)
{
	return (long)n < 0 ? -EINVAL : check_pos(f, pos, n);
}

static __noinline long no_read(const struct file *f, const struct uio *u,
			       loff_t pos)
{
	if (!S_ISDIR(f->inode->mode) || check_pos(f, pos, u->left))
		return -EINVAL;
	return -EISDIR;
}

/*
 * Make the checks of every read, in Linux's order; f->ops may move fewer bytes.
 */
static inline long do_read(struct file *f, struct uio *u, loff_t *pos)
{
	long n;

	if (unlikely(!(f->mode & FMODE_READ)))
		return -EBADF;
	if (unlikely(!f->ops->read))
		return no_read(f, u, *pos);
	n = check_pos(f, *pos, u->left);
	if (unlikely(n))
		return n;
	n = f->ops->read(f, u, pos);
	io_count_call(&current->moved.rchar, &current->moved.syscr, n);
	if (unlikely(notify_active()))
		report_read(f, n);
	return n;
}

static inline long do_write(struct file *f, struct uio *u, loff_t *pos)
{
	long n;

	if (unlikely(!(f->mode & FMODE_WRITE)))
		return -EBADF;
	if (unlikely(!f->ops->write))
		return -EINVAL;
	n = check_pos(f, *pos, u->left);
	if (unlikely(n))
		return n;
	n = f->ops->write(f, u, pos);
	io_count_call(&current->moved.wchar, &current->moved.syscw, n);
	if (unlikely(notify_active()) && n > 0)
		notify_file_event(f, IN_MODIFY);
	return n;
}

long file_do_read(struct file *f, struct uio *u, loff_t *pos)
{
	return do_read(f, u, pos);
}

long file_do_write(struct file *f, struct uio *u, loff_t *pos)
{
	return do_write(f, u, pos);
}

__noinline long rw_bad_args(int fd, unsigned mode, bool at, long err)
{
	struct fdref r = fdref_get(fd);
	const struct file *f = r.file;
	bool reads = mode == FMODE_READ;

	if (!f)
		err = -EBADF;
	else if (at && !(f->mode & FMODE_SEEK))
		err = -ESPIPE;
	else if (!(f->mode & mode))
		err = -EBADF;
	else if (reads && !f->ops->read && !S_ISDIR(f->inode->mode))
		err = -EINVAL;
	else if (!reads && !f->ops->write)
		err = -EINVAL;
	fdref_put(r);
	return err;
}

/* Set up u for at most RW_MAX bytes.  Return: 0 or -errno. */
static int uio_from_call(struct uio *u, uaddr_t buf, unsigned long n)
{
	if (unlikely(!user_range_ok(buf, n)))
		return -EFAULT;
	if (unlikely((long)n < 0))
		return -EINVAL;
	uio_user(u, buf, n < RW_MAX ? n : RW_MAX);
	return 0;
}

/*
 * Move bytes at the file's position.  POSIX: calls that use the position see
 * each other's effects in order.
 */
static __inlined long at_file_pos(int fd, struct uio *u, transfer_t move)
{
	struct fdref r = fdref_get(fd);
	loff_t pos;
	long n;

	if (unlikely(!r.file))
		return -EBADF;
	file_pos_lock(r.file);
	pos = r.file->pos;
	n = move(r.file, u, &pos);
	if (r.file->mode & FMODE_SEEK)	/* do not store to files without a
					 * position */
		r.file->pos = pos;
	file_pos_unlock(r.file);
	fdref_put(r);
	return n;
}

/*
 * Move bytes at pos, for pread(2) and others: the file's own position is
 * neither used nor changed.
 */
static long at_pos(int fd, struct uio *u, loff_t pos, transfer_t move)
{
	struct fdref r;
	long n = -ESPIPE;

	if (pos < 0)
		return -EINVAL;
	r = fdref_get(fd);
	if (!r.file)
		return -EBADF;
	if (r.file->mode & FMODE_SEEK)
		n = move(r.file, u, &pos);
	fdref_put(r);
	return n;
}

long sys_read(int fd, uaddr_t buf, unsigned long count)
{
	struct uio u;
	int err = uio_from_call(&u, buf, count);

	if (unlikely(err))
		return rw_bad_args(fd, FMODE_READ, false, err);
	return at_file_pos(fd, &u, do_read);
}

long sys_write(int fd, uaddr_t buf, unsigned long count)
{
	struct uio u;
	int err = uio_from_call(&u, buf, count);

	if (unlikely(err))
		return rw_bad_args(fd, FMODE_WRITE, false, err);
	return at_file_pos(fd, &u, do_write);
}

long sys_pread64(int fd, uaddr_t buf, unsigned long count, loff_t pos)
{
	struct uio u;
	int err = uio_from_call(&u, buf, count);

	if (err && pos >= 0)
		return rw_bad_args(fd, FMODE_READ, true, err);
	return at_pos(fd, &u, pos, file_do_read);
}

long sys_pwrite64(int fd, uaddr_t buf, unsigned long count, loff_t pos)
{
	struct uio u;
	int err = uio_from_call(&u, buf, count);

	if (err && pos >= 0)
		return rw_bad_args(fd, FMODE_WRITE, true, err);
	return at_pos(fd, &u, pos, file_do_write);
}

void iov_free(struct iov *v)
{
	if (v->seg != v->fast)
		kfree(v->seg);
}

/* Check each segment, and cut off the bytes beyond RW_MAX in total. */
static int iov_check(struct iov *v)
{
	unsigned long sum = 0;

	for (unsigned i = 0; i < v->n; i++)
		if ((long)v->seg[i].len < 0)
			return -EINVAL;
	for (unsigned i = 0; i < v->n; i++) {
		struct uio_segment *s = &v->seg[i];

		if (!user_range_ok(s->base, s->len))
			return -EFAULT;
		if (s->len > RW_MAX - sum)
			s->len = RW_MAX - sum;
		sum += s->len;
	}
	return 0;
}

/*
 * All segments are copied in before the first byte moves, so that the program
 * cannot change them meanwhile.
 */
int iov_load(struct iov *v, uaddr_t iov, unsigned long n)
{
	int err;

	v->seg = v->fast;
	n = (unsigned)n;	/* as on Linux, an unsigned int */
	if (n > IOV_MAX)
		return -EINVAL;
	v->n = (unsigned)n;
	if (n > IOV_STACK) {
		v->seg = kmalloc(n * sizeof(*v->seg));
		if (!v->seg)
			return -ENOMEM;
	}
	err = copy_from_user(v->seg, iov, n * sizeof(*v->seg));
	if (!err)
		err = iov_check(v);
	if (err)
		iov_free(v);
	return err;
}

static unsigned mode_of(transfer_t move)
{
	return move == file_do_read ? FMODE_READ : FMODE_WRITE;
}

long rw_move(int fd, struct uio *u, loff_t pos, transfer_t move)
{
	return pos < 0 ? at_file_pos(fd, u, move) : at_pos(fd, u, pos, move);
}

/* pos < 0: at the file's own position. */
static long vector_call(int fd, uaddr_t iov, unsigned long n, loff_t pos,
			transfer_t move)
{
	struct iov v;
	struct uio u;
	long done = iov_load(&v, iov, n);

	if (done)
		return rw_bad_args(fd, mode_of(move), pos >= 0, done);
	uio_vector(&u, v.seg, v.n);
	/* no bytes: the file operation is not called, as on Linux */
	if (unlikely(!u.left))
		done = rw_bad_args(fd, mode_of(move), pos >= 0, 0);
	else
		done = rw_move(fd, &u, pos, move);
	iov_free(&v);
	return done;
}

long sys_readv(int fd, uaddr_t iov, unsigned long n)
{
	return vector_call(fd, iov, n, -1, file_do_read);
}

long sys_writev(int fd, uaddr_t iov, unsigned long n)
{
	return vector_call(fd, iov, n, -1, file_do_write);
}

long sys_preadv(int fd, uaddr_t iov, unsigned long n, loff_t pos)
{
	return pos < 0 ? -EINVAL : vector_call(fd, iov, n, pos, file_do_read);
}

long sys_pwritev(int fd, uaddr_t iov, unsigned long n, loff_t pos)
{
	return pos < 0 ? -EINVAL : vector_call(fd, iov, n, pos, file_do_write);
}

/* ---- lseek --------------------------------------------------------------- */

/* Context: [f->pos_lock]. */
loff_t seek_to(struct file *f, loff_t to, loff_t max)
{
	if (unlikely(to < 0 || to > max))
		return -EINVAL;
	f->pos = to;
	return to;
}

loff_t seek_by(struct file *f, loff_t base, loff_t off, loff_t max)
{
	loff_t to;

	if (unlikely(__builtin_add_overflow(base, off, &to)))
		return -EINVAL;
	return seek_to(f, to, max);
}

loff_t seek_plain(struct file *f, loff_t off, int whence, loff_t max)
{
	if (whence == SEEK_SET)
		return seek_to(f, off, max);
	return whence == SEEK_CUR ? seek_by(f, f->pos, off, max) : -EINVAL;
}

loff_t seek_anywhere(struct file *f, loff_t off, int whence)
{
	if (whence != SEEK_SET && whence != SEEK_CUR)
		return -EINVAL;
	f->pos = whence == SEEK_SET ? off : (loff_t)((u64)f->pos + (u64)off);
	return f->pos;
}

loff_t file_seek(int fd, loff_t off, int whence)
{
	struct fdref r = fdref_get(fd);
	loff_t to = -ESPIPE;

	if (unlikely(!r.file))
		return -EBADF;
	if (unlikely((unsigned)whence > SEEK_HOLE)) {
		to = -EINVAL;	/* reported before ESPIPE, and for every kind of
				 * file */
	} else if (likely(r.file->mode & FMODE_SEEK)) {
		file_pos_lock(r.file);
		to = r.file->ops->seek(r.file, off, whence);
		file_pos_unlock(r.file);
	} else if (r.file->mode & FMODE_UNMOVED) {
		to = 0;
	}
	fdref_put(r);
	return to;
}

/*
 * If the new position does not fit into a 32-bit long, the call fails, although
 * the position has been set.
 */
long sys_lseek(int fd, loff_t off, int whence)
{
	loff_t to = file_seek(fd, off, whence);

	return likely((long)to == to) ? (long)to : -EOVERFLOW;
}
