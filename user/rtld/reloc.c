/* SPDX-License-Identifier: MIT */
/*
 * Relocation (rows D17, E10): the words of an object that depend on where it
 * and others were mapped.  S is the symbol's address, A the addend, B the
 * object's base, P the place itself:
 *
 *	RELATIVE   B + A         pointer into the object itself; RELR is a
 *	                         compact list of such places
 *	WORD       S + A         pointer to a symbol, in data
 *	GLOB_DAT   S             pointer to a symbol, in the GOT
 *	JUMP_SLOT  S             a function, in the GOT of the PLT (plt.c)
 *	COPY       bytes of S    a library's variable, copied to the program
 *	IRELATIVE  (*(B + A))()  an address that a resolver returns; done last
 *	TLS_...                  tls.c
 */
#include <string.h>
#include "../prelink/prelink.h"

static intptr_t addend_of(const RELOC *r, const uintptr_t *place)
{
#if HAS_ADDEND
	(void)place;
	return r->r_addend;
#else
	(void)r;
	return (intptr_t)*place;
#endif
}

/* Prints the type in the format of glibc's linker. */
void bad_relocation(const struct object *o, const char *what, uint32_t type)
{
	cannot_load(o->name, join(what, number(type, 16, type > 0xff ? 8 : 2),
				  NULL), 0);
}

uintptr_t found_address(struct found f)
{
	uintptr_t address;

	if (!f.sym)
		return 0;
	address = f.sym->st_value;
	if (f.sym->st_shndx != SHN_ABS)
		address += f.object->base;
	if (ELF_ST_TYPE(f.sym->st_info) == STT_GNU_IFUNC &&
	    f.sym->st_shndx != SHN_UNDEF)
		address = ((uintptr_t (*)(void))address)();
	return address;
}

__attribute__((noreturn))
static void undefined(const struct object *o, const struct wanted *w)
{
	fail("symbol lookup error",
	     join(name_of(o), ": undefined symbol: ", w->name,
		  w->version ? ", version " : "",
		  w->version ? w->version->name : "", NULL));
}

/*
 * Resolve a reference to a protected symbol, which is bound to its own object.
 * An exception are pointers to a function for which the program has a PLT
 * entry: they must equal the program's pointers, so they point to that entry.
 */
static struct found resolve_protected(struct object *o, const Elf_Sym *ref,
				      struct wanted *w)
{
	struct found own = { o, ref }, f;
	int call = w->call;

	w->call = 1;
	f = lookup(o, w);
	if (f.object != o || call)
		return own;
	w->call = 0;
	return lookup(o, w);
}

/* Note that o uses a symbol of `of`, which then stays as long as o does. */
void note_use(struct object *o, struct object *of)
{
	struct use *u;

	if (of == o || of->permanent)
		return;
	for (u = o->uses; u; u = u->next)
		if (u->of == of)
			return;
	u = alloc(sizeof(*u));
	*u = (struct use){ of, o->uses };
	o->uses = u;
}

static void tell_binding(const struct object *o, const struct wanted *w,
			 struct found f)
{
	const struct version *v = w->version;

	if (f.sym)
		debug(DEBUG_BINDINGS, "binding file ", name_of(o), " [0] to ",
		      name_of(f.object), " [0]: normal symbol `", w->name,
		      "'", v ? " [" : "", v ? v->name : "", v ? "]" : "");
}

/* Resolve a reference of the object, given the index of its symbol. */
struct found resolve(struct object *o, uint32_t index, int call,
		     struct object *skip)
{
	const Elf_Sym *ref = &o->symtab[index];
	struct wanted w = { .name = o->strtab + ref->st_name,
		.version = version_of(o, index), .call = call, .skip = skip };
	struct found f = { o, ref };
	int visibility = ref->st_shndx == SHN_UNDEF ? STV_DEFAULT :
		ELF_ST_VISIBILITY(ref->st_other);

