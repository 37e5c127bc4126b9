/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as the start of a program: the ELF reader and the script reader
 * touch nothing outside, and what the ELF reader accepts keeps its promises.
 */
#include "fuzz.h"
#include <lib/elf.h>
#include <lib/script.h>
#include <string.h>

#define PAGE 4096ul
#define LIMIT 0x3ffffff000ull

static void check_layout(const struct elf_header *h, const void *table)
{
	struct elf_layout l;
	struct elf_segment s;

	if (elf_scan(h, table, LIMIT, PAGE, &l))
		return;
	expect(l.low < l.high && l.high <= LIMIT);
	expect(l.low % PAGE == 0 && l.high % PAGE == 0);
	expect(l.align >= PAGE && !(l.align & (l.align - 1)));
	expect(l.brk <= l.high);
	for (unsigned i = 0; i < h->phnum; i++) {
		elf_read_segment(h, table, i, &s);
		if (s.type != PT_LOAD || !s.memsz)
			continue;
		expect(s.filesz <= s.memsz);
		expect(s.vaddr >= l.low && s.vaddr + s.memsz <= l.high);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[SCRIPT_LINE], *arg = NULL;
	struct elf_header h;

	if (!script_split((const char *)data, size, text, &arg)) {
		expect(strlen(text) < SCRIPT_LINE);
		expect(!arg || (arg > text &&
				arg + strlen(arg) < text + SCRIPT_LINE));
	}
	for (unsigned class = 0; class <= ELF_CLASS64; class++) {
		if (elf_read_header(data, size, class, &h))
			continue;
		if (h.phoff <= size &&
		    (u64)h.phnum * h.phentsize <= size - h.phoff)
			check_layout(&h, data + h.phoff);
	}
	return 0;
}
