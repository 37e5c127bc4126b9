/* SPDX-License-Identifier: MIT */
/*
 * Holding one end of a pipe for splice(2) (row B5).  splice reads or writes the
 * other file without the pipe's lock; before that it copies bytes from the
 * pipe, or reserves room in it.  Meanwhile other tasks that use the same end of
 * the pipe wait as if it had no bytes or no room.
 */
#include "packet.h"
#include <fs/pipe/pipe.h>

/*
 * Copy bytes from the front of the ring without removing them.
 * Context: [p->lock].  Return: bytes.
 */
static unsigned pipe_peek(const struct pipe *p, char *to, unsigned n)
{
	unsigned done = 0;

	mutex_must_hold(&p->lock);
	n = min(n, unlikely(p->cut) ? packet_front(p) : pipe_used(p));
	while (done < n) {
		unsigned at = p->tail + done;
		unsigned off = at & (unsigned)(PAGE_SIZE - 1);
		unsigned slot = (at >> PAGE_SHIFT) & (p->slots - 1);
		unsigned part = min(n - done, (unsigned)PAGE_SIZE - off);

		memcpy(to + done, (char *)p->page[slot] + off, part);
		done += part;
	}
	return done;
}

/*
 * Hold the reading end.  Bytes are only copied: those that the other file does
 * not take stay in the pipe.
 * Return: bytes, with the end held; 0: no writer left; -errno.
 */
long pipe_hold(struct pipe *p, void *buf, unsigned long n, bool nonblock)
{
	long got;

	mutex_lock(&p->lock);
	while (!pipe_may_read(p)) {
		mutex_unlock(&p->lock);
		got = nonblock ? -EAGAIN : pipe_wait(p, false, false);
		if (got)
			return got;
		mutex_lock(&p->lock);
	}
	got = (long)pipe_peek(p, buf, (unsigned)min(n, 1ul << 30));
	p->reading = got > 0;
	mutex_unlock(&p->lock);
	return got;
}

/* Remove n bytes from the front.  Context: [p->lock]. */
static void pipe_drop(struct pipe *p, unsigned n)
{
	mutex_must_hold(&p->lock);
	if (unlikely(p->cut)) {
		packet_drop(p, n);
		return;
	}
	while (n) {
		unsigned off = p->tail & (unsigned)(PAGE_SIZE - 1);
		unsigned slot = (p->tail >> PAGE_SHIFT) & (p->slots - 1);
		unsigned part = min(n, (unsigned)PAGE_SIZE - off);

		p->tail += part;
		n -= part;
		if (!(p->tail & (unsigned)(PAGE_SIZE - 1)))
			pipe_page_done(p, slot);
	}
	if (p->head == p->tail)
		pipe_rewind(p);
}

/* Always wakes readers, as they may be waiting until `reading` is false. */
void pipe_let_go(struct pipe *p, unsigned long taken)
{
	bool was_tight;

	mutex_lock(&p->lock);
	was_tight = pipe_free(p) < PIPE_BUF;
	p->reading = false;
	pipe_drop(p, (unsigned)taken);
	if (taken)
		wake_up_key(&p->write_wait,
			    was_tight && pipe_free(p) >= PIPE_BUF ?
			    POLLOUT | POLLWRNORM : PIPE_LET_GO);
	wake_up_key(&p->read_wait, PIPE_LET_GO);
	mutex_unlock(&p->lock);
}

/*
 * splice begins in a page of its own on Linux, so that it waits for one, as
 * poll(2) does.
 */
static bool pipe_hold_has_room(const struct pipe *p)
{
	return (pipe_free(p) >= PIPE_BUF && !p->filling) || !p->readers;
}

int pipe_wait(struct pipe *p, bool write, bool packet)
{
	if (packet)
		return wait_event_interruptible(&p->write_wait,
				packet_fits(p) || !p->readers);
	if (write)
		return wait_event_interruptible(&p->write_wait,
						pipe_hold_has_room(p));
	return wait_event_interruptible(&p->read_wait, pipe_may_read(p));
}

/*
 * Reserve room for splice.
 * Return: bytes of room; -EPIPE, with SIGPIPE, if no reader is left; -errno.
 */
long pipe_reserve(struct pipe *p, bool nonblock)
{
	long room;

	mutex_lock(&p->lock);
	while (!pipe_hold_has_room(p)) {
		mutex_unlock(&p->lock);
		room = nonblock ? -EAGAIN : pipe_wait(p, true, false);
		if (room)
			return room;
		mutex_lock(&p->lock);
	}
	room = p->readers ? (long)pipe_free(p) : -EPIPE;
	p->filling = room > 0;
	mutex_unlock(&p->lock);
	return room < 0 ? pipe_broken() : room;
}

long pipe_fill(struct pipe *p, struct uio *u, bool packet)
{
	long n = 0;

	mutex_lock(&p->lock);
	p->filling = false;
	if (u->left)
		n = packet ? packet_put(p, u) : pipe_put(p, u);
	if (n > 0)
		wake_up_key(&p->read_wait, POLLIN | POLLRDNORM);
	wake_up_key(&p->write_wait, PIPE_LET_GO);
	mutex_unlock(&p->lock);
	return n;
}

/* ---- two pipes at once, for tee(2) --------------------------------------- */

static void pipe_lock_two(struct pipe *a, struct pipe *b)
{
	mutex_lock(a < b ? &a->lock : &b->lock);
	mutex_lock_below(a < b ? &b->lock : &a->lock);
}

/* Context: [from->lock, to->lock].  Return: bytes, 0 or -errno. */
static long pipe_copy_parts(const struct pipe *from, struct pipe *to,
			    unsigned long n)
{
	unsigned at = from->tail, part;
	unsigned long done = 0;
	bool packet;

	mutex_must_hold(&from->lock);
	mutex_must_hold(&to->lock);
	while (done < n && at != from->head) {
		unsigned slot = (at >> PAGE_SHIFT) & (from->slots - 1);
		unsigned off = at & (unsigned)(PAGE_SIZE - 1);
		struct uio u;
		long put;

		part = packet_part(from, at, &packet);
		uio_kernel(&u, (char *)from->page[slot] + off,
			   min((unsigned long)part, n - done));
		put = packet ? packet_put(to, &u) : pipe_put(to, &u);
		if (put <= 0)
			return done ? (long)done : put;
		done += (unsigned long)put;
		if ((unsigned)put < part)
			break;
		at += part;
		if (at != from->head)		/* a slot may be cut */
			at += (0u - at) & (unsigned)(PAGE_SIZE - 1);
	}
	return (long)done;
}

long pipe_copy(struct pipe *from, struct pipe *to, unsigned long n)
{
	long done;

	pipe_lock_two(from, to);
	if (!pipe_may_read(from) || !pipe_hold_has_room(to))
		done = -EAGAIN;
	else if (!to->readers)
		done = -EPIPE;
	else
		done = pipe_copy_parts(from, to, n);
	if (done > 0)
		wake_up_key(&to->read_wait, POLLIN | POLLRDNORM);
	mutex_unlock(&from->lock);
	mutex_unlock(&to->lock);
	return done == -EPIPE ? pipe_broken() : done;
}
