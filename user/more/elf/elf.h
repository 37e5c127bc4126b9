/* SPDX-License-Identifier: MIT */
/*
 * Reading ELF files for elfdump, nm and ldd: of any machine, class and byte
 * order, and broken in any way.  Every access is checked against the size of
 * the file: a number outside reads as 0, a string outside as "<corrupt>".
 */
#ifndef ELF_READ_H
#define ELF_READ_H

#include <stddef.h>
#include <stdint.h>

enum {
	T_REL = 1, T_EXEC, T_DYN, T_CORE,
	M_386 = 3, M_X86_64 = 62, M_AARCH64 = 183, M_RISCV = 243,
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
	int wide, big;			/* 64-bit class; big-endian */
	uint16_t type, machine, ehsize, phentsize, phnum, shentsize, shnum;
	uint16_t shstrndx;
	uint32_t version, flags;
	uint64_t entry, phoff, shoff;
	/* numbers inside the file; index of the section of names */
	uint32_t segments, sections, names;
};

/* ---- file.c: the file and its parts -------------------------------------- */

/* Return: NULL, or a message why data is no ELF file. */
const char *elf_use(struct elf *e, const char *path, const void *data,
		    uint64_t size);
/* Do the same for a file, given its path; end with elf_close(). */
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

/* A string of a string table; "<corrupt>" if it does not end there. */
const char *elf_string(const struct elf *e, const struct section *table,
		       uint64_t at);
const char *elf_bytes_string(const struct elf *e, uint64_t table, uint64_t size,
			     uint64_t at);
const char *elf_section_name(const struct elf *e, const struct section *s);

/* Return: the file offset of an address; UINT64_MAX: not in the file. */
uint64_t elf_offset(const struct elf *e, uint64_t vaddr);

/* Find the dynamic section.  Return: its entries with DT_NULL; 0: none. */
uint32_t elf_dynamics(const struct elf *e, uint64_t *at);
struct dynamic elf_dynamic(const struct elf *e, uint64_t at, uint32_t i);
/* Return: the strings of the dynamic section, as a section. */
struct section elf_dynamic_strings(const struct elf *e);

/* ---- out.c: output through one buffer ------------------------------------ */

__attribute__((format(printf, 1, 2))) void out(const char *fmt, ...);
/* Print a name from the file, control characters as ^X.  Return: columns. */
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
	const char *name;		/* NULL: no version */
	int number, defined, hidden;
};

/* Return: the version of a symbol of .dynsym. */
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
