/* SPDX-License-Identifier: MIT */
/*
 * /proc/kpageflags: which pages of programs are on the lists of reclaim, and
 * which on the active list (row D13).  Pages are listed only when memory is
 * short (reclaim.c), so until then no page has these flags.
 */
#include <lt/init.h>
#include <topics/spaceviews/kpage.h>
#include "swap.h"

/*
 * Mark a frame that is on a list of reclaim, if it still holds anonymous or
 * shared memory.  A frame that was freed stays on its list until reclaim comes
 * to it.
 */
static void swap_spaceviews_show(void *arg, pfn_t pfn, bool active)
{
	const struct page *p = pfn_page(pfn);

	if (HINT(p->kind) == PAGE_ANON || HINT(p->flags) & PG_SHMEM)
		kpage_mark(arg, pfn, 1, KPF(KPF_LRU) |
			   (active ? KPF(KPF_ACTIVE) : 0));
}

static void swap_spaceviews_mark(const struct kpage_words *w)
{
	reclaim_show(w->first, w->n, (void *)w, swap_spaceviews_show);
}

static struct kpage_source source = { .mark = swap_spaceviews_mark };

static void swap_spaceviews_source_init(void)
{
	kpage_add_source(&source);
}
INIT(fs, swap_spaceviews_source_init);
