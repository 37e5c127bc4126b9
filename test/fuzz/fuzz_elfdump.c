/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as an ELF file for elfdump: no reader touches anything outside.
 * What would be printed is looked at to the last byte, and thrown away.
 */
#include "fuzz.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "../../user/more/elf/elf.h"

static volatile size_t printed;

void out(const char *fmt, ...)
{
	char line[256];
	va_list ap;

	va_start(ap, fmt);
	printed += (size_t)vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
}

int out_name(const char *s)
{
	printed += strlen(s);
	return (int)strlen(s);
}

void out_flush(void)
{
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct elf e;

	if (elf_use(&e, "fuzz", data, size))
		return 0;
	dump_header(&e);
	dump_sections(&e, 1);
	dump_segments(&e, 1);
	dump_dynamic(&e);
	dump_relocs(&e);
	dump_symbols(&e);
	dump_notes(&e);
	return 0;
}
