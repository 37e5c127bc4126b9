/* SPDX-License-Identifier: MIT */
/*
 * splice, tee, vmsplice (row B5): move bytes between a pipe and a file, another
 * pipe, or memory, without a user buffer.  Bytes leave a pipe only after they
 * have been written, so none are lost if the other side takes fewer.  Until
 * then the reading end of the pipe is held (fs/pipe/pipe.h).
 */
#include <fs/io/pagefile.h>
#include <fs/open/fd.h>
#include <fs/path/namei.h>
#include <fs/pipe/pipe.h>
#include <fs/pipe/pipe_ring.h>
#include <kernel/sched/sched.h>
#include <mm/frames/slab.h>
#include <mm/uaccess.h>
#include <syscalls.h>

#define SPLICE_CHUNK	16384ul
#define SPLICE_FLAGS	15u		/* MOVE, NONBLOCK, MORE, GIFT */
#define SPLICE_NONBLOCK	2u

/*
 * Arguments of a splice; each of in and out is a pipe or a file with a
 * position.
 */
struct splice {
	struct file *in, *out;
	loff_t *in_pos, *out_pos;	/* for files */
	unsigned long len;
	bool nonblock;
	char *buf;			/* SPLICE_CHUNK bytes; NULL: tee */
};

/*
 * Move up to n bytes from pipe p to the file.
 * Return: bytes written, 0: no writer left, -errno.
 */
static long to_file(struct splice *s, struct pipe *p, unsigned long n)
{
	long got = pipe_hold(p, s->buf, min(n, SPLICE_CHUNK), s->nonblock);
	struct uio u;
	long put;

	if (got <= 0)
		return got;
	uio_kernel(&u, s->buf, (unsigned long)got);
	put = file_do_write(s->out, &u, s->out_pos);
	pipe_let_go(p, put > 0 ? (unsigned long)put : 0);
	return put;
}

/*
 * Move up to n bytes from the file to pipe p; reads only as much as was
 * reserved.
 */
static long to_pipe(struct splice *s, struct pipe *p, unsigned long n)
{
	long room = pipe_reserve(p, s->nonblock), got, put;
	loff_t pos = *s->in_pos;
	struct uio u;

	if (room <= 0)
		return room;
	uio_kernel(&u, s->buf, min(min(n, (unsigned long)room), SPLICE_CHUNK));
	got = file_do_read(s->in, &u, &pos);
	uio_kernel(&u, s->buf, got > 0 ? (unsigned long)got : 0);
	put = pipe_fill(p, &u, false);
	if (got <= 0)
		return got;
	if (put > 0)
		*s->in_pos += put;
	return put;
}

/*
 * Move bytes from one pipe to another.  Meanwhile both ends are held; if one of
 * them cannot be held, nothing is moved.
 * Return: as to_file().
 */
static long move_between(struct splice *s, struct pipe *from, struct pipe *to,
			 unsigned long n)
{
	long room, got;
	struct uio u;

	room = pipe_reserve(to, true);
	if (room <= 0)
		return room;
	got = pipe_hold(from, s->buf, min(min(n, (unsigned long)room),
					  SPLICE_CHUNK), true);
	uio_kernel(&u, s->buf, got > 0 ? (unsigned long)got : 0);
	room = pipe_fill(to, &u, got > 0 && pipe_holds_packet(from));
	if (got <= 0)
		return got;
	pipe_let_go(from, room > 0 ? (unsigned long)room : 0);
	return room;
}

static long pipe_to_pipe(struct splice *s, unsigned long n)
{
	struct pipe *from = pipe_of(s->in), *to = pipe_of(s->out);
	long got;

	for (;;) {
		/*
		 * as on Linux, wait for data first, and only then check that a
		 * reader is left
		 */
		if (!pipe_may_read(from)) {
			got = s->nonblock ? -EAGAIN :
				pipe_wait(from, false, false);
			if (got)
				return got;
		}
		got = s->buf ? move_between(s, from, to, n) :
			pipe_copy(from, to, n);
		if (got != -EAGAIN || s->nonblock)
			return got;
		got = pipe_wait(from, false, false);
		if (!got)
			got = pipe_wait(to, true, pipe_holds_packet(from));
		if (got)
			return got;
	}
}

static long one_chunk(struct splice *s, unsigned long n)
{
	if (pipe_of(s->in) && pipe_of(s->out))
		return pipe_to_pipe(s, n);
	if (pipe_of(s->in))
		return to_file(s, pipe_of(s->in), n);
	return to_pipe(s, pipe_of(s->out), n);
}

/*
 * Move all bytes that are available.  Only the first chunk may sleep, and only
 * if the caller allows sleeping.
 */
static long splice_move_all(struct splice *s)
{
	unsigned long done = 0;
	long n = 0;

	while (done < s->len) {
		n = one_chunk(s, s->len - done);
		if (n <= 0)
			break;
		done += (unsigned long)n;
		/* files can be read again; others might sleep */
		if (!pipe_of(s->in) && !(s->in->mode & FMODE_SEEK))
			break;
		s->nonblock = true;
		if (signal_pending())
			break;
		cond_resched();
	}
	return done ? (long)done : n;
}

/* ---- arguments ----------------------------------------------------------- */

/*
 * Position of one side: given by the caller, the file's own, or none (pipes).
 */
struct place {
	uaddr_t at;
	loff_t pos;
};

/* The caller has refused positions for pipes (ESPIPE). */
static long place_get(struct place *pl, struct file *f, uaddr_t at)
{
	pl->at = at;
	pl->pos = file_pos_get(f);
	return at && get_user(&pl->pos, at) ? -EFAULT : 0;
}

