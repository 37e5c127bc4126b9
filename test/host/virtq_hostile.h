/* SPDX-License-Identifier: MIT */
/*
 * A device that writes what it likes into a virtqueue's memory, and a driver
 * that uses the queue as drivers do: shared by test_virtio.c, which draws the
 * bytes that decide, and fuzz_virtio.c, whose bytes the fuzzer chooses.
 *
 * Whatever the device does: a token comes back once at most and only while it
 * is under way, with no more bytes than its chain has room for; each
 * descriptor is free or of one chain.
 */
#ifndef TEST_VIRTQ_HOSTILE_H
#define TEST_VIRTQ_HOSTILE_H

#include "../../arch/host/host.h"
#include "stubs.h"
#include <topics/virtio/virtio.h>
#include <kernel/irq/irq.h>
#include <mm/tables/kmap.h>
#include <mm/frames/page.h>
#include <mm/frames/slab.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REGS		0x200
#define R_QUEUE_MAX	0x034
#define MAX_CHAIN	5

/* ---- what topics/virtio/virtio.c needs besides mm ---------------------------------- */

static u32 fake_regs[REGS / 4];

volatile void *kmap_device(paddr_t base, unsigned long size)
{
	return fake_regs;
}

int irq_register(unsigned irq, struct irq_action *a)
{
	return 0;
}

/* ---- the driver's side, and its book ------------------------------------- */

struct token {
	unsigned count;		/* of descriptors; 0: not under way */
	u32 room;
};

static struct token book[VIRTQ_MAX];
static unsigned under_way, used_descs;

#define must(x)	do {							\
	if (!(x)) {							\
		fprintf(stderr, "%s:%d: not so: %s\n", __FILE__,	\
			__LINE__, #x);					\
		abort();						\
	}								\
} while (0)

static void check_free(const struct virtq *q)
{
	u8 seen[VIRTQ_MAX] = { 0 };
	unsigned id = q->free_head;

	must(q->nr_free + used_descs == q->size);
	for (unsigned n = 0; n < q->nr_free; n++) {
		must(id < q->size && !seen[id] && !q->slot[id].token);
		seen[id] = 1;
		id = q->slot[id].next;
	}
}

static void drive_post(struct virtq *q, unsigned n, u32 len, unsigned writes)
{
	static char memory[64];
	struct virtq_buf bufs[MAX_CHAIN];
	struct token *t = NULL;
	u32 room = 0;

	for (unsigned k = 0; k < q->size && !t; k++)
		if (!book[k].count)
			t = &book[k];
	for (unsigned k = 0; k < n; k++) {
		bufs[k] = (struct virtq_buf){ memory, len, k < n - writes };
		room += k < n - writes ? 0 : len;
	}
	if (n > q->nr_free) {
		must(virtq_post_chain(q, bufs, n, t) == -EAGAIN);
		return;
	}
	must(t && !virtq_post_chain(q, bufs, n, t));
	*t = (struct token){ n, room };
	under_way++;
	used_descs += n;
}

static void drive_take(struct virtq *q)
{
	unsigned before = under_way;
	struct token *t;
	u32 len = 0;

	while ((t = virtq_take(q, &len))) {
		must(t >= book && t < book + q->size && t->count);
		must(len <= t->room);
		used_descs -= t->count;
		t->count = 0;
		under_way--;
		must(before-- > 0);
	}
	check_free(q);
}

/* ---- the device's side --------------------------------------------------- */

static u16 device_seen;		/* of the available ring */

/* One request as it should be, if there is any. */
static void device_serves(struct virtq *q, u32 len)
{
	unsigned at = q->used->idx & (q->size - 1);

	if (device_seen == q->avail->idx)
		return;
	q->used->ring[at].id = q->avail->ring[device_seen++ & (q->size - 1)];
	q->used->ring[at].len = len;
	q->used->idx++;
}

struct bytes {
	const u8 *p;
	size_t left;
};

static u32 draw(struct bytes *b)
{
	u32 v = 0;

	for (unsigned k = 0; k < 4 && b->left; k++, b->left--)
		v = v << 8 | *b->p++;
	return v;
}

static void hostile_step(struct virtq *q, struct bytes *b)
{
	u32 what = draw(b), at = what >> 8 & (q->size - 1);

	switch (what & 15) {
	case 0: case 1: case 2: case 3: case 4:
		drive_post(q, 1 + at % MAX_CHAIN, what >> 16,
			   (what >> 12) % (1 + at % MAX_CHAIN + 1));
		break;
	case 5: case 6: case 7:
		device_serves(q, draw(b));
		break;
	case 8: case 9:
		drive_take(q);
		break;
	case 10:			/* jumps */
		q->used->idx = (u16)(what >> 8);
		break;
	case 11:
		q->used->idx += (u16)(at % 8);
		break;
	case 12:			/* lies about what is done */
		q->used->ring[at].id = draw(b);
		break;
	case 13:
		q->used->ring[at].len = draw(b);
		break;
	case 14:			/* what it only should read */
		q->desc[at].next = (u16)draw(b);
		q->desc[at].flags = (u16)draw(b);
		q->desc[at].len = draw(b);
		break;
	case 15:
		q->avail->ring[at] = (u16)draw(b);
		break;
	}
}

static void hostile_run(const u8 *data, size_t n)
{
	static struct virtio_device dev;
	struct bytes b = { data, n };
	struct virtq *q;

	memset(book, 0, sizeof(book));
	under_way = used_descs = device_seen = 0;
	dev.regs = (volatile u8 *)fake_regs;
	fake_regs[R_QUEUE_MAX / 4] = draw(&b) % 300;
	q = virtq_create(&dev, 0);
	if (!q) {
		must(!fake_regs[R_QUEUE_MAX / 4]);
		return;
	}
	must(q->size <= fake_regs[R_QUEUE_MAX / 4] && q->size <= VIRTQ_SIZE);
	q->lied = true;			/* no need to say so */
	while (b.left)
		hostile_step(q, &b);
	drive_take(q);
	page_put(virt_page(q->desc));
	kfree(q);
}

#endif
