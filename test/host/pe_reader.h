/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a PE file: laid out, relocated, its imports, exports and TLS read
 * to the end.  test_pe.c cuts and damages a file, and for fuzz_pe.c the fuzzer
 * chooses.
 */
#ifndef TEST_HOST_PE_READER_H
#define TEST_HOST_PE_READER_H

#include <stdlib.h>
#include <string.h>
#include <user/pe/read/pe.h>

#define LOADED_AT	0x77770000u		/* where it is loaded, they say */
#define LARGEST	(1u << 20)

static volatile size_t read_of_it;

static void read_imports(struct pe_image *p)
{
	struct pe_import i = { 0 };
	unsigned int most = 10000;

	while (most && pe_next_dll(p, &i) > 0) {
		read_of_it += strlen(i.dll);
		while (most && pe_next_import(p, &i) > 0) {
			most--;
			if (i.name)
				read_of_it += strlen(i.name);
			pe_put32(pe_at(p, i.slot, 4), 0x12345678);
		}
		if (p->error || !most--)
			return;
	}
}

static void read_exports(struct pe_image *p)
{
	static const char *const names[] = { "add", "", "where", "zzzz" };
	struct pe_export e;

	for (unsigned int i = 0; i < 4; i++)
		if (pe_find_export(p, names[i], 0, &e) > 0 && e.forward)
			read_of_it += strlen(e.forward);
	for (uint32_t ordinal = 0; ordinal < 9; ordinal++)
		if (pe_find_export(p, NULL, ordinal, &e) > 0)
			read_of_it += *(uint8_t *)pe_at(p, e.rva, 1);
}

static void read_tls(struct pe_image *p)
{
	struct pe_tls t;
	unsigned int n = 0;

	if (pe_read_tls(p, LOADED_AT, &t) <= 0)
		return;
	for (uint32_t i = 0; i < t.size; i++)
		read_of_it += *(uint8_t *)pe_at(p, t.data + i, 1);
	pe_put32(pe_at(p, t.index, 4), 1);
	while (pe_tls_callback(p, LOADED_AT, &t, n) > 0)
		n++;
}

static void read_pe(const void *data, size_t size)
{
	struct pe_image p;

	if (pe_read(&p, data, size) || p.size > LARGEST)
		return;
	p.mem = calloc(1, p.size);
	if (!p.mem)
		return;
	pe_lay_out(&p, data);
	if (!pe_relocate(&p, LOADED_AT - p.base)) {
		read_imports(&p);
		read_exports(&p);
		read_tls(&p);
	}
	free(p.mem);
}

#endif
