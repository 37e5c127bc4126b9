/* SPDX-License-Identifier: MIT */
/*
 * Headers and sections of a PE file (row E14).  Offset 0x3c of the DOS header
 * has the position of the PE header.  Behind that come the optional header,
 * which every image must have, and the table of sections.
 *
 * One rule keeps the rest simple: sections follow one another in the image, on
 * pages of their own, and their parts of the file lie inside it.
 */
#include <string.h>
#include "pe.h"

enum {				/* offsets */
	DOS_PE = 0x3c, DOS_SIZE = 0x40,
	COFF_MACHINE = 4, COFF_SECTIONS = 6, COFF_OPT_SIZE = 20,
	COFF_FLAGS = 22, COFF_SIZE = 24,
	OPT_MAGIC = 0, OPT_ENTRY = 16, OPT_BASE = 28, OPT_ALIGN = 32,
	OPT_SIZE = 56, OPT_HEADERS = 60, OPT_SUBSYSTEM = 68,
	OPT_DIRECTORIES = 92, OPT_FIXED = 96,
	SEC_VSIZE = 8, SEC_RVA = 12, SEC_RAW_SIZE = 16, SEC_RAW = 20,
	SEC_FLAGS = 36, SEC_SIZE = 40,
};

#define MACHINE_386	0x14c
#define MAGIC_PE32	0x10b
#define MAGIC_PE32_PLUS	0x20b
#define FILE_NO_RELOCS	0x0001
#define FILE_RUNNABLE	0x0002
#define FILE_DLL	0x2000
#define SUBSYSTEM_GUI	2
#define SUBSYSTEM_CUI	3
#define SEC_EXEC	0x20000000
#define SEC_WRITE	0x80000000

/* True if [at, at + size) lies inside [0, n). */
static int inside(uint64_t at, uint64_t size, uint64_t n)
{
	return at <= n && size <= n - at;
}

static uint32_t page_up(uint32_t size)
{
	return (size + PE_PAGE - 1) & ~(PE_PAGE - 1);
}

static const char *check_coff(const uint8_t *coff, uint32_t opt_size)
{
	uint16_t flags = pe_get16(coff + COFF_FLAGS);
	uint16_t magic = pe_get16(coff + COFF_SIZE + OPT_MAGIC);

	return memcmp(coff, "PE\0\0", 4) ? "no PE file" :
		magic == MAGIC_PE32_PLUS ? "a 64-bit program" :
		pe_get16(coff + COFF_MACHINE) != MACHINE_386 ?
			"a program of another machine" :
		opt_size < OPT_FIXED || magic != MAGIC_PE32 ?
			"no optional header of PE32" :
		!(flags & FILE_RUNNABLE) ? "not linked without errors" : NULL;
}

static const char *check_optional(const struct pe_image *p, const uint8_t *opt)
{
	uint16_t subsystem = pe_get16(opt + OPT_SUBSYSTEM);
	uint32_t align = pe_get32(opt + OPT_ALIGN);

	return align < PE_PAGE || align & (align - 1) ?
			"sections that do not begin on pages" :
		!p->size || p->size > PE_MAX_SIZE || p->headers > p->size ?
			"an image of impossible size" :
		p->base & 0xffff || p->base + p->size < p->base ?
			"an impossible base" :
		p->entry >= p->size ? "an entry point outside the image" :
		!p->is_dll && !p->entry ? "no entry point" :
		!p->is_dll && subsystem != SUBSYSTEM_CUI &&
			subsystem != SUBSYSTEM_GUI ?
			"a program of another subsystem" : NULL;
}

static void read_optional(struct pe_image *p, const uint8_t *coff)
{
	const uint8_t *opt = coff + COFF_SIZE;
	uint32_t room = (pe_get16(coff + COFF_OPT_SIZE) - OPT_FIXED) / 8u;
	uint32_t n = pe_get32(opt + OPT_DIRECTORIES);

	p->is_dll = !!(pe_get16(coff + COFF_FLAGS) & FILE_DLL);
	p->fixed = !!(pe_get16(coff + COFF_FLAGS) & FILE_NO_RELOCS);
	p->entry = pe_get32(opt + OPT_ENTRY);
	p->base = pe_get32(opt + OPT_BASE);
	p->size = page_up(pe_get32(opt + OPT_SIZE));
	p->headers = pe_get32(opt + OPT_HEADERS);
	n = n < room ? n : room;
	for (uint32_t i = 0; i < n && i < PE_DIRECTORIES; i++) {
		p->dir[i].rva = pe_get32(opt + OPT_FIXED + 8 * i);
		p->dir[i].size = pe_get32(opt + OPT_FIXED + 8 * i + 4);
	}
}

