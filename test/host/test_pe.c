/* SPDX-License-Identifier: MIT */
/*
 * user/pe/read: a PE file made here is read right; each rule that a file must
 * keep is broken once; every truncation and every damaged byte is refused or
 * read without touching a byte outside (the sanitizers watch copies of exact
 * size).
 */
#include "damage.h"
#include "pe_reader.h"
#include "unit.h"

enum {
	PE = 0x40, OPT = PE + 24, DIRS = OPT + 96, TABLE = OPT + 224,
	HEADERS = 0x400, RAW = 0x400, FILE_SIZE = 0x1000,
	CODE = 0x1000, DATA = 0x2000, IMAGE = 0x4000, BASE = 0x400000,
	/* in DATA, which begins at 0x600 in the file */
	IMPORTS = DATA, EXPORTS = DATA + 0x100, RELOCS = DATA + 0x200,
	TLS = DATA + 0x300, NAMES = DATA + 0x400,
};

static uint8_t file[FILE_SIZE];

static void put32(size_t at, uint32_t v)
{
	pe_put32(file + at, v);
}

static void put16(size_t at, uint16_t v)
{
	file[at] = (uint8_t)v;
	file[at + 1] = (uint8_t)(v >> 8);
}

/* Where an address of DATA is in the file. */
static size_t at(uint32_t rva)
{
	return rva - DATA + 0x600;
}

static void put_rva(uint32_t rva, uint32_t v)
{
	put32(at(rva), v);
}

static void put_name(uint32_t rva, const char *name)
{
	strcpy((char *)file + at(rva), name);
}

static void section(unsigned int i, uint32_t rva, uint32_t size, uint32_t raw,
		    uint32_t raw_size, uint32_t flags)
{
	size_t h = TABLE + 40 * i;

	put32(h + 8, size);
	put32(h + 12, rva);
	put32(h + 16, raw_size);
	put32(h + 20, raw);
	put32(h + 36, flags);
}

static void directory(unsigned int i, uint32_t rva, uint32_t size)
{
	put32(DIRS + 8 * i, rva);
	put32(DIRS + 8 * i + 4, size);
}

static void make_headers(void)
{
	memset(file, 0, sizeof(file));
	memcpy(file, "MZ", 2);
	put32(0x3c, PE);
	memcpy(file + PE, "PE\0\0", 4);
	put16(PE + 4, 0x14c);
	put16(PE + 6, 2);
	put16(PE + 20, 224);
	put16(PE + 22, 0x102);
	put16(OPT, 0x10b);
	put32(OPT + 16, CODE + 4);
	put32(OPT + 28, BASE);
	put32(OPT + 32, 0x1000);
	put32(OPT + 56, IMAGE);
	put32(OPT + 60, HEADERS);
	put16(OPT + 68, 3);
	put32(OPT + 92, 16);
	section(0, CODE, 0x100, RAW, 0x200, 0x60000020);
	section(1, DATA, 0x1800, 0x600, 0xa00, 0xc0000040);
	memset(file + RAW, 0xcc, 0x200);
}

static void make_imports(void)
{
	directory(PE_IMPORT, IMPORTS, 60);
	put_rva(IMPORTS, NAMES);		/* two functions */
	put_rva(IMPORTS + 12, NAMES + 0x20);
	put_rva(IMPORTS + 16, NAMES + 0x10);
	put_rva(IMPORTS + 32, NAMES + 0x30);	/* slots alone */
	put_rva(IMPORTS + 36, NAMES + 0x40);
	put_rva(NAMES, NAMES + 0x50);
	put_rva(NAMES + 4, 0x80000007);
	put_name(NAMES + 0x20, "one.dll");
	put_name(NAMES + 0x30, "two.dll");
	put_rva(NAMES + 0x40, NAMES + 0x60);
	put_name(NAMES + 0x52, "First");
	put_name(NAMES + 0x62, "Second");
}

static void make_exports(void)
{
	static const char *const names[] = { "alpha", "beta", "far" };

	directory(PE_EXPORT, EXPORTS, 0x100);
	put_rva(EXPORTS + 16, 5);		/* the first ordinal */
	put_rva(EXPORTS + 20, 4);
	put_rva(EXPORTS + 24, 3);
	put_rva(EXPORTS + 28, EXPORTS + 40);
	put_rva(EXPORTS + 32, EXPORTS + 60);
	put_rva(EXPORTS + 36, EXPORTS + 80);
	put_rva(EXPORTS + 40, CODE + 1);
	put_rva(EXPORTS + 44, 0);		/* a gap */
	put_rva(EXPORTS + 48, EXPORTS + 90);	/* a forwarder */
	put_rva(EXPORTS + 52, CODE + 2);
	for (unsigned int i = 0; i < 3; i++) {
		put_rva(EXPORTS + 60 + 4 * i, EXPORTS + 120 + 10 * i);
		put_name(EXPORTS + 120 + 10 * i, names[i]);
	}
	put16(at(EXPORTS + 80), 3);
	put16(at(EXPORTS + 82), 0);
	put16(at(EXPORTS + 84), 2);
	put_name(EXPORTS + 90, "other.#9");
}

