/* SPDX-License-Identifier: MIT */
/* eventfd(2): a counter that tasks can wait for. */
#include <fs/open/anon_inode.h>
#include <fs/mount/mount.h>
#include <fs/nodes.h>
#include <fs/path/namei.h>
#include <lt/init.h>
#include <lt/seq.h>
#include <mm/frames/slab.h>
#include <syscalls.h>

#define EFD_SEMAPHORE	1
#define EFD_MAX		(~0ull - 1)	/* the counter's largest value */

struct eventfd {
	struct spinlock lock;		/* IPL_SOFT */
	u64 count;			/* [lock] */
	bool semaphore;			/* const: a read takes 1 */
	struct wait_queue wait;
};

static struct slab_cache *cache;

static void eventfd_init(void)
{
	cache = slab_create("eventfd", sizeof(struct eventfd));
}
INIT(fs, eventfd_init);

/* Take the value of a read.  Return: the value; 0: the reader must wait. */
static u64 eventfd_take(struct eventfd *e)
{
	u64 got;

	spin_lock(&e->lock);
	got = e->semaphore ? e->count != 0 : e->count;
	e->count -= got;
	spin_unlock(&e->lock);
	return got;
}

/*
 * Add n.  Return: false: the counter would overflow, and the writer must wait.
 */
static bool eventfd_add(struct eventfd *e, u64 n)
{
	bool fits;

	spin_lock(&e->lock);
	fits = n <= EFD_MAX - e->count;
	if (fits)
		e->count += n;
	spin_unlock(&e->lock);
	return fits;
}

/*
 * One of several readers takes the whole count, except with EFD_SEMAPHORE; the
 * others sleep again.
 */
static long eventfd_read(struct file *f, struct uio *u, loff_t *pos)
{
	struct eventfd *e = f->private;
	u64 got;
	int err;

	if (u->left < sizeof(got))
		return -EINVAL;
	while (!(got = eventfd_take(e))) {
		if (f->flags & O_NONBLOCK)
			return -EAGAIN;
		err = wait_event_interruptible(&e->wait, e->count != 0);
		if (err)
			return err;
	}
	wake_up_key(&e->wait, POLLOUT);
	return uio_put(u, &got, sizeof(got)) < sizeof(got) ? -EFAULT
		: (long)sizeof(got);
}

/*
 * Return: length of the buffer from which the next number is written.  Like
 * Linux, skips empty buffers, but not the first of a vector.
 */
static unsigned long next_buffer(const struct uio *u, bool first)
{
	unsigned long len = u->seg.len;

	for (unsigned i = 0; !len && i < u->nr_rest; i++) {
		len = u->rest[i].len;
		if (first)
			break;
	}
	return len;
}

static long write_number(struct file *f, struct uio *u)
{
	struct eventfd *e = f->private;
	u64 n;
	int err;

	if (uio_get(u, &n, sizeof(n)) < sizeof(n))
		return -EFAULT;
	if (n == ~0ull)
		return -EINVAL;
	while (!eventfd_add(e, n)) {
		if (f->flags & O_NONBLOCK)
			return -EAGAIN;
		err = wait_event_interruptible(&e->wait,
					       n <= EFD_MAX - e->count);
		if (err)
			return err;
	}
	wake_up_key(&e->wait, POLLIN);
	return sizeof(n);
}

/*
 * Each buffer of a vector is one write; the first that is shorter or longer
 * than a number ends the call.
 */
static long eventfd_write(struct file *f, struct uio *u, loff_t *pos)
{
	unsigned long len;
	long done = 0, n;

	do {
		len = next_buffer(u, !done);
		n = len < sizeof(u64) ? -EINVAL : write_number(f, u);
		if (n < 0)
			return done ? done : n;
		done += n;
	} while (len == sizeof(u64) && u->left);
	return done;
}

/*
 * As on Linux, POLLRDNORM and POLLWRNORM are not reported.  `count` is read
 * without the lock: if the value is torn on a 32-bit machine, the writer is
 * about to wake the poller.
 */
static unsigned eventfd_poll(struct file *f, struct poll_table *pt)
{
	struct eventfd *e = f->private;
	unsigned events = 0;

	poll_wait(pt, &e->wait);
	if (e->count)
		events |= POLLIN;
	if (e->count < EFD_MAX)
		events |= POLLOUT;
	return events;
}

static void eventfd_show(struct seq *s, struct file *f)
{
	struct eventfd *e = f->private;
	u64 count;

	spin_lock(&e->lock);
	count = e->count;
	spin_unlock(&e->lock);
	seq_print(s, "eventfd-count: %16llx\n", (unsigned long long)count);
}

static void eventfd_release(struct file *f)
{
	slab_free(cache, f->private);
}

static const struct file_ops eventfd_fops = {
	.no_splice = true, .writes_pieces = true,
	.read = eventfd_read, .write = eventfd_write,
	.poll = eventfd_poll, .release = eventfd_release,
	.show_fdinfo = eventfd_show,
};

long sys_eventfd2(unsigned count, unsigned flags)
{
	struct eventfd *e;
	bool alive;
	long fd;

	if (flags & ~(EFD_SEMAPHORE | O_CLOEXEC | O_NONBLOCK))
		return -EINVAL;
	e = slab_alloc(cache);
	if (!e)
		return -ENOMEM;
	spin_init(&e->lock, "eventfd", IPL_SOFT);
	wait_queue_init(&e->wait);
	e->count = count;
	e->semaphore = flags & EFD_SEMAPHORE;
	fd = anon_open(ANON_EVENTFD, &eventfd_fops, e,
		       O_RDWR | (flags & (O_CLOEXEC | O_NONBLOCK)), &alive);
	if (alive)
		slab_free(cache, e);
	return fd;
}

long sys_eventfd(unsigned count)
{
	return sys_eventfd2(count, 0);
}