void pe_section(const struct pe_image *p, const void *file, unsigned int i,
		struct pe_section *s)
{
	const uint8_t *h = (const uint8_t *)file + p->table + i * SEC_SIZE;
	uint32_t raw = pe_get32(h + SEC_RAW_SIZE);
	uint32_t flags = pe_get32(h + SEC_FLAGS);

	s->rva = pe_get32(h + SEC_RVA);
	s->size = pe_get32(h + SEC_VSIZE);
	if (!s->size)		/* old link editors */
		s->size = raw;
	s->offset = pe_get32(h + SEC_RAW);
	s->file_size = raw < s->size ? raw : s->size;
	if (!s->offset)
		s->file_size = 0;
	s->write = !!(flags & SEC_WRITE);
	s->exec = !!(flags & SEC_EXEC);
}

static int check_sections(struct pe_image *p, const void *file, size_t n)
{
	uint32_t end = page_up(p->headers);
	struct pe_section s;

	for (unsigned int i = 0; i < p->sections; i++) {
		pe_section(p, file, i, &s);
		if (s.rva & (PE_PAGE - 1) || s.rva < end)
			return pe_wrong(p, "sections out of order");
		if (!inside(s.rva, s.size, p->size))
			return pe_wrong(p, "a section outside the image");
		if (!inside(s.offset, s.file_size, n))
			return pe_wrong(p, "a section that the file ends in");
		end = page_up(s.rva + s.size);
	}
	return 0;
}

int pe_read(struct pe_image *p, const void *file, size_t n)
{
	const uint8_t *coff;
	uint32_t at, opt;

	*p = (struct pe_image){ 0 };
	if (n < DOS_SIZE || memcmp(file, "MZ", 2))
		return pe_wrong(p, "no PE file");
	at = pe_get32((const uint8_t *)file + DOS_PE);
	if (!inside(at, COFF_SIZE + OPT_FIXED, n))
		return pe_wrong(p, "a header that the file ends in");
	coff = (const uint8_t *)file + at;
	opt = pe_get16(coff + COFF_OPT_SIZE);
	p->error = check_coff(coff, opt);
	if (p->error)
		return -1;
	p->sections = pe_get16(coff + COFF_SECTIONS);
	if (p->sections > PE_MAX_SECTIONS)
		return pe_wrong(p, "too many sections");
	p->table = at + COFF_SIZE + opt;
	if (!inside((uint64_t)at + COFF_SIZE, opt, n) ||
	    !inside(p->table, (uint64_t)p->sections * SEC_SIZE, n))
		return pe_wrong(p, "a header that the file ends in");
	read_optional(p, coff);
	if (p->headers > n)
		return pe_wrong(p, "a header that the file ends in");
	if (!inside(p->table, p->sections * SEC_SIZE, p->headers))
		return pe_wrong(p, "sections that are not among the headers");
	p->error = check_optional(p, coff + COFF_SIZE);
	return p->error ? -1 : check_sections(p, file, n);
}

void pe_lay_out(struct pe_image *p, const void *file)
{
	struct pe_section s;

	memcpy(p->mem, file, p->headers);
	for (unsigned int i = 0; i < p->sections; i++) {
		pe_section(p, file, i, &s);
		if (s.file_size)
			memcpy(p->mem + s.rva,
			       (const uint8_t *)file + s.offset, s.file_size);
	}
}

void *pe_at(const struct pe_image *p, uint32_t rva, uint32_t size)
{
	return inside(rva, size, p->size) ? p->mem + rva : NULL;
}

const char *pe_string(const struct pe_image *p, uint32_t rva)
{
	if (rva >= p->size || !memchr(p->mem + rva, 0, p->size - rva))
		return NULL;
	return (const char *)p->mem + rva;
}
