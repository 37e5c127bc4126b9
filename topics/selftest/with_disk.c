/* SPDX-License-Identifier: MIT */
/*
 * Self-tests of the block layer (row E8), on a device that completes a write
 * only when told to: what a flush guarantees for writes in progress.
 */
#include <topics/disk/block.h>
#include "selftest.h"
#include <kernel/task/task.h>
#include <lib/mem.h>

#define MS	1000000ull

static struct block_device device;
static struct bio *held;		/* the write in progress */
static bool flushed;			/* the device got a flush */
static unsigned ended;			/* number of finished writes */
static struct completion done;

static void disk_selftest_take(struct block_device *d __unused, struct bio *b)
{
	if (b->op == BIO_WRITE) {
		held = b;
		return;
	}
	WRITE_ONCE(flushed, true);
	bio_end(b, 0);
}

static void write_done(struct bio *b)
{
	ended++;
	bio_free(b);
}

static void disk_selftest_flush(void *arg __unused)
{
	SELFTEST_CHECK(block_flush(&device) == 0);
	complete(&done);
}

static void disk_selftest_begin_write(void)
{
	static char sector[SECTOR_SIZE];
	struct bio *b = bio_alloc(&device, BIO_WRITE, 1);

	if (!SELFTEST_CHECK(b != NULL))
		return;
	b->done = write_done;
	bio_add(b, sector, sizeof(sector), NULL);
	bio_submit(b);
}

/* The device must get the flush only after earlier writes have completed. */
static void test_flush_waits(void)
{
	struct task *t;

	memset(&device, 0, sizeof(device));
	device.sectors = device.max_segs = 8;
	device.submit = disk_selftest_take;
	block_init_disk(&device);
	for (unsigned k = 0; k < 3; k++) {
		flushed = false;
		ended = 0;
		disk_selftest_begin_write();
		completion_init(&done);
		t = kthread_create(disk_selftest_flush, NULL, "selftest");
		if (!SELFTEST_CHECK(t != NULL && held != NULL))
			return;
		task_start(t);
		selftest_sleep(5 * MS);
		SELFTEST_CHECK(!READ_ONCE(flushed) && !ended);
		bio_end(held, 0);
		completion_wait(&done);
		SELFTEST_CHECK(flushed && ended == 1);
		task_put(t);
	}
	flushed = false;
	SELFTEST_CHECK(block_flush(&device) == 0 && flushed);
}

static const struct selftest_case cases[] = {
	{ "a flush waits for the writes before it", test_flush_waits },
};

SELFTEST_GROUP(block) = {
	"block", cases, ARRAY_SIZE(cases)
};
