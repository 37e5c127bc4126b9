/* SPDX-License-Identifier: MIT */
/*
 * A tree from an index to a pointer: the page cache's and the id allocator's
 * look-up.  Nodes of 64 slots; a tree that holds only index 0 has no node at
 * all.  The caller locks.  NULL cannot be stored.
 */
#ifndef MM_RADIX_H
#define MM_RADIX_H

#include <lt/types.h>

#define RADIX_BITS	6
#define RADIX_SLOTS	(1u << RADIX_BITS)

struct radix {
	void *root;		/* height 0: the item of index 0 */
	unsigned height;	/* levels of nodes */
};

/* Once at boot, by slab_init. */
void radix_setup(void);

static inline void radix_init(struct radix *r)
{
	r->root = NULL;
	r->height = 0;
}

/* => the item, or NULL */
void *radix_get(const struct radix *r, unsigned long index);
/* Store item where nothing is.  => 0 or -ENOMEM, tree as before */
int radix_set(struct radix *r, unsigned long index, void *item);
/* => what was there, or NULL; empty nodes are freed */
void *radix_remove(struct radix *r, unsigned long index);
/* The first item at or after *index, *index set to its place; or NULL. */
void *radix_next(const struct radix *r, unsigned long *index);
/*
 * For runs of look-ups: the slots of the 64 indices around `index` (slot
 * index % 64), NULL when there is nothing among them.  Height 0: the one slot
 * of index 0, and only that may be read.
 */
void *const *radix_leaf(const struct radix *r, unsigned long index);
/* How many slots of that run may be read: 64 or 1. */
static inline unsigned radix_leaf_size(const struct radix *r)
{
	return r->height ? RADIX_SLOTS : 1;
}

#endif
