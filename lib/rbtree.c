/* SPDX-License-Identifier: MIT */
/*
 * Red-black trees (lecture row D5 of docs/coverage.md).
 *
 *       parent                          parent
 *         |         rotate_left(n)        |
 *         n         ------------->        up
 *        / \                             /  \
 *       a   up      <-------------      n    c
 *          /  \     rotate_right(up)   / \
 *         b    c                      a   b
 *
 * Invariants: the root is black, a red node has black children, every path from
 * a node down to NULL passes the same number of black nodes.  So the height is
 * at most twice the logarithm of the size.
 */
#include <lib/rbtree.h>

static inline bool is_red(const struct rb_node *n)
{
	return n && n->red;
}

/* Put new in old's place below old's parent. */
static inline void replace_child(struct rb_tree *t, struct rb_node *old,
				 struct rb_node *new)
{
	struct rb_node *parent = old->parent;

	if (!parent)
		t->root = new;
	else if (parent->left == old)
		parent->left = new;
	else
		parent->right = new;
	if (new)
		new->parent = parent;
}

/*
 * Rotate.  The members of the subtree stay the same, so only the summaries of
 * the two nodes that change places are recomputed.
 */
static void rotate_left(struct rb_tree *t, struct rb_node *n, rb_augment_t aug)
{
	struct rb_node *up = n->right;

	n->right = up->left;
	if (up->left)
		up->left->parent = n;
	replace_child(t, n, up);
	up->left = n;
	n->parent = up;
	if (aug) {
		aug(n);
		aug(up);
	}
}

static void rotate_right(struct rb_tree *t, struct rb_node *n,
			 rb_augment_t aug)
{
	struct rb_node *up = n->left;

	n->left = up->right;
	if (up->right)
		up->right->parent = n;
	replace_child(t, n, up);
	up->right = n;
	n->parent = up;
	if (aug) {
		aug(n);
		aug(up);
	}
}

/* Recompute summaries from n up, after a change below n. */
static void rb_augment_path(struct rb_node *n, rb_augment_t aug)
{
	while (n && aug(n))
		n = n->parent;
}

/*
 * Restore the colors after an insertion: n is red and may have a red parent.
 * With a red uncle, recoloring moves the conflict two levels up; with a black
 * uncle, one rotation or two end the conflict here (Cormen et al., Introduction
 * to Algorithms, "Red-Black Trees").
 *
 *        G black            G red                G black           P black
 *       /  \               /  \                /  \               /  \
 *      P    U red   -->   P    U black         P    U black  -->  n    G red
 *     / red              / black              / red              red    \
 *    n red              n red                n red                       U
 */
static void insert_balance(struct rb_tree *t, struct rb_node *n,
			   rb_augment_t aug)
{
	struct rb_node *parent, *grand, *uncle;

	while (is_red(parent = n->parent)) {
		grand = parent->parent;
		uncle = parent == grand->left ? grand->right : grand->left;
		if (is_red(uncle)) {
			parent->red = uncle->red = false;
			grand->red = true;
			n = grand;
			continue;
		}
		if (parent == grand->left) {
			if (n == parent->right) {
				rotate_left(t, parent, aug);
				parent = n;
			}
			rotate_right(t, grand, aug);
		} else {
			if (n == parent->left) {
				rotate_right(t, parent, aug);
				parent = n;
			}
			rotate_left(t, grand, aug);
		}
		parent->red = false;
		grand->red = true;
		break;
	}
	t->root->red = false;
}

void rb_insert_fixup(struct rb_tree *t, struct rb_node *n, rb_augment_t aug)
{
	if (aug)
		rb_augment_path(n, aug);
	insert_balance(t, n, aug);
}

/*
 * The side of parent opposite to sib lacks one black node.  The node sib is
 * black and has a red child: bring that child to the far side, then rotate
 * parent down to the side that lacks the black node.
 */
static inline void remove_rotate(struct rb_tree *t, struct rb_node *sib,
				 struct rb_node *parent, rb_augment_t aug)
{
	bool left = sib == parent->right;

	if (left && !is_red(sib->right)) {
		sib->left->red = false;
		sib->red = true;
		rotate_right(t, sib, aug);
		sib = parent->right;
	} else if (!left && !is_red(sib->left)) {
		sib->right->red = false;
		sib->red = true;
		rotate_left(t, sib, aug);
		sib = parent->left;
	}
	sib->red = parent->red;
	parent->red = false;
	if (left) {
		sib->right->red = false;
		rotate_left(t, parent, aug);
	} else {
		sib->left->red = false;
		rotate_right(t, parent, aug);
	}
}

/*
 * The subtree n below parent lacks one black node.  Its sibling sib is not
 * NULL, or the other side would lack a black node, too.  A red sibling is
 * rotated up first.  Then, if sib can be made red, the parent's subtree is the
 * one that lacks a black node; otherwise the repair ends here.
 */
static void remove_balance(struct rb_tree *t, struct rb_node *n,
			   struct rb_node *parent, rb_augment_t aug)
{
	struct rb_node *sib;

	while (parent && !is_red(n)) {
		bool left = n == parent->left;

		sib = left ? parent->right : parent->left;
		if (sib->red) {
			sib->red = false;
			parent->red = true;
			if (left)
				rotate_left(t, parent, aug);
			else
				rotate_right(t, parent, aug);
			sib = left ? parent->right : parent->left;
		}
		if (!is_red(sib->left) && !is_red(sib->right)) {
			sib->red = true;
			n = parent;
			parent = n->parent;
			continue;
		}
		remove_rotate(t, sib, parent, aug);
		return;
	}
	if (n)
		n->red = false;
}

/*
 * Nodes lie in their owners' structures, so the successor is moved, not copied,
 * into n's place:
 *
 *      n                s         s, the leftmost node of n's right subtree,
 *     / \              / \        takes n's place and color; its own place
 *    a   c    --->    a   c       goes to its right child, which lacks a black
 *       /                /        node if s was black
 *      s              child
 *       \
 *      child
 */
void rb_remove(struct rb_tree *t, struct rb_node *n, rb_augment_t aug)
{
	struct rb_node *child, *parent;
	bool lost_black;

	if (n->left && n->right) {
		/* the successor, which has no left child, takes n's place */
		struct rb_node *s = n->right;

		while (s->left)
			s = s->left;
		child = s->right;
		parent = s->parent;
		lost_black = !s->red;
		if (parent == n) {
			parent = s;
		} else {
			replace_child(t, s, child);
			s->right = n->right;
			s->right->parent = s;
		}
		s->left = n->left;
		s->left->parent = s;
		s->red = n->red;
		replace_child(t, n, s);
		if (aug)
			aug(s);
	} else {
		child = n->left ? n->left : n->right;
		parent = n->parent;
		lost_black = !n->red;
		replace_child(t, n, child);
	}
	if (aug)
		rb_augment_path(parent, aug);
	if (lost_black)
		remove_balance(t, child, parent, aug);
}

struct rb_node *rb_first(const struct rb_tree *t)
{
	struct rb_node *n = t->root;

	while (n && n->left)
		n = n->left;
	return n;
}

struct rb_node *rb_next(const struct rb_node *n)
{
	if (n->right) {
		n = n->right;
		while (n->left)
			n = n->left;
		return (struct rb_node *)n;
	}
	while (n->parent && n == n->parent->right)
		n = n->parent;
	return n->parent;
}
