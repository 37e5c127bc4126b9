/* SPDX-License-Identifier: MIT */
/* A library of the tests in memory, to be written elsewhere with a fault. */
#ifndef TEST_RTLD_PATCH_H
#define TEST_RTLD_PATCH_H

#include <link.h>
#include "../tap.h"

static struct {
	union {
		ElfW(Ehdr) header;
		char bytes[1 << 18];
	};
	size_t size;
} library;

/* The folder that this program lies in. */
static char folder[256];

UNUSED static void find_folder(const char *argv0)
{
	tap_find_self(argv0);
	snprintf(folder, sizeof(folder), "%.*s",
		 (int)(strrchr(tap_self, '/') - tap_self), tap_self);
}

UNUSED static void read_library(const char *name)
{
	char path[320];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, O_RDONLY);
	n = fd < 0 ? -1 : read(fd, library.bytes, sizeof(library.bytes));
	if (n <= 0 || n == sizeof(library.bytes) || close(fd))
		tap_bail(path);
	library.size = (size_t)n;
}

UNUSED static void write_library(const char *path)
{
	put_file(path, library.bytes, library.size, 0755);
}

static ElfW(Phdr) *segment(size_t i)
{
	return (ElfW(Phdr) *)(library.bytes + library.header.e_phoff) + i;
}

/* => what the library has at an address, in the file */
UNUSED static void *in_library(size_t address)
{
	for (size_t i = 0; i < library.header.e_phnum; i++) {
		const ElfW(Phdr) *ph = segment(i);

		if (ph->p_type == PT_LOAD && address >= ph->p_vaddr &&
		    address - ph->p_vaddr < ph->p_filesz)
			return library.bytes + ph->p_offset +
			       (address - ph->p_vaddr);
	}
	tap_bail("address in library");
}

/* => the value of an entry of the dynamic section, or NULL */
UNUSED static size_t *dynamic_value(long tag)
{
	for (size_t i = 0; i < library.header.e_phnum; i++) {
		ElfW(Dyn) *d = (void *)(library.bytes + segment(i)->p_offset);

		if (segment(i)->p_type != PT_DYNAMIC)
			continue;
		for (; d->d_tag != DT_NULL; d++)
			if (d->d_tag == tag)
				return (size_t *)d + 1;
	}
	return NULL;
}

/* Two words, with or without an addend behind them. */
struct relocation {
	size_t offset, info;
};

/* => the first relocation of a table that is of a symbol, or NULL */
static struct relocation *first_of(long table, long table_size)
{
	size_t words = dynamic_value(DT_RELA) ? 3 : 2;
	size_t *place = dynamic_value(table), left, *at;

	if (!place)
		return NULL;
	at = in_library(*place);
	left = *dynamic_value(table_size);
	for (; left; left -= words * sizeof(*at), at += words)
		if (sizeof(*at) == 8 ? at[1] >> 32 : at[1] >> 8)
			return (struct relocation *)at;
	return NULL;
}

/* => the first relocation that is of a symbol, of data if there is one */
UNUSED static struct relocation *first_relocation(void)
{
	struct relocation *r = first_of(DT_RELA, DT_RELASZ);

	if (!r)
		r = first_of(DT_REL, DT_RELSZ);
	if (!r)
		r = first_of(DT_JMPREL, DT_PLTRELSZ);
	if (!r)
		tap_bail("relocation in library");
	return r;
}

/* => the first one of a function that is called */
UNUSED static struct relocation *first_plt_relocation(void)
{
	return in_library(*dynamic_value(DT_JMPREL));
}

#endif
