/* SPDX-License-Identifier: MIT */
/* Lab 12: the GOT entries of a program's PLT. */
#include <elf.h>
#include "part.h"

extern Elf_Dyn _DYNAMIC[];
extern const char __ehdr_start[], _end[];

/* The size of a record; both kinds begin like Elf_Rel. */
#define PLT_RECORD(pltrel) \
	((pltrel) == DT_RELA ? sizeof(Elf_Rela) : sizeof(Elf_Rel))

static unsigned long dynamic(long tag)
{
	for (Elf_Dyn *d = _DYNAMIC; d->d_tag; d++)
		if (d->d_tag == tag)
			return (unsigned long)d->d_val;
	return 0;
}

/* Return: the GOT entry of a function, or NULL */
static unsigned long *slot_of(const char *name)
{
	const char *base = __ehdr_start;
	const char *at = base + dynamic(DT_JMPREL);
	const Elf_Sym *s = (const Elf_Sym *)(base + dynamic(DT_SYMTAB));
	const char *names = base + dynamic(DT_STRTAB);
	const char *end = at + dynamic(DT_PLTRELSZ);

	for (; at < end; at += PLT_RECORD(dynamic(DT_PLTREL))) {
		const Elf_Rel *r = (const Elf_Rel *)at;

		if (!strcmp(names + s[ELF_R_SYM(r->r_info)].st_name, name))
			return (unsigned long *)(base + r->r_offset);
	}
	return NULL;
}

static int mine(unsigned long address)
{
	return address >= (unsigned long)__ehdr_start &&
	       address < (unsigned long)_end;
}
