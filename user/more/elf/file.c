/* SPDX-License-Identifier: MIT */
/* The file and its parts: only this code accesses the bytes of the file. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <errno.h>
#include <unistd.h>
#include "elf.h"

#define NONE	UINT64_MAX

int elf_has(const struct elf *e, uint64_t at, uint64_t size)
{
	return at <= e->size && size <= e->size - at;
}

uint64_t elf_get(const struct elf *e, uint64_t at, int bytes)
{
	uint64_t v = 0;

	if (!elf_has(e, at, (uint64_t)bytes))
		return 0;
	for (int i = 0; i < bytes; i++)
		v |= (uint64_t)e->data[at + (uint64_t)i] <<
			8 * (e->big ? bytes - 1 - i : i);
	return v;
}

uint64_t elf_word(const struct elf *e, uint64_t at)
{
	return elf_get(e, at, e->wide ? 8 : 4);
}

int64_t elf_signed_word(const struct elf *e, uint64_t at)
{
	uint64_t v = elf_word(e, at);

	return e->wide ? (int64_t)v : (int64_t)(int32_t)v;
}

/* ---- headers ------------------------------------------------------------- */

static void read_header(struct elf *e)
{
	uint64_t word = e->wide ? 8 : 4, at = 24;

	e->type = (uint16_t)elf_get(e, 16, 2);
	e->machine = (uint16_t)elf_get(e, 18, 2);
	e->version = (uint32_t)elf_get(e, 20, 4);
	e->entry = elf_word(e, at);
	e->phoff = elf_word(e, at += word);
	e->shoff = elf_word(e, at += word);
	e->flags = (uint32_t)elf_get(e, at += word, 4);
	e->ehsize = (uint16_t)elf_get(e, at += 4, 2);
	e->phentsize = (uint16_t)elf_get(e, at += 2, 2);
	e->phnum = (uint16_t)elf_get(e, at += 2, 2);
	e->shentsize = (uint16_t)elf_get(e, at += 2, 2);
	e->shnum = (uint16_t)elf_get(e, at += 2, 2);
	e->shstrndx = (uint16_t)elf_get(e, at + 2, 2);
}

/* Return: how many of the `number` headers lie inside the file. */
static uint32_t fitting(const struct elf *e, uint64_t at, uint64_t number,
			uint64_t size)
{
	if (!at || at > e->size)
		return 0;
	return (uint32_t)(number < (e->size - at) / size ? number :
			  (e->size - at) / size);
}

const char *elf_use(struct elf *e, const char *path, const void *data,
		    uint64_t size)
{
	static const unsigned char magic[4] = { 0x7f, 'E', 'L', 'F' };
	struct section first;

	*e = (struct elf){ .path = path, .data = data, .size = size };
	if (size < 16 || memcmp(data, magic, 4))
		return "Not an ELF file - it has the wrong magic bytes at the "
		       "start";
	if (e->data[4] < 1 || e->data[4] > 2)
		return "neither a file of 32 nor of 64 bits";
	if (e->data[5] < 1 || e->data[5] > 2)
		return "neither high byte first nor low byte first";
	e->wide = e->data[4] == 2;
	e->big = e->data[5] == 2;
	if (size < (e->wide ? 64 : 52))
		return "the header is cut short";
	read_header(e);
	if (e->shentsize == (e->wide ? 64 : 40))
		e->sections = 1;
	first = elf_section(e, 0);
	/* values too large for the header are in section 0 */
	e->names = e->shstrndx == 0xffff ? first.link : e->shstrndx;
	if (e->sections)
		e->sections = fitting(e, e->shoff, e->shnum ? e->shnum :
				      first.size, e->shentsize);
	if (e->phentsize == (e->wide ? 56 : 32))
		e->segments = fitting(e, e->phoff, e->phnum == 0xffff ?
				      first.info : e->phnum, e->phentsize);
	return NULL;
}

const char *elf_open(struct elf *e, const char *path)
{
	struct stat st;
	const char *why;
	char *data = NULL;
	uint64_t got = 0;
	ssize_t n = 1;
	int fd = open(path, O_RDONLY);

	if (fd < 0)
		return strerror(errno);
	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		close(fd);
		return "is not an ordinary file";
	}
	if ((uint64_t)st.st_size < SIZE_MAX / 2)
		data = malloc((size_t)st.st_size + 1);
	while (data && got < (uint64_t)st.st_size &&
	       (n = read(fd, data + got, (size_t)st.st_size - got)) > 0)
		got += (uint64_t)n;
	close(fd);
	if (!data)
		return "is too large for the memory there is";
	why = n < 0 ? strerror(errno) : elf_use(e, path, data, got);
	if (why)
		free(data);
	return why;
}

void elf_close(struct elf *e)
{
	free((void *)e->data);
	e->data = NULL;
	e->size = 0;
}

struct section elf_section(const struct elf *e, uint32_t i)
{
	uint64_t at = e->shoff + (uint64_t)i * e->shentsize;
	uint64_t word = e->wide ? 8 : 4;
	struct section s = { 0 };

