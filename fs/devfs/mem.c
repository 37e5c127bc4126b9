/* SPDX-License-Identifier: MIT */
/*
 * Devices without hardware: null(4), full(4), random(4).
 *
 *              read                        write
 *   null       nothing: end of file        accepts everything
 *   zero       endless zeros               accepts everything
 *   full       endless zeros               ENOSPC
 *   random,    bytes of the generator      accepts everything, unused
 *   urandom    (kernel/random.h)
 *
 * A long read is done in parts.  Between the parts other tasks may run, and a
 * signal ends the read, because its length may be gigabytes.
 */
#include <fs/internal.h>
#include <kernel/random.h>
#include <kernel/sched/sched.h>
#include <kernel/wait/wait.h>
#include <mm/frames/slab.h>
#include <mm/uaccess.h>
#include <mm/vm.h>

/* null(4): a seek succeeds, but the position stays 0. */
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

/* A signal ends a long read with the bytes read so far. */
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

/*
 * Map /dev/zero.  A private mapping becomes plain zero-filled memory.  A shared
 * mapping gets pages that parent and child share after fork.
 */
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

/* Fails even for zero bytes. */
static long write_full(struct file *f, struct uio *u, loff_t *pos)
{
	return -ENOSPC;
}

static const struct file_ops full_fops = {
	.read = read_zeros, .write = write_full, .seek = no_seek,
	.writes_pieces = true,
};

/*
 * Read random bytes, by way of a buffer on the stack, as random_bytes() can
 * only fill kernel memory.
 */
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

/*
 * POLLOUT would mean that the generator wants more entropy, which it never
 * does.
 */
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
	};

	for (unsigned k = 0; k < ARRAY_SIZE(nodes); k++)
		if (devfs_add(nodes[k].name, S_IFCHR | nodes[k].mode,
			      DEV_MAKE(1, nodes[k].minor), nodes[k].ops, NULL))
			panic("cannot make /dev/%s", nodes[k].name);
}
