/* SPDX-License-Identifier: MIT */
/*
 * The imports of an image (row E14).  There is no PLT: code calls through
 * slots, which the loader fills before the program starts.
 *
 *	descriptor, one a library
 *	| names | - | - | dll | slots |
 *	    |              |      `----> [ address ][ address ][ 0 ]
 *	    |              `--> "kernel32.dll"
 *	    `--> [ RVA of hint, "ExitProcess" ][ 1 << 31 | ordinal ][ 0 ]
 *
 * In the file the slots hold a copy of the list of names, and some link editors
 * write only this copy.  That works, because a slot's name is read before the
 * slot is filled.
 */
#include "pe.h"

#define DESCRIPTOR_SIZE	20u
#define BY_ORDINAL	0x80000000u

int pe_next_dll(struct pe_image *p, struct pe_import *i)
{
	uint32_t at = i->descriptor ? i->descriptor : p->dir[PE_IMPORT].rva;
	const uint8_t *d;

	if (!at)
		return 0;
	d = pe_at(p, at, DESCRIPTOR_SIZE);
	if (!d)
		return pe_wrong(p, "imports outside the image");
	i->names = pe_get32(d);
	i->slots = pe_get32(d + 16);
	if (!pe_get32(d + 12) || !i->slots)
		return 0;
	if (!i->names)
		i->names = i->slots;
	i->dll = pe_string(p, pe_get32(d + 12));
	if (!i->dll || !*i->dll)
		return pe_wrong(p, "imports of a library without a name");
	i->descriptor = at + DESCRIPTOR_SIZE;
	return 1;
}

int pe_next_import(struct pe_image *p, struct pe_import *i)
{
	const uint8_t *name = pe_at(p, i->names, 4);
	uint32_t value;

	if (!name || !pe_at(p, i->slots, 4))
		return pe_wrong(p, "imports outside the image");
	value = pe_get32(name);
	if (!value)
		return 0;
	i->name = NULL;
	i->ordinal = (uint16_t)value;
	if (!(value & BY_ORDINAL)) {
		i->name = pe_string(p, value + 2);	/* behind the hint */
		if (!i->name || !*i->name)
			return pe_wrong(p, "an import without a name");
	}
	i->slot = i->slots;
	i->names += 4;
	i->slots += 4;
	return 1;
}