static void make_sound_file(void)
{
	make_headers();
	make_imports();
	make_exports();
	directory(PE_RELOC, RELOCS, 20);
	put_rva(RELOCS, CODE);
	put_rva(RELOCS + 4, 12);
	put16(at(RELOCS + 8), 0x3010);
	put_rva(RELOCS + 12, DATA);
	put_rva(RELOCS + 16, 8);
	put32(RAW + 0x10, BASE + 0x1234);
	directory(PE_TLS, TLS, 24);
	put_rva(TLS, BASE + CODE);
	put_rva(TLS + 4, BASE + CODE + 8);
	put_rva(TLS + 8, BASE + TLS + 0x20);
	put_rva(TLS + 12, BASE + TLS + 0x30);
	put_rva(TLS + 16, 5);
	put_rva(TLS + 0x30, BASE + CODE + 3);
}

/* Read and laid out; to be freed. */
static int load_image(struct pe_image *p)
{
	if (pe_read(p, file, sizeof(file)))
		return -1;
	p->mem = calloc(1, p->size);
	pe_lay_out(p, file);
	return 0;
}

static void test_headers(void **state)
{
	struct pe_section s;
	struct pe_image p;

	make_sound_file();
	assert_int_equal(load_image(&p), 0);
	assert_int_equal(p.base, BASE);
	assert_int_equal(p.entry, CODE + 4);
	assert_int_equal(p.size, IMAGE);
	assert_false(p.is_dll || p.fixed);
	pe_section(&p, file, 1, &s);
	assert_int_equal(s.rva, DATA);
	assert_int_equal(s.size, 0x1800);
	assert_int_equal(s.file_size, 0xa00);
	assert_true(s.write && !s.exec);
	assert_int_equal(p.mem[CODE], 0xcc);
	assert_int_equal(p.mem[CODE + 0x100], 0);	/* behind its size */
	assert_null(pe_at(&p, IMAGE - 3, 4));
	assert_non_null(pe_at(&p, IMAGE - 4, 4));
	assert_null(pe_at(&p, 0xfffffffe, 4));
	p.mem[IMAGE - 1] = 'x';
	assert_null(pe_string(&p, IMAGE - 1));
	free(p.mem);
}

static void test_relocates(void **state)
{
	struct pe_image p;

	make_sound_file();
	load_image(&p);
	assert_int_equal(pe_relocate(&p, 0), 0);
	assert_int_equal(pe_get32(p.mem + CODE + 0x10), BASE + 0x1234);
	assert_int_equal(pe_relocate(&p, 0x10000), 0);
	assert_int_equal(pe_get32(p.mem + CODE + 0x10), BASE + 0x11234);
	assert_int_equal(pe_get32(p.mem + CODE + 0xc), 0xcccccccc);
	p.fixed = 1;
	assert_int_equal(pe_relocate(&p, 1), -1);
	free(p.mem);
}

static void test_imports(void **state)
{
	struct pe_import i = { 0 };
	struct pe_image p;

	make_sound_file();
	load_image(&p);
	assert_int_equal(pe_next_dll(&p, &i), 1);
	assert_string_equal(i.dll, "one.dll");
	assert_int_equal(pe_next_import(&p, &i), 1);
	assert_string_equal(i.name, "First");
	assert_int_equal(i.slot, NAMES + 0x10);
	assert_int_equal(pe_next_import(&p, &i), 1);
	assert_null(i.name);
	assert_int_equal(i.ordinal, 7);
	assert_int_equal(i.slot, NAMES + 0x14);
	assert_int_equal(pe_next_import(&p, &i), 0);
	assert_int_equal(pe_next_dll(&p, &i), 1);
	assert_int_equal(pe_next_import(&p, &i), 1);
	assert_string_equal(i.name, "Second");
	assert_int_equal(i.slot, NAMES + 0x40);
	assert_int_equal(pe_next_import(&p, &i), 0);
	assert_int_equal(pe_next_dll(&p, &i), 0);
	free(p.mem);
}

