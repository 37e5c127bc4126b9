/* SPDX-License-Identifier: MIT */
/* The buddy allocator: no overlap, no loss, merging back to where it began. */
#include "machine.h"
#include "unit.h"
#include <mm/frames/page.h>

#define FRAMES	(16u << 20 >> PAGE_SHIFT)	/* of start_slabs() */
#define BLOCKS 500

static struct page *blocks[BLOCKS];
static u8 owner[FRAMES];

/* Mark the frames of a block; they must be what they should. */
static void mark(struct page *p, unsigned order, u8 from, u8 to)
{
	unsigned long at = page_pfn(p) - page_first;

	assert_true(IS_ALIGNED(page_pfn(p), 1ul << order));
	for (unsigned long i = 0; i < 1ul << order; i++) {
		assert_int_equal(owner[at + i], from);
		owner[at + i] = to;
	}
}

static void drain(void)
{
	/* a large request that cannot be met empties the hot stack */
	struct page *all[64], *p;
	unsigned n = 0;

	while ((p = page_alloc(PAGE_MAX_ORDER, PAGE_KERNEL)))
		all[n++] = p;
	while (n)
		page_put(all[--n]);
}

static void random_blocks(void **state)
{
	unsigned long before[PAGE_MAX_ORDER + 1], after[PAGE_MAX_ORDER + 1];
	unsigned long free = page_free_count();

	drain();
	page_free_blocks(before);
	for (unsigned seed = 1; seed <= 5; seed++) {
		srand(seed);
		for (int op = 0; op < 20000; op++) {
			struct page **b = &blocks[rand() % BLOCKS];

			if (*b) {
				mark(*b, (*b)->order, 1, 0);
				page_put(*b);
				*b = NULL;
			} else {
				unsigned o = rand() % 100 < 80 ? 0 :
					rand() % (PAGE_MAX_ORDER - 2);

				*b = page_alloc(o, PAGE_ANON);
				if (*b)
					mark(*b, o, 0, 1);
			}
		}
		for (int i = 0; i < BLOCKS; i++)
			if (blocks[i]) {
				mark(blocks[i], blocks[i]->order, 1, 0);
				page_put(blocks[i]);
				blocks[i] = NULL;
			}
		assert_int_equal(page_free_count(), free);
		assert_int_equal(page_count_kind(PAGE_ANON), 0);
	}
	drain();
	page_free_blocks(after);
	assert_memory_equal(before, after, sizeof(before));
}

static void exhaustion(void **state)
{
	unsigned long free = page_free_count(), n = 0;
	unsigned long count[PAGE_MAX_ORDER + 1];
	struct page *list = NULL, *p;

	for (; (p = page_alloc(0, PAGE_KERNEL)); n++)
		push_frame(&list, p);
	assert_int_equal(n, free);
	assert_int_equal(page_free_count(), 0);
	assert_null(page_alloc_zero(PAGE_KERNEL));
	put_frames(list);
	assert_int_equal(page_free_count(), free);
	/* a CPU keeps few of them to itself: the rest is in blocks again */
	page_free_blocks(count);
	assert_true(count[0] < free / 16);
}

static void broken_block(void **state)
{
	unsigned long free = page_free_count();
	struct page *p = page_alloc(4, PAGE_ANON);

	page_get(p);
	page_break_block(p);
	for (int i = 0; i < 16; i++) {
		assert_int_equal(ref_read(&p[i].refs), 2);
		page_put(p + i);
		page_put(p + i);
	}
	assert_int_equal(page_free_count(), free);
}

static void injected_failure(void **state)
{
	struct page *p;

	fault_inject_set(3);
	for (int i = 1; i <= 5; i++) {
		p = page_alloc(0, PAGE_KERNEL);
		assert_int_equal(p == NULL, i == 3);
		if (p)
			page_put(p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_blocks),
		cmocka_unit_test(exhaustion),
		cmocka_unit_test(broken_block),
		cmocka_unit_test(injected_failure),
	};

	return cmocka_run_group_tests(tests, start_slabs, NULL);
}
