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
	int next;		/* where idr_alloc_cyclic looks first */
	int full;		/* no id below it is free */
};

static inline void idr_init(struct idr *i)
{
	radix_init(&i->tree);
	i->next = 0;
	i->full = 0;
}

/*
 * Give item the lowest free id in [min, max]; idr_alloc_cyclic: the next free
 * one after the last handed out, starting over at min.
 * Return: the id; -ENOSPC: all are taken; -ENOMEM.
 */
int idr_alloc(struct idr *i, void *item, int min, int max);
int idr_alloc_cyclic(struct idr *i, void *item, int min, int max);
/* Return: the item; NULL: the id is not in use (negative ones never are). */
void *idr_find(const struct idr *i, int id);
/* Return: the item that the id stood for, or NULL. */
void *idr_remove(struct idr *i, int id);
/* Free what idr_alloc_cyclic keeps for the next id. */
void idr_shrink(struct idr *i);
/* Return: the first item with an id >= *id, with its id in *id, or NULL. */
void *idr_next(const struct idr *i, int *id);

#endif
