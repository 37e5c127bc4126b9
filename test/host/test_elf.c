/* SPDX-License-Identifier: MIT */
/*
 * lib/elf.c and lib/script.c: well-formed headers of both classes are read
 * right, each kind of damage is refused, and no truncation is read past its
 * end.
 */
#include "damage.h"
#include "unit.h"
#include <elf.h>

/* <elf.h> of the host stands for the format; ours is the one under test. */
#undef PT_LOAD
#undef PT_DYNAMIC
#undef PT_INTERP
#undef PT_NOTE
#undef PT_PHDR
#undef PT_TLS
#undef PT_GNU_STACK
#undef PT_GNU_RELRO
#undef ET_EXEC
#undef ET_DYN
#undef PF_X
#undef PF_W
#undef PF_R
#include <lib/elf.h>
#include <lib/script.h>
#include <uapi/errno.h>

#define PAGE 4096ul
#define TOP32 0xc0000000ull
#define TOP64 0x3ffffff000ull

static unsigned char file[8192];
static Elf64_Ehdr *const e64 = (void *)file;
static Elf64_Phdr *const p64 = (void *)(file + sizeof(Elf64_Ehdr));
static Elf32_Ehdr *const e32 = (void *)file;
static Elf32_Phdr *const p32 = (void *)(file + sizeof(Elf32_Ehdr));
static struct elf_header h;
static struct elf_layout l;

static int make64(void **state)
{
	memset(file, 0, sizeof(file));
	memcpy(e64->e_ident, "\177ELF\2\1\1", 7);
	e64->e_type = ET_EXEC;
	e64->e_machine = 243;
	e64->e_entry = 0x10100;
	e64->e_phoff = sizeof(*e64);
	e64->e_phentsize = sizeof(*p64);
	e64->e_phnum = 3;
	p64[0] = (Elf64_Phdr){ .p_type = PT_LOAD, .p_flags = PF_R | PF_X,
		.p_vaddr = 0x10000, .p_filesz = 0x1234, .p_memsz = 0x1234,
		.p_align = PAGE };
	p64[1] = (Elf64_Phdr){ .p_type = PT_LOAD, .p_flags = PF_R | PF_W,
		.p_offset = 0x1240, .p_vaddr = 0x12240, .p_filesz = 0x100,
		.p_memsz = 0x3000, .p_align = PAGE };
	p64[2] = (Elf64_Phdr){ .p_type = PT_GNU_STACK,
		.p_flags = PF_R | PF_W };
	return 0;
}

static int make32(void **state)
{
	memset(file, 0, sizeof(file));
	memcpy(e32->e_ident, "\177ELF\1\1\1", 7);
	e32->e_type = ET_DYN;
	e32->e_machine = 3;
	e32->e_entry = 0x400;
	e32->e_phoff = sizeof(*e32);
	e32->e_phentsize = sizeof(*p32);
	e32->e_phnum = 2;
	p32[0] = (Elf32_Phdr){ .p_type = PT_LOAD, .p_flags = PF_R | PF_X,
		.p_filesz = 0x900, .p_memsz = 0x900, .p_align = 0x10000 };
	p32[1] = (Elf32_Phdr){ .p_type = PT_INTERP, .p_offset = 0x800,
		.p_filesz = 20 };
	return 0;
}

static int read_header(void)
{
	return elf_read_header(file, sizeof(file), 0, &h);
}

static int scan64(void)
{
	assert_int_equal(read_header(), 0);
	return elf_scan(&h, file + h.phoff, TOP64, PAGE, &l);
}

static void good64(void **state)
{
	assert_int_equal(scan64(), 0);
	assert_int_equal(h.class, ELF_CLASS64);
	assert_int_equal(h.machine, 243);
	assert_int_equal(h.entry, 0x10100);
	assert_int_equal(l.low, 0x10000);
	assert_int_equal(l.high, 0x16000);
	assert_int_equal(l.brk, 0x15240);
	assert_int_equal(l.phdr_vaddr, 0x10040);
	assert_int_equal(l.code_start, 0x10000);
	assert_int_equal(l.code_end, 0x11234);
	assert_int_equal(l.data_start, 0x12240);
	assert_int_equal(l.data_end, 0x12340);
	assert_int_equal(l.interp_size, 0);
	assert_false(l.stack_exec);
}

