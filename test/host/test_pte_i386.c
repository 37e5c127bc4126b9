/* SPDX-License-Identifier: MIT */
/* The i386 codec: every port's properties, and the bits of the manual. */
#include "../../arch/i386/include/arch/pte.h"

#define PFN_BITS 20
#include "pte_cases.h"

/* Intel SDM volume 3, 4.3: P RW US PWT PCD A D PS/PAT G from bit 0. */
static void test_bits(void **state)
{
	assert_int_equal(pte_table(1).v & 0xfffff007, 0x1007);
	assert_int_equal(pte_leaf(1, MAP_R | MAP_USER, 0).v & 0x27, 0x25);
	assert_int_equal(pte_leaf(1, MAP_W | MAP_USER, 0).v & 0x67, 0x67);
	assert_int_equal(pte_leaf(1, MAP_R, 0).v & 0x27, 0x21);
	assert_int_equal(pte_leaf_at(1, 0x400, MAP_R, 0).v & 0x81, 0x81);
	/* no access: the machine sees nothing */
	assert_int_equal(pte_leaf(1, MAP_USER, 0).v & 1, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PTE_CASES, cmocka_unit_test(test_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
