/* SPDX-License-Identifier: MIT */
/* Tables of symbols. */
#include <stdio.h>
#include <string.h>
#include "elf.h"

typedef unsigned long long ull;

static const char *symbol_type(const struct elf *e, int type)
{
	static const char *const names[] = {
		"NOTYPE", "OBJECT", "FUNC", "SECTION", "FILE", "COMMON", "TLS",
	};
	static char text[32];

	if (type < 7)
		return names[type];
	if (type == 10 && (e->data[7] == 3 || e->data[7] == 9))
		return "IFUNC";
	snprintf(text, sizeof(text), type >= 13 ?
		 "<processor specific>: %d" : type >= 10 ?
		 "<OS specific>: %d" : "<unknown>: %d", type);
	return text;
}

static const char *binding(const struct elf *e, int bind)
{
	static const char *const names[] = { "LOCAL", "GLOBAL", "WEAK" };
	static char text[32];

	if (bind < 3)
		return names[bind];
	if (bind == 10 && e->data[7] == 3)
		return "UNIQUE";
	snprintf(text, sizeof(text), bind >= 13 ?
		 "<processor specific>: %d" : bind >= 10 ?
		 "<OS specific>: %d" : "<unknown>: %d", bind);
	return text;
}

static const char *place(const struct elf *e, uint16_t section)
{
	static char text[32];

	switch (section) {
	case 0: return "UND";
	case 0xfff1: return "ABS";
	case 0xfff2: return "COM";
	}
	if (section >= 0xff00 && section <= 0xff1f)
		snprintf(text, sizeof(text), "PRC[0x%04x]", section);
	else if (section >= 0xff20 && section <= 0xff3f)
		snprintf(text, sizeof(text), "OS [0x%04x]", section);
	else if (section >= 0xff00)
		snprintf(text, sizeof(text), "RSV[0x%04x]", section);
	else if (section >= e->sections)
		snprintf(text, sizeof(text), "bad section index[%3d]", section);
	else
		snprintf(text, sizeof(text), "%3d", section);
	return text;
}

static void out_version(const struct elf *e, const struct symbol *s, uint64_t i,
			const char *name)
{
	struct version v = elf_version(e, i);

	/* the symbol that names a version has no version */
	if (!v.name || (v.defined && s->section == 0xfff1 &&
			!strcmp(v.name, name)))
		return;
	out(s->section && !v.hidden && v.defined ? "@@" : "@");
	out_name(v.name);
	if (!v.defined)
		out(" (%d)", v.number);
}

static void out_other(const struct elf *e, uint8_t other)
{
	if (e->machine == M_RISCV && other == 0x80)
		out(" %-10s ", "[VARIANT_CC]");
	else if (e->machine == M_AARCH64 && other == 0x80)
		out(" %-10s ", "[VARIANT_PCS]");
	else if (other)
		out(" %-10s ", "[<other>]");
}

static void out_symbol(const struct elf *e, const struct section *table,
		       const struct section *strings, uint64_t i)
{
	static const char *const seen[] = {
		"DEFAULT", "INTERNAL", "HIDDEN", "PROTECTED",
	};
	struct symbol s = elf_symbol(e, table, i);
	struct section of = elf_section(e, s.section);

	out("%6llu: %0*llx ", (ull)i, e->wide ? 16 : 8, (ull)s.value);
	out(s.size > 99999 ? "0x%llx" : "%5llu", (ull)s.size);
	out(" %-7s %-6s %-7s", symbol_type(e, s.info & 15),
	    binding(e, s.info >> 4), seen[s.other & 3]);
	out_other(e, s.other & 0xfc);
	out(" %4s ", place(e, s.section));
	if ((s.info & 15) == 3 && !s.name && s.section < e->sections)
		out_name(elf_section_name(e, &of));
	else
		out_name(elf_string(e, strings, s.name));
	if (table->type == S_DYNSYM)
		out_version(e, &s, i, elf_string(e, strings, s.name));
	out("\n");
}

void dump_symbols(const struct elf *e)
{
	for (uint32_t i = 0; i < e->sections; i++) {
		struct section s = elf_section(e, i), strings;
		uint64_t n = elf_symbols(e, &s);

		if (s.type != S_SYMTAB && s.type != S_DYNSYM)
			continue;
		if (!n) {
			out("\nSymbol table '%s' has no entries that could be "
			    "read\n", elf_section_name(e, &s));
			continue;
		}
		strings = elf_section(e, s.link);
		out("\nSymbol table '%s' contains %llu entr%s:\n",
		    elf_section_name(e, &s), (ull)n, n == 1 ? "y" : "ies");
		out(e->wide ? "   Num:    Value          Size Type    Bind   "
		    "Vis      Ndx Name\n" : "   Num:    Value  Size Type    "
		    "Bind   Vis      Ndx Name\n");
		for (uint64_t j = 0; j < n; j++)
			out_symbol(e, &s, &strings, j);
	}
}
