/* SPDX-License-Identifier: MIT */
/*
 * The start of the linker itself.  No other linker has relocated it: until
 * relocate_self() has run, pointers in its data are wrong, and only code and
 * data that the compiler addresses relative to the program counter may be used.
 * That holds for everything in the linker, because its symbols are hidden
 * (-fvisibility=hidden) and exported ones are bound locally (-Bsymbolic): the
 * only relocations are those that add the base.
 *
 *	sp -> argc | argv... 0 | envp... 0 | type, value ... 0, 0 | strings
 *	                                     `- the auxiliary vector
 */
#include "rtld.h"
#include "sys.h"

extern const char __ehdr_start[] __attribute__((visibility("hidden")));
extern Elf_Dyn _DYNAMIC[] __attribute__((visibility("hidden")));

uintptr_t rtld_boot(unsigned long *sp);

static void relocate_self(uintptr_t base)
{
	const RELOC *r = NULL;
	size_t size = 0;

	for (const Elf_Dyn *d = _DYNAMIC; d->d_tag; d++) {
		if (d->d_tag == (HAS_ADDEND ? DT_RELA : DT_REL))
			r = (const RELOC *)(base + d->d_val);
		if (d->d_tag == (HAS_ADDEND ? DT_RELASZ : DT_RELSZ))
			size = d->d_val;
	}
	for (; size; size -= sizeof(*r), r++) {
		uintptr_t *place = (uintptr_t *)(base + r->r_offset);

		if (ELF_R_TYPE(r->r_info) != R_RELATIVE)
			sys_exit(127);
#if HAS_ADDEND
		*place = base + (uintptr_t)r->r_addend;
#else
		*place += base;
#endif
	}
}

/* Return: the address of the program's first instruction. */
uintptr_t rtld_boot(unsigned long *sp)
{
	uintptr_t base = (uintptr_t)__ehdr_start;
	uintptr_t entry;

	relocate_self(base);
	rtld_main(sp, base, &entry);
	return entry;
}
