/* SPDX-License-Identifier: MIT */
/*
 * The transport of virtio: probing, features and split virtqueues (virtio 1.1,
 * chapters 2.6 and 4.2).
 *
 *   driver                    memory                      device
 *
 *   virtq_post() fills a  ->  descriptors                 reads or writes the
 *   descriptor, or a chain    address, length, next       buffers they refer to
 *
 *   adds its number to    ->  available ring  ------->    takes it from there
 *   virtq_kick() notifies     [3][7][ ][ ]
 *
 *   virtq_take(), after   <-  used ring       <-------    puts it here with
 *   the interrupt             [3, 512 bytes]              a length; interrupts
 *
 * Each ring has one writer.  An index that only grows counts the entries
 * written.  The writer stores the entry before the index, and the reader loads
 * the index before the entry (docs/barriers.md).
 *
 * Invariant: the device may write anything into the used ring, so ids and
 * lengths are checked before use; invalid entries are skipped.
 */
#define LOG_PREFIX "virtio"
#include "virtio.h"
#include <kernel/irq/irq.h>
#include <lib/mem.h>
#include <lt/log.h>
#include <mm/frames/page.h>
#include <mm/frames/slab.h>

/* Register offsets, virtio 1.1 table 4.1. */
enum {
	R_MAGIC = 0x000, R_VERSION = 0x004, R_TYPE = 0x008,
	R_FEATURES = 0x010, R_FEATURES_SEL = 0x014,
	R_DRIVER = 0x020, R_DRIVER_SEL = 0x024,
	R_QUEUE_SEL = 0x030, R_QUEUE_MAX = 0x034, R_QUEUE_NUM = 0x038,
	R_QUEUE_READY = 0x044, R_NOTIFY = 0x050,
	R_ISR = 0x060, R_ISR_ACK = 0x064, R_STATUS = 0x070,
	R_DESC = 0x080, R_AVAIL = 0x090, R_USED = 0x0a0,
	R_CONFIG = 0x100,
};

#define MAGIC		0x74726976	/* "virt" */
#define STATUS_ACK	1
#define STATUS_DRIVER	2
#define STATUS_OK	4
#define STATUS_FEATURES	8
#define DESC_NEXT	1		/* the chain continues at next */
#define DESC_WRITE	2		/* the device writes the buffer */

static u32 reg_read(struct virtio_device *d, unsigned r)
{
	return *(volatile u32 *)(d->regs + r);
}

static void reg_write(struct virtio_device *d, unsigned r, u32 v)
{
	*(volatile u32 *)(d->regs + r) = v;
}

static void reg_write_addr(struct virtio_device *d, unsigned r, const void *p)
{
	u64 pa = virt_to_phys(p);

	reg_write(d, r, (u32)pa);
	reg_write(d, r + 4, (u32)(pa >> 32));
}

struct virtio_device *virtio_probe(const struct boot_slot *slot)
{
	struct virtio_device *d = kzalloc(sizeof(*d));

	if (!d)
		return NULL;
	spin_init(&d->lock, "virtio", IPL_DEVICE);
	d->regs = kmap_device(slot->base, slot->size);
	d->irq = slot->irq;
	if (!d->regs || reg_read(d, R_MAGIC) != MAGIC)
		goto none;
	d->type = reg_read(d, R_TYPE);
	if (d->type == 0)
		goto none;
	if (reg_read(d, R_VERSION) != 2) {
		log_warn("device at %#llx speaks the legacy interface only",
			 (unsigned long long)slot->base);
		goto none;
	}
	reg_write(d, R_STATUS, 0);
	reg_write(d, R_STATUS, STATUS_ACK | STATUS_DRIVER);
	return d;
none:
	kfree(d);
	return NULL;
}

u64 virtio_offered(struct virtio_device *d, u64 like)
{
	u64 have;

	reg_write(d, R_FEATURES_SEL, 0);
	have = reg_read(d, R_FEATURES);
	reg_write(d, R_FEATURES_SEL, 1);
	have |= (u64)reg_read(d, R_FEATURES) << 32;
	return have & like;
}

int virtio_negotiate(struct virtio_device *d, u64 want)
{
	if (virtio_offered(d, want) != want)
		return -ENODEV;
	reg_write(d, R_DRIVER_SEL, 0);
	reg_write(d, R_DRIVER, (u32)want);
	reg_write(d, R_DRIVER_SEL, 1);
	reg_write(d, R_DRIVER, (u32)(want >> 32));
	reg_write(d, R_STATUS, reg_read(d, R_STATUS) | STATUS_FEATURES);
	return reg_read(d, R_STATUS) & STATUS_FEATURES ? 0 : -ENODEV;
}

static void virtio_irq(void *arg)
{
	struct virtio_device *d = arg;
	u32 isr = reg_read(d, R_ISR);

	if (!isr)
		return;
	reg_write(d, R_ISR_ACK, isr);
	spin_lock(&d->lock);
	d->interrupt(d);
	spin_unlock(&d->lock);
}

int virtio_ready(struct virtio_device *d,
		 void (*interrupt)(struct virtio_device *))
{
	int err;

	d->interrupt = interrupt;
	d->action = (struct irq_action){ virtio_irq, d, "virtio", NULL };
	err = irq_register(d->irq, &d->action);
	if (err)
		return err;
	reg_write(d, R_STATUS, reg_read(d, R_STATUS) | STATUS_OK);
	return 0;
}

