/* SPDX-License-Identifier: MIT */
/*
 * Statistics of each device's requests and the time they took (row E8), for
 * /proc/diskstats and the `stat` files of sysfs.  A request counts when it
 * ends, for its partition and for the whole disk, whose lock guards both.
 */
#include "block.h"
#include <fs/vfs.h>
#include <lt/arch.h>
#include <lt/procfile.h>

static struct spinlock *lock_of(struct block_device *d)
{
	return d->disk ? &d->disk->counting : &d->counting;
}

/*
 * Add `more` to the requests under way, after accounting the busy time so far.
 * Context: [counting].
 */
static void diskstat_change(struct block_io *io, ktime_t now, int more)
{
	if (io->under_way)
		io->busy += now - io->since;
	io->since = now;
	io->under_way += (unsigned)more;
}

void diskstat_begin(struct bio *b)
{
	struct block_device *d = b->dev;
	ktime_t now = arch_clock();

	b->begun = now;
	spin_lock(lock_of(d));
	diskstat_change(&d->io, now, 1);
	if (d->disk)
		diskstat_change(&d->disk->io, now, 1);
	spin_unlock(lock_of(d));
}

/* Context: [counting]. */
static void ended(struct block_io *io, const struct bio *b, ktime_t now,
		  u32 sectors)
{
	struct block_op_io *op = &io->of[b->op];

	diskstat_change(io, now, -1);
	op->ended++;
	op->sectors += sectors;
	op->took += now - b->begun;
}

void diskstat_end(const struct bio *b, u32 sectors)
{
	struct block_device *d = b->dev;
	ktime_t now = arch_clock();

	spin_lock(lock_of(d));
	ended(&d->io, b, now, sectors);
	if (d->disk)
		ended(&d->disk->io, b, now, sectors);
	spin_unlock(lock_of(d));
}

static unsigned ms(ktime_t t)
{
	return (unsigned)(t / 1000000);
}

static void show_op(struct seq *s, const struct block_op_io *op)
{
	seq_print(s, "%u 0 %u %u ", op->ended, op->sectors, ms(op->took));
}

/* Show a line.  The columns for merged and discarded requests are always 0. */
void diskstat_show(struct seq *s, struct block_device *d)
{
	const struct block_op_io *of;
	struct block_io io;

	spin_lock(lock_of(d));
	diskstat_change(&d->io, arch_clock(), 0);
	io = d->io;
	spin_unlock(lock_of(d));
	of = io.of;
	show_op(s, &of[BIO_READ]);
	show_op(s, &of[BIO_WRITE]);
	seq_print(s, "%u %u %u 0 0 0 0 %u %u\n", io.under_way, ms(io.busy),
		  ms(of[BIO_READ].took + of[BIO_WRITE].took +
		     of[BIO_FLUSH].took),
		  of[BIO_FLUSH].ended, ms(of[BIO_FLUSH].took));
}

static void show_partitions(struct seq *s)
{
	struct block_device *d;

	seq_print(s, "major minor  #blocks  name\n\n");
	for (unsigned k = 0; (d = block_nth(k)); k++)
		seq_print(s, "%4u  %7u %10llu %s\n", DEV_MAJOR(d->rdev),
			  DEV_MINOR(d->rdev),
			  (unsigned long long)d->sectors / 2, d->name);
}

static void show_diskstats(struct seq *s)
{
	struct block_device *d;

	for (unsigned k = 0; (d = block_nth(k)); k++) {
		seq_print(s, "%4u %7u %s ", DEV_MAJOR(d->rdev),
			  DEV_MINOR(d->rdev), d->name);
		diskstat_show(s, d);
	}
}

PROC_FILES(files) = {
	{ "diskstats", show_diskstats },
	{ "partitions", show_partitions },
};
