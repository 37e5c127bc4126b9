/* SPDX-License-Identifier: MIT */
/*
 * Location of files on the disk: FS_IOC_FIEMAP returns runs of blocks, FIBMAP
 * one block (rows B5, E8).  Both call mapping_ops .map, as reads of pages do,
 * under the inode's lock, which keeps truncation out.  Data that has not been
 * written back yet has its blocks already.
 *
 * A run is reported only when the next one is found, so that the last one can
 * be marked.
 */
#include "extents.h"
#include <fs/open/fd.h>
#include <fs/fs.h>
#include <fs/open/ioctl.h>
#include <fs/io/pagefile.h>
#include <kernel/cred/capable.h>
#include <kernel/sched/sched.h>
#include <mm/uaccess.h>
#include <uapi/errno.h>


#define FIEMAP_FLAG_SYNC	1
#define FIEMAP_EXTENT_LAST	1

struct fiemap_extent {
	u64 logical, physical, length;	/* bytes */
	u64 reserved64[2];
	u32 flags, reserved[3];
};

struct fiemap {
	u64 start, length;		/* bytes */
	u32 flags, mapped, count, reserved;
	struct fiemap_extent extents[];	/* array in user memory, with room for
					   `count` extents */
};

#define EXTENTS_MAX	(0xffffffffu / sizeof(struct fiemap_extent))

/* State of one query. */
struct telling {
	struct fiemap *question;
	uaddr_t to;			/* user address of the extents */
	struct fiemap_extent found;	/* run not reported yet; length 0:
					   none */
};

/*
 * Report the run in t->found.
 * Return: 0; 1: the user's array is full; -EFAULT.
 */
static int report_extent(struct telling *t, u32 flags)
{
	struct fiemap *q = t->question;
	uaddr_t at = t->to + q->mapped * sizeof(t->found);

	if (!t->found.length)
		return 0;
	if (!q->count) {
		q->mapped++;
		return 0;
	}
	if (q->mapped >= q->count)
		return 1;
	t->found.flags |= flags;
	if (put_user(t->found, at))
		return -EFAULT;
	return ++q->mapped == q->count;
}

/* Note the run e.  If e continues the run in t->found, merge them. */
static int note_extent(struct telling *t, const struct fiemap_extent *e)
{
	struct fiemap_extent *last = &t->found;
	int err = 0;

	if (last->length && last->logical + last->length == e->logical &&
	    last->physical + last->length == e->physical) {
		last->length += e->length;
		return 0;
	}
	err = report_extent(t, 0);
	*last = *e;
	return err;
}

/* Report blocks [block, end).  Context: [i->lock]. */
static int tell_blocks(struct telling *t, struct inode *i, u64 block, u64 end)
{
	struct mapping *m = &i->mapping;
	struct fiemap_extent e = { .flags = i->ops->extent_flags(i) };
	unsigned n;
	u64 disk;

	mutex_must_hold(&i->lock);
	for (; block < end; block += n) {
		int err = signal_pending_fatal() ? -EINTR :
			m->ops->map(m, block,
				    (unsigned)min(end - block, (u64)1 << 30),
				    &disk, &n);

		if (!err && disk != MAP_HOLE) {
			e.logical = block << m->block_bits;
			e.physical = disk << m->block_bits;
			e.length = (u64)n << m->block_bits;
			err = note_extent(t, &e);
		}
		if (err)
			return err;
		cond_resched();
	}
	return report_extent(t, FIEMAP_EXTENT_LAST);
}

static u64 blocks_to(const struct mapping *m, u64 bytes)
{
	return (bytes + (1u << m->block_bits) - 1) >> m->block_bits;
}

/* Run a query; arguments are checked in Linux's order.  Context: [i->lock]. */
static int tell_extents(struct telling *t, struct inode *i)
{
	struct fiemap *q = t->question;
	struct mapping *m = &i->mapping;
	u64 unknown = q->flags & ~FIEMAP_FLAG_SYNC, end;
	int err = 0;

	mutex_must_hold(&i->lock);
	if (!q->length)
		return -EINVAL;
	if (q->start >= (u64)FILE_SIZE_MAX)
		return -EFBIG;
	if (unknown) {
		q->flags = (u32)unknown;
		return -EBADR;
	}
	if (q->flags & FIEMAP_FLAG_SYNC)
		err = m->ops->write_pages(m, 0, ~0ul, true);
	if (err)
		return err;
	end = q->start + min(q->length, (u64)FILE_SIZE_MAX - q->start);
	err = tell_blocks(t, i, q->start >> m->block_bits,
			  min(blocks_to(m, end), blocks_to(m, (u64)i->size)));
	return min(err, 0);
}

long calls_fiemap(struct file *f, unsigned cmd, unsigned long arg)
{
	struct inode *i = f->inode;
	struct fiemap q;
	struct telling t = { &q, arg + sizeof(q), { 0 } };
	int err;

	if (!i->ops->extent_flags)
		return -EOPNOTSUPP;
	if (copy_from_user(&q, arg, sizeof(q)))
		return -EFAULT;
	if (q.count > EXTENTS_MAX)
		return -EINVAL;
	q.mapped = 0;
	mutex_lock(&i->lock);
	err = tell_extents(&t, i);
	mutex_unlock(&i->lock);
	return copy_to_user(arg, &q, sizeof(q)) ? -EFAULT : err;
}

/* Find a block on the disk.  Return: the disk block; 0: none; -errno. */
static long find_block(struct inode *i, u64 block)
{
	struct mapping *m = &i->mapping;
	u64 disk;
	unsigned n;
	int err;

	if (!i->ops->extent_flags)
		return -EINVAL;
	mutex_lock(&i->lock);
	err = m->ops->map(m, block, 1, &disk, &n);
	mutex_unlock(&i->lock);
	if (err || disk == MAP_HOLE)
		return 0;
	return disk > 0x7fffffff ? -ERANGE : (long)disk;
}

/*
 * FIBMAP: store the number of the disk block that holds a block of the file.
 * Store 0 for a hole, for data without a disk block, and after errors.
 */
long calls_fibmap(struct file *f, unsigned cmd, unsigned long arg)
{
	long found;
	int block;

	if (!S_ISREG(f->inode->mode))
		return -ENOTTY;
	if (!capable(CAP_SYS_RAWIO))
		return -EPERM;
	if (get_user(&block, arg))
		return -EFAULT;
	if (block < 0)
		return -EINVAL;
	found = find_block(f->inode, (u64)block);
	if (put_user((int)max(found, 0l), arg))
		return -EFAULT;
	return min(found, 0l);
}
