/* SPDX-License-Identifier: MIT */
/* Radix trees and ids against a flat array; out-of-memory at each step. */
#include "machine.h"
#include "unit.h"
#include <mm/cache/idr.h>
#include <mm/cache/radix.h>
#include <mm/frames/slab.h>

#define KEYS 600

static unsigned long keys[KEYS];
static void *held[KEYS];

static void make_keys(void)
{
	static const unsigned long scale[] = {
		1, 64, 4096, 1 << 18, 1 << 24, 1ul << 40, 1ul << 58
	};

	for (int i = 0; i < KEYS; i++) {
		bool again = true;

		while (again) {
			keys[i] = (unsigned long)(rand() % 80) *
				scale[rand() % 7] + rand() % 3;
			again = false;
			for (int j = 0; j < i; j++)
				again |= keys[j] == keys[i];
		}
	}
}

static void check_order(const struct radix *r)
{
	unsigned long at = 0;
	int seen = 0, expect = 0;
	bool first = true;
	unsigned long last = 0;

	for (int i = 0; i < KEYS; i++)
		expect += held[i] != NULL;
	for (;;) {
		void *item = radix_next(r, &at);

		if (!item)
			break;
		assert_true(first || at > last);
		assert_ptr_equal(radix_get(r, at), item);
		first = false;
		last = at;
		seen++;
		if (++at == 0)
			break;
	}
	assert_int_equal(seen, expect);
}

static void against_array(void **state)
{
	unsigned long before = slab_objects();
	struct radix r;

	for (unsigned seed = 1; seed <= 4; seed++) {
		srand(seed);
		radix_init(&r);
		memset(held, 0, sizeof(held));
		make_keys();
		for (int op = 0; op < 6000; op++) {
			int i = rand() % KEYS;

			assert_ptr_equal(radix_get(&r, keys[i]), held[i]);
			if (held[i]) {
				assert_ptr_equal(radix_remove(&r, keys[i]),
						 held[i]);
				held[i] = NULL;
			} else {
				held[i] = &keys[i];
				assert_int_equal(radix_set(&r, keys[i],
							   held[i]), 0);
			}
			assert_null(radix_remove(&r, ~0ul - 5));
			if (op % 50 == 0)
				check_order(&r);
		}
		for (int i = 0; i < KEYS; i++)
			radix_remove(&r, keys[i]);
		assert_null(r.root);
		assert_int_equal(r.bits, 0);
	}
	assert_int_equal(slab_objects(), before);
}

static void set_without_memory(void **state)
{
	unsigned long before = slab_objects();
	struct radix r;

	radix_init(&r);
	assert_int_equal(radix_set(&r, 3, &r), 0);
	for (int n = 1; ; n++) {
		int err;

		fault_inject_set(n);
		err = radix_set(&r, 1ul << 40, &keys[0]);
		if (!err)
			break;
		assert_int_equal(err, -ENOMEM);
		assert_ptr_equal(radix_get(&r, 3), &r);
		assert_null(radix_get(&r, 1ul << 40));
		assert_true(n < 30);
	}
	fault_inject_set(0);
	assert_ptr_equal(radix_get(&r, 1ul << 40), &keys[0]);
	radix_remove(&r, 1ul << 40);
	radix_remove(&r, 3);
	assert_int_equal(slab_objects(), before);
}

static void ids(void **state)
{
	struct idr i;
	int id;

	idr_init(&i);
	for (int n = 0; n < 200; n++)
		assert_int_equal(idr_alloc(&i, &keys[n], 0, 199), n);
	assert_int_equal(idr_alloc(&i, keys, 0, 199), -ENOSPC);
	assert_ptr_equal(idr_remove(&i, 77), &keys[77]);
	assert_null(idr_remove(&i, 77));
	assert_int_equal(idr_alloc(&i, keys, 0, 199), 77);
	assert_int_equal(idr_alloc(&i, keys, 300, 400), 300);
	assert_ptr_equal(idr_find(&i, 5), &keys[5]);
	assert_null(idr_find(&i, -1));
	assert_null(idr_find(&i, 299));
	id = 200;
	assert_ptr_equal(idr_next(&i, &id), keys);
	assert_int_equal(id, 300);
	for (id = 0; idr_next(&i, &id); id++)
		idr_remove(&i, id);
	assert_null(i.tree.root);
}

static unsigned long looked;	/* at leaves of trees */

void *const *__real_radix_leaf(const struct radix *r, unsigned long index);
void *const *__wrap_radix_leaf(const struct radix *r, unsigned long index);

