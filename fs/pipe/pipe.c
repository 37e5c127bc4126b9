/* SPDX-License-Identifier: MIT */
/*
 * Pipes and FIFOs: a ring of bytes in pages that exist only while they hold
 * data (one is kept).
 *
 *     page 0        page 1        page 2        page 3
 *   +-------------+-------------+-------------+-------------+
 *   |             |      #######|#############|##           |
 *   +-------------+-------------+-------------+-------------+
 *                        ^ tail: readers        ^ head: writers
 *
 * head and tail are not reduced modulo the ring's size, so head - tail is the
 * number of bytes inside.  Writers are woken only when PIPE_BUF bytes become
 * free, readers only when the ring was empty.  All of them wake; those that
 * come too late sleep again.
 */
#include <fs/internal.h>
#include "pipe.h"
#include "pipe_ring.h"
#include <mm/frames/slab.h>
#include <mm/uaccess.h>
#include <syscalls.h>

#define FIONREAD	0x541b

const struct packet_ops *pipe_packets;

/*
 * Restart an empty ring at its first slot, and move the page that the ring
 * keeps to that slot.  Then small messages never cross into another page.
 * Context: [p->lock].
 */
void pipe_rewind(struct pipe *p)
{
	unsigned slot = (p->tail >> PAGE_SHIFT) & (p->slots - 1);

	mutex_must_hold(&p->lock);
	if (slot && p->page[slot] && !p->page[0]) {
		p->page[0] = p->page[slot];
		p->page[slot] = NULL;
	}
	p->head = p->tail = 0;
}

/*
 * Free the page of a slot that has been read to its end, or move it to the next
 * slot.  With the move a stream of bytes needs one page and no allocation.  In
 * a full ring the writer may already be in this slot again: then the page
 * stays.
 * Context: [p->lock].
 */
void pipe_page_done(struct pipe *p, unsigned slot)
{
	unsigned next = (slot + 1) & (p->slots - 1);

	mutex_must_hold(&p->lock);
	if (next == slot || pipe_free(p) < PAGE_SIZE)
		return;
	if (p->head != p->tail || p->page[next])
		pipe_page_free(p, p->page[slot]);
	else
		p->page[next] = p->page[slot];
	p->page[slot] = NULL;
}

/* Context: [p->lock].  Return: the number of bytes copied out, or -EFAULT. */
static long pipe_take(struct pipe *p, struct uio *u)
{
	long done = 0;

	mutex_must_hold(&p->lock);
	while (u->left && p->head != p->tail) {
		unsigned off = p->tail & (unsigned)(PAGE_SIZE - 1);
		unsigned slot = (p->tail >> PAGE_SHIFT) & (p->slots - 1);
		unsigned long n = min((unsigned long)pipe_used(p),
				      PAGE_SIZE - off), moved;

		n = min(n, u->left);
		moved = uio_put(u, (char *)p->page[slot] + off, n);
		if (unlikely(moved < n))	/* a part of a page does not
						 * count */
			return done ? done : -EFAULT;
		p->tail += (unsigned)moved;
		done += (long)moved;
		if (!(p->tail & (unsigned)(PAGE_SIZE - 1)))
			pipe_page_done(p, slot);
	}
	if (p->head == p->tail)
		pipe_rewind(p);
	return done;
}

/* After a fault inside a page: the part copied counts only with UIO_PARTS. */
static __noinline long pipe_put_part(struct pipe *p, const struct uio *u,
				     long done, unsigned long part)
{
	if (!(u->flags & UIO_PARTS)) {
		p->head -= (unsigned)part;
		done -= (long)part;
	}
	return done ? done : -EFAULT;
}

/*
 * User memory is copied with the lock held, which is a sleeping lock.
 * Context: [p->lock].
 * Return: the number of bytes copied in, as many as fit; -EFAULT, -ENOMEM: no
 * byte was copied.
 */
