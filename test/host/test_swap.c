/* SPDX-License-Identifier: MIT */
/* The header of a swap area, and the map of its slots (row D13). */
#include "heap.h"
#include "unit.h"

#include <topics/swap/layout.h>

/* ---- the header ---------------------------------------------------------- */

static u8 page[SWAP_PAGE];

static void put_word(unsigned at, u32 v)
{
	memcpy(page + at, &v, sizeof(v));
}

/* As mkswap(8) makes it, for `pages` pages. */
static void make_header(u32 pages)
{
	memset(page, 0, sizeof(page));
	put_word(1024, 1);
	put_word(1028, pages - 1);
	memset(page + 1036, 'u', 16);
	memcpy(page + 1052, "a label", 7);
	memcpy(page + SWAP_MAGIC_AT, "SWAPSPACE2", 10);
}

static bool good(u64 size, bool regular)
{
	struct swap_header h;
	const char *why = NULL;
	bool ok = swap_header_parse(page, size, regular, &h, &why);

	assert_true(ok == !why);
	return ok;
}

static void test_header(void **state)
{
	struct swap_header h;
	const char *why;

	make_header(100);
	assert_true(swap_header_parse(page, 100, true, &h, &why));
	assert_int_equal(h.pages, 100);
	assert_int_equal(h.nr_bad, 0);
	assert_string_equal(h.label, "a label");
	assert_memory_equal(h.uuid, "uuuuuuuuuuuuuuuu", 16);
	assert_true(good(1000, true));
	assert_false(good(99, true));
	put_word(1024, 2);
	assert_false(good(100, true));
	put_word(1024, 0x01000000);		/* the other order of bytes */
	put_word(1028, __builtin_bswap32(99));
	assert_true(good(100, true));
	make_header(1);
	assert_false(good(100, true));
	make_header(0);
	assert_false(good(~0ull, true));
	make_header(100);
	page[SWAP_PAGE - 1] = '1';
	assert_false(good(100, true));
}

static void test_bad_pages(void **state)
{
	make_header(100);
	put_word(1032, 2);
	put_word(1536, 5);
	put_word(1540, 99);
	assert_true(good(100, false));
	assert_false(good(100, true));
	assert_int_equal(swap_header_bad(page, 1), 99);
	put_word(1540, 100);
	assert_false(good(100, false));
	put_word(1540, 0);
	assert_false(good(100, false));
	make_header(100);
	put_word(1032, SWAP_BAD_MAX + 1);
	assert_false(good(100, false));
}

/* ---- slots --------------------------------------------------------------- */

static void test_slots(void **state)
{
	enum { SIZE = 1500 };
	struct slots *s = slots_create(SIZE);
	static u8 taken[SIZE];
	unsigned used = 0;

	assert_non_null(s);
	slots_mark_bad(s, 0);
	slots_mark_bad(s, 0);
	slots_mark_bad(s, 777);
	assert_int_equal(s->good, SIZE - 2);
	for (unsigned round = 0; round < 200000; round++) {
		unsigned i;

		if (random() % 3) {
			i = slots_take(s);
			assert_int_equal(i == SLOT_NONE, used == SIZE - 2);
			if (i == SLOT_NONE)
				continue;
			assert_true(i != 0 && i != 777 && i < SIZE);
			assert_false(taken[i]);
			slots_at(s, i)->users = 1;
			taken[i] = 1;
			used++;
		} else {
			i = (unsigned)random() % SIZE;
			if (!taken[i])
				continue;
			slots_at(s, i)->users = 0;
			slots_give(s, i);
			taken[i] = 0;
			used--;
		}
		assert_int_equal(s->used, used);
	}
	slots_free(s);
}

static void test_no_memory(void **state)
{
	for (int n = 0; n < 4; n++) {
		allocations = n;
		assert_null(slots_create(1500));
	}
	allocations = -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_bad_pages),
		cmocka_unit_test(test_slots),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
