/* SPDX-License-Identifier: MIT */
/*
 * Find a symbol by name (rows D17, D18).  The objects are searched in the order
 * of loading, and the first definition wins, weak or not.  So a program can
 * replace a library's function, even for calls from that library.  An object
 * opened later is searched only if it is global, or if the reference is in an
 * object that was opened with it (dlopen.c).
 *
 *	GNU hash   bloom filter: two bits say "surely not" for most
 *	           bucket[h % n] -> first of a run of symbols in the table,
 *	           chain[i] = their hashes; the lowest bit ends the run
 *	SysV hash  bucket[h % n] -> symbol -> chain -> symbol -> 0
 */
#include <string.h>
#include "rtld.h"

#define WORD_BITS	(8 * sizeof(uintptr_t))

enum fit { NO, PERHAPS, FITS };		/* PERHAPS: if no other one fits */

static uint32_t gnu_hash(const char *name)
{
	/* lab plt: begin */
	uint32_t h = 5381;

	for (; *name; name++)
		h = h * 33 + (unsigned char)*name;
	return h;
	/* lab plt: end, else return 0; */
}

uint32_t sysv_hash(const char *name)
{
	/* lab plt: begin */
	uint32_t h = 0;

	for (; *name; name++) {
		h = (h << 4) + (unsigned char)*name;
		h ^= (h >> 24) & 0xf0;
		h &= 0x0fffffff;
	}
	return h;
	/* lab plt: end, else return 0; */
}

/*
 * True if the symbol has an address.  This includes an undefined symbol of a
 * program with the address of a PLT entry, which represents the function
 * wherever pointers to it are compared.  A call must not use that address,
 * because the PLT entry would jump to itself.
 */
static int symbol_has_address(const Elf_Sym *s, const struct wanted *w)
{
	/* lab plt: begin */
	int type = ELF_ST_TYPE(s->st_info), bind = ELF_ST_BIND(s->st_info);

	if (bind != STB_GLOBAL && bind != STB_WEAK && bind != STB_GNU_UNIQUE)
		return 0;
	if (type > STT_FUNC && type != STT_COMMON && type != STT_TLS &&
	    type != STT_GNU_IFUNC)
		return 0;
	if (s->st_shndx == SHN_UNDEF)
		return s->st_value && !w->call;
	return s->st_value || s->st_shndx == SHN_ABS || type == STT_TLS;
	/* lab plt: end, else return 0; */
}

/*
 * A reference with a version fits that version, or a symbol without a version.
 * A reference without one was linked before the library had versions, and gets
 * the library's first version.  If that has no such symbol, or if dlsym() asks
 * (w->newest), the reference gets the default version.
 */
static enum fit version_fits(const struct object *o, uint32_t i,
			     const struct wanted *w)
{
	const struct version *has = version_of(o, i);
	int hidden = o->versym && o->versym[i] & VERSYM_HIDDEN;
	uint16_t index = o->versym ? o->versym[i] & ~VERSYM_HIDDEN : 0;

	if (!w->version && index <= (w->newest ? 1 : 2))
		return FITS;
	if (!w->version || !has)
		return hidden ? NO : w->version ? FITS : PERHAPS;
	return has->hash == w->version->hash &&
	       !strcmp(has->name, w->version->name) ? FITS : NO;
}

/*
 * Compare symbol i with w.  A symbol that fits PERHAPS is noted in *second.
 * Return: true if symbol i fits.
 */
static int match(const struct object *o, uint32_t i, const struct wanted *w,
		 const Elf_Sym **second)
{
	const Elf_Sym *s = &o->symtab[i];
	enum fit fit;

	if (!symbol_has_address(s, w) ||
	    strcmp(o->strtab + s->st_name, w->name))
		return 0;
	fit = version_fits(o, i, w);
	if (fit == PERHAPS && !*second)
		*second = s;
	return fit == FITS;
}

