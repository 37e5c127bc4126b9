/* SPDX-License-Identifier: MIT */
/*
 * Lazy binding: functions of other objects are bound at their first call (rows
 * C8, D18).  A call goes to an entry of the PLT, which jumps to the address in
 * the GOT:
 *
 *	before   call f@PLT -> PLT[f] -> GOT[f] -> head of the PLT
 *	                                             |  GOT[object], index of f
 *	                    f <- plt_bind() <- plt_trampoline (start.S)
 *	after    call f@PLT -> PLT[f] -> GOT[f] -> f
 *
 * The link editor has stored the offset of the PLT's head in GOT[f].  At start
 * only the base is added, so a function that is never called costs no search.
 */
#include "rtld.h"

uintptr_t plt_bind(struct object *o, size_t index);

void relocate_plt(struct object *o)
{
	/* lab plt: begin */
	/* in locals: the stores below would make the compiler reload them */
	uintptr_t base = o->base, low = o->map - base;
	uintptr_t most = o->map_end - o->map - WORD;

	for (const RELOC *r = o->plt; r < o->plt_end; r++) {
		uint32_t type = ELF_R_TYPE(r->r_info);

		if (r->r_offset - low > most)
			bad_relocation(o, ASTRAY, type);
		if (type == R_JUMP_SLOT)
			*(uintptr_t *)(base + r->r_offset) += base;
		else if (type == R_IRELATIVE)
			o->chooses = 1;
		else if (type == R_TLS_DESC)	/* cannot be bound lazily */
			relocate_one(o, r);
		else
			bad_relocation(o, "unexpected PLT reloc type 0x",
				       type);
	}
	if (o->got && o->plt < o->plt_end) {
		if (!has(o, o->got, 3 * WORD))
			cannot_load(o->name, "GOT outside of its segments", 0);
		o->got[GOT_OBJECT] = (uintptr_t)o;
		o->got[GOT_RESOLVER] = (uintptr_t)plt_trampoline;
	}
	/* lab plt: end */
}

/*
 * Called by plt_trampoline: bind a function and store it in its GOT entry.
 * Return: the address of the function.
 */
uintptr_t plt_bind(struct object *o, size_t index)
{
	const RELOC *r = o->plt + index;
	uintptr_t to;

	lock();
	/* lab plt: begin */
	to = found_address(resolve(o, ELF_R_SYM(r->r_info), 1, NULL));
	*(uintptr_t *)(o->base + r->r_offset) = to;
	/* lab plt: end, else to = 0; */
	if (options.debug & DEBUG_PLT)
		debug_line("first call from file ", name_of(o), " [0]: slot ",
			   number(index, 10, 1), " of the PLT is `",
			   o->strtab + o->symtab[ELF_R_SYM(r->r_info)].st_name,
			   "' at 0x", number(to, 16, 1), NULL);
	unlock();
	return to;
}
