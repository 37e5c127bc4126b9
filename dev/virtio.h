/* SPDX-License-Identifier: MIT */
/*
 * Virtio over memory-mapped registers, version 2 (virtio 1.1, sections 2.6
 * and 4.2): split virtqueues, one lock a device.
 */
#ifndef DEV_VIRTIO_H
#define DEV_VIRTIO_H

#include <kernel/lock.h>
#include <lt/boot.h>
#include <lt/types.h>

#define VIRTIO_SERIAL	3		/* device types */

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

#define VIRTQ_SIZE 32			/* descriptors we use at most */

struct virtio_device;

struct virtq {
	struct virtio_device *dev;	/* const */
	unsigned index;			/* const */
	unsigned size;			/* const, a power of two */
	struct virtq_desc *desc;	/* [dev->lock] shared with device */
	struct virtq_avail *avail;	/* [dev->lock] shared with device */
	volatile struct virtq_used *used; /* device writes */
	u16 used_seen;			/* [dev->lock] */
	u16 free_head;			/* [dev->lock] chain by desc.next */
	u16 nr_free;			/* [dev->lock] */
	void *token[VIRTQ_SIZE];	/* [dev->lock] by descriptor */
};

struct virtio_device {
	volatile u8 *regs;		/* const */
	unsigned type;			/* const */
	unsigned irq;			/* const */
	struct spinlock lock;		/* IPL_DEVICE */
	/* Queues may have news.  => interrupt context, [lock] held */
	void (*interrupt)(struct virtio_device *d);
	void *private;			/* the driver's */
};

/* => the device, reset and acknowledged; NULL: empty or too old a slot */
struct virtio_device *virtio_probe(const struct boot_slot *slot);
/* Offer the features wanted.  => 0, or -ENODEV: one is refused */
int virtio_negotiate(struct virtio_device *d, u64 want);
/* Set the interrupt handler up and tell the device that we drive it. */
int virtio_ready(struct virtio_device *d,
		 void (*interrupt)(struct virtio_device *));
u32 virtio_config32(struct virtio_device *d, unsigned offset);
/* => the queue, or NULL: absent or no memory */
struct virtq *virtq_create(struct virtio_device *d, unsigned index);
/*
 * Hand one buffer to the device (to_device: it reads, else it writes).
 * => [dev->lock]; 0 or -EAGAIN: queue full
 */
int virtq_post(struct virtq *q, void *buf, u32 len, bool to_device,
	       void *token);
void virtq_kick(struct virtq *q);	/* => [dev->lock] or at start-up */
/* A buffer the device is done with: its token and bytes written, or NULL. */
void *virtq_take(struct virtq *q, u32 *len);	/* => [dev->lock] */

/* The drivers. */
int virtio_serial_start(struct virtio_device *d);
void virtio_serial_drain(void);

#endif
