/* SPDX-License-Identifier: MIT */
/*
 * The block layer: the list of disks, and the common entry of all requests.
 * Three kinds of request never reach the driver: a range outside the device, a
 * write to a read-only device, and one chosen by error injection.
 */
#define LOG_PREFIX "block"
#include "blkdev.h"
#include "block.h"
#include <fs/vfs.h>
#include <kernel/current.h>
#include <kernel/events.h>
#include <kernel/sched/sched.h>
#include <lib/iocount.h>
#include <lib/mem.h>
#include <lib/printf.h>
#include <lt/boot.h>
#include <lt/init.h>
#include <lt/log.h>
#include <lt/procfile.h>
#include <lt/seq.h>
#include <lt/table.h>
#include <mm/frames/slab.h>

void (*disk_added)(struct block_device *d);

static struct spinlock block_lock = SPIN_INIT("devices", IPL_SOFT);
static struct list disks = LIST_INIT(disks);	/* [block_lock] */
static unsigned nr_disks;			/* [block_lock] */
struct block_counts block_counts;

/* ---- error injection ----------------------------------------------------- */

/*
 * `io_inject=N` (or /proc/lectern/io_inject): the N-th request from now fails,
 * once.  With "N+" all later requests fail, too, as if the medium were
 * unplugged.
 */
static struct {
	unsigned left;		/* atomic: requests until failure; 0: off */
	bool stays;		/* also fail all later ones */
} inject;

/*
 * True if this request must fail.  Compare-and-exchange makes exactly one CPU
 * hit the N-th request.
 */
