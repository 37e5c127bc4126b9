/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as the memory that the ACPI reader looks at, both in the BIOS area
 * and at 1 MiB.
 */
#include "fuzz.h"
#include <lib/acpi.h>

#define BIOS	0xe0000u
#define HIGH	0x100000u

static const uint8_t *bytes;
static size_t count;

static const void *memory(u64 at, unsigned long size)
{
	if (at >= BIOS && at < HIGH)
		at += HIGH - BIOS;
	if (at < HIGH || at - HIGH > count || size > count - (at - HIGH))
		return NULL;
	return bytes + (at - HIGH);
}

static void found(unsigned id)
{
	if (id > 255)
		__builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bytes = data;
	count = size;
	acpi_cpus(memory, found);
	return 0;
}
