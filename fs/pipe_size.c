/* SPDX-License-Identifier: MIT */
/*
 * How large pipes are (row B5, D14): each by F_SETPIPE_SZ, all of a user's by
 * limits in /proc/sys/fs.  Sizes are powers of two pages, as the ring's index
 * is what the low bits of head and tail say.
 */
#include <fs/fcntl.h>
#include <fs/pipe.h>
#include <fs/pipe_ring.h>
#include <lt/procfile.h>
#include <mm/slab.h>

#define PIPE_PAGES	16u		/* pipe(7), "Pipe capacity" */
#define PIPE_FEW_PAGES	2u		/* beyond the soft limit */
#define SIZE_MAX_ALL	(1ul << 31)

static struct slab_cache *pipe_cache;
static unsigned long max_size = 1ul << 20;	/* word: bytes */
static unsigned long soft_limit = 16384;	/* word: a user's pages */
static unsigned long hard_limit;		/* word: 0: none */

/* => pages, a power of two; 0: too many */
static unsigned round_up(u64 bytes)
{
	unsigned slots = 1;

	if (bytes > SIZE_MAX_ALL)
		return 0;
	while ((u64)slots << PAGE_SHIFT < bytes)
		slots *= 2;
	return slots;
}

/* ---- limits -------------------------------------------------------------- */

static bool over(const struct user *u, unsigned long limit)
{
	return limit && (unsigned long)atomic_read(&u->pipe_pages) > limit;
}

static bool privileged(void)
{
	return capable(CAP_SYS_RESOURCE) || capable(CAP_SYS_ADMIN);
}

/* => the pages a new pipe of u has, charged; 0: it may have none */
static unsigned charge_new(struct user *u)
{
	unsigned n = PIPE_PAGES;

	if (n << PAGE_SHIFT > READ_ONCE(max_size) &&
	    !capable(CAP_SYS_RESOURCE))
		n = (unsigned)(READ_ONCE(max_size) >> PAGE_SHIFT);
	atomic_add(&u->pipe_pages, (int)n);
	if (over(u, READ_ONCE(soft_limit)) && !privileged()) {
		atomic_add(&u->pipe_pages, (int)(PIPE_FEW_PAGES - n));
		n = PIPE_FEW_PAGES;
	}
	if (over(u, READ_ONCE(hard_limit)) && !privileged()) {
		atomic_add(&u->pipe_pages, -(int)n);
		n = 0;
	}
	return n;
}

/* => 0, charged; -EPERM: it would grow beyond what its user may have */
static int charge_more(struct pipe *p, unsigned slots)
{
	int more = (int)slots - (int)p->slots;

	atomic_add(&p->user->pipe_pages, more);
	if (more <= 0 || privileged() ||
	    (!over(p->user, READ_ONCE(hard_limit)) &&
	     !over(p->user, READ_ONCE(soft_limit))))
		return 0;
	atomic_add(&p->user->pipe_pages, -more);
	return -EPERM;
}

/* ---- a pipe comes and goes ----------------------------------------------- */

/* => NULL: no memory, or its user has too many */
struct pipe *pipe_create(void)
{
	struct pipe *p = slab_zalloc(pipe_cache);

	if (!p)
		return NULL;
	p->user = user_of(current->cred->uid);
	p->slots = p->user ? charge_new(p->user) : 0;
	p->page = p->slots ? kzalloc(p->slots * sizeof(void *)) : NULL;
	if (!p->page) {
		pipe_destroy(p);
		return NULL;
	}
	mutex_init(&p->lock, "pipe");
	wait_queue_init(&p->read_wait);
	wait_queue_init(&p->write_wait);
	return p;
}

void *pipe_page_alloc(struct pipe *p)
{
	struct page *page = page_alloc(0, PAGE_KERNEL);

	if (!page)
		return NULL;
	atomic_add(&p->user->pipe_filled, 1);
	return page_virt(page);
}

void pipe_page_free(struct pipe *p, void *page)
{
	atomic_add(&p->user->pipe_filled, -1);
	page_put(virt_page(page));
}

static void pipe_free_pages(struct pipe *p)
{
	for (unsigned i = 0; p->page && i < p->slots; i++)
		if (p->page[i])
			pipe_page_free(p, p->page[i]);
	kfree(p->page);
}

void pipe_destroy(struct pipe *p)
{
	pipe_free_pages(p);
	kfree(p->cut);
	if (p->user)
		atomic_add(&p->user->pipe_pages, -(int)p->slots);
	user_put(p->user);
	slab_free(pipe_cache, p);
}

/* ---- F_SETPIPE_SZ -------------------------------------------------------- */

static long get_size(int fd, struct file *f, unsigned cmd, unsigned long arg)
{
	struct pipe *p = f->private;

	if (f->ops != &fifo_fops)
		return -EBADF;
	return (long)((unsigned long)p->slots << PAGE_SHIFT);
}

/* A ring of `slots` filled from p's, which is left alone.  => NULL: memory */
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

/* => [p->lock] */
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

/* => [p->lock]; what is inside stays, or EBUSY; the new size */
static long change_size(struct pipe *p, unsigned slots)
{
	unsigned was = p->slots;
	long err;

	mutex_must_hold(&p->lock);
	if (slots > was && (unsigned long)slots << PAGE_SHIFT >
	    READ_ONCE(max_size) && !capable(CAP_SYS_RESOURCE))
		return -EPERM;
	err = charge_more(p, slots);
	if (err)
		return err;
	err = pipe_resize(p, slots);
	if (err)
		atomic_add(&p->user->pipe_pages, (int)was - (int)slots);
	/* a size of more than 31 bits is an int's, as on Linux */
	return err ? err : (long)((unsigned long)slots << PAGE_SHIFT);
}

/* F_SETPIPE_SZ (fcntl(2)): rounded up to a power of two pages. */
static long set_size(int fd, struct file *f, unsigned cmd, unsigned long size)
{
	struct pipe *p = f->private;
	unsigned slots = round_up(size);
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

/* => bytes, -EBADF (no pipe), -EBUSY, -EPERM, -ENOMEM */
FCNTL_COMMANDS(commands) = {
	{ F_GETPIPE_SZ, get_size },
	{ F_SETPIPE_SZ, set_size },
};

/* ---- /proc/sys/fs -------------------------------------------------------- */

static void show_max_size(struct seq *s)
{
	seq_print(s, "%lu\n", READ_ONCE(max_size));
}

static int store_max_size(const char *text, size_t n __unused)
{
	unsigned slots;
	u64 v;

	if (sysctl_parse(text, &v))
		return -EINVAL;
	slots = round_up(v);
	if (!slots)
		return -EINVAL;
	WRITE_ONCE(max_size, (unsigned long)slots << PAGE_SHIFT);
	return 0;
}

PROC_FILES(files) = {
	{ "sys/fs/pipe-max-size", show_max_size, store_max_size },
};

SYSCTL_NUMBERS(numbers) = {
	{ "fs/pipe-user-pages-soft", &soft_limit, 0, ~0ul },
	{ "fs/pipe-user-pages-hard", &hard_limit, 0, ~0ul },
};

void pipe_size_init(void)
{
	pipe_cache = slab_create("pipe", sizeof(struct pipe));
}
