/* SPDX-License-Identifier: MIT */
/*
 * Bits of /proc/kpageflags that belong to another extension, because that
 * extension marks, lists or pins pages: see with_spaceviews.c of each.
 */
#ifndef TOPICS_SPACEVIEWS_KPAGE_H
#define TOPICS_SPACEVIEWS_KPAGE_H

#include <lt/table.h>
#include <mm/frames/page.h>

/* <linux/kernel-page-flags.h> */
#define KPF_LOCKED		0
#define KPF_ERROR		1
#define KPF_REFERENCED		2
#define KPF_UPTODATE		3
#define KPF_DIRTY		4
#define KPF_LRU			5
#define KPF_ACTIVE		6
#define KPF_SLAB		7
#define KPF_WRITEBACK		8
#define KPF_BUDDY		10
#define KPF_MMAP		11
#define KPF_ANON		12
#define KPF_SWAPCACHE		13
#define KPF_SWAPBACKED		14
#define KPF_COMPOUND_HEAD	15
#define KPF_COMPOUND_TAIL	16
#define KPF_UNEVICTABLE		18
#define KPF_NOPAGE		20
#define KPF_THP			22
#define KPF_ZERO_PAGE		24
#define KPF_PGTABLE		26
#define KPF_RESERVED		32
#define KPF_MLOCKED		33

#define KPF(n)	(1ull << (n))

/* A range of frames, and a word for each. */
struct kpage_words {
	pfn_t first;
	unsigned n;
	u64 *word;
};

struct kpage_source {
	/*
	 * Set the source's bits.  A frame may have been freed or reused
	 * meanwhile.
	 * Context: no lock; may sleep.
	 */
	void (*mark)(const struct kpage_words *w);
	struct kpage_source *next;	/* const after init */
};

void kpage_add_source(struct kpage_source *s);	/* at start-up */

/*
 * Set bits in the words of those frames of [pfn, pfn + n) that are in w's
 * range.
 */
static inline void kpage_mark(const struct kpage_words *w, pfn_t pfn,
			      unsigned long n, u64 bits)
{
	for (; n; n--, pfn++)
		if (pfn - w->first < w->n)
			w->word[pfn - w->first] |= bits;
}

#endif
