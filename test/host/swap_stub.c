/* SPDX-License-Identifier: MIT */
/*
 * Beside the swap cache and the map of slots, which are the kernel's: an area
 * of a few slots, so that a full one is met as well, and a device that is an
 * array.
 */
#include "swap_stub.h"
#include <topics/swap/swap.h>
#include <mm/tables/kmap.h>
#include <mm/vma.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define SLOTS 24

struct area *areas[MAX_AREAS];
struct rwlock areas_lock;
static struct area area = { .on = true };
static u8 disk[SLOTS][PAGE_SIZE];

struct area *area_of(unsigned slot)
{
	return slot < SLOTS ? &area : NULL;
}

struct slot *slot_of(unsigned slot)
{
	return slot < SLOTS ? slots_at(area.slots, slot) : NULL;
}

unsigned area_take_slot(void)
{
	return slots_take(area.slots);
}

/* ---- the device ---------------------------------------------------------- */

int swap_write(struct page **pages, unsigned n)
{
	for (unsigned k = 0; k < n; k++)
		memcpy(disk[page_slot(pages[k])], page_virt(pages[k]),
		       PAGE_SIZE);
	return 0;
}

int swap_read(struct page **pages, unsigned n)
{
	for (unsigned k = 0; k < n; k++) {
		memcpy(page_virt(pages[k]), disk[page_slot(pages[k])],
		       PAGE_SIZE);
		page_unbusy(pages[k], PG_READING);
		page_put(pages[k]);
	}
	return 0;
}

void lab_limit_frames(struct vm_space *s, uaddr_t at)
{
}

void lab_count_fault(struct vm_space *s, uaddr_t at)
{
}

/* ---- out ----------------------------------------------------------------- */

static pte_t *slot_at(struct vm_space *s, uaddr_t at)
{
	unsigned level = 0;
	pte_t *slot = pt_walk(s->root, at, &level, PT_READ);

	return level ? NULL : slot;
}

static bool may_go(struct vm_space *s, uaddr_t at, pte_t e)
{
	struct vma *v = vm_find(s, at);

	return v && v->start <= at && vma_private(v) &&
		!(v->flags & (VM_LOCKED | VM_SPECIAL)) && pte_present(e) &&
		!(pte_soft(e) & PTE_SPECIAL) &&
		pfn_page(pte_pfn(e))->kind == PAGE_ANON;
}

unsigned swap_stub_out(struct vm_space *s, uaddr_t at, uaddr_t end)
{
	unsigned out = 0;

	for (; at < end; at += PAGE_SIZE) {
		pte_t *slot = slot_at(s, at);
		struct page *p = NULL;

		if (!slot || !may_go(s, at, pte_read(slot)) ||
		    !vm_own(s, at, at + PAGE_SIZE))
			continue;
		slot = slot_at(s, at);
		vm_note_rss(s);
		spin_lock(&s->pt_lock);
		p = swap_out_entry(s, at, slot);
		spin_unlock(&s->pt_lock);
		out += p != NULL;
		if (p)
			swap_clean(&p, 1);
	}
	return out;
}

unsigned swap_stub_entries(struct vm_space *s, uaddr_t at, uaddr_t end)
{
	unsigned n = 0;

	for (; at < end; at += PAGE_SIZE) {
		pte_t *slot = slot_at(s, at);

		n += slot && pte_is_soft_entry(pte_read(slot));
	}
	return n;
}

unsigned swap_stub_parts(struct vm_space *s, uaddr_t at, uaddr_t end)
{
	unsigned n = 0;

	for (; at < end; at += PAGE_SIZE) {
		pte_t *slot = slot_at(s, at);

		if (slot && pte_is_soft_entry(pte_read(slot)))
			n += SWAP_STUB_WHOLE /
				(unsigned)ref_read(&virt_page(slot)->refs);
	}
	return n;
}

unsigned swap_stub_used(void)
{
	return area.slots->used;
}

unsigned swap_stub_users(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < SLOTS; i++)
		n += slot_of(i)->users;
	return n;
}

/* ---- begin --------------------------------------------------------------- */

static const struct soft_entry_ops ops = {
	.fault = swap_fault,
	.copy = swap_dup,
	.zap = swap_zap,
	.in_memory = swap_in_memory,
};

void swap_stub_init(void)
{
	area.slots = slots_create(SLOTS);
	assert_non_null(area.slots);
	areas[0] = &area;
	rw_init(&areas_lock, "swap area");
	soft_entry = &ops;
}
