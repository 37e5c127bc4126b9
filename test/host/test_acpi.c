/* SPDX-License-Identifier: MIT */
/*
 * lib/acpi.c: the CPUs are found by RSDT and by XSDT, from the EBDA and the
 * BIOS area; a table with a wrong sum, a wrong length or at a wrong address
 * is none, whatever byte of it is damaged.
 */
#include "unit.h"

#include <lib/acpi.h>

#define SIZE		0x110000
#define EBDA		0x9fc00
#define BIOS		0xf5a40
#define ROOT		0x100000
#define OTHER		0x101000
#define MADT		0x102000

static unsigned char ram[SIZE];
static unsigned ids[16], nr_ids;

/* A copy of its own, so that a read past it is seen. */
static const void *copy_of_ram(u64 at, unsigned long size)
{
	static unsigned char *copy;

	free(copy);
	copy = NULL;
	if (at >= SIZE || size > SIZE - at)
		return NULL;
	copy = malloc(size);
	memcpy(copy, ram + at, size);
	return copy;
}

static void note_cpu(unsigned id)
{
	assert_true(nr_ids < 16);
	ids[nr_ids++] = id;
}

static unsigned cpus(void)
{
	nr_ids = 0;
	return acpi_cpus(copy_of_ram, note_cpu);
}

static void put_le(unsigned at, u64 v, unsigned bytes)
{
	for (; bytes; bytes--, v >>= 8)
		ram[at++] = (unsigned char)v;
}

/* Make size bytes add up by the one at `sum`. */
static void seal(unsigned at, unsigned size, unsigned sum)
{
	unsigned char total = 0;

	ram[at + sum] = 0;
	for (unsigned i = 0; i < size; i++)
		total += ram[at + i];
	ram[at + sum] = (unsigned char)-total;
}

static void table(unsigned at, const char *name, unsigned size)
{
	memcpy(ram + at, name, 4);
	put_le(at + 4, size, 4);
	seal(at, size, 9);
}

static void rsdp(unsigned at, unsigned revision)
{
	memcpy(ram + at, "RSD PTR ", 8);
	ram[at + 15] = (unsigned char)revision;
	put_le(at + 16, revision ? 0 : ROOT, 4);
	put_le(at + 20, 36, 4);
	put_le(at + 24, ROOT, 8);
	seal(at, 20, 8);
}

static unsigned lapic(unsigned at, unsigned id, unsigned flags)
{
	put_le(at, 0 | 8 << 8 | (u64)id << 24, 4);
	put_le(at + 4, flags, 4);
	return at + 8;
}

/* Three CPUs, one of them disabled, with an I/O APIC between. */
static void madt(void)
{
	unsigned at = lapic(MADT + 44, 0, 1);

	put_le(at, 1 | 12 << 8, 4);
	at = lapic(at + 12, 4, 0);
	at = lapic(at, 6, 1);
	table(MADT, "APIC", at - MADT);
}

static void make_tables(unsigned revision)
{
	unsigned width = revision ? 8 : 4;

	memset(ram, 0, sizeof(ram));
	rsdp(BIOS, revision);
	table(OTHER, "FACP", 100);
	put_le(ROOT + 36, OTHER, width);
	put_le(ROOT + 36 + width, MADT, width);
	table(ROOT, revision ? "XSDT" : "RSDT", 36 + 2 * width);
	madt();
}

static void check_found(void)
{
	assert_int_equal(cpus(), 2);
	assert_int_equal(ids[0], 0);
	assert_int_equal(ids[1], 6);
}

static void test_roots(void **state)
{
	make_tables(0);
	check_found();
	make_tables(2);
	check_found();
}

static void test_ebda(void **state)
{
	make_tables(0);
	memcpy(ram + EBDA + 16, ram + BIOS, 36);
	memset(ram + BIOS, 0, 36);
	assert_int_equal(cpus(), 0);
	put_le(0x40e, EBDA >> 4, 2);
	check_found();
}

static void test_nothing(void **state)
{
	memset(ram, 0, sizeof(ram));
	assert_int_equal(cpus(), 0);
	put_le(0x40e, 0xffff, 2);
	assert_int_equal(cpus(), 0);
}

static void test_addresses(void **state)
{
	static const u64 bad[] = {
		0, SIZE, SIZE - 20, 0xffffffff, 0xfffffffffffffff0,
	};

	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		make_tables(2);
		put_le(ROOT + 36, bad[i], 8);
		seal(ROOT, 52, 9);
		assert_int_equal(cpus(), bad[i] ? 2 : 0);
		put_le(BIOS + 24, bad[i], 8);
		seal(BIOS, 20, 8);
		assert_int_equal(cpus(), 0);
	}
}

/* Sealed again, so that what lies behind the sum is tried as well. */
static void test_wrong_lengths(void **state)
{
	for (unsigned length = 0; length < 256; length++) {
		make_tables(2);
		ram[MADT + 45] = (unsigned char)length;
		seal(MADT, 80, 9);
		cpus();
		make_tables(2);
		put_le(MADT + 4, length, 4);
		seal(MADT, length > 9 ? length : 80, 9);
		assert_true(cpus() <= 2);
		make_tables(2);
		put_le(ROOT + 4, length, 4);
		seal(ROOT, length > 9 ? length : 52, 9);
		assert_true(cpus() <= 2);
	}
}

static void test_damage(void **state)
{
	make_tables(2);
	for (unsigned i = 0; i < 80; i++) {
		ram[MADT + i] ^= 0x10;
		assert_int_equal(cpus(), 0);
		ram[MADT + i] ^= 0x10;
	}
	for (unsigned i = 0; i < 52; i++) {
		ram[ROOT + i] ^= 0x10;
		assert_int_equal(cpus(), 0);
		ram[ROOT + i] ^= 0x10;
	}
	check_found();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_roots),
		cmocka_unit_test(test_ebda),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_wrong_lengths),
		cmocka_unit_test(test_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
