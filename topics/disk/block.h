/* SPDX-License-Identifier: MIT */
/*
 * Block devices (rows A1, E8): requests for whole sectors.  A driver has
 * several requests under way, and reports the end of each by an interrupt.
 */
#ifndef TOPICS_DISK_BLOCK_H
#define TOPICS_DISK_BLOCK_H

#include <kernel/lock/lock.h>
#include <lt/atomic.h>
#include <lt/list.h>
#include <lt/types.h>

#define SECTOR_SHIFT	9
#define SECTOR_SIZE	512u
/*
 * Most sectors of a device: byte offsets must stay positive, and page numbers
 * must fit into a word.  Of a larger device only this part is used.
 */
#define BLOCK_SECTORS_MAX (sizeof(long) < 8 ? 1ull << 34 : 1ull << 53)
#define BIO_MAX_SEGS	64		/* of one request */
#define BLOCK_MAJOR	254		/* what Linux gives virtio disks */
#define BLOCK_MINORS	16		/* per disk: itself and partitions */

struct block_device;
struct inode;
struct seq;
struct super;

enum bio_op { BIO_READ, BIO_WRITE, BIO_FLUSH, BIO_OPS };

struct bio_seg {
	void *data;		/* in the direct map, within a page */
	u32 len;		/* bytes, whole sectors */
	void *owner;		/* submitter's data */
};

/* One request: a run of sectors on the device, in segments of memory. */
struct bio {
	struct list link;		/* [driver] while it waits for room */
	struct block_device *dev;	/* const once submitted */
	enum bio_op op;			/* const once submitted */
	bool epoch;			/* const: index into disk->writes */
	bool counts;			/* const: valid, passed to the driver */
	ktime_t begun;			/* const: start time, if `counts` */
	u64 sector;			/* const once submitted */
	int error;			/* when done: 0 or -EIO */
	/*
	 * Called at the end of the request; may free it.
	 * Context: interrupt context at IPL_DEVICE, or the submitter's.
	 */
	void (*done)(struct bio *b);
	void *private;			/* submitter's data */
	unsigned nr_segs;		/* const once submitted */
	struct bio_seg seg[];
};

/* Statistics of a device for /proc/diskstats; the numbers wrap around. */
struct block_io {			/* [counting, of the disk] */
	struct block_op_io {
		u32 ended, sectors;
		ktime_t took;		/* sum over all requests */
	} of[BIO_OPS];
	unsigned under_way;
	ktime_t since;			/* last change of under_way */
	ktime_t busy;			/* time with requests under way, until
					 * `since` */
};

struct block_device {
	char name[16];			/* const: "vda", "vda1" */
	unsigned rdev;			/* const */
	u64 sectors;			/* const */
	u64 start;			/* const: partition's first sector */
	struct block_device *disk;	/* const: a partition's disk, or NULL */
	bool read_only;			/* no writes; read without a lock */
	bool protected;			/* const: read_only cannot be cleared */
	char serial[24];		/* const: as the device reports it */
	unsigned max_segs;		/* const: most segments of a request */
	/*
	 * Start b, whose range is checked, and call bio_end() when it is done.
	 */
	void (*submit)(struct block_device *d, struct bio *b);
	void *private;			/* driver's data */
	struct spinlock counting;	/* used in a whole disk only */
	struct block_io io;		/* a disk's includes its partitions' */
	struct inode *inode;		/* const: holds its cached pages */
	struct super *super;		/* [block_lock] mounted file system */
	const struct file *alone;	/* file with O_EXCL, or NULL */
	/*
	 * Of a whole disk: writes under way, by the epoch in which they began.
	 * A flush begins a new epoch, and waits for the writes of the old one.
	 */
	atomic_t writes[2];
	bool epoch;			/* [flushing] to change */
	struct mutex flushing;
	struct wait_queue landed;	/* woken when an epoch's last write
					 * ends */
	struct list link;		/* [block_lock] */
};

/* ---- for drivers --------------------------------------------------------- */

/*
 * Register a disk whose submit, sectors, read_only, max_segs and private are
 * set: name it, and add nodes in /dev for it and its partitions.
 * Return: 0 or -errno.
 */
int block_register(struct block_device *d);
/* Hook that is called for each new disk and partition; NULL: none. */
extern void (*disk_added)(struct block_device *d);
/*
 * Initialize the block layer's part of a whole disk (block_register() does it).
 */
void block_init_disk(struct block_device *d);
/* Report the end of b.  Context: any. */
void bio_end(struct bio *b, int error);

/* ---- for code that submits requests -------------------------------------- */

/* Allocate a request with room for n segments.  Return: NULL: no memory. */
struct bio *bio_alloc(struct block_device *d, enum bio_op op, unsigned n);
void bio_free(struct bio *b);
/* Add a segment to b, which must have room for it. */
static inline void bio_add(struct bio *b, void *data, u32 len, void *owner)
{
	b->seg[b->nr_segs++] = (struct bio_seg){ data, len, owner };
}
/*
 * Start b.  b->done is called in any case, perhaps before bio_submit() returns.
 * Context: does not sleep.
 */
void bio_submit(struct bio *b);
/*
 * Submit b and wait until it is done.  Uses b->done and b->private.
 * Return: b->error.
 */
int bio_wait(struct bio *b);
/*
 * Make all writes submitted so far durable.  These include writes still under
 * way, which a flush by the device alone would not cover.
 * Context: may sleep.
 * Return: 0 or -EIO.
 */
int block_flush(struct block_device *d);
/*
 * Read or write a run of sectors of kernel memory.
 * Context: may sleep.
 * Return: 0 or -EIO.
 */
int block_transfer(struct block_device *d, enum bio_op op, u64 sector,
		   void *data, u32 len);

struct block_device *block_find(unsigned rdev);		/* NULL: none */
/* Return device k in the order of registration; NULL: there are no more. */
struct block_device *block_nth(unsigned k);
/*
 * Claim d for the file system s.  While a whole disk is mounted, none of its
 * partitions can be mounted.  While a partition is mounted, its disk cannot be.
 * Return: 0 or -EBUSY.
 */
int block_claim(struct block_device *d, struct super *s);
void block_release(struct block_device *d);
struct super *block_super(struct block_device *d);

/* Requests of all devices, for /proc. */
struct block_counts {
	atomic_t reads, writes, flushes, errors;
};
extern struct block_counts block_counts;

/*
 * Statistics of requests (topics/disk/diskstat.c); diskstat_end() follows each
 * diskstat_begin().
 * Context: any.
 */
void diskstat_begin(struct bio *b);
void diskstat_end(const struct bio *b, u32 sectors);
/* Show the 17 numbers of a line of /proc/diskstats. */
void diskstat_show(struct seq *s, struct block_device *d);

/*
 * Partition tables (topics/disk/blkdev.c).
 * Return: the number of partitions registered.
 */
unsigned partitions_scan(struct block_device *disk);
int block_register_part(struct block_device *disk, unsigned n, u64 start,
			u64 sectors);

#endif
