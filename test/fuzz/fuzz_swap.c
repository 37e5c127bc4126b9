/* SPDX-License-Identifier: MIT */
/* Any bytes as the first page of a swap area. */
#include "fuzz.h"
#include "../host/heap.h"	/* the map of slots would allocate */
#include <topics/swap/layout.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	/* what counts lies at its end, too: fold the input over the page */
	u8 *page = calloc(1, SWAP_PAGE);
	struct swap_header h;
	const char *why;

	memcpy(page + 1024, data, size < 2048 ? size : 2048);
	memcpy(page + SWAP_MAGIC_AT, "SWAPSPACE2", 10);
	for (int regular = 0; regular < 2; regular++) {
		if (!swap_header_parse(page, 4096, regular, &h, &why))
			continue;
		if (h.pages < 2 || h.pages > 4096 || (regular && h.nr_bad))
			abort();
		for (u32 i = 0; i < h.nr_bad; i++)
			if (!swap_header_bad(page, i) ||
			    swap_header_bad(page, i) >= h.pages)
				abort();
	}
	free(page);
	return 0;
}
