/* SPDX-License-Identifier: MIT */
/*
 * The page-table walker against a flat array (row A4); built for both shapes
 * of table.
 */
#include "machine.h"
#include "unit.h"
#include <kernel/debug/tlb_check.h>
#include <mm/tables/kmap.h>
#include <mm/frames/page.h>
#include <mm/tables/pt.h>

/* A window around the border of two upper-level tables. */
#define SPANS	6
#define PAGES	(SPANS * PT_ENTRIES)
#define SUPER	PT_ENTRIES		/* pages of the lowest superpage */

static vaddr_t base;
static pfn_t model[PAGES];		/* 0: not mapped */
static u8 prot_of[PAGES];
static bool super_of[PAGES];
static paddr_t root;
static atomic_t tables;

static vaddr_t address_of(unsigned i)
{
	return base + ((vaddr_t)i << PAGE_SHIFT);
}

static void check_one_page(unsigned i)
{
	unsigned level = 0;
	pte_t *slot = pt_walk(root, address_of(i), &level, PT_READ);
	pte_t e;

	if (!model[i]) {
		assert_true(!slot || (level == 0 && pte_none(pte_read(slot))));
		return;
	}
	assert_non_null(slot);
	e = pte_read(slot);
	assert_true(pte_present(e));
	assert_int_equal(level, super_of[i] ? 1 : 0);
	assert_int_equal(pte_pfn(e) + (super_of[i] ? i % SUPER : 0), model[i]);
	assert_int_equal(pte_prot(e), prot_of[i]);
}

static unsigned each_count;

static void count_leaf(void *arg, vaddr_t va, unsigned level, pte_t *pte)
{
	unsigned i = (va - base) >> PAGE_SHIFT;

	assert_int_equal(pte_pfn(pte_read(pte)), model[i]);
	assert_int_equal(level, super_of[i]);
	each_count += level ? SUPER : 1;
}

static void check_window(void)
{
	unsigned expect = 0;

	for (unsigned i = 0; i < PAGES; i++) {
		check_one_page(i);
		expect += model[i] != 0;
	}
	each_count = 0;
	pt_each(root, base, address_of(PAGES), count_leaf, NULL);
	assert_int_equal(each_count, expect);
}

/* Is there room in the model, and for the tables as they are? */
static bool can_map(unsigned i, unsigned n, pfn_t pfn)
{
	for (unsigned k = i; k < i + n; k++)
		if (model[k])
			return false;
	/* where a superpage would go there must not be an old table */
	for (unsigned k = ALIGN_UP(i, SUPER); k + SUPER <= i + n; k += SUPER) {
		unsigned level = 1;
		pte_t *slot = pt_walk(root, address_of(k), &level, PT_READ);

		if (slot && IS_ALIGNED(pfn + k - i, SUPER) &&
		    !pte_none(pte_read(slot)))
			return false;
	}
	return true;
}

static void op_map(void)
{
	unsigned i = rand() % PAGES, n = 1 + rand() % 40, done = 0;
	pfn_t pfn = 1 + rand() % 5000;
	unsigned prot = MAP_USER | (1 + rand() % 7);

	if (rand() % 8 == 0) {
		i = ALIGN_DOWN(i, SUPER);
		n = SUPER + rand() % 3;
		pfn = SUPER * (1 + rand() % 4);
	}
	if (i + n > PAGES || !can_map(i, n, pfn))
		return;
	assert_int_equal(pt_map(root, address_of(i), pfn << PAGE_SHIFT,
				(unsigned long)n << PAGE_SHIFT, prot), 0);
	while (done < n) {
		bool big = IS_ALIGNED(i + done, SUPER) &&
			IS_ALIGNED(pfn + done, SUPER) && n - done >= SUPER;

		for (unsigned k = 0; k < (big ? SUPER : 1u); k++, done++) {
			model[i + done] = pfn + done;
			prot_of[i + done] = prot;
			super_of[i + done] = big;
		}
	}
}

static void op_unmap(void)
{
	unsigned i = rand() % PAGES, n = 1 + rand() % 200;

	for (unsigned k = i; k < i + n && k < PAGES; k++) {
		unsigned level = 0;
		pte_t *slot;

		if (!model[k] || super_of[k])
			continue;
		slot = pt_walk(root, address_of(k), &level, PT_READ);
		pte_write(slot, (pte_t){ 0 });
		model[k] = 0;
	}
}

static void op_unmap_super(void)
{
	unsigned i = ALIGN_DOWN(rand() % PAGES, SUPER), level = 0;

	if (!model[i] || !super_of[i])
		return;
	pt_super_clear(pt_walk(root, address_of(i), &level, PT_READ));
	memset(&model[i], 0, SUPER * sizeof(model[0]));
	memset(&super_of[i], 0, SUPER * sizeof(super_of[0]));
}

static unsigned forgotten;		/* calls of forget */
static unsigned long kept;		/* tables and frames to be had before */