static void good32(void **state)
{
	assert_int_equal(read_header(), 0);
	assert_int_equal(elf_scan(&h, file + h.phoff, TOP32, PAGE, &l), 0);
	assert_int_equal(h.type, ET_DYN);
	assert_int_equal(l.low, 0);
	assert_int_equal(l.phdr_vaddr, sizeof(*e32));
	assert_int_equal(l.align, 0x10000);
	assert_int_equal(l.interp_offset, 0x800);
	assert_int_equal(l.interp_size, 20);
}

static void bad_headers(void **state)
{
	static const struct { unsigned at; unsigned char v; } damage[] = {
		{ 0, 0 }, { 1, 'e' }, { 4, 0 }, { 4, 3 },
		{ 16, 1 }, { 16, 4 }, { 54, 32 }, { 54, 57 }, { 56, 0 },
		{ 57, 1 },
	};

	for (unsigned i = 0; i < sizeof(damage) / sizeof(damage[0]); i++) {
		make64(state);
		file[damage[i].at] = damage[i].v;
		assert_int_equal(read_header(), -ENOEXEC);
	}
}

/* Bytes of the header that decide nothing; and the class, if one is given. */
static void ignored(void **state)
{
	make64(state);
	file[5] = 2;
	file[6] = 0;
	memset(file + 7, 0xff, 9);
	assert_int_equal(read_header(), 0);
	file[4] = 1;
	assert_int_equal(elf_read_header(file, sizeof(file), ELF_CLASS64, &h),
			 0);
	assert_int_equal(h.class, ELF_CLASS64);
	assert_int_equal(h.entry, 0x10100);
	assert_int_equal(elf_read_header(file, sizeof(*e64) - 1, ELF_CLASS64,
					 &h), -ENOEXEC);
}

static void refuse_cut_header(const void *copy, size_t n)
{
	assert_int_equal(elf_read_header(copy, n, 0, &h), -ENOEXEC);
}

static void accept_whole(const void *copy, size_t n)
{
	assert_int_equal(elf_read_header(copy, n, 0, &h), 0);
}

static void truncated(void **state)
{
	read_cut(file, sizeof(Elf64_Ehdr), refuse_cut_header);
	read_copy(file, sizeof(Elf64_Ehdr), accept_whole);
}

static void bad_segments(void **state)
{
	const struct {
		uint64_t *field, value;
	} damage[] = {
		/* more than in memory; out of user space */
		{ &p64[1].p_filesz, 0x3001 },
		{ &p64[1].p_vaddr, TOP64 - 0xdc0 },
		{ &p64[1].p_memsz, ~0ull },
		{ &p64[1].p_vaddr, ~0ull - 0xdbf },
		/* a negative place in the file; one that is not congruent */
		{ &p64[1].p_offset, ~0ull - 0xdbf },
		{ &p64[1].p_offset, 0x1241 },
	};

	for (unsigned i = 0; i < sizeof(damage) / sizeof(damage[0]); i++) {
		make64(state);
		*damage[i].field = damage[i].value;
		assert_int_equal(scan64(), -EINVAL);
	}
	make64(state);
	p64[0].p_type = p64[1].p_type = PT_NOTE;	/* nothing to load */
	assert_int_equal(scan64(), -EINVAL);
	make64(state);
	p64[0].p_filesz = ~0ull;	/* what comes behind is read */
	p64[2] = (Elf64_Phdr){ .p_type = PT_INTERP, .p_filesz = 7 };
	assert_int_equal(scan64(), -EINVAL);
	assert_int_equal(l.interp_size, 7);
	make64(state);
	p64[2] = (Elf64_Phdr){ .p_type = PT_INTERP, .p_filesz = 1 };
	assert_int_equal(scan64(), -ENOEXEC);
	p64[2].p_filesz = 4097;
	assert_int_equal(scan64(), -ENOEXEC);
}

