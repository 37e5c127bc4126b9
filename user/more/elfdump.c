/* SPDX-License-Identifier: MIT */
/*
 * elfdump [-ehlSdsrnaW] FILE...: print the contents of an ELF file in the
 * format of readelf -W, so that the two can be compared.
 *
 *	-h header, -l segments, -S sections, -d dynamic section, -s symbols,
 *	-r relocations, -n notes; -e is -h -l -S, -a is all of them
 *
 * A file may be broken in any way; tables that are cut off are printed as far
 * as they go.  Exit status: 1 if a file was no ELF file.
 */
#include <stdio.h>
#include <string.h>
#include "elf/elf.h"

enum { HEADER = 1, SEGMENTS = 2, SECTIONS = 4, DYNAMIC = 8, SYMBOLS = 16,
       RELOCS = 32, NOTES = 64, ALL = 127 };

static const struct option {
	char letter;
	const char *word;
	int what;
} options[] = {
	{ 'h', "file-header", HEADER }, { 'l', "program-headers", SEGMENTS },
	{ 'l', "segments", SEGMENTS }, { 'S', "section-headers", SECTIONS },
	{ 'S', "sections", SECTIONS }, { 'd', "dynamic", DYNAMIC },
	{ 's', "symbols", SYMBOLS }, { 's', "syms", SYMBOLS },
	{ 'r', "relocs", RELOCS }, { 'n', "notes", NOTES },
	{ 'e', "headers", HEADER | SEGMENTS | SECTIONS }, { 'a', "all", ALL },
	{ 'W', "wide", 0 },
};
#define NR_OPTIONS	(sizeof(options) / sizeof(options[0]))

static int usage(void)
{
	dprintf(2, "usage: elfdump [-ehlSdsrnaW] FILE...\n");
	return 2;
}

/* Return: the parts that an option asks for; -1: no such option. */
static int meaning(const char *arg)
{
	int what = 0;

	if (arg[1] == '-') {
		for (size_t i = 0; i < NR_OPTIONS; i++)
			if (!strcmp(arg + 2, options[i].word))
				return options[i].what;
		return -1;
	}
	for (arg++; *arg; arg++) {
		size_t i = 0;

		while (i < NR_OPTIONS && options[i].letter != *arg)
			i++;
		if (i == NR_OPTIONS)
			return -1;
		what |= options[i].what;
	}
	return what;
}

static void dump(const struct elf *e, int what)
{
	if (what & HEADER)
		dump_header(e);
	if (what & SECTIONS)
		dump_sections(e, !(what & HEADER));
	if (what & SEGMENTS)
		dump_segments(e, !(what & HEADER));
	if (what & DYNAMIC)
		dump_dynamic(e);
	if (what & RELOCS)
		dump_relocs(e);
	if (what & SYMBOLS)
		dump_symbols(e);
	if (what & NOTES)
		dump_notes(e);
	out_flush();
}

int main(int argc, char **argv)
{
	int what = 0, status = 0, i = 1, n;

	for (; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
		int more = meaning(argv[i]);

		if (more < 0) {
			dprintf(2, "elfdump: %s: no such option\n", argv[i]);
			return usage();
		}
		what |= more;
	}
	n = argc - i;
	if (!n || !what)
		return usage();
	for (; i < argc; i++) {
		struct elf e;
		const char *why = elf_open(&e, argv[i]);

		if (why) {
			dprintf(2, "elfdump: %s: %s\n", argv[i], why);
			status = 1;
			continue;
		}
		if (n > 1)
			out("\nFile: %s\n", argv[i]);
		dump(&e, what);
		elf_close(&e);
	}
	return status;
}
