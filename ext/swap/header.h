/* SPDX-License-Identifier: MIT */
/*
 * The first page of a swap area, as mkswap(8) writes it: version 1 of
 * "SWAPSPACE2".  Pure: tested and fuzzed on the host.
 */
#ifndef EXT_SWAP_HEADER_H
#define EXT_SWAP_HEADER_H

#include <lt/types.h>

#define SWAP_PAGE	4096u
#define SWAP_BAD_AT	1536u		/* where the bad pages are listed */
#define SWAP_MAGIC_AT	(SWAP_PAGE - 10)
#define SWAP_BAD_MAX	((SWAP_MAGIC_AT - SWAP_BAD_AT) / 4)

struct swap_header {
	u32 pages;			/* page 0, the header, included */
	u32 nr_bad;
	char label[17];
	u8 uuid[16];
};

/*
 * page: the first page; size: pages that the file or device has; regular: it
 * is a file, whose bad pages nobody could have found.
 * Return: true with *h; false with what is wrong in *why.
 */
bool swap_header_parse(const u8 page[SWAP_PAGE], u64 size, bool regular,
		       struct swap_header *h, const char **why);
/*
 * The i-th bad page.  Context: i < nr_bad.
 * Return: 0: what stands there is no page of the area's.
 */
u32 swap_header_bad(const u8 page[SWAP_PAGE], u32 i);

#endif
