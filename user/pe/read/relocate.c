/* SPDX-License-Identifier: MIT */
/*
 * Base relocations (row E14).  A PE image is linked for one address, with
 * absolute addresses in its code.  If it is mapped elsewhere, the difference is
 * added to each of these addresses.  They are listed page by page:
 *
 *	block   | RVA of a page | bytes of the block | kind:4 offset:12 | ...
 *
 * Unlike ELF's position-independent code this needs private copies of code
 * pages, but costs nothing if the image lies at the address it is linked for.
 */
#include "pe.h"

enum { KIND_NONE = 0, KIND_ALL_32 = 3 };

#define BLOCK_HEAD	8u

static int relocate_block(struct pe_image *p, const uint8_t *entries,
			  uint32_t page, uint32_t n, uint32_t delta)
{
	for (uint32_t i = 0; i < n; i++) {
		uint16_t entry = pe_get16(entries + 2 * i);
		uint8_t *at;

		if (entry >> 12 == KIND_NONE)	/* padding */
			continue;
		if (entry >> 12 != KIND_ALL_32)
			return pe_wrong(p, "an unknown kind of relocation");
		if (page >= p->size)
			return pe_wrong(p, "a relocation outside the image");
		at = pe_at(p, page + (entry & 0xfff), 4);
		if (!at)
			return pe_wrong(p, "a relocation outside the image");
		pe_put32(at, pe_get32(at) + delta);
	}
	return 0;
}

int pe_relocate(struct pe_image *p, uint32_t delta)
{
	uint32_t at = p->dir[PE_RELOC].rva, left = p->dir[PE_RELOC].size;
	const uint8_t *block;

	if (!delta)
		return 0;
	if (p->fixed)
		return pe_wrong(p, "its address is taken, and it cannot move");
	if (!pe_at(p, at, left))
		return pe_wrong(p, "relocations outside the image");
	while (left >= BLOCK_HEAD) {
		uint32_t size;

		block = pe_at(p, at, BLOCK_HEAD);
		size = pe_get32(block + 4);
		if (size < BLOCK_HEAD || size > left)
			return pe_wrong(p, "a broken block of relocations");
		if (relocate_block(p, block + BLOCK_HEAD, pe_get32(block),
				   (size - BLOCK_HEAD) / 2, delta))
			return -1;
		at += size;
		left -= size;
	}
	return 0;
}