u32 virtio_config32(struct virtio_device *d, unsigned offset)
{
	return reg_read(d, R_CONFIG + offset);
}

/*
 * Allocate the descriptors, the available ring, and (16-aligned) the used ring.
 */
static int virtq_layout(struct virtq *q)
{
	unsigned long used_at = ALIGN_UP(q->size * sizeof(struct virtq_desc) +
			sizeof(struct virtq_avail) + 2ul * q->size + 2, 16);
	unsigned long size = used_at + 8ul * q->size + 6;
	unsigned order = size > PAGE_SIZE;
	struct page *p = page_alloc(order, PAGE_KERNEL);
	char *at;

	if (!p)
		return -ENOMEM;
	at = page_virt(p);
	memset(at, 0, PAGE_SIZE << order);
	q->desc = (void *)at;
	q->avail = (void *)(at + q->size * sizeof(struct virtq_desc));
	q->used = (void *)(at + used_at);
	return 0;
}

struct virtq *virtq_create_sized(struct virtio_device *d, unsigned index,
				 unsigned size)
{
	struct virtq *q;
	u32 max;
	unsigned i;

	reg_write(d, R_QUEUE_SEL, index);
	max = reg_read(d, R_QUEUE_MAX);
	while (size > max)
		size /= 2;
	if (!size)
		return NULL;
	q = kzalloc(sizeof(*q) + size * sizeof(q->slot[0]));
	if (!q)
		return NULL;
	q->dev = d;
	q->index = index;
	q->size = size;
	if (virtq_layout(q)) {
		kfree(q);
		return NULL;
	}
	for (i = 0; i < q->size; i++)
		q->slot[i].next = (u16)(i + 1);
	q->nr_free = (u16)q->size;
	reg_write(d, R_QUEUE_NUM, q->size);
	reg_write_addr(d, R_DESC, q->desc);
	reg_write_addr(d, R_AVAIL, q->avail);
	reg_write_addr(d, R_USED, (const void *)q->used);
	reg_write(d, R_QUEUE_READY, 1);
	return q;
}

struct virtq *virtq_create(struct virtio_device *d, unsigned index)
{
	return virtq_create_sized(d, index, VIRTQ_SIZE);
}

int virtq_post_chain(struct virtq *q, const struct virtq_buf *bufs,
		     unsigned n, void *token)
{
	u16 head = q->free_head, id = head, last = head;
	u32 room = 0;

	if (q->nr_free < n)
		return -EAGAIN;
	for (unsigned i = 0; i < n; i++) {
		struct virtq_desc *d = &q->desc[id];

		last = id;
		d->addr = virt_to_phys(bufs[i].data);
		d->len = bufs[i].len;
		d->flags = (bufs[i].to_device ? 0 : DESC_WRITE) |
			(i + 1 < n ? DESC_NEXT : 0);
		id = q->slot[id].next;
		d->next = id;
		if (!bufs[i].to_device)
			room += bufs[i].len;
	}
	q->free_head = id;
	q->nr_free -= (u16)n;
	q->slot[head].token = token;
	q->slot[head].room = room;
	q->slot[head].last = last;
	q->slot[head].count = (u16)n;
	q->avail->ring[q->avail->idx & (q->size - 1)] = head;
	arch_mb();	/* store the entry before the index */
	q->avail->idx++;
	return 0;
}

int virtq_post(struct virtq *q, void *buf, u32 len, bool to_device,
	       void *token)
{
	struct virtq_buf b = { buf, len, to_device };

	return virtq_post_chain(q, &b, 1, token);
}

void virtq_kick(struct virtq *q)
{
	arch_mb();	/* store the index before the notification */
	reg_write(q->dev, R_NOTIFY, q->index);
}

static void virtq_lies(struct virtq *q, const char *what, u32 n)
{
	if (!q->lied)
		log_err("device returned %s %u, which it does not have", what,
			n);
	/* report only once: a faulty device may repeat this forever */
	q->lied = true;
}

/*
 * Take a completed entry.  The device's index can be at most one round of the
 * ring ahead of used_seen.  If it is farther ahead, it is wrong: look at each
 * entry of the ring once.
 */
void *virtq_take(struct virtq *q, u32 *len)
{
	struct virtq_slot *s;
	void *token;
	u32 id, n;
	u16 idx;

again:
	idx = READ_ONCE(q->used->idx);
	if (q->used_seen == idx)
		return NULL;
	if (unlikely((u16)(idx - q->used_seen) > q->size)) {
		virtq_lies(q, "index", idx);
		q->used_seen = (u16)(idx - q->size);
	}
	arch_mb();	/* load the index before the entry */
	id = q->used->ring[q->used_seen & (q->size - 1)].id;
	n = q->used->ring[q->used_seen & (q->size - 1)].len;
	q->used_seen++;
	if (unlikely(id >= q->size || !q->slot[id].token)) {
		virtq_lies(q, "buffer", id);
		goto again;
	}
	s = &q->slot[id];
	*len = min(n, s->room);
	q->slot[s->last].next = q->free_head;
	q->free_head = (u16)id;
	q->nr_free += s->count;
	token = s->token;
	s->token = NULL;
	return token;
}
