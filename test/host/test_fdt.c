/* SPDX-License-Identifier: MIT */
/*
 * lib/fdt.c: a small tree is read right; every truncation and every damaged
 * byte of it is refused or read without touching a byte outside.
 */
#include "unit.h"

#include <lib/fdt.h>
#include <uapi/errno.h>

#define HEADER 40
#define RESERVE 32

static unsigned char blob[1024];
static unsigned size, structure;
static char strings[128];
static unsigned strings_size;

static void put32(unsigned char *p, unsigned v)
{
	p[0] = v >> 24;
	p[1] = v >> 16;
	p[2] = v >> 8;
	p[3] = v;
}

static void word(unsigned v)
{
	put32(blob + size, v);
	size += 4;
}

static void begin(const char *name)
{
	word(1);
	memcpy(blob + size, name, strlen(name) + 1);
	size += (strlen(name) + 4) & ~3u;
}

static void prop(const char *name, const void *data, unsigned len)
{
	word(3);
	word(len);
	word(strings_size);
	memcpy(strings + strings_size, name, strlen(name) + 1);
	strings_size += strlen(name) + 1;
	memcpy(blob + size, data, len);
	size += (len + 3) & ~3u;
}

static void prop_cells(const char *name, unsigned a, unsigned b, unsigned c,
		       unsigned d, unsigned n)
{
	unsigned char data[16];

	put32(data, a);
	put32(data + 4, b);
	put32(data + 8, c);
	put32(data + 12, d);
	prop(name, data, 4 * n);
}

static int build(void **state)
{
	unsigned structure_size;

	memset(blob, 0, sizeof(blob));
	strings_size = 0;
	/* one reservation: 0x80000000 + 0x1000 */
	put32(blob + HEADER + 4, 0x80000000);
	put32(blob + HEADER + 12, 0x1000);
	size = structure = HEADER + RESERVE;
	begin("");
	prop_cells("#address-cells", 2, 0, 0, 0, 1);
	prop_cells("#size-cells", 1, 0, 0, 0, 1);
	begin("memory@80000000");
	prop("device_type", "memory", 7);
	prop_cells("reg", 1, 0x80000000, 0x1000, 0, 3);
	word(2);
	word(4);			/* a NOP */
	begin("uart@10000000");
	prop("compatible", "vendor,other\0ns16550a", 22);
	prop_cells("interrupts", 10, 0, 0, 0, 1);
	prop_cells("wide", 1, 2, 0, 0, 2);
	word(2);
	word(2);
	word(9);
	structure_size = size - structure;
	memcpy(blob + size, strings, strings_size);
	put32(blob, 0xd00dfeed);
	put32(blob + 4, size + strings_size);
	put32(blob + 8, structure);
	put32(blob + 12, size);
	put32(blob + 16, HEADER);
	put32(blob + 20, 17);
	put32(blob + 24, 16);
	put32(blob + 32, strings_size);
	put32(blob + 36, structure_size);
	size += strings_size;
	return 0;
}

struct seen {
	unsigned nodes;
	struct fdt_node uart, memory;
};

static int note(const struct fdt_node *node, void *arg)
{
	struct seen *seen = arg;

	seen->nodes++;
	if (fdt_compatible(node, "ns16550a"))
		seen->uart = *node;
	if (fdt_name_is(node, "memory"))
		seen->memory = *node;
	return 0;
}

static void test_reads(void **state)
{
	struct seen seen = { 0 };
	struct fdt fdt;
	u64 base, length;
	u32 cell;

	assert_int_equal(fdt_open(&fdt, blob, size), 0);
	assert_int_equal(fdt_each_node(&fdt, note, &seen), 0);
	assert_int_equal(seen.nodes, 3);
	assert_string_equal(fdt_string(&seen.memory, "device_type"), "memory");
	assert_true(fdt_reg(&seen.memory, 0, &base, &length));
	assert_true(base == 0x180000000 && length == 0x1000);
	assert_false(fdt_reg(&seen.memory, 1, &base, &length));
	assert_true(fdt_cell(&seen.uart, "interrupts", 0, &cell) && cell == 10);
	assert_false(fdt_cell(&seen.uart, "interrupts", 1, &cell));
	assert_true(fdt_number(&seen.uart, "wide", &base));
	assert_true(base == 0x100000002);
	assert_true(fdt_compatible(&seen.uart, "vendor,other"));
	assert_false(fdt_compatible(&seen.uart, "vendor"));
	assert_null(fdt_string(&seen.uart, "device_type"));
	assert_false(fdt_name_is(&seen.uart, "uar"));
	assert_false(fdt_name_is(&seen.uart, "uart1"));
	assert_true(fdt_reserved(&fdt, 0, &base, &length));
	assert_true(base == 0x80000000 && length == 0x1000);
	assert_false(fdt_reserved(&fdt, 1, &base, &length));
}

static int use_all(const struct fdt_node *node, void *arg)
{
	u64 base, length;
	u32 len;

	fdt_prop(node, "no such", &len);
	fdt_string(node, "device_type");
	fdt_reg(node, 0, &base, &length);
	fdt_compatible(node, "ns16550a");
	return 0;
}

static void exercise(const unsigned char *p, size_t max)
{
	struct fdt fdt;
	u64 base, length;

	if (fdt_open(&fdt, p, max))
		return;
	fdt_each_node(&fdt, use_all, NULL);
	for (unsigned i = 0; fdt_reserved(&fdt, i, &base, &length); i++)
		;
}

/* The copy ends where it ends: the sanitizer sees a byte read behind it. */
static void test_truncated(void **state)
{
	for (unsigned n = 0; n < size; n++) {
		unsigned char *p = malloc(n + 1);
		struct fdt fdt;

		memcpy(p, blob, n);
		assert_int_equal(fdt_open(&fdt, p, n), -EINVAL);
		if (n >= HEADER) {
			put32(p + 4, n);
			exercise(p, n);
		}
		free(p);
	}
}

static void test_damaged(void **state)
{
	static const unsigned char values[] = { 0, 1, 2, 3, 9, 0x7f, 0xff };

	for (unsigned i = 0; i < size; i++)
		for (unsigned v = 0; v < sizeof(values); v++) {
			unsigned char *p = malloc(size);

			memcpy(p, blob, size);
			p[i] = values[v];
			exercise(p, size);
			free(p);
		}
}

static void test_deep(void **state)
{
	struct fdt fdt;

	size = structure;
	for (int i = 0; i < FDT_DEPTH_MAX + 1; i++)
		begin("");
	for (int i = 0; i < FDT_DEPTH_MAX + 1; i++)
		word(2);
	word(9);
	put32(blob + 36, size - structure);
	put32(blob + 12, size);
	put32(blob + 32, 0);
	put32(blob + 4, size);
	assert_int_equal(fdt_open(&fdt, blob, size), 0);
	assert_int_equal(fdt_each_node(&fdt, use_all, NULL), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_reads, build),
		cmocka_unit_test_setup(test_truncated, build),
		cmocka_unit_test_setup(test_damaged, build),
		cmocka_unit_test_setup(test_deep, build),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