/* Here the tables are out of the tree, and nobody's yet. */
static void note_forgotten(void *arg)
{
	forgotten++;
	assert_int_equal(pt_spare_tables() + page_free_count(), kept);
}

/* Free tables wherever the model has nothing. */
static void op_free(void)
{
	int before;
	unsigned i = rand() % PAGES, from = i, to = i;

	if (model[i])
		return;
	while (from > 0 && !model[from - 1])
		from--;
	while (to < PAGES && !model[to])
		to++;
	forgotten = 0;
	before = atomic_read(&tables);
	kept = pt_spare_tables() + page_free_count();
	pt_free_range(root, address_of(from), address_of(to), note_forgotten,
		      NULL);
	assert_int_equal(forgotten, atomic_read(&tables) < before);
	for (i = ALIGN_UP(from, SUPER); i + SUPER <= to; i += SUPER) {
		unsigned level = 0;

		assert_null(pt_walk(root, address_of(i), &level, PT_READ));
	}
}

static void against_flat(void **state)
{
	unsigned long free = page_free_count() + pt_spare_tables();

	/* straddle an entry of the root, if there are more levels than two */
	base = (1ul << PT_SHIFT(PT_LEVELS - 1)) - 3 * PT_LEAF_SPAN;
	if (PT_LEVELS == 2)
		base = 16 * PT_LEAF_SPAN;
	for (unsigned seed = 1; seed <= 3; seed++) {
		srand(seed);
		root = pt_root_create();
		pt_root_count(root, &tables);
		memset(model, 0, sizeof(model));
		memset(super_of, 0, sizeof(super_of));
		for (unsigned op = 0; op < 3000; op++) {
			switch (rand() % 8) {
			case 0:
				op_free();
				break;
			case 1: case 2: case 3:
				op_unmap();
				break;
			case 4:
				op_unmap_super();
				break;
			default:
				op_map();
			}
			if (op % 100 == 0)
				check_window();
		}
		/* a destroyed root takes its tables along, mapped or not */
		for (unsigned i = 0; i < PAGES; i++)
			if (model[i] && super_of[i]) {
				unsigned level = 0;

				pt_super_clear(pt_walk(root, address_of(i),
						       &level, PT_READ));
				memset(&super_of[i], 0, SUPER);
				memset(&model[i], 0,
				       SUPER * sizeof(model[0]));
			} else if (model[i]) {
				unsigned level = 0;

				pte_write(pt_walk(root, address_of(i), &level,
						  false), (pte_t){ 0 });
			}
		pt_root_destroy(root);
		assert_int_equal(atomic_read(&tables), 0);
		assert_int_equal(page_free_count() + pt_spare_tables(), free);
	}
	pt_shrink();
	assert_int_equal(page_free_count(), free);
}

static void codec(void **state)
{
	for (unsigned prot = 0; prot < 32; prot++)
		for (unsigned soft = 0; soft < 4; soft++) {
			unsigned long s = (soft & 1 ? PTE_COW : 0) |
				(soft & 2 ? PTE_SPECIAL : 0);
			pte_t e = pte_leaf(0x12345, prot, s);

			assert_true(pte_present(e) && pte_is_leaf(e, 0));
			assert_int_equal(pte_pfn(e), 0x12345);
			assert_int_equal(pte_prot(e), prot);
			assert_int_equal(pte_soft(e), s);
			assert_false(pte_writable(pte_wrprotect(e)));
			assert_int_equal(pte_soft(pte_set_soft(e, PTE_COW)),
					 s | PTE_COW);
			assert_int_equal(pte_soft(pte_clear_soft(e, PTE_SOFT)),
					 0);
		}
	assert_false(pte_is_leaf(pte_table(7), 1));
	assert_int_equal(pte_pfn(pte_table(7)), 7);
	assert_true(pte_none((pte_t){ 0 }));
}

static void walk_without_memory(void **state)
{
	unsigned long free = page_free_count();

	root = pt_root_create();
	for (int n = 1; n <= PT_LEVELS - 1; n++) {
		unsigned level = 0;

		fault_inject_set(n);
		assert_null(pt_walk(root, 0x54321000, &level, PT_MAKE));
	}
	for (int n = 1; n <= PT_LEVELS - 1; n++) {
		fault_inject_set(n);
		assert_int_equal(pt_map(root, 0x54321000, 0, PAGE_SIZE, MAP_R),
				 -ENOMEM);
	}
	fault_inject_set(0);
	pt_root_destroy(root);
	pt_shrink();
	assert_int_equal(page_free_count(), free);
}

static int start_tables(void **state)
{
	start_slabs(state);
	kernel_root = page_phys(page_alloc_zero(PAGE_TABLE));
	/* the entries name any frames, hold no references, and nobody fetches */
	tlbcheck_expect(true, FIND_COUNT);
	tlbcheck_expect(true, FIND_CODE);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(codec),
		cmocka_unit_test(against_flat),
		cmocka_unit_test(walk_without_memory),
	};

	return cmocka_run_group_tests(tests, start_tables, NULL);
}
