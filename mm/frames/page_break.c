/* SPDX-License-Identifier: MIT */
/* Split a block of frames while it is in use (row A5). */
#include "page.h"

/*
 * the members in front of `link`, which page_break_block() copies as two words:
 * kind, order, flags, refs and mapcount
 */
_Static_assert(offsetof(struct page, link) == 16, "two words of 64 bits");

void page_break_block(struct page *p)
{
	struct page *end = p + (1ul << page_order(p));
	u64 first, second, *word = (u64 *)p;

	p->order &= PAGE_CHARGED;
	p->flags = 0;
	atomic_set(&p->mapcount, 0);
	first = word[0];
	second = word[1];
#pragma GCC unroll 4
	while (++p < end) {
		word = (u64 *)p;
		word[0] = first;
		word[1] = second;
	}
}
