/* SPDX-License-Identifier: MIT */
/*
 * Read the dynamic section, the table of contents that a link editor left in an
 * object (row D18).  Its addresses are turned into pointers once.
 *
 *	DT_STRTAB  names          <- symbols, needs, versions point into it
 *	DT_SYMTAB  symbols        <- found by name through DT_HASH, DT_GNU_HASH
 *	DT_REL(A)  relocations of data     DT_JMPREL  relocations of the PLT
 *	DT_PLTGOT  GOT that these write    DT_RELR    places to add the base to
 */
#include "rtld.h"

#define TAGS	37		/* lower tags are stored in an array */

/* The values of an object's entries by tag; 0 if it has none. */
struct values {
	uintptr_t low[TAGS];
	uintptr_t gnu_hash, versym, verdef, verneed, flags_1;
};

static void collect(struct values *v, const Elf_Dyn *d)
{
	for (; d->d_tag != DT_NULL; d++) {
		uintptr_t *place =
			d->d_tag > 0 && d->d_tag < TAGS ? &v->low[d->d_tag] :
			d->d_tag == DT_GNU_HASH ? &v->gnu_hash :
			d->d_tag == DT_VERSYM ? &v->versym :
			d->d_tag == DT_VERDEF ? &v->verdef :
			d->d_tag == DT_VERNEED ? &v->verneed :
			d->d_tag == DT_FLAGS_1 ? &v->flags_1 : NULL;

		if (place)
			*place = d->d_val;
	}
}

/* Return: the pointer for an address of the file; NULL for 0. */
static void *at(const struct object *o, uintptr_t address)
{
	return address ? (void *)(o->base + address) : NULL;
}

static void read_symbols(struct object *o, const struct values *v)
{
	o->strtab = at(o, v->low[DT_STRTAB]);
	o->symtab = at(o, v->low[DT_SYMTAB]);
	o->hash = at(o, v->low[DT_HASH]);
	o->gnu_hash = at(o, v->gnu_hash);
	if (o->gnu_hash && o->gnu_hash[0]) {
		o->bloom = (const uintptr_t *)&o->gnu_hash[4];
		o->bloom_mask = o->gnu_hash[2] - 1;
		o->bloom_shift = o->gnu_hash[3];
	}
	o->versym = at(o, v->versym);
	o->verdef = at(o, v->verdef);
	o->verneed = at(o, v->verneed);
}

static void read_relocations(struct object *o, const struct values *v)
{
	o->rel = at(o, v->low[HAS_ADDEND ? DT_RELA : DT_REL]);
	o->rel_end = o->rel + v->low[HAS_ADDEND ? DT_RELASZ : DT_RELSZ] /
		     sizeof(RELOC);
	o->plt = at(o, v->low[DT_JMPREL]);
	o->plt_end = o->plt + v->low[DT_PLTRELSZ] / sizeof(RELOC);
	/* some link editors include the PLT's at the end of the others */
	if (o->rel_end == o->plt_end && o->plt >= o->rel)
		o->rel_end = o->plt;
	o->relr = at(o, v->low[DT_RELR]);
	o->relr_end = o->relr + v->low[DT_RELRSZ] / sizeof(*o->relr);
	o->got = at(o, v->low[DT_PLTGOT]);
}

static void read_functions(struct object *o, const struct values *v)
{
	o->init = (uintptr_t)at(o, v->low[DT_INIT]);
	o->fini = (uintptr_t)at(o, v->low[DT_FINI]);
	o->preinit_array = at(o, v->low[DT_PREINIT_ARRAY]);
	o->npreinit = v->low[DT_PREINIT_ARRAYSZ] / sizeof(uintptr_t);
	o->init_array = at(o, v->low[DT_INIT_ARRAY]);
	o->ninit = v->low[DT_INIT_ARRAYSZ] / sizeof(uintptr_t);
	o->fini_array = at(o, v->low[DT_FINI_ARRAY]);
	o->nfini = v->low[DT_FINI_ARRAYSZ] / sizeof(uintptr_t);
}

static void read_flags(struct object *o, const struct values *v)
{
	uintptr_t flags = v->low[DT_FLAGS];

	/* `low` does not show whether a tag without a value is present */
	for (const Elf_Dyn *d = o->dynamic; d->d_tag != DT_NULL; d++) {
		o->symbolic |= d->d_tag == DT_SYMBOLIC;
		o->prelinked |= d->d_tag == DT_GNU_PRELINKED;
		o->textrel |= d->d_tag == DT_TEXTREL;
		o->now |= d->d_tag == DT_BIND_NOW || d->d_tag == DT_VARIANT;
	}
	o->symbolic |= !!(flags & DF_SYMBOLIC);
	o->textrel |= !!(flags & DF_TEXTREL);
	o->permanent |= !!(v->flags_1 & DF_1_NODELETE);
	o->initfirst |= !!(v->flags_1 & DF_1_INITFIRST);
	o->nodeflib |= !!(v->flags_1 & DF_1_NODEFLIB);
	o->now |= flags & DF_BIND_NOW || v->flags_1 & DF_1_NOW;
}

/* DT_RPATH counts only where there is no DT_RUNPATH. */
static void read_names(struct object *o, const struct values *v)
{
	if (v->low[DT_SONAME])
		o->soname = o->strtab + v->low[DT_SONAME];
	if (v->low[DT_RUNPATH])
		o->runpath = o->strtab + v->low[DT_RUNPATH];
	else if (v->low[DT_RPATH])
		o->rpath = o->strtab + v->low[DT_RPATH];
}

void read_dynamic(struct object *o)
{
	struct values v = { .low = { 0 } };

	collect(&v, o->dynamic);
	read_symbols(o, &v);
	read_relocations(o, &v);
	read_functions(o, &v);
	read_flags(o, &v);
	read_names(o, &v);
	read_versions(o);
}