static void odd_but_good(void **state)
{
	p64[1].p_filesz = 0;			/* only bss, any offset */
	p64[1].p_offset = 7;
	assert_int_equal(scan64(), 0);
	make64(state);
	p64[1].p_vaddr = TOP64 - 0x3000 - 0xdc0;	/* to the last byte */
	p64[1].p_memsz = 0x3000 + 0xdc0;
	assert_int_equal(scan64(), 0);
	assert_int_equal(l.high, TOP64);
	make64(state);
	p64[2].p_flags |= PF_X;
	assert_int_equal(scan64(), 0);
	assert_true(l.stack_exec);
	make64(state);
	p64[2] = (Elf64_Phdr){ .p_type = PT_PHDR, .p_vaddr = 0x12000 };
	assert_int_equal(scan64(), 0);
	assert_int_equal(l.phdr_vaddr, 0x12000);
	make64(state);
	p64[0].p_filesz = 0x80;			/* ends inside the headers */
	assert_int_equal(scan64(), 0);
	assert_int_equal(l.phdr_vaddr, 0);
	make64(state);
	p64[0].p_align = 3;			/* no power of two: ignored */
	assert_int_equal(scan64(), 0);
	assert_int_equal(l.align, PAGE);
}

static int split(const char *s, char *text, char **arg)
{
	return script_split(s, strlen(s), text, arg);
}

static void scripts(void **state)
{
	static const struct {
		const char *line, *text, *arg;	/* no text: refused */
	} lines[] = {
		{ "#!/bin/sh\nrest", "/bin/sh", NULL },
		{ "#! \t/bin/sh  -e  -x \t\n", "/bin/sh", "-e  -x" },
		{ "#!/bin/sh", "/bin/sh", NULL },
		{ "#!\n/bin/sh", NULL, NULL },
		{ "#!  \t\n", NULL, NULL },
		/* a file that ends in its first line: zeros follow */
		{ "#!", "", NULL },
		{ "#!  \t", "", NULL },
		{ "#!/bin/sh ", "/bin/sh", "" },
		{ "#!/bin/sh  x ", "/bin/sh", "x " },
		{ "#", NULL, NULL },
		{ "", NULL, NULL },
		{ "!#/bin/sh\n", NULL, NULL },
	};
	char text[SCRIPT_LINE], line[600], *arg;

	for (unsigned i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		const char *want = lines[i].text;

		assert_int_equal(split(lines[i].line, text, &arg),
				 want ? 0 : -ENOEXEC);
		if (!want)
			continue;
		assert_string_equal(text, want);
		if (lines[i].arg)
			assert_string_equal(arg, lines[i].arg);
		else
			assert_null(arg);
	}
	/* cut in the name, cut in the argument */
	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = 0;
	memcpy(line, "#!/", 3);
	assert_int_equal(split(line, text, &arg), -ENOEXEC);
	line[100] = ' ';
	assert_int_equal(split(line, text, &arg), 0);
	assert_int_equal(strlen(text), 98);
	assert_int_equal(strlen(arg), SCRIPT_LINE - 1 - 101);
	/* a NUL ends the line */
	assert_int_equal(script_split("#!/a\0b\n", 7, text, &arg), 0);
	assert_string_equal(text, "/a");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(good64, make64),
		cmocka_unit_test_setup(good32, make32),
		cmocka_unit_test(bad_headers),
		cmocka_unit_test(ignored),
		cmocka_unit_test_setup(truncated, make64),
		cmocka_unit_test_setup(bad_segments, make64),
		cmocka_unit_test_setup(odd_but_good, make64),
		cmocka_unit_test(scripts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