long pipe_put(struct pipe *p, struct uio *u)
{
	long done = 0;

	mutex_must_hold(&p->lock);
	while (u->left && pipe_free(p)) {
		unsigned off = p->head & (unsigned)(PAGE_SIZE - 1);
		unsigned slot = (p->head >> PAGE_SHIFT) & (p->slots - 1);
		unsigned long n = min((unsigned long)pipe_free(p),
				      PAGE_SIZE - off), moved;

		if (!p->page[slot]) {
			p->page[slot] = pipe_page_alloc(p);
			if (!p->page[slot])
				return done ? done : -ENOMEM;
		}
		n = min(n, u->left);
		moved = uio_get(u, (char *)p->page[slot] + off, n);
		p->head += (unsigned)moved;
		done += (long)moved;
		if (unlikely(moved < n))
			return pipe_put_part(p, u, done, moved);
	}
	return done;
}

/*
 * POSIX: a read returns at once with the bytes present, and 0 only if no writer
 * is left.  Writers are woken when PIPE_BUF bytes have become free, not before,
 * because a small write must fit as a whole, and would go back to sleep.
 */
static long pipe_read(struct file *f, struct uio *u, loff_t *pos)
{
	struct pipe *p = f->private;
	bool was_tight, slept = false;
	long n;

	if (!u->left)
		return 0;
	mutex_lock(&p->lock);
	while (unlikely(p->reading) || p->head == p->tail) {
		n = 0;
		if (!p->reading && !p->writers)
			goto out;
		n = -EAGAIN;
		if (uio_nonblock(f->flags, u))
			goto out;
		mutex_unlock(&p->lock);
		n = wait_event_interruptible(&p->read_wait, pipe_may_read(p));
		if (n)
			return n;
		slept = true;
		mutex_lock(&p->lock);
	}
	was_tight = pipe_free(p) < PIPE_BUF;
	n = unlikely(p->cut) ? pipe_packets->take(p, u) : pipe_take(p, u);
	if (was_tight && pipe_free(p) >= PIPE_BUF)
		wake_up_key(&p->write_wait, POLLOUT | POLLWRNORM);
	else if (unlikely(p->cut))
		wake_up_key(&p->write_wait, PIPE_LET_GO);
	/*
	 * Another reader may have missed the first wake-up.  For EPOLLET
	 * pollers the remaining bytes are no new event.
	 */
	if (unlikely(slept && p->head != p->tail))
		wake_up_key(&p->read_wait, POLLIN | POLLRDNORM);
out:
	mutex_unlock(&p->lock);
	return n;
}

long pipe_broken(void)
{
	signal_self(SIGPIPE);
	return -EPIPE;
}

/* True if a small write fits as a whole, or a large one may begin. */
static bool write_fits(const struct pipe *p, unsigned long n)
{
	return !p->filling &&
		pipe_free(p) >= (n <= PIPE_BUF ? (unsigned)n : PIPE_BUF);
}

/*
 * Up to PIPE_BUF bytes are written atomically (pipe(7)).  More are written as
 * room becomes free, and may mix with other writes.  Readers sleep only while
 * the ring is empty, so only the first byte wakes them; EPOLLET pollers want an
 * event for each write.
 */
static long pipe_write(struct file *f, struct uio *u, loff_t *pos)
{
	struct pipe *p = f->private;
	unsigned long want = u->left;
	long done = 0, n = 0;

	if (!want)
		return 0;
	if (unlikely(f->flags & O_DIRECT) && pipe_packets)
		return pipe_packets->write(f, u);
	mutex_lock(&p->lock);
	for (;;) {
		bool was_empty = p->head == p->tail;

		if (unlikely(!p->readers)) {
			n = pipe_broken();
			break;
		}
		if (likely(want > PIPE_BUF ? pipe_free(p) > 0 && !p->filling
					   : write_fits(p, want))) {
			n = pipe_put(p, u);
			if ((was_empty || p->polled) && n > 0)
				wake_up_key(&p->read_wait, POLLIN | POLLRDNORM);
			if (n < 0)
				break;
			done += n;
			if (likely(!u->left))
				break;
		}
		n = -EAGAIN;
		if ((f->flags | u->flags) & O_NONBLOCK)
			break;
		mutex_unlock(&p->lock);
		n = wait_event_interruptible(&p->write_wait,
				write_fits(p, want) || !p->readers);
		mutex_lock(&p->lock);
		if (n)
			break;
	}
	mutex_unlock(&p->lock);
	return done ? done : n;
}

