/* SPDX-License-Identifier: MIT */
/*
 * nm [-Dgunp] FILE...: list the symbols of an ELF file, each with a letter for
 * its kind, like GNU's nm.
 *
 *	-D those of the dynamic table, -g only global ones, -u only undefined
 *	ones, -n sorted by value, -p not sorted
 *
 * Upper case means a global symbol: T and t code, D and d data, B and b BSS, R
 * and r read-only, U undefined, W, w, V, v weak, A absolute, C common, i an
 * IFUNC (resolved at run time), u unique.
 * Exit status: 1 if a file was no ELF file.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "elf/elf.h"

typedef unsigned long long ull;

enum { LOCAL, GLOBAL, WEAK, UNIQUE = 10 };
enum { NOTYPE, OBJECT, SECTION = 3, FILE_NAME = 4, IFUNC = 10 };
enum { ABSOLUTE = 0xfff1, COMMON = 0xfff2 };

static int dynamic, only_global, only_undefined, by_value, unsorted;

struct row {
	const char *name;
	struct symbol s;
	uint64_t index;
	char letter;
};

static int is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static int is_for_debuggers(const char *name)
{
	return !strncmp(name, ".debug", 6) || !strncmp(name, ".zdebug", 7) ||
	       !strncmp(name, ".line", 5) || !strncmp(name, ".stab", 5);
}

static char letter_of_section(const struct elf *e, uint32_t i)
{
	struct section s = elf_section(e, i);

	if (i >= e->sections)
		return '?';
	if (s.flags & F_EXEC)
		return 't';
	if (s.type == S_NOBITS)
		return 'b';
	if (!(s.flags & F_ALLOC) && is_for_debuggers(elf_section_name(e, &s)))
		return 'N';
	if (!(s.flags & F_ALLOC))
		return s.flags & F_WRITE ? '?' : 'n';
	return s.flags & F_WRITE ? 'd' : 'r';
}

static char letter_of(const struct elf *e, const struct symbol *s)
{
	int bind = s->info >> 4, type = s->info & 15;
	char letter;

	if (s->section == COMMON)
		return 'C';
	if (!s->section)
		return bind != WEAK ? 'U' : type == OBJECT ? 'v' : 'w';
	if (type == IFUNC)
		return 'i';
	if (bind == WEAK)
		return type == OBJECT ? 'V' : 'W';
	if (bind == UNIQUE)
		return 'u';
	letter = s->section == ABSOLUTE ? 'a' :
		letter_of_section(e, s->section);
	return bind == GLOBAL && is_lower(letter) ? (char)(letter - 32) :
		letter;
}

/* ---- rows ---------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	if (by_value) {
		if (!x->s.section != !y->s.section)
			return !x->s.section ? -1 : 1;
		if (x->s.value != y->s.value)
			return x->s.value < y->s.value ? -1 : 1;
	}
	return order ? order : x->index < y->index ? -1 : 1;
}

/* True for the compiler's own symbols, which are not shown. */
static int is_mark(const struct elf *e, const struct row *r)
{
	int type = r->s.info & 15;

	return type == SECTION || type == FILE_NAME ||
	       ((e->machine == M_RISCV || e->machine == M_AARCH64) &&
		!(r->s.info >> 4) &&
		((r->name[0] == '$' && (r->name[1] == 'x' ||
					r->name[1] == 'd')) ||
		 (e->machine == M_RISCV && !strncmp(r->name, ".L", 2))));
}

static int is_wanted(const struct elf *e, const struct row *r)
{
	if (!r->index || is_mark(e, r))
		return 0;
	if (only_global && !(r->s.info >> 4))
		return 0;
	return !only_undefined || !r->s.section;
}

static void out_version(const struct elf *e, const struct row *r)
{
	struct version v = elf_version(e, r->index);

	if (!v.name || (v.defined && r->s.section == ABSOLUTE &&
			!strcmp(v.name, r->name)))
		return;
	out(r->s.section && !v.hidden && v.defined ? "@@" : "@");
	out_name(v.name);
}

static void out_row(const struct elf *e, const struct row *r)
{
	int digits = e->wide ? 16 : 8;

	if (r->s.section)
		out("%0*llx %c ", digits, (ull)r->s.value, r->letter);
	else
		out("%*s %c ", digits, "", r->letter);
	out("%s", r->name);	/* as it is, like GNU's */
	if (dynamic)
		out_version(e, r);
	out("\n");
}

/* Return: 1 if the file has a symbol table, else 0. */
static int list(const struct elf *e)
{
	for (uint32_t i = 0; i < e->sections; i++) {
		struct section s = elf_section(e, i), strings;
		uint64_t n = elf_symbols(e, &s), count = 0;
		struct row *rows;

		if (s.type != (dynamic ? S_DYNSYM : S_SYMTAB) || !n)
			continue;
		strings = elf_section(e, s.link);
		rows = calloc((size_t)n, sizeof(*rows));
		if (!rows)
			return 0;
		for (uint64_t j = 0; j < n; j++) {
			struct row *r = &rows[count];

			r->s = elf_symbol(e, &s, j);
			r->name = elf_string(e, &strings, r->s.name);
			r->index = j;
			r->letter = letter_of(e, &r->s);
			count += (uint64_t)is_wanted(e, r);
		}
		if (!unsorted)
			qsort(rows, (size_t)count, sizeof(*rows), compare);
		for (uint64_t j = 0; j < count; j++)
			out_row(e, &rows[j]);
		free(rows);
		return 1;
	}
	return 0;
}

/* ---- the command line ---------------------------------------------------- */

static int usage(void)
{
	dprintf(2, "usage: nm [-Dgunp] FILE...\n");
	return 2;
}

static int take_options(const char *arg)
{
	for (arg++; *arg; arg++) {
		int *option = *arg == 'D' ? &dynamic : *arg == 'g' ?
			&only_global : *arg == 'u' ? &only_undefined :
			*arg == 'n' ? &by_value : *arg == 'p' ? &unsorted :
			NULL;

		if (!option)
			return -1;
		*option = 1;
	}
	return 0;
}

static int one_file(const char *path, int named)
{
	struct elf e;
	const char *why = elf_open(&e, path);

	if (why) {
		dprintf(2, "nm: %s: %s\n", path, why);
		return 1;
	}
	if (named)
		out("\n%s:\n", path);
	if (!list(&e)) {
		out_flush();
		dprintf(2, "nm: %s: no symbols\n", path);
	}
	out_flush();
	elf_close(&e);
	return 0;
}

int main(int argc, char **argv)
{
	int i = 1, n, status = 0;

	for (; i < argc && argv[i][0] == '-' && argv[i][1]; i++)
		if (take_options(argv[i])) {
			dprintf(2, "nm: %s: no such option\n", argv[i]);
			return usage();
		}
	n = argc - i;
	if (!n)
		return usage();
	for (; i < argc; i++)
		status |= one_file(argv[i], n > 1);
	return status;
}
