/* SPDX-License-Identifier: MIT */
/*
 * Find the memory that is free at boot: the RAM that the firmware reports,
 * except for the parts already in use (row A5).
 *
 *   RAM    |##firmware##|###kernel###|            |##initrd##|          |
 *   taken                             |###records####|
 *   free                                             |free|  |   free   |
 */
#define LOG_PREFIX "mm"
#include <lib/mem.h>
#include <lt/arch.h>
#include <lt/boot.h>
#include <lt/bug.h>
#include <lt/check.h>
#include "zone.h"

/*
 * Ranges never handed out: boot_info's list, the kernel image, the page array.
 */
#define MAX_TAKEN (BOOT_RANGES + 5)
static struct boot_range taken[MAX_TAKEN];
static unsigned taken_count;

static void take_range(paddr_t base, unsigned long size)
{
	if (!size)
		return;
	ASSERT(taken_count < MAX_TAKEN);
	taken[taken_count++] = (struct boot_range){ base, size };
}

/*
 * Find the first free run of whole frames in [at, end).
 * Return: the address of the run, with the run's end in *stop.  If there is no
 * run, both are equal.
 */
static paddr_t next_free(paddr_t at, paddr_t end, paddr_t *stop)
{
	bool moved = true;

	at = ALIGN_UP(at, PAGE_SIZE);
	while (moved) {
		moved = false;
		for (unsigned i = 0; i < taken_count; i++) {
			paddr_t to = taken[i].base + taken[i].size;

			if (at >= taken[i].base && at < to) {
				at = ALIGN_UP(to, PAGE_SIZE);
				moved = true;
			}
		}
	}
	*stop = ALIGN_DOWN(end, PAGE_SIZE);
	for (unsigned i = 0; i < taken_count; i++)
		if (taken[i].base >= at && taken[i].base < *stop)
			*stop = ALIGN_DOWN(taken[i].base, PAGE_SIZE);
	if (*stop < at)
		*stop = at;
	return at;
}

bool page_each_free(page_range_fn fn, void *arg)
{
	for (unsigned i = 0; i < boot_info.ram_count; i++) {
		paddr_t at = boot_info.ram[i].base;
		paddr_t end = at + boot_info.ram[i].size, stop;

		while (at < end) {
			at = next_free(at, end, &stop);
			if (at < stop && fn(at, stop, arg))
				return true;
			at = stop > at ? stop : at + PAGE_SIZE;
		}
	}
	return false;
}

struct place {
	unsigned long size;
	paddr_t at;		/* 0: none yet */
};

static bool place_in(paddr_t from, paddr_t to, void *arg)
{
	struct place *p = arg;

	if (to - from < p->size)
		return false;
	p->at = from;
	take_range(from, p->size);
	return true;
}

paddr_t page_take(unsigned long size)
{
	struct place p = { .size = size };

	page_each_free(place_in, &p);
	return p.at;
}

/*
 * Find the first and the last frame of the array, which spans all banks of
 * memory.  A hole between two banks only costs memory for its records.  These
 * records stay PAGE_RESERVED, so nothing merges with them.
 */
static void find_bounds(void)
{
	page_first = ~0ul;
	for (unsigned i = 0; i < boot_info.ram_count; i++) {
		const struct boot_range *r = &boot_info.ram[i];
		pfn_t end = (r->base + r->size) >> PAGE_SHIFT;

		page_first = min(page_first, (pfn_t)(r->base >> PAGE_SHIFT));
		page_end = max(page_end, end);
	}
}

static void take_known(void)
{
	for (unsigned i = 0; i < boot_info.reserved_count; i++)
		take_range(boot_info.reserved[i].base,
			   boot_info.reserved[i].size);
	take_range(boot_info.initrd.base, boot_info.initrd.size);
	take_range(virt_to_phys(__kernel_start),
		   __kernel_end - __kernel_start);
	take_range(0, PAGE_SIZE);	/* physical 0 means "none" */
}

unsigned long page_array_make(void)
{
	unsigned long size;
	paddr_t at;

	if (!boot_info.ram_count)
		boot_refuse("mm: the firmware reports no memory");
	take_known();
	find_bounds();
	size = ALIGN_UP((page_end - page_first) * sizeof(struct page),
			PAGE_SIZE);
	at = page_take(size);
	if (!at)
		boot_refuse("mm: no room for %lu KiB of frame records",
			    size >> 10);
	page_records = (unsigned long)phys_to_virt(at) -
		page_first * sizeof(struct page);
	address_place();
	return size;
}
