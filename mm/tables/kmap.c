/* SPDX-License-Identifier: MIT */
/*
 * The kernel's own address space (row A3).  It has the direct map, in which
 * each section of the kernel image has its own rights, and the vmap window.
 * The window holds kernel stacks at its low end and device registers at its
 * high end.
 *
 * Invariant: every root entry that the kernel will ever use is filled here, so
 * a copy of the kernel half of kernel_root stays valid.
 */
#define LOG_PREFIX "mm"
#include <lt/arch.h>
#include <lt/boot.h>
#include <lt/bug.h>
#include <lt/check.h>
#include <lt/log.h>
#include "kmap.h"
#include <mm/frames/page.h>
#include <mm/prot.h>
#include "pt.h"

#define KERNEL_PROT	(MAP_R | MAP_W | MAP_GLOBAL)
#define MAX_DEVICES	48

paddr_t kernel_root;
vaddr_t kmap_device_low = VMAP_END;

static struct {
	paddr_t base;
	unsigned long size;
	vaddr_t va;
} devices[MAX_DEVICES];		/* boot only, one CPU */
static unsigned nr_devices;
static atomic_t window_tables;	/* tables made since kmap_init(); never freed */

static void map_direct(paddr_t from, paddr_t to, unsigned prot)
{
	if (from < to && pt_map(kernel_root, (vaddr_t)phys_to_virt(from), from,
				to - from, prot | MAP_GLOBAL))
		panic("kmap: no memory for the kernel's page table");
}

static paddr_t edge(const char *symbol)
{
	return virt_to_phys(symbol);
}

/* Map a range of RAM; the kernel image in it has rights of its own. */
static void map_ram(paddr_t from, paddr_t to)
{
	const struct {
		paddr_t start, end;
		unsigned prot;
	} image[] = {
		{ edge(__kernel_start), edge(__text_start), MAP_R },
		{ edge(__text_start), edge(__text_end), MAP_R | MAP_X },
		{ edge(__text_end), edge(__data_start), MAP_R },
		{ edge(__data_start), edge(__kernel_end), MAP_R | MAP_W },
	};

	if (edge(__kernel_end) <= from || edge(__kernel_start) >= to) {
		map_direct(from, to, KERNEL_PROT);
		return;
	}
	map_direct(from, edge(__kernel_start), KERNEL_PROT);
	for (unsigned i = 0; i < ARRAY_SIZE(image); i++)
		map_direct(image[i].start, image[i].end, image[i].prot);
	map_direct(edge(__kernel_end), to, KERNEL_PROT);
}

void kmap_init(void)
{
	struct page *root = page_alloc_zero(PAGE_TABLE);

	if (!root)
		panic("kmap: no memory for the kernel's page table");
	kernel_root = page_phys(root);
	for (unsigned i = 0; i < boot_info.ram_count; i++) {
		const struct boot_range *r = &boot_info.ram[i];

		map_ram(ALIGN_DOWN(r->base, PAGE_SIZE),
			ALIGN_UP(r->base + r->size, PAGE_SIZE));
	}
	for (vaddr_t va = VMAP_BASE; va < VMAP_END;
	     va += 1ul << PT_SHIFT(PT_LEVELS - 1)) {
		unsigned level = PT_LEVELS - 2;

		if (!pt_walk(kernel_root, va, &level, PT_MAKE))
			panic("kmap: no memory for the vmap window");
		if (VMAP_END - va <= 1ul << PT_SHIFT(PT_LEVELS - 1))
			break;
	}
	address_map();
	pt_root_count(kernel_root, &window_tables);
	arch_mmu_activate(kernel_root, 0);
	arch_tlb_all();
	address_init();
}

unsigned long kmap_tables(void)
{
	return (unsigned long)atomic_read(&window_tables) +
		address_stack_pages();
}

volatile void *kmap_device(paddr_t base, unsigned long size)
{
	paddr_t from = ALIGN_DOWN(base, PAGE_SIZE);
	unsigned long len = ALIGN_UP(base + size - from, PAGE_SIZE);
	vaddr_t va;

	for (unsigned i = 0; i < nr_devices; i++)
		if (from >= devices[i].base &&
		    from + len <= devices[i].base + devices[i].size)
			return (volatile void *)(devices[i].va +
				(unsigned long)(base - devices[i].base));
	if (nr_devices == MAX_DEVICES ||
	    kmap_device_low - kstack_area_end() < len)
		return NULL;
	va = kmap_device_low - len;
	if (pt_map(kernel_root, va, from, len,
		   MAP_R | MAP_W | MAP_GLOBAL | MAP_DEVICE)) {
		log_err("no memory to map device %#llx",
			(unsigned long long)base);
		return NULL;
	}
	kmap_device_low = va;
	devices[nr_devices].base = from;
	devices[nr_devices].size = len;
	devices[nr_devices++].va = va;
	return (volatile void *)(va + (unsigned long)(base - from));
}
