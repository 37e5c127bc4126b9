/* SPDX-License-Identifier: MIT */
/* sendfile(2), copy_file_range(2): copying between files inside the kernel. */
#include "splice.h"
#include <fs/inode/inode.h>
#include <fs/io/pagefile.h>
#include <fs/open/fd.h>
#include <fs/path/namei.h>
#include <kernel/sched/sched.h>
#include <mm/frames/slab.h>
#include <mm/uaccess.h>
#include <syscalls.h>

#define COPY_CHUNK 16384ul

/* A copy in progress; positions are advanced. */
struct copy {
	struct file *in, *out;
	loff_t *in_pos, *out_pos;
	char *buf;
};

/* Copy a chunk of at most n bytes.  Return: bytes, 0 at the end, -errno. */
static long copy_chunk(struct copy *c, unsigned long n)
{
	loff_t from = *c->in_pos;
	struct uio u;
	long got, put;

	uio_kernel(&u, c->buf, n < COPY_CHUNK ? n : COPY_CHUNK);
	got = file_do_read(c->in, &u, &from);
	if (got <= 0)
		return got;
	uio_kernel(&u, c->buf, (unsigned long)got);
	put = file_do_write(c->out, &u, c->out_pos);
	if (put > 0)
		*c->in_pos += put;
	return put;
}

/*
 * Copy through a kernel buffer with the files' own read and write functions, so
 * sparse files, pipes and devices need no special cases.
 */
static long pipes_copy_all(struct copy *c, unsigned long n)
{
	struct io_counts *moved = &current->moved;
	u64 reads = moved->syscr, writes = moved->syscw;
	unsigned long done = 0;
	long part = 0;

	c->buf = kmalloc(COPY_CHUNK);
	if (!c->buf)
		return -ENOMEM;
	while (done < n) {
		part = copy_chunk(c, n - done);
		if (part <= 0)
			break;
		done += (unsigned long)part;
		if (signal_pending())
			break;
		cond_resched();
	}
	kfree(c->buf);
	/* count one call each, however many chunks were copied */
	moved->syscr = min(moved->syscr, reads + 1);
	moved->syscw = min(moved->syscw, writes + 1);
	return done ? (long)done : part;
}

static unsigned long clamp_count(unsigned long n)
{
	return n < RW_MAX ? n : RW_MAX;
}

/*
 * True if f is a file with pages and ends at or before pos.  Then there is
 * nothing to copy, and the target need not support splicing.
 */
static bool is_at_end(const struct file *f, loff_t pos)
{
	return f->inode->mapping.ops && pos >= inode_size(f->inode);
}

/*
 * Check sendfile(2)'s arguments in Linux's order.  The source must be a file.
 * placed: the caller gave a position in the source.
 */
static long check_send(const struct copy *c, bool placed, unsigned long count)
{
	struct file *in = c->in, *out = c->out;
	int err;

	if (!in || !(in->mode & FMODE_READ))
		return -EBADF;
	if (placed && !(in->mode & FMODE_SEEK))
		return -ESPIPE;
	err = file_check_pos(in, *c->in_pos, count);
	if (err)
		return err;
	if (!out || !(out->mode & FMODE_WRITE))
		return -EBADF;
	if (!count)			/* nothing to copy */
		return *c->in_pos > FILE_SIZE_MAX ? -EOVERFLOW : 0;
	if (file_check_pos(out, *c->out_pos, count))
		return -EINVAL;
	if (*c->in_pos >= FILE_SIZE_MAX)
		return -EOVERFLOW;
	return !(in->mode & FMODE_SEEK) || !in->ops->read ||
		in->ops->no_splice || in->ops->no_splice_read ||
		(out->ops->no_splice && !is_at_end(in, *c->in_pos)) ||
		out->flags & O_APPEND ? -EINVAL : 0;
}

