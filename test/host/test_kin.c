/* SPDX-License-Identifier: MIT */
/*
 * A page that forks have shared leaves all spaces that map it, and no other
 * space is asked for it (rows D5, D11).
 */
#include "machine.h"
#include "swap_stub.h"
#include "unit.h"
#include <mm/frames/page.h>
#include <mm/tables/superpage.h>
#include <mm/vma.h>
#include <topics/sharedtables/tableshare.h>
#include <topics/superpages/hugepage.h>
#include <topics/swap/swap.h>
#include <uapi/mman.h>

#define KIN	6u
#define OTHERS	40u
#define ALL	(KIN + OTHERS)
#define PAGES	200u			/* enough for fork to share the table */
#define BASE	(4 * PT_LEAF_SPAN)

static struct vm_space *spaces[ALL];	/* of processes 1, 2, ... */

/* ---- the rest of topics/swap --------------------------------------------- */

struct vm_space *space_of_pid(int pid)
{
	struct vm_space *s = spaces[pid - 1];

	if (s)
		vm_space_get(s);
	return s;
}

enum frame_use shared_use(const struct frame *f)
{
	return FRAME_GONE;
}

struct page *shared_swap_out(const struct frame *f)
{
	return NULL;
}

/* ---- spaces -------------------------------------------------------------- */

static void fill_space(struct vm_space *s)
{
	uaddr_t at = BASE;

	use_space(s);
	assert_int_equal(vm_map(s, at, PAGES * PAGE_SIZE,
				PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, NULL,
				0, &at), 0);
	for (unsigned i = 0; i < PAGES; i++)
		assert_int_equal(poke(BASE + i * PAGE_SIZE, (u8)i), 0);
}

/* Process 1 and what it and its children forked; then others. */
static void start_kin(void)
{
	spaces[0] = begin_with_space(USER_TOP);
	fill_space(spaces[0]);
	for (unsigned i = 1; i < KIN; i++)
		spaces[i] = vm_space_fork(spaces[i / 2]);
	for (unsigned i = KIN; i < ALL; i++) {
		spaces[i] = new_space(USER_TOP);
		fill_space(spaces[i]);
	}
}

static void end_kin(void)
{
	use_space(spaces[0]);
	for (unsigned i = ALL; i--; spaces[i] = NULL)
		if (spaces[i])
			vm_space_put(spaces[i]);
	assert_int_equal(swap_stub_used(), 0);
}

static u32 frame_of(struct vm_space *s, uaddr_t at)
{
	unsigned level = 0;

	return (u32)pte_pfn(pte_read(pt_walk(s->root, at, &level, PT_READ)));
}

static void split_at(struct vm_space *s, uaddr_t at)
{
	unsigned level = 0;
	pte_t *slot;

	spin_lock(&s->pt_lock);
	slot = pt_walk(s->root, at, &level, PT_CHANGE);
	assert_int_equal(level, 1);
	superpage->split(s, slot, at);
	spin_unlock(&s->pt_lock);
}

/* Return: how many spaces were asked. */
static unsigned long swap_out_at(int pid, uaddr_t at)
{
	struct frame f = {
		.pid = pid, .at = at, .pfn = frame_of(spaces[pid - 1], at),
	};
	unsigned long before = swap_looked;
	struct batch b = { .n = 0 };

	batch_swap_out(&b, &f);
	batch_write(&b);
	return swap_looked - before;
}

static unsigned entries_at(uaddr_t at)
{
	unsigned n = 0;

	for (unsigned i = 0; i < ALL; i++)
		if (spaces[i])
			n += swap_stub_entries(spaces[i], at, at + PAGE_SIZE);
	return n;
}

/* ---- tests --------------------------------------------------------------- */

static void only_kin_are_asked(void **state)
{
	start_kin();
	for (int pid = 1; pid <= (int)KIN; pid++) {
		uaddr_t at = BASE + (uaddr_t)pid * PAGE_SIZE;

		assert_int_equal(swap_out_at(pid, at), KIN - 1);
		assert_int_equal(entries_at(at), KIN);
		assert_int_equal(swap_stub_used(), pid);
	}
	/* a page that nobody shares */
	assert_int_equal(swap_out_at(KIN + 1, BASE), 0);
	assert_int_equal(entries_at(BASE), 1);
	for (unsigned i = 0; i < KIN; i++) {
		use_space(spaces[i]);
		for (unsigned k = 0; k < PAGES; k++)
			assert_int_equal(peek(BASE + k * PAGE_SIZE), (u8)k);
	}
	end_kin();
	check_no_leak();
}

/* The search ends with the last mapping, and copies no other kin's table. */
static void no_more_than_needed(void **state)
{
	start_kin();
	for (unsigned i = 1; i < KIN; i++) {
		use_space(spaces[i]);
		assert_int_equal(poke(BASE, 77), 0);
	}
	assert_int_equal(swap_out_at(1, BASE), 0);
	assert_int_equal(entries_at(BASE), 1);
	end_kin();

	start_kin();
	use_space(spaces[KIN - 1]);
	assert_int_equal(poke(BASE, 77), 0);
	assert_int_equal(swap_out_at(KIN, BASE), 0);
	for (unsigned i = 0; i < KIN - 1; i++)
		assert_int_equal(spaces[i]->shared_tables, 1);
	end_kin();
	check_no_leak();
}

/* Kin that still map a superpage lose the one page of it. */
static void page_of_superpages(void **state)
{
	uaddr_t at = BASE;

	spaces[0] = begin_with_space(USER_TOP);
	huge_enabled = true;
	use_space(spaces[0]);
	assert_int_equal(vm_map(spaces[0], at, PT_LEAF_SPAN,
				PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, NULL,
				0, &at), 0);
	at = BASE + 3 * PAGE_SIZE;
	assert_int_equal(poke(at, 3), 0);
	for (unsigned i = 1; i < KIN; i++)
		spaces[i] = vm_space_fork(spaces[0]);
	/* as the sweep splits the superpage of the space that it is in */
	split_at(spaces[2], at);
	assert_int_equal(swap_out_at(3, at), KIN - 1);
	assert_int_equal(entries_at(at), KIN);
	for (unsigned i = 0; i < KIN; i++) {
		use_space(spaces[i]);
		assert_int_equal(peek(at), 3);
		assert_int_equal(peek(at + PAGE_SIZE), 0);
	}
	end_kin();
	huge_enabled = false;
	check_no_leak();
}

/* Whoever has ended is not asked, nor is a space that exec made. */
static void ended_kin(void **state)
{
	start_kin();
	use_space(spaces[1]);
	vm_space_put(spaces[0]);
	vm_space_put(spaces[3]);
	spaces[0] = new_space(USER_TOP);
	spaces[3] = NULL;
	assert_int_equal(swap_out_at(2, BASE), KIN - 3);
	assert_int_equal(entries_at(BASE), KIN - 2);
	end_kin();
	check_no_leak();
}

static int start_swapping(void **state)
{
	start_spaces(state);
	swap_stub_init();
	share_init();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_kin_are_asked),
		cmocka_unit_test(no_more_than_needed),
		cmocka_unit_test(page_of_superpages),
		cmocka_unit_test(ended_kin),
	};

	return cmocka_run_group_tests(tests, start_swapping, NULL);
}
