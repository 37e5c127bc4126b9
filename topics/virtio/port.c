/* SPDX-License-Identifier: MIT */
/*
 * A virtio-serial port as a file.  Buffers circulate:
 *
 *              the host fills            read() empties
 *     rx queue ------------> p->filled --------------> rx queue
 *
 *              write() fills             the host empties
 *     p->free  ------------> tx queue ---------------> p->free
 *
 * A reader or writer sleeps while its list is empty.
 */
#include <dev/tty.h>
#include "serial.h"
#include <fs/vfs.h>
#include <kernel/task/task.h>
#include <mm/frames/page.h>
#include <mm/frames/slab.h>

static int port_open(struct inode *i, struct file *f)
{
	f->mode &= ~FMODE_SEEK;
	return 0;
}

/*
 * Return: a filled buffer to read from, or NULL.  *ended: true if the host has
 * closed the port.
 */
static struct port_buf *port_filled(struct port *p, bool *ended)
{
	struct port_buf *b = NULL;

	spin_lock(&p->serial->dev->lock);
	*ended = p->host == HOST_CLOSED;
	if (!list_empty(&p->filled))
		b = list_first(&p->filled, struct port_buf, link);
	spin_unlock(&p->serial->dev->lock);
	return b;
}

static void port_recycle(struct port *p, struct port_buf *b)
{
	spin_lock(&p->serial->dev->lock);
	list_remove(&b->link);
	if (!virtq_post(p->rx, b->data, PAGE_SIZE, false, b))
		virtq_kick(p->rx);
	spin_unlock(&p->serial->dev->lock);
}

static long port_read(struct file *f, struct uio *u, loff_t *pos)
{
	struct port *p = f->private;
	struct port_buf *b;
	bool ended = false;
	long done = 0;
	int err = 0;

	if (!u->left)
		return 0;
	err = tty_take_turn(&p->read_lock, f);
	if (err)
		return err;
	while (!(b = port_filled(p, &ended)) && !ended) {
		err = -EAGAIN;
		if (f->flags & O_NONBLOCK)
			goto out;
		err = wait_event_interruptible(&p->readers,
					       !list_empty(&p->filled) ||
					       p->host == HOST_CLOSED);
		if (err)
			goto out;
	}
	err = 0;
	while (b && u->left) {
		u32 n = uio_put(u, b->data + b->pos, b->len - b->pos);

		b->pos += n;
		done += n;
		if (b->pos < b->len) {
			if (u->left)
				err = -EFAULT;
			break;
		}
		port_recycle(p, b);
		b = port_filled(p, &ended);
	}
out:
	mutex_unlock(&p->read_lock);
	return done ? done : err;
}

static struct port_buf *port_take_free(struct port *p)
{
	struct port_buf *b = NULL;

	spin_lock(&p->serial->dev->lock);
	if (!list_empty(&p->free)) {
		b = list_first(&p->free, struct port_buf, link);
		list_remove(&b->link);
	}
	spin_unlock(&p->serial->dev->lock);
	return b;
}

static void port_send(struct port *p, struct port_buf *b, u32 n)
{
	spin_lock(&p->serial->dev->lock);
	if (n && p->host != HOST_CLOSED &&
	    !virtq_post(p->tx, b->data, n, true, b)) {
		p->sending++;
		virtq_kick(p->tx);
	} else {
		list_append(&p->free, &b->link);
	}
	spin_unlock(&p->serial->dev->lock);
}

/*
 * Wait for an empty buffer to send with.  Return: the buffer; NULL with *err.
 */
static struct port_buf *port_get_free(struct file *f, struct port *p, int *err)
{
	struct port_buf *b;

	for (;;) {
		if (p->host == HOST_CLOSED) {
			*err = -EPIPE;
			return NULL;
		}
		b = port_take_free(p);
		if (b)
			return b;
		*err = -EAGAIN;
		if (f->flags & O_NONBLOCK)
			return NULL;
		*err = wait_event_interruptible(&p->writers,
						!list_empty(&p->free) ||
						p->host == HOST_CLOSED);
		if (*err)
			return NULL;
	}
}

static long port_write(struct file *f, struct uio *u, loff_t *pos)
{
	struct port *p = f->private;
	struct port_buf *b;
	long done = 0;
	int err = tty_take_turn(&p->write_lock, f);

	if (err)
		return err;
	while (u->left) {
		unsigned long want = min(u->left, (unsigned long)PAGE_SIZE), n;

		b = port_get_free(f, p, &err);
		if (!b)
			break;
		n = uio_get(u, b->data, want);
		port_send(p, b, (u32)n);
		done += (long)n;
		if (n < want) {
			err = -EFAULT;
			break;
		}
	}
	mutex_unlock(&p->write_lock);
	if (err == -EPIPE && !done) {
		struct siginfo si = { .signo = SIGPIPE, .code = SI_KERNEL };

		signal_send_task(current, &si);
	}
	return done ? done : err;
}

static unsigned port_poll(struct file *f, struct poll_table *pt)
{
	struct port *p = f->private;
	unsigned events = 0;

	poll_wait(pt, &p->readers);
	poll_wait(pt, &p->writers);
	if (!list_empty(&p->filled) || p->host == HOST_CLOSED)
		events |= POLLIN | POLLRDNORM;
	if (!list_empty(&p->free))
		events |= POLLOUT | POLLWRNORM;
	if (p->host == HOST_CLOSED)
		events |= POLLHUP;
	return events;
}

static void port_drain(struct port *p)
{
	wait_event(&p->writers, !p->sending || p->host == HOST_CLOSED);
}

static void port_release(struct file *f)
{
	if (f->mode & FMODE_WRITE)
		port_drain(f->private);
}

const struct file_ops port_fops = {
	.open = port_open,
	.release = port_release,
	.read = port_read,
	.write = port_write,
	.reads_pieces = true,
	.writes_pieces = true,
	.poll = port_poll,
};
