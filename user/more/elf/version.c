/* SPDX-License-Identifier: MIT */
/*
 * Versions of symbols.  .gnu.version has a number for each symbol of .dynsym.
 * .gnu.version_d names the versions that this file defines, .gnu.version_r
 * those that it needs from libraries.
 */
#include "elf.h"

#define HIDDEN	0x8000

static int find(const struct elf *e, uint32_t type, struct section *s)
{
	for (uint32_t i = 0; i < e->sections; i++) {
		*s = elf_section(e, i);
		if (s->type == type)
			return 1;
	}
	return 0;
}

static const char *defined(const struct elf *e, int number)
{
	struct section s, strings;
	uint64_t at, step;

	if (!find(e, S_VERDEF, &s))
		return NULL;
	strings = elf_section(e, s.link);
	at = s.offset;
	for (uint32_t i = 0; i < s.info; i++) {
		if ((int)elf_get(e, at + 4, 2) == number)
			return elf_string(e, &strings, elf_get(e, at +
					  elf_get(e, at + 12, 4), 4));
		step = elf_get(e, at + 16, 4);
		if (!step)
			break;
		at += step;
	}
	return NULL;
}

/* Return: the name of a version that is needed from one library, or NULL. */
static const char *needed_of(const struct elf *e, const struct section *strings,
			     uint64_t need, int number)
{
	uint64_t at = need + elf_get(e, need + 8, 4), step;

	for (uint64_t n = elf_get(e, need + 2, 2); n; n--) {
		if ((int)elf_get(e, at + 6, 2) == number)
			return elf_string(e, strings, elf_get(e, at + 8, 4));
		step = elf_get(e, at + 12, 4);
		if (!step)
			break;
		at += step;
	}
	return NULL;
}

static const char *needed(const struct elf *e, int number)
{
	struct section s, strings;
	const char *name;
	uint64_t at, step;

	if (!find(e, S_VERNEED, &s))
		return NULL;
	strings = elf_section(e, s.link);
	at = s.offset;
	for (uint32_t i = 0; i < s.info; i++) {
		name = needed_of(e, &strings, at, number);
		if (name)
			return name;
		step = elf_get(e, at + 12, 4);
		if (!step)
			break;
		at += step;
	}
	return NULL;
}

struct version elf_version(const struct elf *e, uint64_t symbol)
{
	struct version v = { 0 };
	struct section s;
	int number;

	if (!find(e, S_VERSYM, &s) || symbol >= s.size / 2)
		return v;
	number = (int)elf_get(e, s.offset + 2 * symbol, 2);
	v.hidden = (number & HIDDEN) != 0;
	v.number = number & ~HIDDEN;
	if (v.number < 1 || (v.number == 1 && !v.hidden))
		return v;
	v.name = needed(e, v.number);
	if (!v.name) {
		v.name = defined(e, v.number);
		v.defined = v.name != NULL;
	}
	return v;
}
