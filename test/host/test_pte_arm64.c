/* SPDX-License-Identifier: MIT */
/* The VMSAv8-64 codec: every port's properties, and the bits of the manual. */
#include "../../arch/arm64/include/arch/pte.h"

#define PFN_BITS 36
#include "pte_cases.h"

#define XN	(3ul << 53)		/* neither side executes */
#define SOFTWARE (0xful << 55)

/*
 * DDI 0487, D8.3: valid, table or page, AttrIndx, AP[2:1] in 7:6, SH in 9:8, AF,
 * nG; PXN and UXN in 53 and 54.
 */
static void test_bits(void **state)
{
	unsigned long hard = ~(SOFTWARE | 1ul << 62);

	assert_int_equal(pte_table(1).v, 0x1003);
	assert_int_equal(pte_leaf(1, MAP_R, 0).v & hard, XN | 0x1f83);
	assert_int_equal(pte_leaf(1, MAP_W | MAP_USER, 0).v & hard,
			 XN | 0x1f43);
	/* what one side executes, the other does not */
	assert_int_equal(pte_leaf(1, MAP_R | MAP_X | MAP_GLOBAL, 0).v & hard,
			 1ul << 54 | 0x1783);
	assert_int_equal(pte_leaf(1, MAP_R | MAP_X | MAP_USER, 0).v & hard,
			 1ul << 53 | 0x1fc3);
	assert_int_equal(pte_leaf(1, MAP_R | MAP_DEVICE, 0).v & 0x1c, 4);
	/* a leaf above level 0 has no bit 1 */
	assert_int_equal(pte_leaf_at(1, 512, MAP_R, 0).v & 3, 1);
	/* no access: the machine sees nothing */
	assert_int_equal(pte_leaf(1, MAP_USER, 0).v & 1, 0);
	assert_int_equal(pte_leaf_at(1, 512, MAP_USER, 0).v & 1, 0);
	/* the table's own bit forbids stores to all below it */
	assert_int_equal(pte_shared_table(1, false).v & ~SOFTWARE,
			 1ul << 62 | 0x1083);
	/* PTE_RO and PTE_W are opposites */
	assert_int_equal(pte_wrprotect(pte_leaf(1, MAP_W, 0)).v & 0x80, 0x80);
	assert_int_equal(pte_leaf(1, MAP_R, 0).v & PTE_W, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PTE_CASES, cmocka_unit_test(test_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
