/* SPDX-License-Identifier: MIT */
/*
 * Size of pipes (rows B5, D14).  F_SETPIPE_SZ sets the size of one pipe; limits
 * in /proc/sys/fs restrict the pages in all pipes of a user.  Sizes are powers
 * of two pages, because the low bits of head and tail are the index into the
 * ring.
 */
#include "packet.h"
#include <fs/open/fcntl.h>
#include <fs/pipe/pipe.h>
#include <fs/pipe/pipe_ring.h>
#include <lt/procfile.h>
#include <mm/frames/slab.h>

#define SIZE_MAX_ALL	(1ul << 31)

/* Return: pages, a power of two; 0: bytes is too large. */
static unsigned size_to_slots(u64 bytes)
{
	unsigned slots = 1;

	if (bytes > SIZE_MAX_ALL)
		return 0;
	while ((u64)slots << PAGE_SHIFT < bytes)
		slots *= 2;
	return slots;
}

int pipe_size_limit(u64 bytes)
{
	unsigned slots = size_to_slots(bytes);

	if (!slots)
		return -EINVAL;
	WRITE_ONCE(pipe_limits.size, (unsigned long)slots << PAGE_SHIFT);
	return 0;
}

/* Charge a change of size to the user.  Return: 0; -EPERM: above its limit. */
static int charge_more(struct pipe *p, unsigned slots)
{
	int more = (int)slots - (int)p->slots;

	atomic_add(&p->user->pipe_pages, more);
	if (more <= 0 || pipe_privileged() ||
	    (!pipe_over(p->user, READ_ONCE(pipe_limits.hard)) &&
	     !pipe_over(p->user, READ_ONCE(pipe_limits.soft))))
		return 0;
	atomic_add(&p->user->pipe_pages, -more);
	return -EPERM;
}

/* ---- F_SETPIPE_SZ -------------------------------------------------------- */

static long pipe_get_size(int fd, struct file *f, unsigned cmd,
			  unsigned long arg)
{
	struct pipe *p = f->private;

	if (f->ops != &fifo_fops)
		return -EBADF;
	return (long)((unsigned long)p->slots << PAGE_SHIFT);
}

/*
 * Make a ring of `slots` with a copy of p's data; p does not change.
 * Return: NULL: no memory.
 */
static void **ring_copy(struct pipe *p, unsigned slots)
{
	unsigned used = pipe_used(p), done = 0;
	void **ring = kzalloc(slots * sizeof(void *));
	struct uio u;

	while (ring && done < used) {
		void *page = pipe_page_alloc(p);
		unsigned n = min(used - done, (unsigned)PAGE_SIZE), k = 0;

		if (!page) {
			while (k < slots && ring[k])
				pipe_page_free(p, ring[k++]);
			kfree(ring);
			return NULL;
		}
		ring[done >> PAGE_SHIFT] = page;
		uio_kernel(&u, page, n);
		while (u.left) {
			unsigned at = p->tail + done;
			unsigned off = at & (unsigned)(PAGE_SIZE - 1);
			unsigned part = (unsigned)PAGE_SIZE - off;

			done += (unsigned)uio_put(&u, (char *)p->page[
				at >> PAGE_SHIFT & (p->slots - 1)] + off, part);
		}
	}
	return ring;
}

/* Context: [p->lock]. */
static int pipe_resize(struct pipe *p, unsigned slots)
{
	unsigned used = pipe_used(p);
	void **ring;

	mutex_must_hold(&p->lock);
	if (unlikely(p->cut))
		return packet_resize(p, slots);
	if ((unsigned long)slots << PAGE_SHIFT < used)
		return -EBUSY;
	ring = ring_copy(p, slots);
	if (!ring)
		return -ENOMEM;
	pipe_free_pages(p);
	p->page = ring;
	p->slots = slots;
	p->tail = 0;
	p->head = used;
	return 0;
}

/*
 * Change the size; fails with -EBUSY if the data would not fit.
 * Context: [p->lock].  Return: the new size, or -errno.
 */
static long change_size(struct pipe *p, unsigned slots)
{
	unsigned was = p->slots;
	long err;

	mutex_must_hold(&p->lock);
	if (slots > was && (unsigned long)slots << PAGE_SHIFT >
	    READ_ONCE(pipe_limits.size) && !capable(CAP_SYS_RESOURCE))
		return -EPERM;
	/* the result must fit into an int */
	if ((u64)slots << PAGE_SHIFT >= SIZE_MAX_ALL)
		return -ENOMEM;
	err = charge_more(p, slots);
	if (err)
		return err;
	err = pipe_resize(p, slots);
	if (err)
		atomic_add(&p->user->pipe_pages, (int)was - (int)slots);
	return err ? err : (long)((unsigned long)slots << PAGE_SHIFT);
}

/* F_SETPIPE_SZ (fcntl(2)): the size is rounded up to a power of two pages. */
static long pipe_set_size(int fd, struct file *f, unsigned cmd,
			  unsigned long size)
{
	struct pipe *p = f->private;
	unsigned slots = size_to_slots((unsigned)size);
	long n;

	if (f->ops != &fifo_fops)
		return -EBADF;
	if (!slots)
		return -EINVAL;
	mutex_lock(&p->lock);
	n = change_size(p, slots);
	if (p->slots == slots)
		wake_up_key(&p->write_wait, POLLOUT | POLLWRNORM);
	mutex_unlock(&p->lock);
	return n;
}

/* Return: bytes, -EBADF: no pipe, -EBUSY, -EPERM, -ENOMEM. */
FCNTL_COMMANDS(commands) = {
	{ F_GETPIPE_SZ, pipe_get_size },
	{ F_SETPIPE_SZ, pipe_set_size },
};

SYSCTL_NUMBERS(numbers) = {
	{ "fs/pipe-user-pages-soft", &pipe_limits.soft, 0, ~0ul },
	{ "fs/pipe-user-pages-hard", &pipe_limits.hard, 0, ~0ul },
};
