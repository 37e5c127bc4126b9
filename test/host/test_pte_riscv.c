/* SPDX-License-Identifier: MIT */
/* The Sv39 codec: every port's properties, and the bits of the manual. */
#include "../../arch/riscv/include/arch/pte.h"

#define PFN_BITS 44
#include "pte_cases.h"

/* Privileged architecture 1.12, 4.4.1: V R W X U G A D from bit 0. */
static void test_bits(void **state)
{
	assert_int_equal(pte_table(1).v, 0x401);
	assert_int_equal(pte_leaf(1, MAP_R, 0).v, 0x443);
	assert_int_equal(pte_leaf(1, MAP_W | MAP_USER, 0).v, 0x4d7);
	assert_int_equal(pte_leaf(1, MAP_R | MAP_X | MAP_GLOBAL, 0).v, 0x46b);
	assert_int_equal(pte_leaf(1, MAP_R, PTE_COW).v, 0x543);
	/* no access: the machine sees nothing */
	assert_int_equal(pte_leaf(1, MAP_USER, 0).v & 1, 0);
	/* bits 54 to 63 are reserved and fault */
	assert_int_equal(pte_leaf(~0ul >> 20, MAP_RWX, PTE_SOFT).v >> 54, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PTE_CASES, cmocka_unit_test(test_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
