/* SPDX-License-Identifier: MIT */
/* The dynamic section: information for the runtime linker. */
#include <string.h>
#include "elf.h"

typedef unsigned long long ull;

static const char *const flags[] = {
	"ORIGIN", "SYMBOLIC", "TEXTREL", "BIND_NOW", "STATIC_TLS",
};
static const char *const flags_1[] = {
	"NOW", "GLOBAL", "GROUP", "NODELETE", "LOADFLTR", "INITFIRST",
	"NOOPEN", "ORIGIN", "DIRECT", "TRANS", "INTERPOSE", "NODEFLIB",
	"NODUMP", "CONFALT", "ENDFILTEE", "DISPRELDNE", "DISPRELPND",
	"NODIRECT", "IGNMULDEF", "NOKSYMS", "NOHDR", "EDITED", "NORELOC",
	"SYMINTPOSE", "GLOBAUDIT", "SINGLETON", "STUB", "PIE",
};

static void out_bits(const char *const *names, int n, uint64_t value,
		     const char *between)
{
	int some = 0;

	for (int i = 0; i < 64; i++) {
		if (!(value >> i & 1))
			continue;
		if (i < n)
			out("%s%s", some ? between : "", names[i]);
		else
			out("%sUnknown flags: %llx", some ? between : "",
			    (ull)(value & ~0ull << i));
		some = 1;
		if (i >= n)
			break;
	}
}

static void out_string(const struct elf *e, const struct section *strings,
		       const char *what, uint64_t at)
{
	out("%s: [", what);
	out_name(elf_string(e, strings, at));
	out("]");
}

static int is_size(int64_t tag)
{
	return tag == 2 || tag == 8 || tag == 9 || tag == 10 || tag == 11 ||
	       tag == 18 || tag == 19 || tag == 27 || tag == 28 || tag == 33 ||
	       tag == 35 || tag == 37;
}

static int is_number(int64_t tag)
{
	return tag == 0x6ffffff9 || tag == 0x6ffffffa || tag == 0x6ffffffd ||
	       tag == 0x6fffffff;
}

static void out_value(const struct elf *e, const struct section *strings,
		      const struct dynamic *d)
{
	static const struct name names[] = {
		{ D_NEEDED, "Shared library" }, { D_SONAME, "Library soname" },
		{ D_RPATH, "Library rpath" }, { D_RUNPATH, "Library runpath" },
		{ 0x7ffffffd, "Auxiliary library" },
		{ 0x7fffffff, "Filter library" },
	};
	const char *what = name_of(NAMES(names), (uint64_t)d->tag);

	if (what) {
		out_string(e, strings, what, d->value);
	} else if (is_size(d->tag)) {
		out("%llu (bytes)", (ull)d->value);
	} else if (is_number(d->tag)) {
		out("%llu", (ull)d->value);
	} else if (d->tag == 20) {
		out("%s", d->value == 7 ? "RELA" : d->value == 17 ? "REL" : "");
	} else if (d->tag == 30) {
		out_bits(flags, 5, d->value, " ");
	} else if (d->tag == D_FLAGS_1) {
		out("Flags: ");
		out_bits(flags_1, 28, d->value, " ");
		if (!d->value)
			out("None");
	} else if (d->tag != 24) {
		out("0x%llx", (ull)d->value);
	}
}

void dump_dynamic(const struct elf *e)
{
	struct section strings = elf_dynamic_strings(e);
	uint64_t at;
	uint32_t n = elf_dynamics(e, &at);

	if (!n) {
		out("\nThere is no dynamic section in this file.\n");
		return;
	}
	out("\nDynamic section at offset 0x%llx contains %u entr%s:\n"
	    "  Tag        Type                         Name/Value\n", (ull)at,
	    n, n == 1 ? "y" : "ies");
	for (uint32_t i = 0; i < n; i++) {
		struct dynamic d = elf_dynamic(e, at, i);
		const char *type = dynamic_type(d.tag);
		int room = (e->wide ? 19 : 27) - (int)strlen(type);

		out(" 0x%0*llx (%s)%*s", e->wide ? 16 : 8, e->wide ?
		    (ull)d.tag : (ull)(uint32_t)d.tag, type,
		    room > 0 ? room : 0, "");
		out_value(e, &strings, &d);
		out("\n");
	}
}
