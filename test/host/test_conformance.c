/* SPDX-License-Identifier: MIT */
/*
 * The arch contract on the host's own port: the obligations that
 * topics/selftest/arch.c holds the real ports to, on a machine whose TLB is
 * tagged and exact, so that a flush of the wrong page or the wrong space
 * fails here (rows A12, B4).
 */
#include "machine.h"
#include "unit.h"
#include <mm/uaccess.h>
#include <mm/vm.h>
#include <mm/vma.h>
#include <uapi/mman.h>

#define PFN_BITS 20
#include "pte_cases.h"

#define TEST_VA		0x40000000ul
#define OTHER_VA	(TEST_VA + PAGE_SIZE)

static paddr_t root;
static struct page *frame[2];

/* A table with two pages mapped by the first frame, which holds 0xa. */
static int open_scratch(void **state)
{
	root = pt_root_create();
	for (unsigned i = 0; i < 2; i++) {
		frame[i] = page_alloc_zero(PAGE_ANON);
		*(u8 *)page_virt(frame[i]) = (u8)(0xa + i);
	}
	arch_tlb_all();
	arch_mmu_activate(root, 1);
	/* what the machine may do is seen by doing wrong */
	tlbcheck_expect(true, FIND_USER);
	tlbcheck_expect(true, FIND_REUSED);
	tlbcheck_expect(true, FIND_COUNT);
	return 0;
}

static pte_t *entry_of(vaddr_t va)
{
	unsigned level = 0;
	pte_t *slot = pt_walk(root, va, &level, PT_MAKE);

	assert_non_null(slot);
	return slot;
}

static void map_at(vaddr_t va, unsigned i, unsigned prot)
{
	pte_write(entry_of(va), pte_leaf(page_pfn(frame[i]),
					prot | MAP_USER, 0));
}

static u8 seen_at(vaddr_t va)
{
	u8 *p = host_access(va, FAULT_READ);

	assert_non_null(p);
	return *p;
}

static int close_scratch(void **state)
{
	pte_write(entry_of(TEST_VA), (pte_t){ 0 });
	pte_write(entry_of(OTHER_VA), (pte_t){ 0 });
	arch_mmu_activate(0, 0);
	arch_tlb_all();
	tlbcheck_expect(false, FIND_USER);
	tlbcheck_expect(false, FIND_REUSED);
	tlbcheck_expect(false, FIND_COUNT);
	page_put(frame[0]);
	page_put(frame[1]);
	return 0;
}

/* The machine may keep what it has seen: else these tests prove nothing. */
static void stale_without_flush(void **state)
{
	map_at(TEST_VA, 0, MAP_R);
	assert_int_equal(seen_at(TEST_VA), 0xa);
	map_at(TEST_VA, 1, MAP_R);
	assert_int_equal(seen_at(TEST_VA), 0xa);
	assert_int_equal(tlbcheck_expect(true, FIND_USER), 1);
}

static void page_flush_is_exact(void **state)
{
	map_at(TEST_VA, 0, MAP_R);
	map_at(OTHER_VA, 0, MAP_R);
	assert_int_equal(seen_at(TEST_VA), 0xa);
	assert_int_equal(seen_at(OTHER_VA), 0xa);
	map_at(TEST_VA, 1, MAP_R);
	map_at(OTHER_VA, 1, MAP_R);
	arch_tlb_page(1, TEST_VA);
	assert_int_equal(seen_at(TEST_VA), 0xb);
	assert_int_equal(seen_at(OTHER_VA), 0xa);
	arch_tlb_page(2, OTHER_VA);
	assert_int_equal(seen_at(OTHER_VA), 0xa);
	assert_int_equal(tlbcheck_expect(true, FIND_USER), 1);
}

