/* SPDX-License-Identifier: MIT */
/*
 * The exports of an image (row E14): a table of functions by ordinal, and
 * sorted names, each with the index of a function in that table.
 *
 *	names     [ "add" ][ "sub" ]          sorted, for a binary search
 *	places    [   2   ][   0   ]
 *	                      `-----,
 *	functions [ RVA ][ RVA ][ RVA ]       ordinal = place + base
 *
 * An RVA inside the export directory itself is not a function, but a forwarder:
 * the name of a function in another library.
 */
#include <string.h>
#include "pe.h"

enum { EXP_BASE = 16, EXP_FUNCTIONS = 20, EXP_NAMES = 24, EXP_TABLE = 28,
	EXP_NAME_TABLE = 32, EXP_PLACES = 36, EXP_SIZE = 40 };

static int outside(struct pe_image *p)
{
	return pe_wrong(p, "exports outside the image");
}

/* Find the index of a name's function.  Return: 1 found, 0 not, -1 error. */
static int place_of(struct pe_image *p, const uint8_t *dir, const char *name,
		    uint32_t *place)
{
	uint32_t low = 0, high = pe_get32(dir + EXP_NAMES);
	uint32_t names = pe_get32(dir + EXP_NAME_TABLE);
	uint32_t places = pe_get32(dir + EXP_PLACES);

	if (high > p->size / 4 || !pe_at(p, names, 4 * high) ||
	    !pe_at(p, places, 2 * high))
		return outside(p);
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		const char *other = pe_string(p, pe_get32(
			pe_at(p, names + 4 * middle, 4)));
		int order;

		if (!other)
			return outside(p);
		order = strcmp(name, other);
		if (!order) {
			*place = pe_get16(pe_at(p, places + 2 * middle, 2));
			return 1;
		}
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return 0;
}

int pe_find_export(struct pe_image *p, const char *name, uint32_t ordinal,
		   struct pe_export *e)
{
	uint32_t start = p->dir[PE_EXPORT].rva, place, n, table;
	const uint8_t *dir;
	int found;

	if (!start)
		return 0;
	dir = pe_at(p, start, EXP_SIZE);
	if (!dir)
		return outside(p);
	place = ordinal - pe_get32(dir + EXP_BASE);
	if (name) {
		found = place_of(p, dir, name, &place);
		if (found <= 0)
			return found;
	}
	n = pe_get32(dir + EXP_FUNCTIONS);
	table = pe_get32(dir + EXP_TABLE);
	if (n > p->size / 4 || !pe_at(p, table, 4 * n))
		return outside(p);
	if (place >= n)
		return name ? outside(p) : 0;
	e->rva = pe_get32(pe_at(p, table + 4 * place, 4));
	e->forward = NULL;
	if (!e->rva)			/* a gap between ordinals */
		return 0;
	if (e->rva - start < p->dir[PE_EXPORT].size)
		e->forward = pe_string(p, e->rva);
	if (e->rva >= p->size ||
	    (e->rva - start < p->dir[PE_EXPORT].size && !e->forward))
		return outside(p);
	return 1;
}