	if (!index)
		return (struct found){ o, NULL };
	if (ELF_ST_BIND(ref->st_info) == STB_LOCAL ||
	    visibility == STV_HIDDEN || visibility == STV_INTERNAL)
		return f;
	if (visibility == STV_PROTECTED)
		return resolve_protected(o, ref, &w);
	f = lookup(o, &w);
	if (!f.sym && ELF_ST_BIND(ref->st_info) != STB_WEAK)
		undefined(o, &w);
	if (f.object)
		note_use(o, f.object);
	tell_binding(o, &w, f);
	return f;
}

static void relocate_copy(struct object *o, const RELOC *r, uintptr_t *place)
{
	uint32_t index = ELF_R_SYM(r->r_info);
	struct found f = resolve(o, index, 1, o);
	size_t size = o->symtab[index].st_size;

	if (!f.sym)
		return;
	if (f.sym->st_size < size)
		size = f.sym->st_size;
	if (size > o->map_end - o->map || !has(o, place, size))
		bad_relocation(o, ASTRAY, R_COPY);
	memcpy(place, (void *)(f.object->base + f.sym->st_value), size);
}

/*
 * Write a TLS descriptor of two words: a function of start.S and its argument,
 * which lies where REL has the addend.  For a module without a fixed offset the
 * argument is the address of a struct descriptor with the module and the offset.
 */
static void write_descriptor(struct object *o, const RELOC *r, struct found f,
			     uintptr_t *place)
{
	uintptr_t at = f.sym ? f.sym->st_value : 0;
	struct descriptor *d;

	if (!has(o, place, 2 * WORD))
		bad_relocation(o, ASTRAY, R_TLS_DESC);
	at += (uintptr_t)addend_of(r, place + 1);
	if (!f.object) {
		place[0] = TLS_DESC_NOWHERE;
	} else if (!f.object->tls.late) {
		place[0] = TLS_DESC_FIXED;
		at += (uintptr_t)f.object->tls.offset;
	} else {
		d = alloc(sizeof(*d));
		*d = (struct descriptor){
			{ f.object->tls.module, at - TLS_BIAS }, o->descriptors
		};
		o->descriptors = d;
		place[0] = TLS_DESC_LATE;
		at = (uintptr_t)&d->index;
	}
	place[1] = at;
}

/* TLS: modules, and offsets in their block or from the thread pointer. */
static void relocate_tls(struct object *o, const RELOC *r, uintptr_t *place,
			 uint32_t type)
{
	struct found f = resolve(o, ELF_R_SYM(r->r_info), 1, NULL);
	intptr_t a = addend_of(r, place);
	uintptr_t value = f.sym ? f.sym->st_value : 0;

	if (type == R_TLS_DESC) {
		write_descriptor(o, r, f, place);
		return;
	}
	if (!f.object)		/* weak and undefined */
		return;
	if (type == R_TLS_STATIC || type == R_TLS_BELOW)
		fix_tls(f.object);
	switch (type) {
	case R_TLS_MODULE:
		*place = f.object->tls.module;
		break;
	case R_TLS_OFFSET:
		*place = value + (uintptr_t)a - TLS_BIAS;
		break;
	case R_TLS_STATIC:
		*place = value + (uintptr_t)(a + f.object->tls.offset);
		break;
	case R_TLS_BELOW:
		*place = (uintptr_t)(a - f.object->tls.offset) - value;
	}
}

static void relocate_symbol(struct object *o, const RELOC *r,
			    uintptr_t *place, uint32_t type)
{
	int call = type == R_JUMP_SLOT;
	uintptr_t s = found_address(resolve(o, ELF_R_SYM(r->r_info), call,
					    NULL));
	uintptr_t a = (uintptr_t)addend_of(r, place);

	statistics.symbolic++;
	*place = type == R_WORD ? s + a :
		 type == R_PC ? s + a - (uintptr_t)place : s;
}