void *const *__wrap_radix_leaf(const struct radix *r, unsigned long index)
{
	looked++;
	return __real_radix_leaf(r, index);
}

/* The lowest free id is found without a walk through those that are taken. */
static void many_ids(void **state)
{
	const int many = 32768;
	struct idr i;

	idr_init(&i);
	looked = 0;
	for (int n = 0; n < many; n++)
		assert_int_equal(idr_alloc(&i, keys, 0, many - 1), n);
	assert_true(looked <= 2ul * (unsigned long)many);
	assert_int_equal(idr_alloc(&i, keys, 0, many - 1), -ENOSPC);
	/* what becomes free in the middle is the lowest, wherever one begins */
	for (int n = 1000; n >= 0; n -= 500)
		idr_remove(&i, n);
	assert_int_equal(idr_alloc(&i, keys, 1, many - 1), 500);
	assert_int_equal(idr_alloc(&i, keys, 0, many - 1), 0);
	assert_int_equal(idr_alloc(&i, keys, 0, many - 1), 1000);
	assert_int_equal(idr_alloc(&i, keys, 0, many - 1), -ENOSPC);
	for (int n = 0; n < many; n++)
		idr_remove(&i, n);
	assert_null(i.tree.root);
}

static void cyclic_ids(void **state)
{
	struct idr i;

	idr_init(&i);
	for (int n = 1; n <= 10; n++)
		assert_int_equal(idr_alloc_cyclic(&i, keys, 1, 10), n);
	assert_int_equal(idr_alloc_cyclic(&i, keys, 1, 10), -ENOSPC);
	idr_remove(&i, 4);
	idr_remove(&i, 8);
	assert_int_equal(idr_alloc_cyclic(&i, keys, 1, 10), 4);
	assert_int_equal(idr_alloc_cyclic(&i, keys, 1, 10), 8);
	idr_remove(&i, 4);
	assert_int_equal(idr_alloc_cyclic(&i, keys, 1, 10), 4);
	for (int n = 1; n <= 10; n++)
		idr_remove(&i, n);
}

/* What is taken leaves its nodes to what is set beside it, until the tidying. */
static void taken_then_tidied(void **state)
{
	unsigned long before = slab_objects(), with_one;
	struct radix r;

	radix_init(&r);
	assert_int_equal(radix_set(&r, 5000, &r), 0);
	with_one = slab_objects();
	assert_ptr_equal(radix_take(&r, 5000), &r);
	assert_null(radix_get(&r, 5000));
	assert_null(radix_take(&r, 5000));
	assert_int_equal(slab_objects(), with_one);
	assert_int_equal(radix_set(&r, 5001, &r), 0);
	assert_int_equal(slab_objects(), with_one);
	radix_tidy(&r, 5000);
	assert_ptr_equal(radix_get(&r, 5001), &r);
	assert_ptr_equal(radix_take(&r, 5001), &r);
	radix_tidy(&r, 5001);
	assert_null(r.root);
	assert_int_equal(slab_objects(), before);
}

/* Ids that come and go in every order, round and round, with few nodes kept. */
static void ids_go_round(void **state)
{
	enum { MAX = 5000, LIVE = 40 };
	unsigned long before = slab_objects();
	int live[LIVE] = { 0 };
	struct idr i;

	idr_init(&i);
	srand(3);
	for (int op = 0; op < 60000; op++) {
		int *one = &live[rand() % LIVE];

		if (*one) {
			assert_ptr_equal(idr_remove(&i, *one), one);
			assert_null(idr_find(&i, *one));
			*one = 0;
		} else {
			*one = idr_alloc_cyclic(&i, one, 1, MAX);
			assert_in_range(*one, 1, MAX);
			assert_ptr_equal(idr_find(&i, *one), one);
		}
		/* a leaf each, the nodes above them, and the path kept */
		assert_true(slab_objects() - before <= LIVE + 2 + 1 + 3);
	}
	for (int n = 0; n < LIVE; n++)
		if (live[n])
			idr_remove(&i, live[n]);
	/* of 5,000 ids in a tree of three levels one path stays at most */
	assert_true(slab_objects() - before <= 3);
	idr_shrink(&i);
	assert_null(i.tree.root);
	assert_int_equal(slab_objects(), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(against_array),
		cmocka_unit_test(set_without_memory),
		cmocka_unit_test(ids),
		cmocka_unit_test(cyclic_ids),
		cmocka_unit_test(taken_then_tidied),
		cmocka_unit_test(ids_go_round),
		cmocka_unit_test(many_ids),
	};

	return cmocka_run_group_tests(tests, start_slabs, NULL);
}
