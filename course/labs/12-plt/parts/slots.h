/* SPDX-License-Identifier: MIT */
/* Lab 12: the GOT entries of a program's PLT. */
#include <elf.h>
#include "part.h"

extern Elf_Dyn _DYNAMIC[];
extern const char __ehdr_start[], _end[];

#ifdef __i386__
#define RECORD	Elf_Rel
#else
#define RECORD	Elf_Rela
#endif

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
	const RECORD *r = (const RECORD *)(base + dynamic(DT_JMPREL));
	const Elf_Sym *s = (const Elf_Sym *)(base + dynamic(DT_SYMTAB));
	const char *names = base + dynamic(DT_STRTAB);
	unsigned long n = dynamic(DT_PLTRELSZ) / sizeof(*r);

	for (; n; n--, r++)
		if (!strcmp(names + s[ELF_R_SYM(r->r_info)].st_name, name))
			return (unsigned long *)(base + r->r_offset);
	return NULL;
}

static int mine(unsigned long address)
{
	return address >= (unsigned long)__ehdr_start &&
	       address < (unsigned long)_end;
}
