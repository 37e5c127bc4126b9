/* SPDX-License-Identifier: MIT */
/*
 * virtio-blk (virtio 1.1, section 5.2): one queue holds as many requests as
 * fit.  Further requests wait in order.  An interrupt reports their end.
 *
 * The device is not trusted: an invalid status, or a read that wrote fewer
 * bytes than requested, is an I/O error.
 */
#define LOG_PREFIX "vblk"
#include "block.h"
#include <topics/virtio/virtio.h>
#include <lib/mem.h>
#include <lt/log.h>
#include <mm/frames/page.h>
#include <mm/frames/slab.h>
#include <uapi/errno.h>

#define F_SEG_MAX	(1ull << 2)
#define F_RO		(1ull << 5)
#define F_FLUSH		(1ull << 9)

enum { T_IN = 0, T_OUT = 1, T_FLUSH = 4, T_GET_ID = 8 };
enum { S_OK, S_IOERR, S_UNSUPP, S_NONE = 0xff };

#define ID_BYTES	20

struct blk_header {
	u32 type;
	u32 reserved;
	u64 sector;
};

/* Memory shared with the device, beside the data. */
struct request {
	struct blk_header header;
	u8 status;
	struct bio *bio;		/* NULL: get-id */
	u32 bytes;			/* least bytes the device writes */
	struct request *next_free;	/* [dev lock] */
};

#define NR_REQUESTS	64

struct disk {
	struct virtio_device *dev;	/* const */
	struct virtq *q;		/* const */
	struct block_device block;
	bool can_flush;			/* const */
	struct list waiting;		/* [dev lock] bios to post */
	struct request *free;		/* [dev lock] */
	struct virtq_buf bufs[BIO_MAX_SEGS + 2]; /* [dev lock] scratch */
	struct request requests[NR_REQUESTS];
};

static void request_free(struct disk *k, struct request *r)
{
	r->next_free = k->free;
	k->free = r;
}

/*
 * Put b into the queue.
 * Context: [dev lock].
 * Return: 0, or -EAGAIN: no room.
 */
static int virtio_blk_post(struct disk *k, struct bio *b)
{
	struct request *r = k->free;
	unsigned n = 0;
	int err;

	if (!r)
		return -EAGAIN;
	r->header.type = b->op == BIO_READ ? T_IN :
		b->op == BIO_WRITE ? T_OUT : T_FLUSH;
	r->header.reserved = 0;
	r->header.sector = b->op == BIO_FLUSH ? 0 : b->sector;
	r->status = S_NONE;
	r->bio = b;
	r->bytes = 1;
	k->bufs[n++] = (struct virtq_buf){ &r->header, sizeof(r->header),
					   true };
	for (unsigned i = 0; i < b->nr_segs; i++) {
		k->bufs[n++] = (struct virtq_buf){ b->seg[i].data,
			b->seg[i].len, b->op == BIO_WRITE };
		if (b->op == BIO_READ)
			r->bytes += b->seg[i].len;
	}
	k->bufs[n++] = (struct virtq_buf){ &r->status, 1, false };
	err = virtq_post_chain(k->q, k->bufs, n, r);
	if (!err)
		k->free = r->next_free;
	return err;
}

/* Context: [dev lock]. */
static void post_waiting(struct disk *k)
{
	bool any = false;

	while (!list_empty(&k->waiting)) {
		struct bio *b = list_first(&k->waiting, struct bio, link);

		if (virtio_blk_post(k, b))
			break;
		list_remove(&b->link);
		any = true;
	}
	if (any)
		virtq_kick(k->q);
}

static void blk_submit(struct block_device *d, struct bio *b)
{
	struct disk *k = d->private;

	if (b->op == BIO_FLUSH && !k->can_flush) {
		bio_end(b, 0);		/* the device has no write cache */
		return;
	}
	spin_lock(&k->dev->lock);
	list_append(&k->waiting, &b->link);
	post_waiting(k);
	spin_unlock(&k->dev->lock);
}

