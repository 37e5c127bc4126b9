/* SPDX-License-Identifier: MIT */
/* Virtqueues, with an honest device and with one that lies (row E8). */
#include "machine.h"
#include "unit.h"
#include "virtq_hostile.h"

static struct virtio_device dev;

static struct virtq *queue(unsigned size)
{
	dev.regs = (volatile u8 *)fake_regs;
	memset(book, 0, sizeof(book));
	under_way = used_descs = device_seen = 0;
	fake_regs[R_QUEUE_MAX / 4] = size;
	return virtq_create_sized(&dev, 0, VIRTQ_MAX);
}

static void destroy_queue(struct virtq *q)
{
	page_put(virt_page(q->desc));
	kfree(q);
}

static void honest(void **state)
{
	struct virtq *q = queue(8);

	assert_int_equal(q->size, 8);
	for (unsigned round = 0; round < 70000; round++) {
		drive_post(q, 1 + round % 4, 512, 1);
		drive_post(q, 1 + round % 3, 512, 1);
		device_serves(q, 512);
		device_serves(q, 512);
		drive_take(q);
		assert_int_equal(under_way, 0);
	}
	destroy_queue(q);
}

static void sizes(void **state)
{
	struct virtq *q;

	assert_null(queue(0));		/* the device has no such queue */
	q = queue(1);
	assert_int_equal(q->size, 1);
	destroy_queue(q);
	q = queue(~0u);
	assert_int_equal(q->size, VIRTQ_MAX);
	destroy_queue(q);
	q = queue(100);			/* no power of two: less */
	assert_int_equal(q->size, 64);
	destroy_queue(q);
}

/* A length beyond what it was given to write. */
static void too_long(void **state)
{
	struct virtq *q = queue(8);
	u32 len = 0;

	drive_post(q, 3, 100, 1);
	device_serves(q, 0xffffffff);
	assert_ptr_equal(virtq_take(q, &len), &book[0]);
	assert_int_equal(len, 100);
	destroy_queue(q);
}

/* Numbers that it was not given, and the same one twice. */
static void bad_ids(void **state)
{
	static const u32 bad[] = { 1, 2, 3, 7, 8, 0xffff, 0x10000,
				   0x80000000, 0xffffffff };
	struct virtq *q = queue(8);
	u32 len;

	drive_post(q, 3, 100, 1);
	for (unsigned k = 0; k < sizeof(bad) / sizeof(bad[0]); k++) {
		q->used->ring[q->used->idx & 7].id = bad[k];
		q->used->idx++;
		assert_null(virtq_take(q, &len));
	}
	device_serves(q, 1);
	assert_ptr_equal(virtq_take(q, &len), &book[0]);
	q->used->ring[q->used->idx & 7].id = 0;
	q->used->idx++;
	assert_null(virtq_take(q, &len));
	used_descs = 0;
	check_free(q);
	destroy_queue(q);
}

/* An index far ahead: what was done before it is found nevertheless. */
static void jumps(void **state)
{
	static const u16 by[] = { 9, 100, 0x7fff, 0x8000, 0xfff0 };
	struct virtq *q = queue(8);
	u32 len;

	for (unsigned k = 0; k < sizeof(by) / sizeof(by[0]); k++) {
		drive_post(q, 2, 100, 1);
		for (unsigned n = 0; n < 8; n++)
			q->used->ring[n].id = 99;
		device_serves(q, 7);
		q->used->idx += by[k];
		assert_ptr_equal(virtq_take(q, &len), &book[0]);
		assert_int_equal(len, 7);
		assert_null(virtq_take(q, &len));
		/* it is in step again */
		assert_int_equal(q->used_seen, q->used->idx);
		book[0].count = used_descs = 0;
		check_free(q);
	}
	destroy_queue(q);
}

/* However far the index jumps, each place of the ring is looked at once. */
static void looks_once(void **state)
{
	struct virtq *q = queue(8);
	u32 len;

	drive_post(q, 1, 1, 1);		/* descriptor 0, as all entries say */
	q->used->idx = 0xffff;
	assert_ptr_equal(virtq_take(q, &len), &book[0]);
	assert_int_equal(q->used_seen, 0xffff - 8 + 1);
	assert_null(virtq_take(q, &len));
	assert_true(q->lied);
	destroy_queue(q);
}

static void random_bytes(void **state)
{
	static u8 data[4000];

	for (unsigned seed = 1; seed <= 300; seed++) {
		srand(seed);
		for (unsigned k = 0; k < sizeof(data); k++)
			data[k] = (u8)(rand() >> 7);
		hostile_run(data, sizeof(data));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(honest),
		cmocka_unit_test(sizes),
		cmocka_unit_test(too_long),
		cmocka_unit_test(bad_ids),
		cmocka_unit_test(jumps),
		cmocka_unit_test(looks_once),
		cmocka_unit_test(random_bytes),
	};

	return cmocka_run_group_tests(tests, start_slabs, NULL);
}
