/* SPDX-License-Identifier: MIT */
/*
 * The nodes of a device tree that are the same on every machine (devicetree
 * specification 0.4, chapter 3).
 */
#include <dev/chip/devicetree.h>
#include <lib/mem.h>
#include <lt/arch.h>
#include <lt/boot.h>
#include <lt/bug.h>
#include <lt/compiler.h>

#define FDT_MAX		0x200000	/* larger trees are refused */

struct reading {
	int (*fn)(const struct fdt_node *node, void *arg);
	void *arg;
	bool reserved_memory;		/* inside /reserved-memory */
};

static void devicetree_chosen(const struct fdt_node *node)
{
	const char *args = fdt_string(node, "bootargs");
	const void *seed;
	u64 first, end;
	u32 len;

	if (args)
		str_copy(boot_info.cmdline, args, sizeof(boot_info.cmdline));
	if (fdt_number(node, "linux,initrd-start", &first) &&
	    fdt_number(node, "linux,initrd-end", &end) && end > first) {
		boot_info.initrd.base = first;
		boot_info.initrd.size = end - first;
		boot_reserve(first, end - first);
	}
	seed = fdt_prop(node, "rng-seed", &len);
	if (seed) {
		boot_info.seed_len = min(len, (u32)sizeof(boot_info.seed));
		memcpy(boot_info.seed, seed, boot_info.seed_len);
	}
}

/*
 * True if the node is not ours to use, as one of a secure world.  A CPU that is
 * disabled waits to be started.
 */
static bool is_disabled(const struct fdt_node *node, const char *type)
{
	const char *status = fdt_string(node, "status");

	return status && strcmp(status, "okay") && strcmp(status, "ok") &&
		!(type && !strcmp(type, "cpu"));
}

static int devicetree_node(const struct fdt_node *node, void *arg)
{
	struct reading *r = arg;
	const char *type = fdt_string(node, "device_type");
	u64 base, size;

	if (node->depth == 1)
		r->reserved_memory = fdt_name_is(node, "reserved-memory");
	if (is_disabled(node, type))
		return 0;
	if (type && !strcmp(type, "memory")) {
		for (unsigned i = 0; fdt_reg(node, i, &base, &size); i++)
			boot_add_ram(base, size);
	} else if (node->depth == 1 && fdt_name_is(node, "chosen")) {
		devicetree_chosen(node);
	} else if (r->reserved_memory && node->depth == 2) {
		for (unsigned i = 0; fdt_reg(node, i, &base, &size); i++)
			boot_reserve(base, size);
	} else {
		return r->fn(node, r->arg);
	}
	return 0;
}

static bool is_ram(paddr_t from, paddr_t to)
{
	for (unsigned i = 0; i < boot_info.ram_count; i++) {
		const struct boot_range *r = &boot_info.ram[i];

		if (from >= r->base && to - r->base <= r->size)
			return true;
	}
	return false;
}

void devicetree_need(bool there, const char *what)
{
	if (!there)
		boot_refuse("the device tree names no %s", what);
}

void devicetree_read(paddr_t dtb,
		     int (*fn)(const struct fdt_node *node, void *arg),
		     void *arg)
{
	struct reading r = { .fn = fn, .arg = arg };
	struct fdt fdt;
	u64 base, size;

	if (dtb >= DIRECT_MAX || fdt_open(&fdt, phys_to_virt(dtb), FDT_MAX))
		boot_refuse("no device tree at %#llx",
			    (unsigned long long)dtb);
	boot_info.fdt = dtb;
	boot_reserve(dtb, fdt.size);
	for (unsigned i = 0; fdt_reserved(&fdt, i, &base, &size); i++)
		boot_reserve(base, size);
	if (fdt_each_node(&fdt, devicetree_node, &r) < 0)
		boot_refuse("the device tree at %#llx is damaged",
			    (unsigned long long)dtb);
	devicetree_need(is_ram(virt_to_phys(__kernel_start),
			       virt_to_phys(__kernel_end)),
			"RAM where the kernel lies");
}
