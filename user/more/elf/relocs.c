/* SPDX-License-Identifier: MIT */
/* Relocations of object files, programs and libraries. */
#include "elf.h"

typedef unsigned long long ull;

struct reloc {
	uint64_t offset, info, symbol;
	uint32_t type;
	int64_t addend;
};

static struct reloc read_reloc(const struct elf *e, const struct section *s,
			       uint64_t i)
{
	uint64_t word = e->wide ? 8 : 4;
	uint64_t at = s->offset + i * word * (s->type == S_RELA ? 3 : 2);
	struct reloc r = { .offset = elf_word(e, at),
			   .info = elf_word(e, at + word) };

	r.type = (uint32_t)(e->wide ? r.info : r.info & 0xff);
	r.symbol = e->wide ? r.info >> 32 : r.info >> 8;
	if (s->type == S_RELA)
		r.addend = elf_signed_word(e, at + 2 * word);
	return r;
}

static void out_addend(const char *before, int64_t v)
{
	if (*before)
		out(v < 0 ? " - %llx" : " + %llx",
		    v < 0 ? 0 - (ull)v : (ull)v);
	else
		out(v < 0 ? "-%llx" : "%llx", v < 0 ? 0 - (ull)v : (ull)v);
}

/* Return: the columns of the name alone. */
static int out_versioned(const char *name, const struct symbol *s,
			 const struct version *v)
{
	int columns = out_name(name);

	if (v->name) {
		out(s->section && !v->hidden && v->defined ? "@@" : "@");
		out_name(v->name);
	}
	return columns;
}

/*
 * What a symbol stands for: its value.  That of an indirect function is where
 * the function begins that returns the value, so the call stands there instead.
 */
static void out_value(const struct elf *e, const struct symbol *s,
		      const char *name, const struct version *v)
{
	int width = e->wide ? 15 : 9, columns;

	if ((s->info & 15) != 10) {
		out("%0*llx%s", e->wide ? 16 : 8, (ull)s->value,
		    e->wide ? " " : "   ");
		return;
	}
	columns = out_versioned(s->name ? name : "??", s, v);
	/* the version does not count */
	out("()%*c", columns < width ? width - columns : 1, ' ');
}

static void out_symbol(const struct elf *e, const struct section *table,
		       const struct reloc *r)
{
	struct symbol s = elf_symbol(e, table, r->symbol);
	struct section strings = elf_section(e, table->link);
	struct section of = elf_section(e, s.section);
	const char *name = elf_string(e, &strings, s.name);
	struct version v = { 0 };

	if (table->type == S_DYNSYM)
		v = elf_version(e, r->symbol);
	out(" ");
	out_value(e, &s, name, &v);
	if (s.name)
		out_versioned(name, &s, &v);
	else if ((s.info & 15) == 3 && s.section < e->sections)
		out_name(elf_section_name(e, &of));
	else
		out("<null>");
}

static void out_reloc(const struct elf *e, const struct section *s, uint64_t i)
{
	struct section table = elf_section(e, s->link);
	struct reloc r = read_reloc(e, s, i);
	const char *type = reloc_type(e->machine, r.type);

	out(e->wide ? "%016llx  %016llx " : "%08llx  %08llx ", (ull)r.offset,
	    (ull)r.info);
	if (type)
		out("%-22s", type);
	else
		out("unrecognized: %-7x", r.type);
	if (r.symbol) {
		out_symbol(e, &table, &r);
		if (s->type == S_RELA)
			out_addend(" ", r.addend);
	} else if (s->type == S_RELA) {
		out("%*c", e->wide ? 20 : 12, ' ');
		out_addend("", r.addend);
	}
	out("\n");
}

/* RELR: an address, then bitmaps with one bit for each of the next words. */
static void out_relr(const struct elf *e, const struct section *s, int print,
		     uint64_t *count)
{
	uint64_t word = e->wide ? 8 : 4, bits = 8 * word, where = 0;

	*count = 0;
	for (uint64_t i = 0; i < s->size / word; i++) {
		uint64_t v = elf_word(e, s->offset + i * word);

		if (!(v & 1)) {
			if (print)
				out("%0*llx\n", (int)word * 2, (ull)v);
			++*count;
			where = v + word;
			continue;
		}
		for (uint64_t bit = 1; bit < bits; bit++)
			if (v >> bit & 1) {
				if (print)
					out("%0*llx\n", (int)word * 2,
					    (ull)(where + (bit - 1) * word));
				++*count;
			}
		where += (bits - 1) * word;
	}
}

static void out_list(const struct elf *e, const struct section *s)
{
	uint64_t word = e->wide ? 8 : 4, count;
	uint64_t one = s->type == S_RELR ? word : s->type == S_RELA ?
		3 * word : 2 * word;
	uint64_t n = elf_has(e, s->offset, s->size) ? s->size / one : 0;

	out("\nRelocation section '");
	out_name(elf_section_name(e, s));
	out("' at offset 0x%llx contains %llu entr%s:\n", (ull)s->offset,
	    (ull)n, n == 1 ? "y" : "ies");
	if (s->type == S_RELR) {
		if (!n)
			return;
		out_relr(e, s, 0, &count);
		out("  %llu offset%s\n", (ull)count, count == 1 ? "" : "s");
		out_relr(e, s, 1, &count);
		return;
	}
	out("%s%s\n", e->wide ? "    Offset             Info             Type"
	    "               Symbol's Value  Symbol's Name" :
	    " Offset     Info    Type                Sym. Value  Symbol's Name",
	    s->type == S_RELA ? " + Addend" : "");
	for (uint64_t i = 0; i < n; i++)
		out_reloc(e, s, i);
}

void dump_relocs(const struct elf *e)
{
	int some = 0;

	for (uint32_t i = 0; i < e->sections; i++) {
		struct section s = elf_section(e, i);

		if ((s.type == S_RELA || s.type == S_REL || s.type == S_RELR) &&
		    s.size) {
			out_list(e, &s);
			some = 1;
		}
	}
	if (!some)
		out("\nThere are no relocations in this file.\n");
}
