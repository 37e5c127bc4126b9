/* SPDX-License-Identifier: MIT */
/*
 * Virtio over memory-mapped registers, version 2 (virtio 1.1, sections 2.6
 * and 4.2): split virtqueues, one lock a device.
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

#define VIRTQ_SIZE 32			/* descriptors of a common queue */
#define VIRTQ_MAX 256			/* of the largest */

struct virtio_device;

/* What we know of a descriptor; the device cannot reach it. */
struct virtq_slot {
	void *token;		/* NULL: no chain that we posted begins here */
	u32 room;		/* bytes the device may write to the chain */
	u16 next;		/* in the chain, or among the free ones */
	u16 last;		/* of the chain that begins here */
	u16 count;		/* of its descriptors */
};

/* One piece of a request. */
struct virtq_buf {
	void *data;
	u32 len;		/* bytes */
	bool to_device;		/* it reads; else it writes */
};

struct virtq {
	struct virtio_device *dev;	/* const */
	unsigned index;			/* const */
	unsigned size;			/* const, a power of two */
	struct virtq_desc *desc;	/* [dev->lock] shared with device */
	struct virtq_avail *avail;	/* [dev->lock] shared with device */
	volatile struct virtq_used *used; /* device writes */
	u16 used_seen;			/* [dev->lock] */
	u16 free_head;			/* [dev->lock] chain by slot.next */
	u16 nr_free;			/* [dev->lock] */
	bool lied;			/* [dev->lock] complained of once */
	struct virtq_slot slot[];	/* [dev->lock] by descriptor */
};

struct virtio_device {
	volatile u8 *regs;		/* const */
	unsigned type;			/* const */
	unsigned irq;			/* const */
	struct irq_action action;
	struct spinlock lock;		/* IPL_DEVICE */
	/* Queues may have news.  Context: an interrupt, with [lock] held. */
	void (*interrupt)(struct virtio_device *d);
	void *private;			/* the driver's */
};

/*
 * Return: the device, reset and acknowledged; NULL: the slot is empty, or too
 * old.
 */
struct virtio_device *virtio_probe(const struct boot_slot *slot);
/* Accept the features wanted.  Return: 0, or -ENODEV: one is not offered. */
int virtio_negotiate(struct virtio_device *d, u64 want);
/* Those of `like` that the device offers; for what is not a must. */
u64 virtio_offered(struct virtio_device *d, u64 like);
/* Set the interrupt handler up and tell the device that we drive it. */
int virtio_ready(struct virtio_device *d,
		 void (*interrupt)(struct virtio_device *));
u32 virtio_config32(struct virtio_device *d, unsigned offset);
/* Return: the queue, or NULL: absent or no memory; size: a power of two. */
struct virtq *virtq_create(struct virtio_device *d, unsigned index);
struct virtq *virtq_create_sized(struct virtio_device *d, unsigned index,
				 unsigned size);
/*
 * Hand one buffer to the device (to_device: it reads, else it writes).
 * Context: [dev->lock].
 * Return: 0 or -EAGAIN: queue full.
 */
int virtq_post(struct virtq *q, void *buf, u32 len, bool to_device,
	       void *token);
/*
 * The same of n pieces, those that the device reads first.
 * Context: [dev->lock].
 * Return: 0 or -EAGAIN: fewer than n descriptors are free.
 */
int virtq_post_chain(struct virtq *q, const struct virtq_buf *bufs,
		     unsigned n, void *token);
void virtq_kick(struct virtq *q);	/* [dev->lock], or at start-up */
/* A buffer the device is done with: its token and bytes written, or NULL. */
void *virtq_take(struct virtq *q, u32 *len);	/* [dev->lock] */

/* An entry of the table of drivers: those of one type of device. */
struct virtio_driver {
	unsigned type;
	const char *name;
	int (*start)(struct virtio_device *d);	/* 0 or -errno */
};
#define VIRTIO_DRIVER							\
	static const struct virtio_driver virtio_driver __table(virtio_driver)

#endif
