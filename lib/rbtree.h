/* SPDX-License-Identifier: MIT */
/*
 * Red-black trees threaded through their members (row D5).  The caller searches
 * for the place, links the node there, then calls rb_insert_fixup().  An
 * augmented tree passes a function that recomputes a node's summary from its
 * children.  The function is called bottom-up for every node whose subtree has
 * changed its shape, and then further up to the root as long as it returns
 * true.
 */
#ifndef LIB_RBTREE_H
#define LIB_RBTREE_H

#include <lt/compiler.h>
#include <lt/types.h>

struct rb_node {
	struct rb_node *parent;
	struct rb_node *left;
	struct rb_node *right;
	bool red;
};

struct rb_tree {
	struct rb_node *root;
};

typedef bool (*rb_augment_t)(struct rb_node *);

#define rb_entry(p, type, member) container_of(p, type, member)

/* Link n below parent at *link (a child pointer, or the root). */
static inline void rb_link(struct rb_node *n, struct rb_node *parent,
			   struct rb_node **link)
{
	n->parent = parent;
	n->left = n->right = NULL;
	n->red = true;
	*link = n;
}

void rb_insert_fixup(struct rb_tree *t, struct rb_node *n, rb_augment_t aug);
void rb_remove(struct rb_tree *t, struct rb_node *n, rb_augment_t aug);

/* rb_first(), rb_next(): visit the nodes in order; NULL at the end. */
struct rb_node *rb_first(const struct rb_tree *t);
struct rb_node *rb_next(const struct rb_node *n);

#endif
