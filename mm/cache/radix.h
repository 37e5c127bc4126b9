/* SPDX-License-Identifier: MIT */
/*
 * A tree that maps an index to a pointer; used by the page cache and the id
 * allocator.  Its nodes have 64 slots; a tree that holds only index 0 has no
 * node at all.  NULL cannot be stored.
 * Context: the caller holds a lock of its own over each tree.
 */
#ifndef MM_CACHE_RADIX_H
#define MM_CACHE_RADIX_H

#include <lt/types.h>

#define RADIX_BITS	6
#define RADIX_SLOTS	(1u << RADIX_BITS)

struct radix {
	void *root;		/* if bits is 0: the item of index 0 */
	unsigned bits;		/* bits of an index; RADIX_BITS per level */
};

/* Called once at boot, by slab_init(). */
void radix_setup(void);

static inline void radix_init(struct radix *r)
{
	r->root = NULL;
	r->bits = 0;
}

/* Return: the item, or NULL. */
void *radix_get(const struct radix *r, unsigned long index);
/* Store item in an empty slot.  Return: 0; -ENOMEM: the tree is unchanged. */
int radix_set(struct radix *r, unsigned long index, void *item);
/* Replace the item in a slot that has one. */
void radix_replace(struct radix *r, unsigned long index, void *item);
/* Remove an item, and free empty nodes.  Return: the item, or NULL. */
void *radix_remove(struct radix *r, unsigned long index);
/*
 * Remove an item in two steps, for a caller that will soon store another item
 * nearby: radix_take() keeps the nodes, even if empty, until radix_tidy() is
 * called with that index.
 */
void *radix_take(struct radix *r, unsigned long index);
void radix_tidy(struct radix *r, unsigned long index);
/* Return: the first item from *index on, with its index in *index, or NULL. */
void *radix_next(const struct radix *r, unsigned long *index);
/*
 * Find many neighboring items at once.
 * Return: the 64 slots of the leaf that contains index, in slot index % 64;
 * NULL: none of them is in use.  A tree of 0 bits has only the slot of index 0,
 * and no other may be read.
 */
void *const *radix_leaf(const struct radix *r, unsigned long index);
/* Return: how many slots from radix_leaf() may be read: 64 or 1. */
static inline unsigned radix_leaf_size(const struct radix *r)
{
	return r->bits ? RADIX_SLOTS : 1;
}

#endif