static void space_flush_is_exact(void **state)
{
	map_at(TEST_VA, 0, MAP_R);
	assert_int_equal(seen_at(TEST_VA), 0xa);
	map_at(TEST_VA, 1, MAP_R);
	arch_tlb_asid(2);
	assert_int_equal(seen_at(TEST_VA), 0xa);
	arch_tlb_asid(1);
	assert_int_equal(seen_at(TEST_VA), 0xb);
	map_at(TEST_VA, 0, MAP_R);
	arch_tlb_all();
	assert_int_equal(seen_at(TEST_VA), 0xa);
}

static void identifiers_separate(void **state)
{
	map_at(TEST_VA, 0, MAP_R);
	assert_int_equal(seen_at(TEST_VA), 0xa);
	map_at(TEST_VA, 1, MAP_R);
	arch_mmu_activate(root, 2);
	assert_int_equal(seen_at(TEST_VA), 0xb);
	arch_mmu_activate(root, 1);	/* no flush implied: still its own */
	assert_int_equal(seen_at(TEST_VA), 0xa);
}

/* Two pages of a real space with nothing behind them, at *at. */
static struct vm_space *two_pages(uaddr_t *at)
{
	struct vm_space *s = new_space(0x70000000);

	s->limit_as = s->limit_data = s->limit_stack = ~0ul;
	*at = 0;
	assert_int_equal(vm_map(s, 0, 3 * PAGE_SIZE, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, NULL, 0, at), 0);
	assert_int_equal(vm_unmap(s, *at + 2 * PAGE_SIZE, PAGE_SIZE), 0);
	use_space(s);
	return s;
}

static void copies_count_exactly(void **state)
{
	uaddr_t at, end;
	struct vm_space *s = two_pages(&at);
	char buf[64];

	end = at + 2 * PAGE_SIZE;
	memset(buf, 'x', sizeof(buf));
	assert_int_equal(arch_copy_out(end - 64, buf, 64), 0);
	assert_int_equal(arch_copy_out(end - 24, buf, 64), 40);
	assert_int_equal(arch_copy_in(buf, end - 10, 64), 54);
	assert_int_equal(arch_clear_user(end - 8, 64), 56);
	assert_int_equal(arch_copy_in(buf, end - 9, 9), 0);
	assert_memory_equal(buf, "x\0\0\0\0\0\0\0\0", 9);
	assert_int_equal(arch_copy_in(buf, end, 1), 1);
	vm_space_put(s);
}

static void strings_end(void **state)
{
	uaddr_t at, end;
	struct vm_space *s = two_pages(&at);
	char buf[16];

	end = at + 2 * PAGE_SIZE;
	assert_int_equal(arch_copy_out(end - 4, "abc", 4), 0);
	assert_int_equal(arch_strncpy_in(buf, end - 4, 16), 3);
	assert_string_equal(buf, "abc");
	assert_int_equal(arch_strncpy_in(buf, end - 4, 3), 3);
	assert_int_equal(arch_copy_out(end - 4, "abcd", 4), 0);
	assert_int_equal(arch_strncpy_in(buf, end - 4, 16), -EFAULT);
	assert_int_equal(arch_strncpy_in(buf, end, 16), -EFAULT);
	vm_space_put(s);
}

static void layout(void **state)
{
	assert_true(IS_ALIGNED(USER_TOP, PAGE_SIZE));
	assert_true((KSTACK_SIZE & (KSTACK_SIZE - 1)) == 0);
	assert_ptr_equal(phys_to_virt(virt_to_phys(page_virt(frame[0]))),
			 page_virt(frame[0]));
}

#define SCRATCH(f) \
	cmocka_unit_test_setup_teardown(f, open_scratch, close_scratch)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PTE_CASES,
		SCRATCH(layout),
		SCRATCH(stale_without_flush),
		SCRATCH(page_flush_is_exact),
		SCRATCH(space_flush_is_exact),
		SCRATCH(identifiers_separate),
		cmocka_unit_test(copies_count_exactly),
		cmocka_unit_test(strings_end),
	};

	return cmocka_run_group_tests(tests, start_spaces, NULL);
}
