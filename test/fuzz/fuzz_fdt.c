/* SPDX-License-Identifier: MIT */
/* Any bytes through every function of the device-tree reader. */
#include <lib/fdt.h>

static void touch(const void *p, u32 len)
{
	const volatile u8 *b = p;
	u32 i;

	for (i = 0; i < len; i++)
		(void)b[i];
}

static int visit(const struct fdt_node *node, void *arg)
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
			touch(p, len);
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fdt fdt;
	unsigned nodes = 0, i;
	u64 base, len;

	if (fdt_open(&fdt, data, size))
		return 0;
	fdt_each_node(&fdt, visit, &nodes);
	for (i = 0; i < 16 && fdt_reserved(&fdt, i, &base, &len); i++)
		;
	return 0;
}
