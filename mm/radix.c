/* SPDX-License-Identifier: MIT */
/*
 * Radix tree.
 *
 * Invariant: no node is empty, and the height is the least that reaches the
 * largest index in the tree; except on the way to an index that radix_take()
 * emptied, until radix_tidy().
 */
#include <lt/bug.h>
#include <mm/radix.h>
#include <mm/slab.h>
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

/* Levels count from the leaves, which are level 0. */
static inline unsigned slot_of(unsigned long index, unsigned level)
{
	return index >> (level * RADIX_BITS) & (RADIX_SLOTS - 1);
}

/* Can a tree of this height hold index? */
static inline bool fits(unsigned height, unsigned long index)
{
	unsigned bits = height * RADIX_BITS;

	return bits >= 8 * sizeof(index) || index >> bits == 0;
}

/* The slots that index lies among; for a tree of height 0, the root itself. */
static inline void *const *leaf_of(const struct radix *r, unsigned long index)
{
	const struct radix_node *n = r->root;
	unsigned shift = r->height * RADIX_BITS;

	if (!n || (shift < 8 * sizeof(index) && index >> shift))
		return NULL;
	if (!shift)
		return &r->root;
	while ((shift -= RADIX_BITS) != 0) {
		n = n->slot[index >> shift & (RADIX_SLOTS - 1)];
		if (!n)
			return NULL;
	}
	return n->slot;
}

void *const *radix_leaf(const struct radix *r, unsigned long index)
{
	return leaf_of(r, index);
}

__no_frame void *radix_get(const struct radix *r, unsigned long index)
{
	void *const *leaf = leaf_of(r, index);

	return leaf ? leaf[index & (RADIX_SLOTS - 1)] : NULL;
}

/* Drop levels that hold only slot 0. */
static void shrink(struct radix *r)
{
	while (r->height) {
		struct radix_node *n = r->root;

		if (n->used > 1 || (n->used == 1 && !n->slot[0]))
			return;
		r->root = n->slot[0];
		r->height = r->root ? r->height - 1 : 0;
		node_free(n);
	}
}

/*
 * Free the empty nodes on the way to index, from n, a node at `level`, down.
 * Return: n itself was freed.
 */
static bool prune(struct radix_node *n, unsigned level, unsigned long index)
{
	unsigned s = slot_of(index, level);

	if (level && n->slot[s] && prune(n->slot[s], level - 1, index)) {
		n->slot[s] = NULL;
		n->used--;
	}
	if (n->used)
		return false;
	node_free(n);
	return true;
}

/* Also after index could not be stored. */
void radix_tidy(struct radix *r, unsigned long index)
{
	if (!r->height)
		return;
	if (fits(r->height, index) && prune(r->root, r->height - 1, index)) {
		radix_init(r);
		return;
	}
	shrink(r);
}

/*
 * Put new levels on top of the root, each with the old tree in slot 0, until
 * index fits.  After a failure the tree is usable, but may be too high: call
 * radix_tidy().
 */
static int grow(struct radix *r, unsigned long index)
{
	while (!fits(r->height, index)) {
		struct radix_node *n;

		if (r->root) {
			n = node_alloc();
			if (!n)
				return -ENOMEM;
			n->slot[0] = r->root;
			n->used = 1;
			r->root = n;
		}
		r->height++;
	}
	return 0;
}

int radix_set(struct radix *r, unsigned long index, void *item)
{
	struct radix_node *n;
	void **slot;

	ASSERT(item);
	if (grow(r, index))
		goto no_memory;
	if (r->height == 0) {
		ASSERT(!r->root);
		r->root = item;
		return 0;
	}
	if (!r->root) {
		r->root = node_alloc();
		if (!r->root) {
			radix_init(r);
			return -ENOMEM;
		}
	}
	n = r->root;
	for (unsigned level = r->height - 1; level > 0; level--) {
		slot = &n->slot[slot_of(index, level)];
		if (!*slot) {
			*slot = node_alloc();
			if (!*slot)
				goto no_memory;
			n->used++;
		}
		n = *slot;
	}
	slot = &n->slot[slot_of(index, 0)];
	ASSERT(!*slot);
	*slot = item;
	n->used++;
	return 0;
no_memory:
	if (!r->root)
		radix_init(r);
	radix_tidy(r, index);
	return -ENOMEM;
}

/* *from: the node that it was in, if it was in one. */
static inline void *take(struct radix *r, unsigned long index,
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
	if (r->height) {
		*from = container_of(leaf, struct radix_node, slot[0]);
		(*from)->used--;
	}
	return item;
}

void *radix_take(struct radix *r, unsigned long index)
{
	struct radix_node *n;

	return take(r, index, &n);
}

void *radix_remove(struct radix *r, unsigned long index)
{
	struct radix_node *n = NULL;
	void *item = take(r, index, &n);

	if (n && (n->used == 0 || n == r->root))
		radix_tidy(r, index);
	return item;
}

/* As radix_next(), among the items below n, a node at `level`. */
static void *next_below(const struct radix_node *n, unsigned level,
			unsigned long *index)
{
	unsigned long i = *index;

	for (unsigned s = slot_of(i, level); s < RADIX_SLOTS; s++) {
		unsigned shift = level * RADIX_BITS;
		void *item = n->slot[s];

		if (item && level) {
			*index = i;
			item = next_below(item, level - 1, index);
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
	if (!r->root || !fits(r->height, *index))
		return NULL;
	if (r->height == 0)
		return r->root;
	return next_below(r->root, r->height - 1, index);
}
