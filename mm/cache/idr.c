/* SPDX-License-Identifier: MIT */
/*
 * Id allocator over the radix tree (row D8): an id without an item is free.
 * idr_alloc_cyclic() hands out ids that lie beside each other.  Therefore the
 * tree nodes that lead to the last id are kept for the next id.
 */
#include "idr.h"
#include <uapi/errno.h>

/* Return: the lowest free id in [from, max], or -ENOSPC. */
static int find_free(const struct idr *i, int from, int max)
{
	unsigned size = radix_leaf_size(&i->tree);
	long id = from;

	while (id <= max) {
		void *const *leaf = radix_leaf(&i->tree, id);

		/* a tree without nodes has one slot, for id 0 */
		if (!leaf || (size == 1 && id > 0))
			return id;
		for (unsigned s = id % RADIX_SLOTS; s < size; s++, id++)
			if (!leaf[s])
				return id <= max ? id : -ENOSPC;
	}
	return -ENOSPC;
}

static int idr_take(struct idr *i, void *item, int id)
{
	int err;

	if (id < 0)
		return id;
	err = radix_set(&i->tree, id, item);
	return err ? err : id;
}

/* i->full spares a search through the ids that are in use at the low end. */
int idr_alloc(struct idr *i, void *item, int min, int max)
{
	bool beyond = min > i->full;
	int id = idr_take(i, item, find_free(i, beyond ? min : i->full, max));

	if (id >= 0 && !beyond)
		i->full = id + 1;
	return id;
}

/* True if id is in the same node as the id handed out last. */
static bool is_kept(const struct idr *i, int id)
{
	return (unsigned)(id ^ (i->next - 1)) < RADIX_SLOTS;
}

void idr_shrink(struct idr *i)
{
	if (i->next)
		radix_tidy(&i->tree, i->next - 1);
}

int idr_alloc_cyclic(struct idr *i, void *item, int min, int max)
{
	int id = -ENOSPC;

	if (i->next > min)
		id = find_free(i, i->next, max);
	if (id == -ENOSPC)
		id = find_free(i, min, max);
	id = idr_take(i, item, id);
	if (id < 0)
		return id;
	if (!is_kept(i, id))
		idr_shrink(i);
	i->next = id == max ? min : id + 1;
	return id;
}

void *idr_find(const struct idr *i, int id)
{
	return id < 0 ? NULL : radix_get(&i->tree, id);
}

void *idr_remove(struct idr *i, int id)
{
	if (id < 0)
		return NULL;
	if (id < i->full)
		i->full = id;
	return is_kept(i, id) ? radix_take(&i->tree, id) :
		radix_remove(&i->tree, id);
}

void *idr_next(const struct idr *i, int *id)
{
	unsigned long index = *id < 0 ? 0 : *id;
	void *item = radix_next(&i->tree, &index);

	if (item)
		*id = index;
	return item;
}
