/* SPDX-License-Identifier: MIT */
/*
 * Block devices (rows A1, E8): requests of whole sectors to a driver that has
 * several of them under way, and says so by interrupt when one is done.
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
 * Sectors of the largest device: its offsets are positive, and the numbers of
 * its pages are words.
 */
#define BLOCK_SECTORS_MAX (sizeof(long) < 8 ? 1ull << 34 : 1ull << 53)
#define BIO_MAX_SEGS	64		/* of one request */
#define BLOCK_MAJOR	254		/* what Linux gives virtio disks */
#define BLOCK_MINORS	16		/* of a disk: itself and partitions */

struct block_device;
struct inode;
struct seq;
struct super;

enum bio_op { BIO_READ, BIO_WRITE, BIO_FLUSH, BIO_OPS };

struct bio_seg {
	void *data;		/* in the direct map, within a page */
	u32 len;		/* bytes, whole sectors */
	void *owner;		/* the submitter's */
};

/* One request: a run of sectors, in pieces of memory. */
struct bio {
	struct list link;		/* [driver] while it waits for room */
	struct block_device *dev;	/* const once submitted */
	enum bio_op op;			/* likewise */
	bool epoch;			/* const: which count it is in */
	bool counts;			/* const: the device was asked */
	ktime_t begun;			/* const: since then */
	u64 sector;			/* likewise */
	int error;			/* when done: 0 or -EIO */
	/*
	 * Context: interrupt context at IPL_DEVICE, or the submitter's.
	 * Return: may free.
	 */
	void (*done)(struct bio *b);
	void *private;			/* the submitter's */
	unsigned nr_segs;		/* const once submitted */
	struct bio_seg seg[];
};

/* What a device was asked, for /proc/diskstats; numbers wrap. */
struct block_io {			/* [counting, of the disk] */
	struct block_op_io {
		u32 ended, sectors;
		ktime_t took;		/* all of them together */
	} of[BIO_OPS];
	unsigned under_way;
	ktime_t since;			/* of under_way's last change */
	ktime_t busy;			/* while any was under way, till then */
};

struct block_device {
	char name[16];			/* const: "vda", "vda1" */
	unsigned rdev;			/* const */
	u64 sectors;			/* const */
	u64 start;			/* const: of a partition on its disk */
	struct block_device *disk;	/* const: NULL, or the whole disk */
	bool read_only;			/* word: nobody may write */
	bool protected;			/* const: nor will it ever change */
	char serial[24];		/* const: as the device calls itself */
	unsigned max_segs;		/* const: of one request */
	/* Take b, whose range is checked, and be done with it later. */
	void (*submit)(struct block_device *d, struct bio *b);
	void *private;			/* the driver's */
	struct spinlock counting;	/* of a whole disk */
	struct block_io io;		/* of itself, a disk: and its parts */
	struct inode *inode;		/* const: its pages */
	struct super *super;		/* [block_lock] who has mounted it */
	const struct file *alone;	/* word: opened by O_EXCL, or NULL */
	/*
	 * Of a whole disk: writes under way, by the epoch they began in.  A
	 * flush begins another one, and waits for those of the last.
	 */
	atomic_t writes[2];
	bool epoch;			/* [flushing]; word to who submits */
	struct mutex flushing;
	struct wait_queue landed;	/* an epoch's last write */
	struct list link;		/* [block_lock] */
};

/* ---- for drivers --------------------------------------------------------- */

/*
 * A disk that submit, sectors, read_only, max_segs and private describe: gets
 * its name and nodes in /dev, and its partitions too.  Return: 0 or -errno.
 */
int block_register(struct block_device *d);
/* Entries of a table are told of each disk and partition there is. */
extern void (*disk_added)(struct block_device *d);
/* What the layer keeps in a whole disk; block_register() does it. */
void block_init_disk(struct block_device *d);
/* b is done.  Context: any. */
void bio_end(struct bio *b, int error);

/* ---- for users ----------------------------------------------------------- */

/* With room for n pieces.  Return: NULL: no memory. */
struct bio *bio_alloc(struct block_device *d, enum bio_op op, unsigned n);
void bio_free(struct bio *b);
/* One more piece, as far as it has room. */
static inline void bio_add(struct bio *b, void *data, u32 len, void *owner)
{
	b->seg[b->nr_segs++] = (struct bio_seg){ data, len, owner };
}
/*
 * Context: may not sleep.  Return: b->done comes, perhaps before this returns.
 */
void bio_submit(struct bio *b);
/*
 * Submit and sleep until it is done; done and private are used.  Return:
 * error.
 */
int bio_wait(struct bio *b);
/*
 * All writes that were submitted before become durable, those too that are
 * still under way: a device's own flush says nothing of them.  Context: may
 * sleep.  Return: 0 or -EIO.
 */
int block_flush(struct block_device *d);
/*
 * Read or write a run of sectors of kernel memory.  Context: may sleep.
 * Return: 0 or -EIO.
 */
int block_transfer(struct block_device *d, enum bio_op op, u64 sector,
		   void *data, u32 len);

struct block_device *block_find(unsigned rdev);		/* NULL: none */
/* The k-th, in the order of registration; NULL: no more. */
struct block_device *block_nth(unsigned k);
/*
 * One file system a device: neither the whole disk nor a partition of it may
 * be mounted beside.  Return: 0 or -EBUSY.
 */
int block_claim(struct block_device *d, struct super *s);
void block_release(struct block_device *d);
struct super *block_super(struct block_device *d);

/* Requests the machine has made, for /proc. */
struct block_counts {
	atomic_t reads, writes, flushes, errors;
};
extern struct block_counts block_counts;

/*
 * Counts of requests (topics/disk/diskstat.c).  A request begins, and ends if
 * it began.  Context: any.
 */
void diskstat_begin(struct bio *b);
void diskstat_end(const struct bio *b, u32 sectors);
/* The 17 numbers of a line of /proc/diskstats. */
void diskstat_show(struct seq *s, struct block_device *d);

/*
 * Partition tables (topics/disk/blkdev.c).  Return: how many were registered.
 */
unsigned partitions_scan(struct block_device *disk);
int block_register_part(struct block_device *disk, unsigned n, u64 start,
			u64 sectors);

#endif
