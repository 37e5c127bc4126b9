/* SPDX-License-Identifier: MIT */
/*
 * A radix tree.
 *
 * Invariant: no node is empty, and the tree has the fewest levels that reach
 * its largest index.  Nodes on the way to an index that radix_take() emptied
 * are excepted until radix_tidy().
 */
#include <lt/bug.h>
#include "radix.h"
#include <mm/frames/slab.h>
#include <uapi/errno.h>

struct radix_node {
	unsigned used;
	void *slot[RADIX_SLOTS];
};

static struct slab_cache *node_cache;

void radix_setup(void)
{
	node_cache = slab_create("radix", sizeof(struct radix_node));
}

static struct radix_node *node_alloc(void)
{
	return slab_zalloc(node_cache);
}

static void node_free(struct radix_node *n)
{
	slab_free(node_cache, n);
}

/*
 * Return: the slot of index in a node.  shift: the number of index bits below
 * the node, which depends on its level; 0 for a leaf.
 */
static inline unsigned radix_slot_of(unsigned long index, unsigned shift)
{
	return index >> shift & (RADIX_SLOTS - 1);
}

/* True if a tree of that many bits can hold index. */
static inline bool fits(unsigned bits, unsigned long index)
{
	return bits >= 8 * sizeof(index) || index >> bits == 0;
}

/*
 * Return: the slots of the leaf with index; for a tree of 0 bits, the root
 * itself; NULL: there is no such leaf.
 */
static inline void *const *leaf_of(const struct radix *r, unsigned long index)
{
	const struct radix_node *n = r->root;
	unsigned shift = r->bits;

	if (!n || !fits(shift, index))
		return NULL;
	if (!shift)
		return &r->root;
	while ((shift -= RADIX_BITS) != 0) {
		n = n->slot[radix_slot_of(index, shift)];
		if (!n)
			return NULL;
	}
	return n->slot;
}

void *const *radix_leaf(const struct radix *r, unsigned long index)
{
	return leaf_of(r, index);
}

void *radix_get(const struct radix *r, unsigned long index)
{
	void *const *leaf = leaf_of(r, index);

	return leaf ? leaf[index & (RADIX_SLOTS - 1)] : NULL;
}

/* Drop levels that hold only slot 0. */
static void radix_shrink(struct radix *r)
{
	while (r->bits) {
		struct radix_node *n = r->root;

		if (n->used > 1 || (n->used == 1 && !n->slot[0]))
			return;
		r->root = n->slot[0];
		r->bits = r->root ? r->bits - RADIX_BITS : 0;
		node_free(n);
	}
}

/*
 * Free the empty nodes on the way to index, from n, a node with `shift`, down.
 * Return: true if n itself was freed.
 */
static bool radix_prune(struct radix_node *n, unsigned shift,
			unsigned long index)
{
	unsigned s = radix_slot_of(index, shift);

	if (shift && n->slot[s] &&
	    radix_prune(n->slot[s], shift - RADIX_BITS, index)) {
		n->slot[s] = NULL;
		n->used--;
	}
	if (n->used)
		return false;
	node_free(n);
	return true;
}

/* Also called after an item could not be stored, to drop surplus levels. */
void radix_tidy(struct radix *r, unsigned long index)
{
	if (!r->bits)
		return;
	if (fits(r->bits, index) &&
	    radix_prune(r->root, r->bits - RADIX_BITS, index)) {
		radix_init(r);
		return;
	}
	radix_shrink(r);
}

/*
 * Add levels on top of the root, each with the old tree in slot 0, until index
 * fits.  After a failure the tree is usable, but may have too many levels: call
 * radix_tidy().
 */
static int radix_grow(struct radix *r, unsigned long index)
{
	while (!fits(r->bits, index)) {
		struct radix_node *n;

		if (r->root) {
			n = node_alloc();
			if (!n)
				return -ENOMEM;
			n->slot[0] = r->root;
			n->used = 1;
			r->root = n;
		}
		r->bits += RADIX_BITS;
	}
	return 0;
}

/*
 * As leaf_of(), but allocate missing nodes.
 * Return: NULL: no memory; the tree is unchanged.
 */
static __noinline void *const *leaf_make(struct radix *r, unsigned long index)
{
	struct radix_node *n = NULL;
	void **slot = &r->root;

	if (radix_grow(r, index))
		goto no_memory;
	for (unsigned shift = r->bits; shift;
	     slot = &n->slot[radix_slot_of(index, shift)]) {
		if (!*slot) {
			*slot = node_alloc();
			if (!*slot)
				goto no_memory;
			if (n)
				n->used++;
		}
		n = *slot;
		shift -= RADIX_BITS;
	}
	return n ? n->slot : slot;
no_memory:
	if (!r->root)
		radix_init(r);
	radix_tidy(r, index);
	return NULL;
}

int radix_set(struct radix *r, unsigned long index, void *item)
{
	void *const *leaf = leaf_of(r, index);
	void **slot;

	ASSERT(item);
	if (!leaf)
		leaf = leaf_make(r, index);
	if (!leaf)
		return -ENOMEM;
	slot = (void **)&leaf[index & (RADIX_SLOTS - 1)];
	ASSERT(!*slot);
	*slot = item;
	if (r->bits)
		container_of(leaf, struct radix_node, slot[0])->used++;
	return 0;
}

void radix_replace(struct radix *r, unsigned long index, void *item)
{
	void **leaf = (void **)leaf_of(r, index);

	ASSERT(item && leaf && leaf[index & (RADIX_SLOTS - 1)]);
	leaf[index & (RADIX_SLOTS - 1)] = item;
}

/*
 * Remove the item at index.  *from becomes the node that held the item, if any.
 */
static inline void *radix_take_from(struct radix *r, unsigned long index,
				    struct radix_node **from)
{
	void **leaf = (void **)leaf_of(r, index);
	void **slot, *item;

	if (!leaf)
		return NULL;
	slot = &leaf[index & (RADIX_SLOTS - 1)];
	item = *slot;
	if (!item)
		return NULL;
	*slot = NULL;
	if (r->bits) {
		*from = container_of(leaf, struct radix_node, slot[0]);
		(*from)->used--;
	}
	return item;
}

void *radix_take(struct radix *r, unsigned long index)
{
	struct radix_node *n;

	return radix_take_from(r, index, &n);
}

void *radix_remove(struct radix *r, unsigned long index)
{
	struct radix_node *n = NULL;
	void *item = radix_take_from(r, index, &n);

	if (n && (n->used == 0 || n == r->root))
		radix_tidy(r, index);
	return item;
}

/* As radix_next(), for the items below n, a node with `shift`. */
static void *next_below(const struct radix_node *n, unsigned shift,
			unsigned long *index)
{
	unsigned long i = *index;

	for (unsigned s = radix_slot_of(i, shift); s < RADIX_SLOTS; s++) {
		void *item = n->slot[s];

		if (item && shift) {
			*index = i;
			item = next_below(item, shift - RADIX_BITS, index);
		} else if (item) {
			*index = i;
		}
		if (item)
			return item;
		/* the first index of the next slot */
		i = ((i >> shift) + 1) << shift;
	}
	return NULL;
}

void *radix_next(const struct radix *r, unsigned long *index)
{
	if (!r->root || !fits(r->bits, *index))
		return NULL;
	if (r->bits == 0)
		return r->root;
	return next_below(r->root, r->bits - RADIX_BITS, index);
}
