/* SPDX-License-Identifier: MIT */
/* Devices that are not devices: null, zero, full, random, urandom, kmsg. */
#define LOG_PREFIX "user"
#include <fs/internal.h>
#include <kernel/random.h>
#include <kernel/wait.h>
#include <lt/log.h>
#include <mm/slab.h>
#include <mm/uaccess.h>
#include <mm/vm.h>

/* null(4): a seek goes well, and nowhere. */
static loff_t no_seek(struct file *f, loff_t off, int whence)
{
	return f->pos = 0;
}

static long read_nothing(struct file *f, struct uio *u, loff_t *pos)
{
	return 0;
}

static long write_anything(struct file *f, struct uio *u, loff_t *pos)
{
	return (long)u->left;
}

static const struct file_ops null_fops = {
	.read = read_nothing, .write = write_anything, .seek = no_seek,
	.no_splice_read = true,
};

/* A signal ends a long read, with what there is so far. */
static long read_zeros(struct file *f, struct uio *u, loff_t *pos)
{
	long done = 0;

	while (u->left) {
		unsigned long want = min(u->left, PAGE_SIZE);
		unsigned long n = uio_zero(u, want);

		done += (long)n;
		if (n < want)
			return done ? done : -EFAULT;
		if (signal_pending())
			break;
		cond_resched();
	}
	return done;
}

/* Private: plain zero-fill memory; shared: memory shared over fork. */
static int map_zeros(struct file *f, struct vma *v)
{
	if (!(v->flags & VM_SHARED))
		return 0;
	v->mapping = mapping_create_anon_limit((v->end - v->start) >>
					       PAGE_SHIFT);
	return v->mapping ? 0 : -ENOMEM;
}

static const struct file_ops zero_fops = {
	.read = read_zeros, .write = write_anything, .seek = no_seek,
	.mmap = map_zeros,
};

static long write_full(struct file *f, struct uio *u, loff_t *pos)
{
	return u->left ? -ENOSPC : 0;
}

static const struct file_ops full_fops = {
	.read = read_zeros, .write = write_full, .seek = no_seek,
};

static long read_random(struct file *f, struct uio *u, loff_t *pos)
{
	u8 buf[128];
	long done = 0;

	while (u->left) {
		unsigned long want = min(u->left, (unsigned long)sizeof(buf));
		unsigned long n;

		random_bytes(buf, want);
		n = uio_put(u, buf, want);
		done += (long)n;
		if (n < want)
			return done ? done : -EFAULT;
		if (signal_pending())
			break;
		cond_resched();
	}
	return done;
}

/* Whoever waits to write waits for the generator to want more: never. */
static unsigned random_poll(struct file *f, struct poll_table *pt)
{
	return POLLIN | POLLRDNORM;
}

static const struct file_ops random_fops = {
	.read = read_random, .write = write_anything, .seek = no_seek,
	.poll = random_poll,
};

static const struct file_ops urandom_fops = {
	.read = read_random, .write = write_anything, .seek = no_seek,
};

/* ---- kmsg: the log, one record a read ----------------------------------- */

#define KMSG_MAX 1024

static int kmsg_open(struct inode *i, struct file *f)
{
	f->pos = (loff_t)log_first();	/* number of the next record */
	return 0;
}

/*
 * A record each; who was too slow is told by EPIPE, and goes on with the oldest
 * there is (the ABI document dev-kmsg).
 */
static long kmsg_read(struct file *f, struct uio *u, loff_t *pos)
{
	char buf[KMSG_MAX / 2];
	size_t n;
	int err;

	if ((u64)*pos >= log_next()) {
		if (f->flags & O_NONBLOCK)
			return -EAGAIN;
		err = wait_event_interruptible(&log_wait,
					       (u64)*pos < log_next());
		if (err)
			return err;
	}
	if ((u64)*pos < log_first()) {
		*pos = (loff_t)log_first();
		return -EPIPE;		/* records were overwritten */
	}
	/* whatever comes of it, this one has been read */
	n = log_kmsg((u64)(*pos)++, buf, sizeof(buf));
	if (n > u->left)
		return -EINVAL;
	return uio_put(u, buf, n) < n ? -EFAULT : (long)n;
}

/* "<priority>text": one line into the log. */
static long kmsg_write(struct file *f, struct uio *u, loff_t *pos)
{
	char buf[KMSG_MAX];
	unsigned long n = u->left;
	unsigned level = LOG_WARNING;
	char *text = buf;

	if (n >= sizeof(buf))
		return -EINVAL;
	if (uio_get(u, buf, n) < n)
		return -EFAULT;
	buf[n] = 0;
	if (n && buf[n - 1] == '\n')
		buf[n - 1] = 0;
	if (buf[0] == '<') {
		unsigned v = 0;

		for (text = buf + 1; *text >= '0' && *text <= '9'; text++)
			v = v * 10 + (unsigned)(*text - '0');
		level = v & 7;
		text = *text == '>' ? text + 1 : buf;
	}
	log_print((enum log_level)level, LOG_PREFIX, "%s", text);
	return (long)n;
}

static loff_t kmsg_seek(struct file *f, loff_t off, int whence)
{
	if (off)
		return -ESPIPE;
	switch (whence) {
	case SEEK_SET:
	case SEEK_DATA:		/* after the last clear: as the beginning */
		f->pos = (loff_t)log_first();
		return 0;
	case SEEK_END:
		f->pos = (loff_t)log_next();
		return 0;
	default:
		return -EINVAL;
	}
}

static unsigned kmsg_poll(struct file *f, struct poll_table *pt)
{
	poll_wait(pt, &log_wait);
	if ((u64)f->pos >= log_next())
		return 0;
	return POLLIN | POLLRDNORM |
		((u64)f->pos < log_first() ? POLLERR | POLLPRI : 0);
}

static const struct file_ops kmsg_fops = {
	.no_splice = true, .open = kmsg_open, .read = kmsg_read, .write = kmsg_write,
	.seek = kmsg_seek, .poll = kmsg_poll,
};

void devmem_init(void)
{
	static const struct {
		const char *name;
		unsigned mode, minor;
		const struct file_ops *ops;
	} nodes[] = {
		{ "null", 0666, 3, &null_fops },
		{ "zero", 0666, 5, &zero_fops },
		{ "full", 0666, 7, &full_fops },
		{ "random", 0666, 8, &random_fops },
		{ "urandom", 0666, 9, &urandom_fops },
		{ "kmsg", 0644, 11, &kmsg_fops },
	};

	for (unsigned k = 0; k < ARRAY_SIZE(nodes); k++)
		if (devfs_add(nodes[k].name, S_IFCHR | nodes[k].mode,
			      DEV_MAKE(1, nodes[k].minor), nodes[k].ops, NULL))
			panic("cannot make /dev/%s", nodes[k].name);
}
