/* SPDX-License-Identifier: MIT */
/* Marks pages locked by SHM_LOCK in /proc/kpageflags. */
#include <lt/init.h>
#include <topics/spaceviews/kpage.h>
#include "shm.h"
#include <mm/cache/pagecache.h>

#define BATCH 64		/* pages marked while the lock is held */

static void mark_pages(void *arg, struct mapping *m)
{
	unsigned long at = 0;
	struct page *p;

	do {
		spin_lock(&m->lock);
		for (unsigned k = 0; k < BATCH; k++, at++) {
			p = radix_next(&m->tree, &at);
			if (!p)
				break;
			if (item_is_page(p))
				kpage_mark(arg, page_pfn(p), 1, KPF(KPF_UNEVICTABLE));
		}
		spin_unlock(&m->lock);
	} while (p);
}

static void ipc_spaceviews_mark(const struct kpage_words *w)
{
	shm_each_locked(mark_pages, (void *)w);
}

static struct kpage_source source = { .mark = ipc_spaceviews_mark };

static void ipc_spaceviews_source_init(void)
{
	kpage_add_source(&source);
}
INIT(fs, ipc_spaceviews_source_init);