/*
 * Events (poll(2)).  Read end: POLLIN with bytes inside, POLLHUP after the last
 * writer has gone, even while bytes are left.  Write end: POLLOUT with PIPE_BUF
 * bytes free, so that the next small write does not sleep, and POLLERR without
 * readers.
 *
 * The counts are read without the lock, after the entry is on the queue.  A
 * task that changes them wakes afterwards, so the poller sees the change or the
 * wake-up.
 */
static unsigned pipe_file_poll(struct file *f, struct poll_table *pt)
{
	struct pipe *p = f->private;
	unsigned events = 0;

	if (pt)
		p->polled = true;
	if (f->mode & FMODE_READ) {
		poll_wait(pt, &p->read_wait);
		if (p->head != p->tail)
			events |= POLLIN | POLLRDNORM;
		/* a FIFO that never had a writer has not hung up */
		if (!p->writers && p->writers_ever != f->no_writer)
			events |= POLLHUP;
	}
	if (f->mode & FMODE_WRITE) {
		poll_wait(pt, &p->write_wait);
		if (pipe_free(p) >= PIPE_BUF)
			events |= POLLOUT | POLLWRNORM;
		if (!p->readers)
			events |= POLLERR;
	}
	return events;
}

static long pipe_ioctl(struct file *f, unsigned cmd, unsigned long arg)
{
	struct pipe *p = f->private;

	if (cmd != FIONREAD)
		return -ENOTTY;
	return put_user((int)(p->cut ? pipe_packets->bytes(p) : pipe_used(p)),
			arg);
}

/* ---- closing the ends --------------------------------------------------- */

/*
 * Close an end, and wake the other side when this side has no ends left.  A
 * core dump that waits until all is read counts itself as a second reader
 * instead of a writer (core_pipe.c).  The dump is woken when it is the only
 * reader left.
 * Context: [i->lock], which guards i->private and the pipe's lifetime.
 */
static void pipe_close_end(struct inode *i, struct pipe *p, unsigned mode)
{
	bool last;

	mutex_lock(&p->lock);
	if (mode & FMODE_READ && --p->readers == !p->writers)
		wake_up_key(&p->write_wait, POLLOUT | POLLERR | POLLHUP);
	if (mode & FMODE_WRITE && !--p->writers)
		wake_up_key(&p->read_wait, POLLIN | POLLHUP);
	last = !p->readers && !p->writers;
	mutex_unlock(&p->lock);
	if (last) {
		i->private = NULL;
		pipe_destroy(p);
	}
}

/*
 * Uses mutex_lock_below(), as the last reference may be dropped by a look-up in
 * /proc, which holds the lock of its directory.  No other inode is ever locked
 * below a pipe's.
 */
static void pipe_release(struct file *f)
{
	mutex_lock_below(&f->inode->lock);
	pipe_close_end(f->inode, f->private, f->mode);
	mutex_unlock(&f->inode->lock);
}

void pipe_open_end(struct pipe *p, unsigned mode)
{
	mutex_lock(&p->lock);
	if (mode & FMODE_READ) {
		p->readers++;
		p->readers_ever++;
		wake_up_key(&p->write_wait, POLLOUT);
	}
	if (mode & FMODE_WRITE) {
		p->writers++;
		p->writers_ever++;
		wake_up_key(&p->read_wait, POLLIN);
	}
	mutex_unlock(&p->lock);
}

