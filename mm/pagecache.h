/* SPDX-License-Identifier: MIT */
/*
 * The page cache: the one home of file pages.  A mapping is a file's pages by
 * index, and the reverse map: every VMA that maps the file.  tmpfs pages live
 * only here.
 */
#ifndef MM_PAGECACHE_H
#define MM_PAGECACHE_H

#include <kernel/lock.h>
#include <lib/radix.h>
#include <lt/list.h>
#include <lt/types.h>
#include <mm/page.h>

struct inode;
struct mapping;

struct mapping_ops {
	/*
	 * Fill a fresh page of the file (zero it past the end of file).
	 * NULL: pages that are missing are zeros (tmpfs).
	 */
	int (*read_page)(struct mapping *m, struct page *p);
	/*
	 * Asked before a page is added (create): the quota of the file
	 * system.  => 0 or -ENOSPC
	 */
	int (*reserve)(struct mapping *m, unsigned long pages);
	void (*unreserve)(struct mapping *m, unsigned long pages);
};

struct mapping {
	struct inode *inode;		/* const; NULL: anonymous shared */
	const struct mapping_ops *ops;	/* const; NULL: zero fill */
	struct radix tree;		/* [lock] index -> page */
	unsigned long nr_pages;		/* [lock] */
	struct spinlock lock;		/* IPL_SOFT */
	struct mutex map_lock;		/* guards vmas; order: file mapping */
	struct list vmas;		/* [map_lock] vma->map_link */
};

void mapping_init(struct mapping *m, struct inode *inode,
		  const struct mapping_ops *ops);
/* Drop every page.  => nothing maps it */
void mapping_destroy(struct mapping *m);

/* The page at index if it is there, with a reference; else NULL. */
struct page *mapping_find(struct mapping *m, unsigned long index);
/*
 * The same, made (zero or read_page) when missing.  => may sleep;
 * 0 with *out referenced; -ENOMEM, -ENOSPC, -EIO
 */
int mapping_get(struct mapping *m, unsigned long index, struct page **out);
/*
 * The file ends at byte size now: drop pages past it, zero the tail of the
 * last one, unmap them from every address space (their users get SIGBUS).
 */
void mapping_truncate(struct mapping *m, loff_t size);
/*
 * The same for pages [first, last] in the middle: holes (zeros) from now on.
 * Nothing is zeroed in part.
 */
void mapping_punch(struct mapping *m, unsigned long first, unsigned long last);
/*
 * A mapping for MAP_SHARED|MAP_ANONYMOUS with one reference, for the first
 * VMA (v->mapping = it).  Freed with its last VMA.  limit: pages, beyond which
 * access is SIGBUS; 0: none.  => NULL: no memory
 */
struct mapping *mapping_create_anon(void);
struct mapping *mapping_create_anon_limit(unsigned long limit);
void mapping_get_anon(struct mapping *m);
void mapping_put_anon(struct mapping *m);
/* Number of pages of the file: an access at or beyond is SIGBUS. */
unsigned long mapping_end(const struct mapping *m);
/* Shared mappings may write without asking: nobody writes pages back. */
static inline bool mapping_no_writeback(const struct mapping *m)
{
	return !m->ops || !m->ops->read_page;
}

unsigned long pagecache_pages(void);	/* in all mappings */

#endif