static bool inject_hit(void)
{
	unsigned left = __atomic_load_n(&inject.left, __ATOMIC_RELAXED);

	while (left) {
		if (left == 1 && inject.stays)
			return true;
		if (__atomic_compare_exchange_n(&inject.left, &left, left - 1,
				false, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
			return left == 1;
	}
	return false;
}

static int inject_set(const char *text, size_t n)
{
	unsigned v = 0;
	size_t k;

	for (k = 0; k < n && text[k] >= '0' && text[k] <= '9'; k++) {
		if (v > 100000000)
			return -EINVAL;
		v = v * 10 + (unsigned)(text[k] - '0');
	}
	inject.stays = k < n && text[k] == '+';
	k += inject.stays;
	if (!n || (k < n && text[k] != '\n'))
		return -EINVAL;
	__atomic_store_n(&inject.left, v, __ATOMIC_RELAXED);
	return 0;
}

static void inject_show(struct seq *s)
{
	seq_print(s, "%u%s\n", inject.left, inject.stays ? "+" : "");
}

PROC_FILES(files) = {
	{ "lectern/io_inject", inject_show, inject_set },
};

/* ---- requests ------------------------------------------------------------ */

static void bio_init(struct bio *b, struct block_device *d, enum bio_op op)
{
	list_init(&b->link);
	b->dev = d;
	b->op = op;
	b->sector = 0;
	b->error = 0;
	b->done = NULL;
	b->private = NULL;
	b->nr_segs = 0;
}

struct bio *bio_alloc(struct block_device *d, enum bio_op op, unsigned n)
{
	struct bio *b = kmalloc(sizeof(*b) + n * sizeof(b->seg[0]));

	if (b)
		bio_init(b, d, op);
	return b;
}

void bio_free(struct bio *b)
{
	kfree(b);
}

/*
 * Return the whole disk, which the driver knows; a partition is a range of it.
 */
static struct block_device *block_disk_of(struct block_device *d)
{
	return d->disk ? d->disk : d;
}

/* Count b in the current epoch, before the driver sees it. */
static void write_begins(struct bio *b)
{
	struct block_device *disk = block_disk_of(b->dev);

	if (b->op != BIO_WRITE)
		return;
	b->epoch = READ_ONCE(disk->epoch);
	atomic_add(&disk->writes[b->epoch], 1);
}

/*
 * Uncount a write.  The last write of an epoch wakes the flush.  Context: any.
 */
static void write_ends(const struct bio *b)
{
	struct block_device *disk = block_disk_of(b->dev);

	if (b->op == BIO_WRITE && !atomic_add(&disk->writes[b->epoch], -1))
		wake_up(&disk->landed);
}

/*
 * Wait until all earlier writes are done.  A writer that read the epoch just
 * before the change may be counted too late to be waited for.  That is allowed,
 * as its write has not been reported as submitted yet.
 */
static void block_wait_writes(struct block_device *disk)
{
	bool old;

	mutex_lock(&disk->flushing);
	old = disk->epoch;
	WRITE_ONCE(disk->epoch, !old);
	wait_event(&disk->landed, !atomic_read(&disk->writes[old]));
	mutex_unlock(&disk->flushing);
}

/* Return the number of sectors; 0: the request is invalid. */
static u64 bio_sectors(const struct bio *b)
{
	u64 bytes = 0;

	for (unsigned k = 0; k < b->nr_segs; k++)
		bytes += b->seg[k].len;
	return bytes & (SECTOR_SIZE - 1) ? 0 : bytes >> SECTOR_SHIFT;
}

/* Return: 0, or the error to report instead of calling the driver. */
static int bio_check(const struct bio *b)
{
	const struct block_device *d = b->dev;
	u64 n;

	if (unlikely(inject_hit()))
		return -EIO;
	if (b->op == BIO_FLUSH)
		return 0;
	n = bio_sectors(b);
	if (b->nr_segs > d->max_segs)
		return -EIO;
	if (!n || n > d->sectors || b->sector > d->sectors - n)
		return -EIO;
	return b->op == BIO_WRITE && d->read_only ? -EROFS : 0;
}

/* Finish b.  b->done is called last, because it may free b. */
void bio_end(struct bio *b, int error)
{
	b->error = error;
	if (b->counts)
		diskstat_end(b, (u32)bio_sectors(b));
	if (b->counts)
		event_note(EVENT_BLOCK_COMPLETE, b, error, 0);
	write_ends(b);
	if (unlikely(error))
		atomic_add(&block_counts.errors, 1);
	b->done(b);
}

static void bio_count(const struct bio *b)
{
	atomic_add(b->op == BIO_READ ? &block_counts.reads :
		   b->op == BIO_WRITE ? &block_counts.writes :
		   &block_counts.flushes, 1);
}

void bio_submit(struct bio *b)
{
	struct block_device *d = b->dev;
	int err = bio_check(b);

	bio_count(b);
	write_begins(b);
	b->counts = !err;
	if (unlikely(err)) {
		bio_end(b, err);
		return;
	}
	diskstat_begin(b);
	if (b->op == BIO_READ)
		current->moved.read_bytes += bio_sectors(b) << SECTOR_SHIFT;
	b->sector += d->start;
	event_note(EVENT_BLOCK_ISSUE, b, 0, 0);
	d = block_disk_of(d);
	d->submit(d, b);
}

static void block_wake_waiter(struct bio *b)
{
	complete(b->private);
}

/* Context: task context. */
int bio_wait(struct bio *b)
{
	struct completion c;

	completion_init(&c);
	b->private = &c;
	b->done = block_wake_waiter;
	bio_submit(b);
	completion_wait(&c);
	return b->error;
}

/*
 * Flush a device.  The device's own flush only covers writes that the device
 * has finished, so wait for all submitted writes first.  No memory is
 * allocated: an ordered write must not fail for lack of memory.
 * Return: 0 or -EIO.
 */
int block_flush(struct block_device *d)
{
	struct bio b;

	bio_init(&b, d, BIO_FLUSH);
	block_wait_writes(block_disk_of(d));
	return bio_wait(&b);
}

int block_transfer(struct block_device *d, enum bio_op op, u64 sector,
		   void *data, u32 len)
{
	struct bio *b = bio_alloc(d, op, 1);
	int err;

	if (!b)
		return -ENOMEM;
	b->sector = sector;
	bio_add(b, data, len, NULL);
	err = bio_wait(b);
	bio_free(b);
	return err;
}

/* ---- the list ------------------------------------------------------------ */

struct block_device *block_find(unsigned rdev)
{
	struct block_device *d, *found = NULL;

	spin_lock(&block_lock);
	list_for_each(d, &disks, link)
		if (d->rdev == rdev)
			found = d;
	spin_unlock(&block_lock);
	return found;
}

struct block_device *block_nth(unsigned k)
{
	struct block_device *d, *found = NULL;

	spin_lock(&block_lock);
	list_for_each(d, &disks, link)
		if (!k--) {
			found = d;
			break;
		}
	spin_unlock(&block_lock);
	return found;
}

/* True if d and o share sectors.  Context: [block_lock]. */
static bool block_overlap(const struct block_device *d,
			  const struct block_device *o)
{
	spin_must_hold(&block_lock);
	return d == o || d->disk == o || o->disk == d;
}

/* A partition and its disk cannot be mounted at the same time. */
int block_claim(struct block_device *d, struct super *s)
{
	struct block_device *o;
	int err = 0;

	spin_lock(&block_lock);
	list_for_each(o, &disks, link)
		if (o->super && block_overlap(d, o))
			err = -EBUSY;
	if (!err)
		d->super = s;
	spin_unlock(&block_lock);
	return err;
}

void block_release(struct block_device *d)
{
	spin_lock(&block_lock);
	d->super = NULL;
	spin_unlock(&block_lock);
}

struct super *block_super(struct block_device *d)
{
	struct super *s;

	spin_lock(&block_lock);
	s = d->super;
	spin_unlock(&block_lock);
	return s;
}

/*
 * List d.  Its node is created first, so that a device in the list always
 * works.
 */
static int block_enter(struct block_device *d)
{
	int err;

	list_init(&d->link);
	err = blkdev_create(d);
	if (err)
		return err;
	spin_lock(&block_lock);
	list_append(&disks, &d->link);
	spin_unlock(&block_lock);
	if (disk_added)
		disk_added(d);
	return 0;
}

void block_init_disk(struct block_device *d)
{
	spin_init(&d->counting, "disk counts", IPL_DEVICE);
	atomic_set(&d->writes[0], 0);
	atomic_set(&d->writes[1], 0);
	d->epoch = false;
	mutex_init(&d->flushing, "disk flush");
	wait_queue_init(&d->landed);
}

int block_register(struct block_device *d)
{
	unsigned n;
	int err;

	block_init_disk(d);
	spin_lock(&block_lock);
	n = nr_disks++;
	spin_unlock(&block_lock);
	if (n >= 26)
		return -ENOSPC;		/* vda to vdz are used up */
	fmt_print(d->name, sizeof(d->name), "vd%c", (int)('a' + n));
	d->rdev = DEV_MAKE(BLOCK_MAJOR, n * BLOCK_MINORS);
	err = block_enter(d);
	if (err)
		return err;
	log_info("%s: %llu KiB%s%s%s", d->name,
		 (unsigned long long)d->sectors / 2,
		 d->read_only ? ", read-only" : "",
		 d->serial[0] ? ", serial " : "", d->serial);
	partitions_scan(d);
	return 0;
}

/* Register a partition.  The table is not trusted, so the range is checked. */
int block_register_part(struct block_device *disk, unsigned n, u64 start,
			u64 sectors)
{
	struct block_device *d;
	int err;

	if (!n || n >= BLOCK_MINORS || !sectors || start >= disk->sectors ||
	    sectors > disk->sectors - start)
		return -EINVAL;
	d = kzalloc(sizeof(*d));
	if (!d)
		return -ENOMEM;
	fmt_print(d->name, sizeof(d->name), "%s%u", disk->name, n);
	d->rdev = disk->rdev + n;
	d->start = start;
	d->sectors = sectors;
	d->disk = disk;
	d->read_only = disk->read_only;
	d->max_segs = disk->max_segs;
	err = block_enter(d);
	if (err)
		kfree(d);
	return err;
}

static void block_init(void)
{
	const char *wanted = boot_option("io_inject");

	if (wanted)
		inject_set(wanted, strlen(wanted));
}
INIT(task, block_init);
