/* SPDX-License-Identifier: MIT */
/*
 * An ELF file as elfdump, nm and ldd read it: of any machine, either class and
 * byte order, and broken in any way.  Nothing of it is used before it was
 * found to lie inside the file: whoever reads a number outside gets 0, and
 * whoever asks for a string outside "<corrupt>".
 */
#ifndef ELF_READ_H
#define ELF_READ_H

#include <stddef.h>
#include <stdint.h>

enum {
	T_REL = 1, T_EXEC, T_DYN, T_CORE,
	M_386 = 3, M_X86_64 = 62, M_RISCV = 243,
	S_PROGBITS = 1, S_SYMTAB, S_STRTAB, S_RELA, S_HASH, S_DYNAMIC, S_NOTE,
	S_NOBITS, S_REL, S_DYNSYM = 11, S_RELR = 19,
	P_LOAD = 1, P_DYNAMIC, P_INTERP, P_NOTE, P_PHDR = 6, P_TLS,
	F_WRITE = 1, F_ALLOC = 2, F_EXEC = 4, F_TLS = 0x400,
	D_NEEDED = 1, D_STRTAB = 5, D_STRSZ = 10, D_SONAME = 14, D_RPATH = 15,
	D_RUNPATH = 29, D_FLAGS_1 = 0x6ffffffb,
};
#define S_VERDEF	0x6ffffffdu
#define S_VERNEED	0x6ffffffeu
#define S_VERSYM	0x6fffffffu
#define P_EH_FRAME	0x6474e550u
#define P_STACK		0x6474e551u
#define P_RELRO		0x6474e552u

struct section {
	uint32_t name, type, link, info;
	uint64_t flags, addr, offset, size, align, entry;
};

struct segment {
	uint32_t type, flags;
	uint64_t offset, vaddr, paddr, filesz, memsz, align;
};

struct symbol {
	uint32_t name;
	uint8_t info, other;
	uint16_t section;
	uint64_t value, size;
};

struct dynamic {
	int64_t tag;
	uint64_t value;
};

struct elf {
	const char *path;
	const unsigned char *data;
	uint64_t size;
	int wide, big;			/* 64 bits; high byte first */
	uint16_t type, machine, ehsize, phentsize, phnum, shentsize, shnum;
	uint16_t shstrndx;
	uint32_t version, flags;
	uint64_t entry, phoff, shoff;
	uint32_t segments, sections, names;	/* numbers that can be used */
};

/* ---- file.c: the file and its parts -------------------------------------- */

/* => 0, or why it is none: a text for people */
const char *elf_use(struct elf *e, const char *path, const void *data,
		    uint64_t size);
/* Likewise, a file by its name; elf_close() when none of it is needed. */
const char *elf_open(struct elf *e, const char *path);
void elf_close(struct elf *e);

int elf_has(const struct elf *e, uint64_t at, uint64_t size);
uint64_t elf_get(const struct elf *e, uint64_t at, int bytes);
uint64_t elf_word(const struct elf *e, uint64_t at);
int64_t elf_signed_word(const struct elf *e, uint64_t at);

struct section elf_section(const struct elf *e, uint32_t i);
struct segment elf_segment(const struct elf *e, uint32_t i);
struct symbol elf_symbol(const struct elf *e, const struct section *table,
			 uint64_t i);
uint64_t elf_symbols(const struct elf *e, const struct section *table);

/* A string of a section of them; "<corrupt>" if it does not end there. */
const char *elf_string(const struct elf *e, const struct section *table,
		       uint64_t at);
const char *elf_bytes_string(const struct elf *e, uint64_t table, uint64_t size,
			     uint64_t at);
const char *elf_section_name(const struct elf *e, const struct section *s);

/* Where an address is in the file; UINT64_MAX: nowhere. */
uint64_t elf_offset(const struct elf *e, uint64_t vaddr);

/* Where the dynamic section is. => entries with the last, 0: there is none */
uint32_t elf_dynamics(const struct elf *e, uint64_t *at);
struct dynamic elf_dynamic(const struct elf *e, uint64_t at, uint32_t i);
/* Its strings, as a section. */
struct section elf_dynamic_strings(const struct elf *e);

/* ---- out.c: output through one buffer ------------------------------------ */

__attribute__((format(printf, 1, 2))) void out(const char *fmt, ...);
/* A name of the file: what a terminal would obey is shown as ^X. */
int out_name(const char *s);
void out_flush(void);

/* ---- names.c: numbers as readelf calls them ------------------------------ */

struct name {
	uint64_t value;
	const char *text;
};

#define NAMES(table)	table, sizeof(table) / sizeof(table[0])

const char *name_of(const struct name *table, size_t n, uint64_t value);
const char *machine_name(uint16_t machine);
const char *section_type(const struct elf *e, uint32_t type);
const char *segment_type(const struct elf *e, uint32_t type);
const char *reloc_type(uint16_t machine, uint32_t type);
const char *dynamic_type(int64_t tag);

/* ---- version.c ----------------------------------------------------------- */

struct version {
	const char *name;		/* NULL: it has none */
	int number, defined, hidden;
};

/* Of a symbol of .dynsym. */
struct version elf_version(const struct elf *e, uint64_t symbol);

/* ---- what elfdump prints ------------------------------------------------- */

void dump_header(const struct elf *e);
void dump_segments(const struct elf *e, int alone);
void dump_sections(const struct elf *e, int alone);
void dump_dynamic(const struct elf *e);
void dump_symbols(const struct elf *e);
void dump_relocs(const struct elf *e);
void dump_notes(const struct elf *e);
const char *file_type(const struct elf *e);

#endif