static const Elf_Sym *find_gnu(const struct object *o,
			       const struct wanted *w, uint32_t h)
{
	/* lab plt: begin */
	uint32_t nbuckets = o->gnu_hash[0], first = o->gnu_hash[1];
	const uint32_t *bucket = (const uint32_t *)
		&o->bloom[o->bloom_mask + 1];
	const uint32_t *chain = &bucket[nbuckets];
	const Elf_Sym *second = NULL;
	uint32_t i = bucket[h % nbuckets];

	if (i < first)
		return NULL;
	for (;; i++) {
		uint32_t its = chain[i - first];

		if ((its | 1) == (h | 1) && match(o, i, w, &second))
			return &o->symtab[i];
		if (its & 1)
			return second;
	}
	/* lab plt: end, else return NULL; */
}

static const Elf_Sym *find_sysv(const struct object *o,
				const struct wanted *w, uint32_t h)
{
	/* lab plt: begin */
	uint32_t nbuckets = o->hash[0];
	const uint32_t *chain = &o->hash[2 + nbuckets];
	const Elf_Sym *second = NULL;

	for (uint32_t i = o->hash[2 + h % nbuckets]; i; i = chain[i])
		if (match(o, i, w, &second))
			return &o->symtab[i];
	return second;
	/* lab plt: end, else return NULL; */
}

/* Ask the bloom filter, as most objects lack most symbols. */
static inline int bloom_excludes(const struct object *o, uint32_t h)
{
	/* lab plt: begin */
	uintptr_t word = o->bloom[h / WORD_BITS & o->bloom_mask];

	return !(word >> h % WORD_BITS & 1) ||
	       !(word >> (h >> o->bloom_shift) % WORD_BITS & 1);
	/* lab plt: end, else return 0; */
}

static inline const Elf_Sym *find_in(const struct object *o,
				     const struct wanted *w, uint32_t gnu)
{
	debug(DEBUG_SYMBOLS, "symbol=", w->name, ";  lookup in file=",
	      name_of(o), " [0]");
	if (o == w->skip || (o->bloom && bloom_excludes(o, gnu)))
		return NULL;
	if (o->bloom)
		return find_gnu(o, w, gnu);
	if (o->hash && o->hash[0])
		return find_sysv(o, w, sysv_hash(w->name));
	return NULL;
}

/* Search this object and the global ones behind it in the list. */
struct found lookup_from(struct object *o, const struct wanted *w)
{
	/* lab plt: begin */
	int told = options.debug & DEBUG_SYMBOLS;
	uint32_t gnu = gnu_hash(w->name);
	const Elf_Sym *s;

	for (; o; o = o->next) {
		if (!told && o->bloom && bloom_excludes(o, gnu))
			continue;
		if (o->global && (s = find_in(o, w, gnu)))
			return (struct found){ o, s };
	}
	return (struct found){ NULL, NULL };
	/* lab plt: end, else return (struct found){ NULL, NULL }; */
}

/*
 * Find the symbol for a reference in `from`.  The object may prefer its own
 * symbols (DT_SYMBOLIC), or those of the objects opened with it
 * (RTLD_DEEPBIND).
 */
struct found lookup(const struct object *from, const struct wanted *w)
{
	struct found f = { (struct object *)from, NULL };

	if (from->symbolic)
		f.sym = find_in(from, w, gnu_hash(w->name));
	if (!f.sym && from->deep)
		f = lookup_scope(from->root, w);
	if (!f.sym)
		f = lookup_from(objects, w);
	return f.sym || !from->root ? f : lookup_scope(from->root, w);
}

/* Search an object that was opened, and all that it needs. */
struct found lookup_scope(const struct object *o, const struct wanted *w)
{
	uint32_t gnu = gnu_hash(w->name);
	const Elf_Sym *s;

	for (size_t i = 0; i < o->nscope; i++)
		if ((s = find_in(o->scope[i], w, gnu)))
			return (struct found){ o->scope[i], s };
	return (struct found){ NULL, NULL };
}