/*
 * POSIX: opening one end of a FIFO waits until the other is opened (fifo(7)).
 *
 *               waits for                 O_NONBLOCK
 *   O_RDONLY    a writer                  opens at once
 *   O_WRONLY    a reader                  ENXIO
 *   O_RDWR      nobody: it is both        opens at once
 *
 * seen: how often the other end had been opened when this end was opened.  An
 * open since then counts, even if the other end has been closed again.  Only
 * called if the other end was not open when this end was opened.
 */
static int fifo_wait_partner(struct file *f, struct pipe *p, unsigned seen)
{
	if (f->mode == FMODE_READ) {
		if (f->flags & O_NONBLOCK) {
			f->no_writer = p->writers_ever;
			return 0;
		}
		return wait_event_interruptible(&p->read_wait,
						p->writers_ever != seen);
	}
	if (f->mode == FMODE_WRITE) {
		if (f->flags & O_NONBLOCK)
			return -ENXIO;
		return wait_event_interruptible(&p->write_wait,
						p->readers_ever != seen);
	}
	return 0;
}

/*
 * Decide what happens after a signal ended the wait for a partner.  If a
 * partner has opened the other end meanwhile, it has met this end, and may be
 * gone again.  A restarted call would wait for another partner, so this call
 * succeeds instead.
 */
static int fifo_give_up(struct inode *i, struct pipe *p, unsigned mode,
			unsigned seen, int err)
{
	mutex_lock(&i->lock);
	if (seen != (mode & FMODE_READ ? p->writers_ever : p->readers_ever))
		err = 0;
	else
		pipe_close_end(i, p, mode);
	mutex_unlock(&i->lock);
	return err;
}

/*
 * fifo(7).  The inode's lock is released before the wait, because the partner
 * must take it to open the other end.
 */
static int fifo_open(struct inode *i, struct file *f)
{
	struct pipe *p;
	bool met = i->super == pipe_super;	/* opened through /proc */
	unsigned seen = 0;
	int err = 0;

	/* access mode 3 neither reads nor writes, so it would open no end */
	if (!(f->mode & (FMODE_READ | FMODE_WRITE)))
		return -EINVAL;
	mutex_lock(&i->lock);
	p = i->private;
	if (!p) {
		p = i->private = pipe_create();
		err = p ? 0 : -ENOMEM;
	}
	if (!err) {
		if (f->mode & FMODE_READ) {
			met |= p->writers > 0;
			seen = p->writers_ever;
		} else {
			met |= p->readers > 0;
			seen = p->readers_ever;
		}
		pipe_open_end(p, f->mode);
	}
	mutex_unlock(&i->lock);
	if (err)
		return err;
	f->private = p;
	f->no_writer = ~0u;
	if (!met)
		err = fifo_wait_partner(f, p, seen);
	return err ? fifo_give_up(i, p, f->mode, seen, err) : 0;
}

/*
 * Return: the share of this open end in the ring's memory.  A page of the ring
 * is allocated when its first byte is written.
 */
static unsigned long pipe_held(const struct file *f)
{
	const struct pipe *p = f->private;
	unsigned size = HINT(p->slots) << PAGE_SHIFT;
	unsigned used = HINT(p->head) - HINT(p->tail);
	unsigned ends = HINT(p->readers) + HINT(p->writers);

	return min(used + (unsigned)PAGE_SIZE - 1, size) / (ends ?: 1);
}

static unsigned long pipe_pins(const struct file *f)
{
	const struct pipe *p = f->private;
	unsigned ends = HINT(p->readers) + HINT(p->writers);

	return (sizeof(*p) + HINT(p->slots) * sizeof(void *)) / (ends ?: 1);
}

const struct file_ops fifo_fops = {
	.open = fifo_open,
	.release = pipe_release,
	.read = pipe_read,
	.write = pipe_write,
	.poll = pipe_file_poll,
	.sends_sigio = true,
	.ioctl = pipe_ioctl,
	.held = pipe_held,
	.pins = pipe_pins,
};

struct pipe *pipe_of(const struct file *f)
{
	return f->ops == &fifo_fops ? f->private : NULL;
}
