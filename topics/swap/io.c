/* SPDX-License-Identifier: MIT */
/* Transfer pages of the swap cache to and from the device. */
#include <topics/disk/block.h>
#include "swap.h"
#include <mm/cache/pagecache.h>
#include <uapi/errno.h>

#define SECTORS_A_PAGE	(PAGE_SIZE >> SECTOR_SHIFT)

atomic_t swapped_in, swapped_out;

/*
 * Return: the sector of a slot.
 * Context: the slot is in use, so its area cannot be removed.
 */
static u64 sector_of(unsigned slot, struct block_device **dev)
{
	const struct extent *x;
	struct area *a;
	unsigned i;

	spin_lock(&swap_lock);
	a = area_of(slot);
	spin_unlock(&swap_lock);
	*dev = a->dev;
	i = slot - a->base;
	for (x = a->extent; i >= x->first + x->n; x++)
		;
	return x->sector + (u64)(i - x->first) * SECTORS_A_PAGE;
}

/*
 * A preallocated request for writing when memory is short: swapping out must
 * not depend on a free page.
 */
static struct {
	struct mutex lock;
	struct bio *bio;		/* [lock] room for SWAP_BATCH pages */
} spare;

bool spare_make(struct block_device *d)
{
	spare.bio = bio_alloc(d, BIO_WRITE, SWAP_BATCH);
	return spare.bio != NULL;
}

void spare_free(void)
{
	if (spare.bio)
		bio_free(spare.bio);
	spare.bio = NULL;
}

static struct bio *write_alloc(struct block_device *d, unsigned n)
{
	struct bio *b = bio_alloc(d, BIO_WRITE, n);

	if (b)
		return b;
	mutex_lock(&spare.lock);
	*spare.bio = (struct bio){ .dev = d, .op = BIO_WRITE };
	list_init(&spare.bio->link);
	return spare.bio;
}

static void write_free(struct bio *b)
{
	if (b == spare.bio)
		mutex_unlock(&spare.lock);
	else
		bio_free(b);
}

/*
 * Make a request for the first pages of the array, as many as are contiguous on
 * the device.
 */
static struct bio *swap_request(enum bio_op op, struct page **pages, unsigned n,
				void (*done)(struct bio *b))
{
	struct block_device *dev, *other;
	u64 sector = sector_of(page_slot(pages[0]), &dev);
	unsigned most = min(min(n, dev->max_segs), BIO_MAX_SEGS + 0u);
	struct bio *b = op == BIO_WRITE ? write_alloc(dev, most) :
		bio_alloc(dev, op, most);
	unsigned k = 0;

	if (!b)
		return NULL;
	b->sector = sector;
	b->done = done;
	do
		bio_add(b, page_virt(pages[k]), PAGE_SIZE, pages[k]);
	while (++k < most &&
	       sector_of(page_slot(pages[k]), &other) ==
	       sector + (u64)k * SECTORS_A_PAGE && other == dev);
	return b;
}

int swap_write(struct page **pages, unsigned n)
{
	int err = 0;

	while (n) {
		struct bio *b = swap_request(BIO_WRITE, pages, n, NULL);
		unsigned done = b->nr_segs;

		if (bio_wait(b))
			err = -EIO;
		else
			atomic_add(&swapped_out, (int)done);
		write_free(b);
		pages += done;
		n -= done;
	}
	return err;
}

/* Set the error flag before waking the tasks that wait for the page. */
static void read_over(struct page *p, int error)
{
	if (error)
		page_set_flags(p, PG_ERROR);
	else
		atomic_add(&swapped_in, 1);
	page_unbusy(p, PG_READING);
	page_put(p);
}

static void read_done(struct bio *b)
{
	for (unsigned k = 0; k < b->nr_segs; k++)
		read_over(b->seg[k].owner, b->error);
	bio_free(b);
}

int swap_read(struct page **pages, unsigned n)
{
	int err = 0;

	while (n) {
		struct bio *b = swap_request(BIO_READ, pages, n, read_done);
		unsigned begun = b ? b->nr_segs : 1;

		if (b)
			bio_submit(b);
		else
			err = swap_fail_read(pages[0]);
		pages += begun;
		n -= begun;
	}
	return err;
}

void swap_io_init(void)
{
	mutex_init(&spare.lock, "swap write");
}
