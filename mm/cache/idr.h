/* SPDX-License-Identifier: MIT */
/*
 * Small integers that stand for pointers (row D8): process ids, mount ids.
 * Context: the caller holds a lock of its own over each idr.
 */
#ifndef MM_CACHE_IDR_H
#define MM_CACHE_IDR_H

#include "radix.h"

struct idr {
	struct radix tree;
	int next;		/* first id that idr_alloc_cyclic() tries */
	int full;		/* all ids below it are in use */
};

static inline void idr_init(struct idr *i)
{
	radix_init(&i->tree);
	i->next = 0;
	i->full = 0;
}

/*
 * Give item the lowest free id in [min, max]; idr_alloc_cyclic(): the first
 * free id after the last one handed out, starting over at min.
 * Return: the id; -ENOSPC: no id is free; -ENOMEM.
 */
int idr_alloc(struct idr *i, void *item, int min, int max);
int idr_alloc_cyclic(struct idr *i, void *item, int min, int max);
/* Return: the item; NULL: the id is not in use, or negative. */
void *idr_find(const struct idr *i, int id);
/* Remove an id.  Return: its item, or NULL. */
void *idr_remove(struct idr *i, int id);
/* Free the nodes that idr_alloc_cyclic() keeps for the next id. */
void idr_shrink(struct idr *i);
/* Return: the first item with an id >= *id, with its id in *id, or NULL. */
void *idr_next(const struct idr *i, int *id);

#endif
