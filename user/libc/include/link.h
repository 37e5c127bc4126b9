/* SPDX-License-Identifier: MIT */
/* Information for a program about its loaded objects. */
#ifndef LIBC_LINK_H
#define LIBC_LINK_H

#include <elf.h>
#include <stddef.h>

#define ElfW(type)	Elf_##type	/* for the machine's word size */

struct link_map {
	uintptr_t l_addr;		/* added to addresses in the file */
	char *l_name;
	Elf_Dyn *l_ld;
	struct link_map *l_next, *l_prev;
};

struct dl_phdr_info {
	uintptr_t dlpi_addr;		/* added to addresses in the file */
	const char *dlpi_name;
	const Elf_Phdr *dlpi_phdr;
	uint16_t dlpi_phnum;
	unsigned long long dlpi_adds, dlpi_subs;	/* not counted: 0 */
	size_t dlpi_tls_modid;
	void *dlpi_tls_data;		/* not supported: NULL */
};

/* Call fn for each object until it returns non-zero.  Return: that, or 0. */
int dl_iterate_phdr(int (*fn)(struct dl_phdr_info *info, size_t size,
			      void *data), void *data);

#endif
