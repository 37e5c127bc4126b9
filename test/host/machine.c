/* SPDX-License-Identifier: MIT */
/* The machine of the tests of mm, begun, used and looked over. */
#include "machine.h"
#include "unit.h"
#include <kernel/sched/sched.h>
#include <mm/frames/slab.h>
#include <mm/tables/kmap.h>
#include <mm/tables/pt.h>
#include <mm/vma.h>
#include <topics/superpages/hugepage.h>

static void start_frames(unsigned long ram)
{
	stubs_init();
	host_power_on(ram);
	page_init();
	slab_init();
}

int start_slabs(void **state)
{
	start_frames(16 << 20);
	return 0;
}

int start_spaces(void **state)
{
	start_frames(128 << 20);
	kernel_root = page_phys(page_alloc_zero(PAGE_TABLE));
	vm_init();
	huge_init();
	return 0;
}

/* ---- what is in use ------------------------------------------------------ */

static unsigned long free_before, objects_before;

void shrink_caches(void)
{
	slab_shrink();
	pt_shrink();
}

void note_memory(void)
{
	shrink_caches();
	free_before = page_free_count();
	objects_before = slab_objects();
}

void check_no_leak(void)
{
	shrink_caches();
	assert_int_equal(vm_live_vmas(), 0);
	assert_int_equal(slab_objects(), objects_before);
	assert_int_equal(page_free_count(), free_before);
}

void push_frame(struct page **list, struct page *p)
{
	p->private[0] = (unsigned long)*list;
	*list = p;
}

void put_frames(struct page *list)
{
	while (list) {
		struct page *p = list;

		list = (struct page *)p->private[0];
		page_put(p);
	}
}

/* ---- spaces, and the program in them ------------------------------------- */

struct vm_space *new_space(uaddr_t top)
{
	struct vm_space *s = vm_space_create();

	assert_non_null(s);
	s->mmap_top = top;
	return s;
}

void use_space(struct vm_space *s)
{
	vm_space_switch(s);
	host_space = s;
}

struct vm_space *begin_with_space(uaddr_t top)
{
	struct vm_space *s;

	note_memory();
	huge_enabled = false;
	stub_set_privileged(true);
	s = new_space(top);
	s->stack_top = STACK_TOP;
	use_space(s);
	return s;
}

int peek(uaddr_t at)
{
	u8 *p = host_access(at, FAULT_READ);

	return p ? *p : -host_fault_result;
}

int poke(uaddr_t at, u8 v)
{
	u8 *p = host_access(at, FAULT_WRITE);

	if (!p)
		return -host_fault_result;
	*p = v;
	return 0;
}
