/* SPDX-License-Identifier: MIT */
/* What must be true of the tree, the list and the summaries of a space. */
#ifndef TEST_VMA_CHECK_H
#define TEST_VMA_CHECK_H

#include <lt/bug.h>
#include <mm/space/vma_tree.h>

/* Check parents and bounds from n down.  Return: the number of nodes. */
static unsigned check_node(const struct rb_node *n)
{
	unsigned count = 1;

	if (!n)
		return 0;
	ASSERT(node_vma(n)->max_gap >= subtree_gap(node_vma(n)));
	if (n->left)
		ASSERT(n->left->parent == n);
	if (n->right)
		ASSERT(n->right->parent == n);
	ASSERT(!n->red || (n->parent && !n->parent->red));
	count += check_node(n->left);
	return count + check_node(n->right);
}

/* Return: how many black nodes every path from n down has. */
static unsigned check_black(const struct rb_node *n)
{
	unsigned left, right;

	if (!n)
		return 0;
	left = check_black(n->left);
	right = check_black(n->right);
	ASSERT(left == right);
	return left + !n->red;
}

static void vma_check(struct vm_space *s)
{
	struct rb_node *n = rb_first(&s->tree);
	uaddr_t last = 0, end;
	struct vma *v;

	list_for_each(v, &s->vmas, link) {
		struct vma *prev = vma_prev(v);

		ASSERT(n == &v->node);
		n = rb_next(n);
		ASSERT(v->start < v->end && v->start >= last);
		ASSERT(!((v->start | v->end) & ~PAGE_MASK));
		ASSERT(v->gap == gap_below(v));
		ASSERT(!prev || !vma_mergeable(prev, v));
		ASSERT(!s->roomy || v->start <= s->roomy->start ||
		       gap_part(v, 0, s->mmap_top, &end) < s->room);
		last = v->end;
	}
	ASSERT(!n);
	ASSERT(check_node(s->tree.root) == s->nr_vmas);
	check_black(s->tree.root);
}

#endif