long do_sendfile(int out, int in, loff_t *pos, unsigned long count)
{
	struct fdref from = fdref_get(in), to = fdref_get(out);
	/* read the positions once: another thread may change them */
	loff_t in_pos = pos ? *pos : from.file ? file_pos_get(from.file) : 0;
	loff_t out_pos = to.file ? file_pos_get(to.file) : 0;
	struct copy c = { .in = from.file, .out = to.file,
			  .in_pos = &in_pos, .out_pos = &out_pos };
	long err = check_send(&c, pos != NULL, count);

	if (err)
		goto done;
	count = clamp_count(count);
	if (in_pos > FILE_SIZE_MAX - (loff_t)count)
		count = (unsigned long)(FILE_SIZE_MAX - in_pos);
	err = pipes_copy_all(&c, count);
	if (pos)
		*pos = in_pos;
	else
		file_pos_set(from.file, in_pos);
	if (to.file->mode & FMODE_SEEK)
		file_pos_set(to.file, out_pos);
done:
	fdref_put(from);
	fdref_put(to);
	return err;
}

long sys_sendfile64(int out, int in, uaddr_t off, unsigned long count)
{
	loff_t pos;
	long n;

	if (!off)
		return do_sendfile(out, in, NULL, count);
	if (get_user(&pos, off))
		return -EFAULT;
	n = do_sendfile(out, in, &pos, count);
	return put_user(pos, off) ? -EFAULT : n;
}

/* Check copy_file_range(2)'s arguments in Linux's order. */
static long check_copy(const struct copy *c, loff_t in_pos, loff_t out_pos,
		       unsigned long *len)
{
	loff_t size = inode_size(c->in->inode);
	long room;

	if (!S_ISREG(c->in->inode->mode) || !S_ISREG(c->out->inode->mode))
		return S_ISDIR(c->in->inode->mode) ||
			S_ISDIR(c->out->inode->mode) ? -EISDIR : -EINVAL;
	if (!(c->in->mode & FMODE_READ) || !(c->out->mode & FMODE_WRITE) ||
	    c->out->flags & O_APPEND)
		return -EBADF;
	if ((u64)in_pos + *len < *len || (u64)out_pos + *len < *len)
		return -EOVERFLOW;
	if (in_pos < 0 || out_pos < 0)
		return -EINVAL;
	if (c->in->inode->super != c->out->inode->super)
		return -EXDEV;		/* programs then copy by read and
					   write */
	/* limit the length to the file and its limits, so that sums fit */
	*len = clamp_count(*len);
	if (in_pos >= size)
		*len = 0;
	else if (size - in_pos < (loff_t)*len)
		*len = (unsigned long)(size - in_pos);
	if (*len) {
		room = pagefile_limit(c->out, out_pos, *len);
		if (room < 0)
			return room;
		*len = (unsigned long)room;
	}
	if (c->in->inode == c->out->inode &&
	    in_pos < out_pos + (loff_t)*len && out_pos < in_pos + (loff_t)*len)
		return -EINVAL;		/* the ranges overlap */
	return 0;
}

static long copy_range(struct copy *c, uaddr_t in_off, uaddr_t out_off,
		       unsigned long len, unsigned flags)
{
	loff_t in_pos = file_pos_get(c->in), out_pos = file_pos_get(c->out);
	long n;

	if (in_off && get_user(&in_pos, in_off))
		return -EFAULT;
	if (out_off && get_user(&out_pos, out_off))
		return -EFAULT;
	n = flags ? -EINVAL : check_copy(c, in_pos, out_pos, &len);
	if (n)
		return n;
	c->in_pos = &in_pos;
	c->out_pos = &out_pos;
	n = pipes_copy_all(c, len);
	if (n <= 0)
		return n;
	if (!in_off)
		file_pos_set(c->in, in_pos);
	else if (put_user(in_pos, in_off))
		return -EFAULT;
	if (!out_off)
		file_pos_set(c->out, out_pos);
	else if (put_user(out_pos, out_off))
		return -EFAULT;
	return n;
}

long sys_copy_file_range(int in, uaddr_t in_off, int out, uaddr_t out_off,
			 unsigned long len, unsigned flags)
{
	struct fdref from, to;
	struct copy c;
	long n = -EBADF;

	from = fdref_get(in);
	to = fdref_get(out);
	c = (struct copy){ .in = from.file, .out = to.file };
	if (from.file && to.file)
		n = copy_range(&c, in_off, out_off, len, flags);
	fdref_put(from);
	fdref_put(to);
	return n;
}