static long place_check(const struct place *pl, const struct file *f,
			unsigned long n)
{
	if (pl->at && !(f->mode & FMODE_SEEK))
		return -EINVAL;
	return pipe_of(f) ? 0 : file_check_pos(f, pl->pos, n);
}

static long place_put(const struct place *pl, struct file *f)
{
	if (pl->at)
		return put_user(pl->pos, pl->at);
	if (f->mode & FMODE_SEEK)
		file_pos_set(f, pl->pos);
	return 0;
}

static long check_sides(const struct splice *s)
{
	if (!(s->in->mode & FMODE_READ) || !(s->out->mode & FMODE_WRITE))
		return -EBADF;
	if (!pipe_of(s->in) && !pipe_of(s->out))
		return -EINVAL;
	if (pipe_of(s->in) == pipe_of(s->out))
		return -EINVAL;
	if (!pipe_of(s->out) && s->out->flags & O_APPEND)
		return -EINVAL;
	if (!pipe_of(s->in) && (!s->in->ops->read || s->in->ops->no_splice ||
				s->in->ops->no_splice_read))
		return -EINVAL;
	if (!pipe_of(s->out) &&
	    (!s->out->ops->write || s->out->ops->no_splice))
		return -EINVAL;
	return 0;
}

static bool never_waits(const struct splice *s, unsigned flags)
{
	return flags & SPLICE_NONBLOCK ||
		(pipe_of(s->in) && s->in->flags & O_NONBLOCK) ||
		(pipe_of(s->out) && s->out->flags & O_NONBLOCK);
}

static long splice_files(struct splice *s, uaddr_t in_at, uaddr_t out_at)
{
	struct place in, out;
	long n, err;

	if ((pipe_of(s->in) && in_at) || (pipe_of(s->out) && out_at))
		return -ESPIPE;
	n = place_get(&out, s->out, out_at);
	if (!n)
		n = place_get(&in, s->in, in_at);
	if (!n)
		n = check_sides(s);
	if (!n)
		n = place_check(&out, s->out, s->len);
	if (!n)
		n = place_check(&in, s->in, s->len);
	if (n)
		return n;
	s->len = min(s->len, RW_MAX);
	s->in_pos = &in.pos;
	s->out_pos = &out.pos;
	s->buf = kmalloc(SPLICE_CHUNK);
	if (!s->buf)
		return -ENOMEM;
	n = splice_move_all(s);
	kfree(s->buf);
	if (n <= 0)
		return n;
	err = place_put(&in, s->in);
	if (!err)
		err = place_put(&out, s->out);
	return err ? err : n;
}

long sys_splice(int in, uaddr_t in_at, int out, uaddr_t out_at,
		unsigned long len, unsigned flags)
{
	struct fdref from, to;
	struct splice s;
	long n = -EBADF;

	if (!len)
		return 0;
	if (flags & ~SPLICE_FLAGS)
		return -EINVAL;
	from = fdref_get(in);
	to = fdref_get(out);
	if (from.file && to.file) {
		s = (struct splice){ .in = from.file, .out = to.file,
				     .len = len };
		s.nonblock = never_waits(&s, flags);
		n = splice_files(&s, in_at, out_at);
	}
	fdref_put(to);
	fdref_put(from);
	return n;
}

/* ---- tee ----------------------------------------------------------------- */

static long tee_pipes(struct splice *s)
{
	if (!(s->in->mode & FMODE_READ) || !(s->out->mode & FMODE_WRITE))
		return -EBADF;
	if (!pipe_of(s->in) || !pipe_of(s->out) ||
	    pipe_of(s->in) == pipe_of(s->out))
		return -EINVAL;
	return pipe_to_pipe(s, s->len);
}

long sys_tee(int in, int out, unsigned long len, unsigned flags)
{
	struct fdref from, to;
	struct splice s;
	long n = -EBADF;

	if (flags & ~SPLICE_FLAGS)
		return -EINVAL;
	if (!len)
		return 0;
	from = fdref_get(in);
	to = fdref_get(out);
	if (from.file && to.file) {
		s = (struct splice){ .in = from.file, .out = to.file,
				     .len = len };
		s.nonblock = never_waits(&s, flags);
		n = tee_pipes(&s);
	}
	fdref_put(to);
	fdref_put(from);
	return n;
}

/* ---- vmsplice ------------------------------------------------------------ */

/*
 * Put as much as fits into a pipe, or read from one, ignoring packet
 * boundaries.  SPLICE_NONBLOCK decides whether the call sleeps, not the file's
 * flags.
 */
static long vmsplice_pipe(struct file *f, struct pipe *p, struct uio *u,
			  unsigned flags)
{
	long room;

	u->flags = flags & SPLICE_NONBLOCK ? O_NONBLOCK : UIO_WAITS;
	if (!u->left)
		return 0;
	if (!p)
		return -EBADF;
	u->flags |= UIO_PARTS;
	if (!(f->mode & FMODE_WRITE))
		return file_do_read(f, u, &f->pos);
	room = pipe_reserve(p, u->flags & O_NONBLOCK);
	return room < 0 ? room : pipe_fill(p, u, false);
}

long sys_vmsplice(int fd, uaddr_t iov, unsigned long n, unsigned flags)
{
	struct fdref r;
	struct iov v;
	struct uio u;
	long done;

	if (flags & ~SPLICE_FLAGS)
		return -EINVAL;
	r = fdref_get(fd);
	done = r.file && r.file->mode & (FMODE_READ | FMODE_WRITE) ?
		iov_load(&v, iov, n) : -EBADF;
	if (!done) {
		uio_vector(&u, v.seg, v.n);
		done = vmsplice_pipe(r.file, pipe_of(r.file), &u, flags);
		iov_free(&v);
	}
	fdref_put(r);
	return done;
}
