/* SPDX-License-Identifier: MIT */
/*
 * Swapping: the operations for the core (mm/tables/soft_entry.h, madvise(2)),
 * and initialization.
 */
#define LOG_PREFIX "swap"
#include "swap.h"
#include <lt/boot.h>
#include <lt/init.h>
#include <lt/log.h>
#include <lt/procfile.h>
#include <mm/vma.h>

/*
 * Return: PAGE_SIZE divided by the number of spaces that use the page of entry
 * e, which is swapped out.
 */
static unsigned long share_of(const pte_t *slot, pte_t e)
{
	/* all spaces that share a table count once in the users of the slot */
	unsigned tables = (unsigned)ref_read(&virt_page(slot)->refs), users;

	spin_lock(&swap_lock);
	users = slot_of((unsigned)pte_soft_value(e))->users;
	spin_unlock(&swap_lock);
	return PAGE_SIZE / (max(users, 1u) + tables - 1);
}

unsigned long swap_pages_out(struct vm_space *s, uaddr_t at, uaddr_t end,
			     unsigned long *share)
{
	unsigned long n = 0;

	while (at < end) {
		unsigned long span;
		unsigned level = 0;
		uaddr_t next;
		pte_t *slot;

		spin_lock(&s->pt_lock);
		slot = pt_walk(s->root, at, &level, PT_READ);
		span = 1ul << PT_SHIFT(level ? level : 1);
		next = min(end, ALIGN_DOWN(at, span) + span);
		for (; slot && !level && at < next; slot++, at += PAGE_SIZE) {
			pte_t e = pte_read(slot);

			if (!pte_is_soft_entry(e) ||
			    pte_soft_kind(e) != PTE_KIND_SWAP)
				continue;
			n++;
			if (share)
				*share += share_of(slot, e);
		}
		spin_unlock(&s->pt_lock);
		at = next;
	}
	return n;
}

static const struct soft_entry_ops ops = {
	.fault = swap_fault,
	.bring = shared_bring,
	.left = shared_left,
	.copy = swap_dup,
	.zap = swap_zap,
	.in_memory = swap_in_memory,
	.out = swap_pages_out,
	.advise = swap_out_range,
	.make_room = swap_make_room,
	.memory_low = reclaim_memory_low,
	.figures = area_figures,
	.show_areas = area_show,
};

SYSCTL_NUMBERS(numbers) = {
	{ "vm/swappiness", &swappiness, 0, 200 },
	{ "vm/page-cluster", &page_cluster, 0, 31 },
};

static void swap_init(void)
{
	const char *name = boot_option("replacement");

	area_init();
	swap_io_init();
	lab_init();
	reclaim_init();
	soft_entry = &ops;
	if (name && replacement_find(name))
		replacement = replacement_find(name);
	else if (name)
		log_warn("replacement=%s: no such policy", name);
}
INIT(ready, swap_init);
