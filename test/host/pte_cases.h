/* SPDX-License-Identifier: MIT */
/*
 * Properties that the page-table entry codec of every port has, for a test
 * that included that port's <arch/pte.h> and defined PFN_BITS (row A4).
 */
#ifndef TEST_PTE_CASES_H
#define TEST_PTE_CASES_H

#include "unit.h"

static pfn_t random_pfn(void)
{
	return ((pfn_t)random() << 20 ^ (pfn_t)random()) &
		(((pfn_t)1 << PFN_BITS) - 1);
}

/* Codec and back: nothing is lost, nothing is added but W implies R. */
static void test_leaf(void **state)
{
	static const unsigned long softs[] = {
		0, PTE_COW, PTE_SPECIAL, PTE_COW | PTE_SPECIAL,
	};

	for (unsigned round = 0; round < 4096; round++) {
		unsigned prot = round & (MAP_RWX | MAP_USER | MAP_GLOBAL);
		unsigned long soft = softs[random() & 3];
		pfn_t pfn = random_pfn();
		pte_t p = pte_leaf(pfn, prot, soft);

		assert_true(pte_present(p) && !pte_none(p));
		assert_true(pte_is_leaf(p, 0));
		assert_int_equal(pte_pfn(p), pfn);
		assert_int_equal(pte_soft(p), soft);
		assert_int_equal(pte_prot(p) & MAP_W, prot & MAP_W);
		assert_true(!(prot & MAP_R) || (pte_prot(p) & MAP_R));
		if (prot & MAP_RWX) {
			assert_true(pte_accessed(p));
			assert_int_equal(pte_prot(p) & MAP_USER,
					 prot & MAP_USER);
		}
		if (prot & MAP_W)
			assert_true(pte_dirty(p));
	}
}

/* The small operations change what they say and nothing else. */
static void test_edit(void **state)
{
	for (unsigned round = 0; round < 4096; round++) {
		unsigned prot = (round & (MAP_RWX | MAP_USER)) | MAP_R;
		pte_t p = pte_leaf(random_pfn(), prot, 0);
		pte_t ro = pte_wrprotect(p);
		pte_t cow = pte_set_soft(ro, PTE_COW);

		assert_false(pte_prot(ro) & MAP_W);
		assert_int_equal(pte_prot(ro) | (prot & MAP_W), pte_prot(p));
		assert_int_equal(pte_pfn(ro), pte_pfn(p));
		assert_int_equal(pte_dirty(ro), pte_dirty(p));
		assert_int_equal(pte_soft(cow), PTE_COW);
		assert_int_equal(pte_prot(cow), pte_prot(ro));
		assert_int_equal(pte_pfn(cow), pte_pfn(ro));
		assert_int_equal(pte_soft(pte_clear_soft(cow, PTE_COW)), 0);
	}
}

static void test_table(void **state)
{
	for (unsigned level = 1; level < PT_LEVELS; level++) {
		pfn_t pfn = random_pfn();
		pte_t t = pte_table(pfn);

		assert_true(pte_present(t));
		assert_false(pte_is_leaf(t, level));
		assert_int_equal(pte_pfn(t), pfn);
		if (!PT_SUPER(level))
			continue;
		pfn &= ~(((pfn_t)1 << (PT_SHIFT(level) - 12)) - 1);
		t = pte_leaf_at(level, pfn, MAP_R | MAP_W | MAP_USER, 0);
		assert_true(pte_present(t) && pte_is_leaf(t, level));
		assert_int_equal(pte_pfn(t), pfn);
	}
}

static void test_slot(void **state)
{
	pte_t slot = { 0 };
	pte_t p = pte_leaf(random_pfn(), MAP_R | MAP_USER, 0);

	assert_true(pte_none(slot) && !pte_present(slot));
	pte_write(&slot, p);
	assert_int_equal(pte_pfn(pte_read(&slot)), pte_pfn(p));
	assert_int_equal(pte_pfn(pte_xchg(&slot, (pte_t){ 0 })), pte_pfn(p));
	assert_true(pte_none(pte_read(&slot)));
}

/* A software entry is neither none nor present, whatever is in it. */
static void test_soft_entry(void **state)
{
	for (unsigned round = 0; round < 4096; round++) {
		enum pte_kind kind = 1 + random() % 3;
		unsigned long value = random_pfn() >> round % 20;
		pte_t p = pte_soft_entry(kind, value);

		assert_true(pte_is_soft_entry(p));
		assert_false(pte_none(p) || pte_present(p));
		assert_false(pte_writable(p) || pte_accessed(p) ||
			     pte_dirty(p));
		assert_int_equal(pte_soft(p), PTE_SPECIAL);
		assert_int_equal(pte_soft_kind(p), kind);
		assert_int_equal(pte_soft_value(p), value);
		p = pte_leaf(random_pfn(), round & (MAP_RWX | MAP_USER), 0);
		assert_false(pte_is_soft_entry(p));
	}
	assert_false(pte_is_soft_entry((pte_t){ 0 }));
}

#define PTE_CASES \
	cmocka_unit_test(test_leaf), cmocka_unit_test(test_edit), \
	cmocka_unit_test(test_table), cmocka_unit_test(test_slot), \
	cmocka_unit_test(test_soft_entry)

#endif
