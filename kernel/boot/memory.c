/* SPDX-License-Identifier: MIT */
/*
 * The lists of RAM, reserved ranges and virtio windows.  The port fills them
 * from the tables of the firmware and the boot loader.
 *
 * Invariant: a range lies below DIRECT_MAX and is not empty; RAM ranges consist
 * of whole pages.
 */
#include <arch/page.h>
#include <lt/boot.h>
#include <lt/bug.h>
#include <lt/compiler.h>

/* Add a range to list, unless an existing range contains it. */
static void boot_add(struct boot_range *list, unsigned *count, u64 base,
		     u64 end)
{
	end = min(end, (u64)DIRECT_MAX);
	if (base >= end)
		return;
	for (unsigned i = 0; i < *count; i++)
		if (base >= list[i].base && end <= list[i].base + list[i].size)
			return;
	if (*count == BOOT_RANGES)
		panic("more than %d memory ranges", BOOT_RANGES);
	list[*count].base = base;
	list[*count].size = end - base;
	++*count;
}

static u64 boot_end_of(u64 base, u64 size)
{
	return base + min(size, ~base);
}

void boot_add_ram(u64 base, u64 size)
{
	boot_add(boot_info.ram, &boot_info.ram_count, ALIGN_UP(base, PAGE_SIZE),
		 ALIGN_DOWN(boot_end_of(base, size), PAGE_SIZE));
}

void boot_reserve(u64 base, u64 size)
{
	boot_add(boot_info.reserved, &boot_info.reserved_count, base,
		 boot_end_of(base, size));
}

void boot_add_virtio(u64 base, u64 size, unsigned irq)
{
	if (boot_info.virtio_count < BOOT_SLOTS)
		boot_info.virtio[boot_info.virtio_count++] =
			(struct boot_slot){ base, size, irq };
}
