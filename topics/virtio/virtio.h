/* SPDX-License-Identifier: MIT */
/*
 * Virtio over memory-mapped registers, version 2 (virtio 1.1, sections 2.6 and
 * 4.2): split virtqueues, one lock per device.
 */
#ifndef TOPICS_VIRTIO_VIRTIO_H
#define TOPICS_VIRTIO_VIRTIO_H

#include <kernel/irq/irq.h>
#include <kernel/lock/lock.h>
#include <lt/boot.h>
#include <lt/table.h>
#include <lt/types.h>

#define VIRTIO_BLK	2		/* device types */
#define VIRTIO_SERIAL	3

#define VIRTIO_F_VERSION_1 (1ull << 32)

struct virtq_desc {
	u64 addr;
	u32 len;
	u16 flags;
	u16 next;
};

struct virtq_avail {
	u16 flags;
	u16 idx;
	u16 ring[];
};

struct virtq_used {
	u16 flags;
	u16 idx;
	struct {
		u32 id;
		u32 len;
	} ring[];
};

#define VIRTQ_SIZE 32			/* descriptors of a default queue */
#define VIRTQ_MAX 256			/* maximum for any queue */

struct virtio_device;

/* The driver's record of a descriptor; the device cannot access it. */
struct virtq_slot {
	void *token;		/* NULL: no posted chain begins here */
	u32 room;		/* bytes the device may write to the chain */
	/* next descriptor of the chain or the free list */
	u16 next;
	u16 last;		/* last descriptor of the chain */
	u16 count;		/* number of descriptors in the chain */
};

/* One buffer of a request. */
struct virtq_buf {
	void *data;
	u32 len;		/* bytes */
	/* true: the device reads it; false: writes it */
	bool to_device;
};

struct virtq {
	struct virtio_device *dev;	/* const */
	unsigned index;			/* const */
	unsigned size;			/* const; a power of two */
	struct virtq_desc *desc;	/* [dev->lock] shared with the device */
	struct virtq_avail *avail;	/* [dev->lock] shared with the device */
	volatile struct virtq_used *used; /* device writes */
	u16 used_seen;			/* [dev->lock] */
	/* [dev->lock] head of the list by slot.next */
	u16 free_head;
	u16 nr_free;			/* [dev->lock] */
	/* [dev->lock] an error was reported already */
	bool lied;
	struct virtq_slot slot[];	/* [dev->lock] indexed by descriptor */
};

struct virtio_device {
	volatile u8 *regs;		/* const */
	unsigned type;			/* const */
	unsigned irq;			/* const */
	struct irq_action action;
	struct spinlock lock;		/* IPL_DEVICE */
	/* Handle used buffers, if any.  Context: interrupt, [lock]. */
	void (*interrupt)(struct virtio_device *d);
	void *private;			/* the driver's */
};

/*
 * Reset and acknowledge the device in a slot.
 * Return: the device; NULL: the slot is empty, or the device is legacy only.
 */
struct virtio_device *virtio_probe(const struct boot_slot *slot);
/* Accept the wanted features.  Return: 0; -ENODEV: one is not offered. */
int virtio_negotiate(struct virtio_device *d, u64 want);
/*
 * Return: those features in `like` that the device offers.  For features that
 * the driver can do without.
 */
u64 virtio_offered(struct virtio_device *d, u64 like);
/*
 * Register the interrupt handler and tell the device that the driver is ready.
 * Return: 0, -errno.
 */
int virtio_ready(struct virtio_device *d,
		 void (*interrupt)(struct virtio_device *));
u32 virtio_config32(struct virtio_device *d, unsigned offset);
/*
 * Create queue `index`.  size: a power of two.
 * Return: NULL: no such queue, or no memory.
 */
struct virtq *virtq_create(struct virtio_device *d, unsigned index);
struct virtq *virtq_create_sized(struct virtio_device *d, unsigned index,
				 unsigned size);
/*
 * Give one buffer to the device (to_device: the device reads it, else writes
 * it).
 * Context: [dev->lock].
 * Return: 0 or -EAGAIN: the queue is full.
 */
int virtq_post(struct virtq *q, void *buf, u32 len, bool to_device,
	       void *token);
/*
 * Give n buffers to the device as one request: first the buffers that the
 * device reads.
 * Context: [dev->lock].
 * Return: 0 or -EAGAIN: fewer than n descriptors are free.
 */
int virtq_post_chain(struct virtq *q, const struct virtq_buf *bufs,
		     unsigned n, void *token);
void virtq_kick(struct virtq *q);	/* [dev->lock], or at start-up */
/*
 * Take a buffer that the device has used.
 * Context: [dev->lock].
 * Return: the buffer's token, with the number of bytes written in *len; NULL:
 * none.
 */
void *virtq_take(struct virtq *q, u32 *len);	/* [dev->lock] */

/* A driver for one type of device, in the table of drivers. */
struct virtio_driver {
	unsigned type;
	const char *name;
	int (*start)(struct virtio_device *d);	/* 0 or -errno */
};
#define VIRTIO_DRIVER							\
	static const struct virtio_driver virtio_driver __table(virtio_driver)

#endif
