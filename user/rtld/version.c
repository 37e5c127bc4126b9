/* SPDX-License-Identifier: MIT */
/*
 * Symbol versions (row D17): a library may have several functions with the same
 * name, and a program keeps using the one that it was linked with.
 *
 *	symtab   [ f ][ f ][ g ]      versions: 2 "V1"  from verdef: defined
 *	versym   [ 2 ][ 3 ][ 4 ]  ->            3 "V2"
 *	                                        4 "W1"  from verneed: needed
 *
 * Indexes 0 and 1 mean symbols without a version.  The top bit of a versym
 * entry (hidden) marks a symbol that is found only if its version is asked for.
 */
#include <string.h>
#include "rtld.h"
#include "sys.h"

#define STEP(p, by)	((void *)((char *)(p) + (by)))
#define NEXT(p, by)	((by) ? STEP(p, by) : NULL)	/* in a list */

static void set_version(struct object *o, size_t index, uint32_t hash,
			const char *name, const char *file)
{
	if (index < o->nversions)
		o->versions[index] = (struct version){ name, hash, file };
}

/*
 * Call `f`, if not NULL, for each version that the object defines or needs.
 * Return: the highest index.
 */
static size_t each_version(struct object *o, void (*f)(struct object *,
		size_t, uint32_t, const char *, const char *))
{
	size_t highest = 0, index;

	for (Elf_Verdef *d = o->verdef; d; d = NEXT(d, d->vd_next)) {
		Elf_Verdaux *a = STEP(d, d->vd_aux);

		index = d->vd_ndx & ~VERSYM_HIDDEN;
		/* the first entry is the name of the file itself */
		if (f && !(d->vd_flags & VER_FLG_BASE))
			f(o, index, d->vd_hash, o->strtab + a->vda_name, NULL);
		highest = index > highest ? index : highest;
	}
	for (Elf_Verneed *n = o->verneed; n; n = NEXT(n, n->vn_next))
		for (Elf_Vernaux *a = STEP(n, n->vn_aux); a;
		     a = NEXT(a, a->vna_next)) {
			index = a->vna_other & ~VERSYM_HIDDEN;
			if (f)
				f(o, index, a->vna_hash, o->strtab +
				  a->vna_name, o->strtab + n->vn_file);
			highest = index > highest ? index : highest;
		}
	return highest;
}

void read_versions(struct object *o)
{
	if (!o->versym)
		return;
	o->nversions = each_version(o, NULL) + 1;
	o->versions = alloc(o->nversions * sizeof(*o->versions));
	each_version(o, set_version);
}

/* Return: the version of a symbol or reference, or NULL. */
const struct version *version_of(const struct object *o, uint32_t sym)
{
	size_t index;

	if (!o->versym)
		return NULL;
	index = o->versym[sym] & ~VERSYM_HIDDEN;
	if (index >= o->nversions || !o->versions[index].name)
		return NULL;
	return &o->versions[index];
}

static int has_version(const struct object *o, const struct version *v)
{
	for (size_t i = 0; i < o->nversions; i++)
		if (o->versions[i].name && !o->versions[i].file &&
		    o->versions[i].hash == v->hash &&
		    !strcmp(o->versions[i].name, v->name))
			return 1;
	return 0;
}

/*
 * Find the need of o with this name, or with this name in its DT_NEEDED entry:
 * `needs` is in the order of the DT_NEEDED entries.
 */
static struct object *need_called(const struct object *o, const char *file)
{
	size_t n = 0;

	for (size_t i = 0; i < o->nneeds; i++)
		if (is_called(o->needs[i], file))
			return o->needs[i];
	for (const Elf_Dyn *d = o->dynamic; d->d_tag != DT_NULL; d++) {
		if (d->d_tag != DT_NEEDED)
			continue;
		if (n < o->nneeds && !strcmp(o->strtab + d->d_val, file))
			return o->needs[n];
		n++;
	}
	return NULL;
}

/* Report a missing version; for a library without versions only a warning. */
static int complain(const struct object *o, const struct object *of,
		    const struct version *v)
{
	const char *what = of->verdef ? join("version `", v->name,
		"' not found", NULL) : "no version information available";
	const char *text = join(of->name, ": ", what, " (required by ",
				name_of(o), ")", NULL);

	if (attempt && of->verdef)
		fail("", text);
	tell(2, program_name, ": ", text, "\n", NULL);
	return of->verdef != NULL;
}

/* Report each version that is missing, and end the program if there is one. */
void check_versions(struct object *o)
{
	int bad = 0;

	for (Elf_Verneed *n = o->verneed; n; n = NEXT(n, n->vn_next)) {
		struct object *of = need_called(o, o->strtab + n->vn_file);
		Elf_Vernaux *a = STEP(n, n->vn_aux);

		for (int i = 0; of && i < n->vn_cnt; i++) {
			struct version v = { o->strtab + a->vna_name,
					     a->vna_hash, NULL };

			debug(DEBUG_VERSIONS, "checking for version `", v.name,
			      "' in file ", name_of(of), " [0] required by "
			      "file ", name_of(o), " [0]");
			if (!(a->vna_flags & VER_FLG_WEAK) &&
			    !has_version(of, &v))
				bad |= complain(o, of, &v);
			a = STEP(a, a->vna_next);
		}
	}
	if (bad)
		sys_exit(1);
}