static void test_exports(void **state)
{
	struct pe_export e;
	struct pe_image p;

	make_sound_file();
	load_image(&p);
	assert_int_equal(pe_find_export(&p, "alpha", 0, &e), 1);
	assert_int_equal(e.rva, CODE + 2);
	assert_null(e.forward);
	assert_int_equal(pe_find_export(&p, "beta", 0, &e), 1);
	assert_int_equal(e.rva, CODE + 1);
	assert_int_equal(pe_find_export(&p, "far", 0, &e), 1);
	assert_string_equal(e.forward, "other.#9");
	assert_int_equal(pe_find_export(&p, "b", 0, &e), 0);
	assert_int_equal(pe_find_export(&p, "zeta", 0, &e), 0);
	assert_int_equal(pe_find_export(&p, NULL, 5, &e), 1);
	assert_int_equal(e.rva, CODE + 1);
	assert_int_equal(pe_find_export(&p, NULL, 6, &e), 0);
	assert_int_equal(pe_find_export(&p, NULL, 8, &e), 1);
	assert_int_equal(pe_find_export(&p, NULL, 9, &e), 0);
	assert_int_equal(pe_find_export(&p, NULL, 4, &e), 0);
	free(p.mem);
}

static void test_tls(void **state)
{
	struct pe_image p;
	struct pe_tls t;

	make_sound_file();
	load_image(&p);
	assert_int_equal(pe_read_tls(&p, BASE, &t), 1);
	assert_int_equal(t.data, CODE);
	assert_int_equal(t.size, 8);
	assert_int_equal(t.zeros, 5);
	assert_int_equal(t.index, TLS + 0x20);
	assert_int_equal(pe_tls_callback(&p, BASE, &t, 0), CODE + 3);
	assert_int_equal(pe_tls_callback(&p, BASE, &t, 1), 0);
	pe_put32(p.mem + TLS + 0x30, BASE + IMAGE);
	assert_int_equal(pe_tls_callback(&p, BASE, &t, 0), -1);
	pe_put32(p.mem + TLS + 4, BASE + IMAGE + 1);
	assert_int_equal(pe_read_tls(&p, BASE, &t), -1);
	pe_put32(p.mem + TLS + 4, BASE + CODE + 8);
	pe_put32(p.mem + TLS + 8, BASE + IMAGE - 3);
	assert_int_equal(pe_read_tls(&p, BASE, &t), -1);
	p.dir[PE_TLS].rva = 0;
	assert_int_equal(pe_read_tls(&p, BASE, &t), 0);
	free(p.mem);
}

/* One word of a sound file is changed. */
static void refuse_word(size_t where, uint32_t value, const char *why)
{
	struct pe_image p;

	make_sound_file();
	put32(where, value);
	assert_int_equal(load_image(&p), -1);
	assert_string_equal(p.error, why);
}

static void test_refuses_files(void **state)
{
	refuse_word(0, 0, "no PE file");
	refuse_word(0x3c, FILE_SIZE - 10, "a header that the file ends in");
	refuse_word(PE, 0, "no PE file");
	refuse_word(PE + 4, 2 << 16 | 0x8664, "a program of another machine");
	refuse_word(PE + 4, 97 << 16 | 0x14c, "too many sections");
	refuse_word(PE + 20, 0x102 << 16 | 95, "no optional header of PE32");
	refuse_word(PE + 20, 224, "not linked without errors");
	refuse_word(OPT, 0x20b, "a 64-bit program");
	refuse_word(OPT + 16, 0, "no entry point");
	refuse_word(OPT + 16, IMAGE, "an entry point outside the image");
	refuse_word(OPT + 28, BASE + 1, "an impossible base");
	refuse_word(OPT + 32, 0x800, "sections that do not begin on pages");
	refuse_word(OPT + 32, 0x3000, "sections that do not begin on pages");
	refuse_word(OPT + 56, 0, "an image of impossible size");
	refuse_word(OPT + 56, PE_MAX_SIZE + 1, "an image of impossible size");
	refuse_word(OPT + 60, FILE_SIZE + 1, "a header that the file ends in");
	refuse_word(OPT + 60, TABLE, "sections that are not among the headers");
	refuse_word(OPT + 68, 1, "a program of another subsystem");
	refuse_word(TABLE + 12, 0x1004, "sections out of order");
	refuse_word(TABLE + 12, 0x2000, "sections out of order");
	refuse_word(TABLE + 40 + 8, 0x2001, "a section outside the image");
	refuse_word(TABLE + 40 + 20, 0x601,
	       "a section that the file ends in");
}

static void test_damaged_file(void **state)
{
	static const uint8_t values[] = { 0, 1, 0x7f, 0x80, 0xff };

	make_sound_file();
	read_cut(file, FILE_SIZE, read_pe);
	for (size_t k = 0; k < at(NAMES + 0x80); k++) {
		if (k == TABLE + 80)
			k = 0x600;		/* over zeros and code */
		read_damaged(file, FILE_SIZE, k, values, sizeof(values),
			     read_pe);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_relocates),
		cmocka_unit_test(test_imports),
		cmocka_unit_test(test_exports),
		cmocka_unit_test(test_tls),
		cmocka_unit_test(test_refuses_files),
		cmocka_unit_test(test_damaged_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
