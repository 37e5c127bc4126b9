/* SPDX-License-Identifier: MIT */
/*
 * lib/fdt.c: a small tree is read right; every truncation and every damaged
 * byte of it is refused or read without touching a byte outside.
 */
#include "damage.h"
#include "fdt_reader.h"
#include "unit.h"
#include <uapi/errno.h>

#define HEADER 40
#define RESERVE 32

static unsigned char blob[1024];
static unsigned size, structure;
static char strings[128];
static unsigned strings_size;

static void put_be32(unsigned char *p, unsigned v)
{
	p[0] = v >> 24;
	p[1] = v >> 16;
	p[2] = v >> 8;
	p[3] = v;
}

static void add_word(unsigned v)
{
	put_be32(blob + size, v);
	size += 4;
}

static void open_node(const char *name)
{
	add_word(1);
	memcpy(blob + size, name, strlen(name) + 1);
	size += (strlen(name) + 4) & ~3u;
}

static void prop(const char *name, const void *data, unsigned len)
{
	add_word(3);
	add_word(len);
	add_word(strings_size);
	memcpy(strings + strings_size, name, strlen(name) + 1);
	strings_size += strlen(name) + 1;
	memcpy(blob + size, data, len);
	size += (len + 3) & ~3u;
}

static void prop_cells(const char *name, unsigned a, unsigned b, unsigned c,
		       unsigned d, unsigned n)
{
	unsigned char data[16];

	put_be32(data, a);
	put_be32(data + 4, b);
	put_be32(data + 8, c);
	put_be32(data + 12, d);
	prop(name, data, 4 * n);
}

static int build(void **state)
{
	unsigned structure_size;

	memset(blob, 0, sizeof(blob));
	strings_size = 0;
	/* one reservation: 0x80000000 + 0x1000 */
	put_be32(blob + HEADER + 4, 0x80000000);
	put_be32(blob + HEADER + 12, 0x1000);
	size = structure = HEADER + RESERVE;
	open_node("");
	prop_cells("#address-cells", 2, 0, 0, 0, 1);
	prop_cells("#size-cells", 1, 0, 0, 0, 1);
	open_node("memory@80000000");
	prop("device_type", "memory", 7);
	prop_cells("reg", 1, 0x80000000, 0x1000, 0, 3);
	add_word(2);
	add_word(4);			/* a NOP */
	open_node("uart@10000000");
	prop("compatible", "vendor,other\0ns16550a", 22);
	prop_cells("interrupts", 10, 0, 0, 0, 1);
	prop_cells("wide", 1, 2, 0, 0, 2);
	add_word(2);
	add_word(2);
	add_word(9);
	structure_size = size - structure;
	memcpy(blob + size, strings, strings_size);
	put_be32(blob, 0xd00dfeed);
	put_be32(blob + 4, size + strings_size);
	put_be32(blob + 8, structure);
	put_be32(blob + 12, size);
	put_be32(blob + 16, HEADER);
	put_be32(blob + 20, 17);
	put_be32(blob + 24, 16);
	put_be32(blob + 32, strings_size);
	put_be32(blob + 36, structure_size);
	size += strings_size;
	return 0;
}

struct seen {
	unsigned nodes;
	struct fdt_node uart, memory;
};

static int note_node(const struct fdt_node *node, void *arg)
{
	struct seen *seen = arg;

	seen->nodes++;
	if (fdt_compatible(node, "ns16550a"))
		seen->uart = *node;
	if (fdt_name_is(node, "memory"))
		seen->memory = *node;
	return 0;
}

static void test_reads_a_tree(void **state)
{
	struct seen seen = { 0 };
	struct fdt fdt;
	u64 base, length;
	u32 cell;

	assert_int_equal(fdt_open(&fdt, blob, size), 0);
	assert_int_equal(fdt_each_node(&fdt, note_node, &seen), 0);
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

static void refuse_short(const void *file, size_t n)
{
	struct fdt fdt;

	assert_int_equal(fdt_open(&fdt, file, n), -EINVAL);
}

static void test_truncated_tree(void **state)
{
	read_cut(blob, size, refuse_short);
	/* it says that it is as long as it is, and is read */
	for (unsigned n = HEADER; n < size; n++) {
		put_be32(blob + 4, n);
		read_copy(blob, n, read_tree);
	}
}

static void test_damaged_tree(void **state)
{
	static const uint8_t values[] = { 0, 1, 2, 3, 9, 0x7f, 0xff };

	for (unsigned i = 0; i < size; i++)
		read_damaged(blob, size, i, values, sizeof(values), read_tree);
}

static void test_deep(void **state)
{
	struct fdt fdt;
	unsigned nodes = 0;

	size = structure;
	for (int i = 0; i < FDT_DEPTH_MAX + 1; i++)
		open_node("");
	for (int i = 0; i < FDT_DEPTH_MAX + 1; i++)
		add_word(2);
	add_word(9);
	put_be32(blob + 36, size - structure);
	put_be32(blob + 12, size);
	put_be32(blob + 32, 0);
	put_be32(blob + 4, size);
	assert_int_equal(fdt_open(&fdt, blob, size), 0);
	assert_int_equal(fdt_each_node(&fdt, read_node, &nodes), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_reads_a_tree, build),
		cmocka_unit_test_setup(test_truncated_tree, build),
		cmocka_unit_test_setup(test_damaged_tree, build),
		cmocka_unit_test_setup(test_deep, build),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
