/* SPDX-License-Identifier: MIT */
/*
 * Any bytes through every function of lib/fdt.c: test_fdt.c cuts and damages a
 * tree, and for fuzz_fdt.c the fuzzer chooses.
 */
#ifndef TEST_HOST_FDT_READER_H
#define TEST_HOST_FDT_READER_H

#include <lib/fdt.h>

static void read_bytes(const void *p, u32 len)
{
	const volatile u8 *b = p;
	u32 i;

	for (i = 0; i < len; i++)
		(void)b[i];
}

static int read_node(const struct fdt_node *node, void *arg)
{
	static const char *const props[] = {
		"reg", "compatible", "bootargs", "interrupts", "",
	};
	unsigned i, *nodes = arg;
	u64 base, size;
	u32 value, len;

	for (i = 0; i < sizeof(props) / sizeof(props[0]); i++) {
		const void *p = fdt_prop(node, props[i], &len);
		const char *s = fdt_string(node, props[i]);

		if (p)
			read_bytes(p, len);
		while (s && *s)
			s++;
		fdt_cell(node, props[i], 1, &value);
		fdt_number(node, props[i], &base);
	}
	fdt_compatible(node, "ns16550a");
	fdt_name_is(node, "memory");
	for (i = 0; i < 4; i++)
		fdt_reg(node, i, &base, &size);
	return ++*nodes > 4096;
}

static void read_tree(const void *data, size_t size)
{
	struct fdt fdt;
	unsigned nodes = 0, i;
	u64 base, len;

	if (fdt_open(&fdt, data, size))
		return;
	fdt_each_node(&fdt, read_node, &nodes);
	for (i = 0; i < 16 && fdt_reserved(&fdt, i, &base, &len); i++)
		;
}

#endif