void relocate_one(struct object *o, const RELOC *r)
{
	uintptr_t *place = (uintptr_t *)(o->base + r->r_offset);
	uint32_t type = ELF_R_TYPE(r->r_info);

	if (prelinker && prelinker->postpone(o, r))
		return;
	switch (type) {
	case R_IRELATIVE:
		o->chooses = 1;
		break;
	case R_NONE:
		break;
	case R_RELATIVE:
		statistics.relative++;
		*place = o->base + (uintptr_t)addend_of(r, place);
		break;
	case R_WORD:
	case R_PC:
	case R_GLOB_DAT:
	case R_JUMP_SLOT:
		relocate_symbol(o, r, place, type);
		break;
	case R_COPY:
		relocate_copy(o, r, place);
		break;
	case R_TLS_MODULE:
	case R_TLS_OFFSET:
	case R_TLS_STATIC:
	case R_TLS_BELOW:
	case R_TLS_DESC:
		relocate_tls(o, r, place, type);
		break;
	default:
		bad_relocation(o, "unexpected reloc type 0x", type);
	}
}

/*
 * Add the base at the places that RELR lists.  An even entry is the address of
 * a place; an odd one is a bitmap of the words that follow: each bit except the
 * lowest stands for one word.
 */
static void relocate_relr(struct object *o)
{
	uintptr_t *place = NULL;

	for (const uintptr_t *r = o->relr; r < o->relr_end; r++) {
		int packed = *r & 1;
		uintptr_t bits = packed ? *r >> 1 : 1;

		if (!packed)
			place = (uintptr_t *)(o->base + *r);
		for (size_t i = 0; bits; bits >>= 1, i++) {
			if (bits & 1 && !has(o, place + i, WORD))
				bad_relocation(o, ASTRAY, R_RELATIVE);
			if (bits & 1)
				place[i] += o->base;
		}
		place += packed ? 8 * WORD - 1 : 1;
	}
}

static void relocate_table(struct object *o, const RELOC *r,
			   const RELOC *end)
{
	uintptr_t low = o->map - o->base;
	uintptr_t most = o->map_end - o->map - WORD;
	uint32_t type;

	for (; r < end; r++) {
		if (r->r_offset - low > most) {
			type = ELF_R_TYPE(r->r_info);
			if (type != R_NONE && type != R_COPY)
				bad_relocation(o, ASTRAY, type);
		}
		relocate_one(o, r);
	}
}

static void relocate(struct object *o)
{
	int now = options.bind_now || o->now;

	if (o->relocated)
		return;
	debug(DEBUG_RELOC, "relocation processing: ", name_of(o),
	      now ? "" : " (lazy)");
	if (o->textrel)
		text_writable(o, 1);
	relocate_relr(o);
	relocate_table(o, o->rel, o->rel_end);
	if (now)
		relocate_table(o, o->plt, o->plt_end);
	else
		relocate_plt(o);
	if (o->textrel)
		text_writable(o, 0);
	o->relocated = 1;
}

static void call_resolvers(struct object *o, const RELOC *r, const RELOC *end)
{
	for (; r < end; r++) {
		uintptr_t *place = (uintptr_t *)(o->base + r->r_offset);

		if (ELF_R_TYPE(r->r_info) == R_IRELATIVE)
			*place = ((uintptr_t (*)(void))(o->base +
				(uintptr_t)addend_of(r, place)))();
	}
}

/* Call IRELATIVE resolvers last, as they may call any other function. */
static void relocate_ifuncs(struct object *o)
{
	if (!o->chooses)
		return;
	call_resolvers(o, o->rel, o->rel_end);
	call_resolvers(o, o->plt, o->plt_end);
}

/*
 * Relocate all objects loaded after `old`, or all if it is NULL.  Libraries
 * come before the program, because R_COPY must copy variables that are already
 * relocated.
 */
void relocate_behind(struct object *old)
{
	struct object *last = last_object();

	for (struct object *o = last; o != old; o = o->prev)
		relocate(o);
	if (!old)
		relocate_late();
	fill_tls();
	for (struct object *o = last; o != old; o = o->prev)
		relocate_ifuncs(o);
	for (struct object *o = last; o != old; o = o->prev)
		protect_relro(o);
}