	if (i >= e->sections)
		return s;
	s.name = (uint32_t)elf_get(e, at, 4);
	s.type = (uint32_t)elf_get(e, at + 4, 4);
	s.flags = elf_word(e, at += 8);
	s.addr = elf_word(e, at += word);
	s.offset = elf_word(e, at += word);
	s.size = elf_word(e, at += word);
	s.link = (uint32_t)elf_get(e, at += word, 4);
	s.info = (uint32_t)elf_get(e, at += 4, 4);
	s.align = elf_word(e, at += 4);
	s.entry = elf_word(e, at + word);
	return s;
}

struct segment elf_segment(const struct elf *e, uint32_t i)
{
	uint64_t at = e->phoff + (uint64_t)i * e->phentsize;
	uint64_t word = e->wide ? 8 : 4;
	struct segment s = { 0 };

	if (i >= e->segments)
		return s;
	s.type = (uint32_t)elf_get(e, at, 4);
	/* the position of p_flags depends on the class */
	s.flags = (uint32_t)elf_get(e, at + (e->wide ? 4 : 24), 4);
	s.offset = elf_word(e, at += word);
	s.vaddr = elf_word(e, at += word);
	s.paddr = elf_word(e, at += word);
	s.filesz = elf_word(e, at += word);
	s.memsz = elf_word(e, at += word);
	s.align = elf_word(e, at + 8);
	return s;
}

uint64_t elf_symbols(const struct elf *e, const struct section *table)
{
	uint64_t size = e->wide ? 24 : 16;

	return elf_has(e, table->offset, table->size) ? table->size / size : 0;
}

struct symbol elf_symbol(const struct elf *e, const struct section *table,
			 uint64_t i)
{
	uint64_t at = table->offset + i * (e->wide ? 24 : 16);
	struct symbol s = { 0 };

	if (i >= elf_symbols(e, table))
		return s;
	s.name = (uint32_t)elf_get(e, at, 4);
	s.info = (uint8_t)elf_get(e, at + (e->wide ? 4 : 12), 1);
	s.other = (uint8_t)elf_get(e, at + (e->wide ? 5 : 13), 1);
	s.section = (uint16_t)elf_get(e, at + (e->wide ? 6 : 14), 2);
	s.value = elf_word(e, at + (e->wide ? 8 : 4));
	s.size = elf_word(e, at + (e->wide ? 16 : 8));
	return s;
}

/* ---- strings ------------------------------------------------------------- */

const char *elf_bytes_string(const struct elf *e, uint64_t table, uint64_t size,
			     uint64_t at)
{
	if (!elf_has(e, table, size) || at >= size ||
	    !memchr(e->data + table + at, 0, (size_t)(size - at)))
		return "<corrupt>";
	return (const char *)e->data + table + at;
}

const char *elf_string(const struct elf *e, const struct section *table,
		       uint64_t at)
{
	if (table->type == S_NOBITS)
		return "<corrupt>";
	return elf_bytes_string(e, table->offset, table->size, at);
}

const char *elf_section_name(const struct elf *e, const struct section *s)
{
	struct section names = elf_section(e, e->names);

	if (!e->names || e->names >= e->sections)
		return "<no-strings>";
	return elf_string(e, &names, s->name);
}

/* ---- addresses and the dynamic section ----------------------------------- */

uint64_t elf_offset(const struct elf *e, uint64_t vaddr)
{
	for (uint32_t i = 0; i < e->segments; i++) {
		struct segment s = elf_segment(e, i);

		if (s.type == P_LOAD && vaddr >= s.vaddr &&
		    vaddr - s.vaddr < s.filesz)
			return s.offset + (vaddr - s.vaddr);
	}
	return NONE;
}

struct dynamic elf_dynamic(const struct elf *e, uint64_t at, uint32_t i)
{
	at += (uint64_t)i * (e->wide ? 16 : 8);
	return (struct dynamic){ elf_signed_word(e, at),
				 elf_word(e, at + (e->wide ? 8 : 4)) };
}

/* Use the segment, or the section in an object file without segments. */
static int find_dynamic(const struct elf *e, uint64_t *at, uint64_t *size)
{
	for (uint32_t i = 0; i < e->segments; i++) {
		struct segment s = elf_segment(e, i);

		if (s.type == P_DYNAMIC) {
			*at = s.offset;
			*size = s.filesz;
			return 1;
		}
	}
	for (uint32_t i = 0; i < e->sections; i++) {
		struct section s = elf_section(e, i);

		if (s.type == S_DYNAMIC) {
			*at = s.offset;
			*size = s.size;
			return 1;
		}
	}
	return 0;
}

uint32_t elf_dynamics(const struct elf *e, uint64_t *at)
{
	uint64_t size, one = e->wide ? 16 : 8;
	uint32_t n = 0;

	if (!find_dynamic(e, at, &size) || *at >= e->size)
		return 0;
	if (size > e->size - *at)
		size = e->size - *at;
	while (n < size / one)
		if (!elf_dynamic(e, *at, n++).tag)
			break;
	return n;
}

struct section elf_dynamic_strings(const struct elf *e)
{
	struct section s = { .type = S_STRTAB, .offset = NONE };
	uint64_t at;

	for (uint32_t i = 0, n = elf_dynamics(e, &at); i < n; i++) {
		struct dynamic d = elf_dynamic(e, at, i);

		if (d.tag == D_STRTAB)
			s.offset = elf_offset(e, d.value);
		else if (d.tag == D_STRSZ)
			s.size = d.value;
	}
	return s;
}
