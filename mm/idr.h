/* SPDX-License-Identifier: MIT */
/*
 * Small integers handed out for pointers (row D8): process ids, mount ids.
 * The caller locks.
 */
#ifndef MM_IDR_H
#define MM_IDR_H

#include <mm/radix.h>

struct idr {
	struct radix tree;
	int next;		/* where idr_alloc_cyclic looks first */
};

static inline void idr_init(struct idr *i)
{
	radix_init(&i->tree);
	i->next = 0;
}

/*
 * The lowest free id in [min, max] / the next one after the last handed out,
 * starting over at min.  => id; -ENOSPC all are taken; -ENOMEM
 */
int idr_alloc(struct idr *i, void *item, int min, int max);
int idr_alloc_cyclic(struct idr *i, void *item, int min, int max);
/* => NULL: not in use (negative ids never are) */
void *idr_find(const struct idr *i, int id);
/* => what it stood for, or NULL */
void *idr_remove(struct idr *i, int id);
/* The first item with an id >= *id, *id set; NULL at the end. */
void *idr_next(const struct idr *i, int *id);

#endif
