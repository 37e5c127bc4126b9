/* SPDX-License-Identifier: MIT */
/*
 * Magazines: last in, first out; what is split off and what stays are together
 * what was there.  And the caches over them, as two CPUs use them in turn.
 */
#include "machine.h"
#include "unit.h"
#include <mm/frames/magazine.h>
#include <mm/frames/page.h>
#include <mm/cache/pagecache.h>
#include <mm/frames/slab.h>

#define ITEMS 100

struct item {
	void *link;
	int n;
};

static struct item items[ITEMS];

static void fill_magazine(struct magazine *m, unsigned n)
{
	memset(m, 0, sizeof(*m));
	for (unsigned i = 0; i < n; i++) {
		items[i].n = (int)i;
		magazine_push(m, &items[i]);
		assert_int_equal(m->count, i + 1);
	}
}

static void last_comes_first(void **state)
{
	struct magazine m;

	fill_magazine(&m, ITEMS);
	for (int i = ITEMS; i-- > 0;)
		assert_ptr_equal(magazine_pop(&m), &items[i]);
	assert_int_equal(m.count, 0);
	assert_null(magazine_pop(&m));
	assert_int_equal(m.count, 0);
}

/* The newest stay, in order; the chain has the others, newest first. */
static void splits(void **state)
{
	for (unsigned keep = 0; keep <= 12; keep++) {
		struct magazine m;
		struct item *it;
		void *chain;
		int next;

		fill_magazine(&m, 10);
		chain = magazine_split(&m, keep);
		next = 10 - (int)min(keep, 10u);
		for (int i = next - 1; i >= 0; i--) {
			it = magazine_next(&chain);
			assert_ptr_equal(it, &items[i]);
		}
		assert_null(magazine_next(&chain));
		assert_int_equal(m.count, 10 - next);
		for (int i = 9; i >= next; i--)
			assert_ptr_equal(magazine_pop(&m), &items[i]);
		assert_null(magazine_pop(&m));
	}
}

static void loads_a_chain(void **state)
{
	struct magazine m, other = { 0 };
	void *chain;

	fill_magazine(&m, 7);
	chain = magazine_split(&m, 0);
	assert_int_equal(m.count, 0);
	magazine_load(&other, chain, 7);
	for (int i = 6; i >= 0; i--)
		assert_ptr_equal(magazine_pop(&other), &items[i]);
	assert_null(magazine_pop(&other));
}

static void holds_its_lock_and_level(void **state)
{
	struct magazine m = { 0 };
	enum ipl old;

	current->ipl = IPL_SOFT;
	old = magazine_enter();
	assert_int_equal(current->ipl, IPL_HIGH);
	magazine_lock(&m);
	assert_int_equal(m.locked, 1);
	magazine_unlock(&m);
	assert_int_equal(m.locked, 0);
	magazine_exit(old);
	assert_int_equal(current->ipl, IPL_SOFT);
	current->ipl = IPL_NONE;
}

static void on_cpu(unsigned n)
{
	cpus[n].id = n;
	current->cpu = &cpus[n];
}

/* One CPU allocates, the other frees: both magazines fill, nothing is lost. */
static void objects_wander(void **state)
{
	struct slab_cache *c = slab_create("wander", 200);
	unsigned long live = slab_objects(), free;
	void *p[500];

	slab_shrink();
	free = page_free_count();
	for (int round = 0; round < 5; round++) {
		on_cpu(round & 1);
		for (int i = 0; i < 500; i++)
			assert_non_null(p[i] = slab_alloc(c));
		assert_int_equal(slab_objects(), live + 500);
		on_cpu(!(round & 1));
		for (int i = 0; i < 500; i++)
			slab_free(c, p[i]);
		assert_int_equal(slab_objects(), live);
	}
	on_cpu(0);
	assert_true(page_free_count() < free);
	assert_true(slab_shrink() > 0);
	assert_int_equal(page_free_count(), free);
}

static void frames_wander(void **state)
{
	unsigned long free = page_free_count();
	unsigned long kernel = page_count_kind(PAGE_KERNEL);
	struct page *p[300];

	for (int round = 0; round < 4; round++) {
		on_cpu(round & 1);
		for (int i = 0; i < 300; i++)
			assert_non_null(p[i] = page_alloc(0, PAGE_ANON));
		assert_int_equal(page_free_count(), free - 300);
		assert_int_equal(page_count_kind(PAGE_ANON), 300);
		on_cpu(!(round & 1));
		page_put_many(p, 150);
		for (int i = 150; i < 300; i++)
			page_put(p[i]);
		assert_int_equal(page_free_count(), free);
		assert_int_equal(page_count_kind(PAGE_ANON), 0);
		assert_int_equal(page_count_kind(PAGE_KERNEL), kernel);
	}
	on_cpu(0);
}

/* Frames that wait with another CPU are found before memory is out. */
static void the_last_frame(void **state)
{
	unsigned long free = page_free_count(), n = 0;
	struct page *list = NULL, *p;

	on_cpu(1);
	p = page_alloc(0, PAGE_KERNEL);
	page_put(p);			/* the rest of its block stays there */
	on_cpu(0);
	for (; (p = page_alloc(0, PAGE_KERNEL)); n++)
		push_frame(&list, p);
	assert_int_equal(n, free);
	on_cpu(1);
	assert_null(page_alloc(0, PAGE_KERNEL));
	put_frames(list);
	on_cpu(0);
	assert_int_equal(page_free_count(), free);
}

/* User memory leaves the reserve alone, whichever CPU asks. */
static void the_reserve(void **state)
{
	unsigned long free = page_free_count(), n = 0;
	struct page *list = NULL, *p;

	while ((p = page_alloc(0, PAGE_ANON))) {
		push_frame(&list, p);
		on_cpu(n++ & 1);
	}
	assert_int_equal(page_free_count(), page_reserve());
	assert_true(page_is_low());
	assert_non_null(p = page_alloc(0, PAGE_KERNEL));
	page_put(p);
	put_frames(list);
	on_cpu(0);
	assert_false(page_is_low());
	assert_int_equal(page_free_count(), free);
}

static unsigned told_low;

static void note_low(void)
{
	told_low++;
}

/* Whoever makes room is told when memory gets low, and not before. */
static void low_is_told(void **state)
{
	static const struct writeback_ops ops = { .memory_low = note_low };
	struct page *list = NULL, *p;

	writeback_ops = &ops;
	while ((p = page_alloc(0, PAGE_ANON))) {
		if (!page_is_low())
			assert_int_equal(told_low, 0);
		push_frame(&list, p);
	}
	assert_true(told_low > 0);
	writeback_ops = NULL;
	put_frames(list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(last_comes_first),
		cmocka_unit_test(splits),
		cmocka_unit_test(loads_a_chain),
		cmocka_unit_test(holds_its_lock_and_level),
		cmocka_unit_test(objects_wander),
		cmocka_unit_test(frames_wander),
		cmocka_unit_test(the_last_frame),
		cmocka_unit_test(the_reserve),
		cmocka_unit_test(low_is_told),
	};

	return cmocka_run_group_tests(tests, start_slabs, NULL);
}