static int virtio_blk_result(const struct disk *k, const struct request *r,
			     u32 len)
{
	u8 status = READ_ONCE(r->status);

	if (status == S_OK && len >= r->bytes)
		return 0;
	log_err("%s: %s of sector %llu fails: status %u, %u of %u bytes",
		k->block.name, r->header.type == T_IN ? "read" :
		r->header.type == T_OUT ? "write" : "flush",
		(unsigned long long)r->header.sector, status, len, r->bytes);
	return -EIO;
}

static void blk_interrupt(struct virtio_device *d)
{
	struct disk *k = d->private;
	struct request *r;
	u32 len;

	while ((r = virtq_take(k->q, &len))) {
		struct bio *b = r->bio;
		int err = b ? virtio_blk_result(k, r, len) : 0;

		if (b)
			request_free(k, r);
		else
			complete((struct completion *)r->next_free);
		if (b)
			bio_end(b, err);
	}
	post_waiting(k);
}

/* Ask for the serial number that the host gave the disk, if any. */
static void get_id(struct disk *k)
{
	struct request *r = k->free;
	struct completion done;
	struct virtq_buf bufs[3];
	char *id = kzalloc(ID_BYTES + 1);

	if (!id)
		return;
	completion_init(&done);
	spin_lock(&k->dev->lock);
	k->free = r->next_free;
	r->header = (struct blk_header){ .type = T_GET_ID };
	r->status = S_NONE;
	r->bio = NULL;
	r->next_free = (void *)&done;	/* completed by the interrupt */
	bufs[0] = (struct virtq_buf){ &r->header, sizeof(r->header), true };
	bufs[1] = (struct virtq_buf){ id, ID_BYTES, false };
	bufs[2] = (struct virtq_buf){ &r->status, 1, false };
	/* this is the first request, so the queue has room */
	if (virtq_post_chain(k->q, bufs, 3, r))
		complete(&done);
	virtq_kick(k->q);
	spin_unlock(&k->dev->lock);
	completion_wait(&done);
	if (READ_ONCE(r->status) == S_OK)
		str_copy(k->block.serial, id, sizeof(k->block.serial));
	spin_lock(&k->dev->lock);
	request_free(k, r);
	spin_unlock(&k->dev->lock);
	kfree(id);
}

static int negotiate(struct disk *k)
{
	u64 have = virtio_offered(k->dev, F_SEG_MAX | F_RO | F_FLUSH);

	if (virtio_negotiate(k->dev, have | VIRTIO_F_VERSION_1))
		return -ENODEV;
	k->block.read_only = k->block.protected = have & F_RO;
	k->can_flush = have & F_FLUSH;
	k->block.sectors = virtio_config32(k->dev, 0) |
		(u64)virtio_config32(k->dev, 4) << 32;
	k->block.max_segs = BIO_MAX_SEGS;
	if (have & F_SEG_MAX)
		k->block.max_segs = max(1u, min((unsigned)BIO_MAX_SEGS,
				(unsigned)virtio_config32(k->dev, 12)));
	/* larger offsets and page numbers do not fit into their types */
	k->block.sectors = min(k->block.sectors,
				(u64)BLOCK_SECTORS_MAX);
	return k->block.sectors ? 0 : -ENODEV;
}

static int virtio_blk_start(struct virtio_device *d)
{
	struct disk *k = kzalloc(sizeof(*k));
	int err = -ENOMEM;

	if (!k)
		return err;
	k->dev = d;
	d->private = k;
	list_init(&k->waiting);
	for (unsigned i = NR_REQUESTS; i > 0; i--)
		request_free(k, &k->requests[i - 1]);
	err = negotiate(k);
	if (err)
		goto fail;
	err = -ENODEV;
	k->q = virtq_create_sized(d, 0, VIRTQ_MAX);
	if (!k->q || k->q->size < 4)
		goto fail;
	k->block.max_segs = min(k->block.max_segs, k->q->size - 2);
	k->block.submit = blk_submit;
	k->block.private = k;
	err = virtio_ready(d, blk_interrupt);
	if (err)
		goto fail;
	get_id(k);
	return block_register(&k->block);
fail:
	kfree(k);
	return err;
}

VIRTIO_DRIVER = { VIRTIO_BLK, "virtio-blk", virtio_blk_start };
