/* SPDX-License-Identifier: MIT */
/* Nodes of the tree of VMAs and their gaps, for vma.c and place.c. */
#ifndef MM_SPACE_VMA_TREE_H
#define MM_SPACE_VMA_TREE_H

#include <kernel/current.h>
#include <kernel/lock/lock_debug.h>
#include <mm/vm_internal.h>

static inline struct vma *node_vma(const struct rb_node *n)
{
	return rb_entry(n, struct vma, node);
}

/*
 * Check that a task that changes its space's VMAs holds the lock for writing.
 * The space of a child under construction, or a dead space, has no other users
 * and needs no lock.
 */
static inline void vma_changes(const struct vm_space *s)
{
#ifdef CHECK_LOCK
	if (s == current->space)
		lock_debug_writes(&s->lock);
#else
	(void)s;
#endif
}

/* Cache v: the next look-up is likely to be for v or for the gap below it. */
static inline void vma_cache_hit(struct vm_space *s, struct vma *v)
{
	WRITE_ONCE(s->last, likely(!vma_looker) ? v : NULL);
}

/* Return: the end of the gap below v; a stack keeps VM_STACK_GAP pages free. */
static inline uaddr_t low_edge(const struct vma *v)
{
	if (likely(!(v->flags & VM_GROWSDOWN)))
		return v->start;
	return v->start > VM_STACK_GAP * PAGE_SIZE ?
		v->start - VM_STACK_GAP * PAGE_SIZE : 0;
}

static inline unsigned long gap_below(const struct vma *v)
{
	const struct vma *prev = vma_prev(v);
	uaddr_t from = prev ? prev->end : 0, to = low_edge(v);

	return to > from ? to - from : 0;
}

/* Return: the largest gap of v and its two subtrees, for v->max_gap. */
static inline unsigned long subtree_gap(const struct vma *v)
{
	unsigned long g = v->gap;

	if (v->node.left)
		g = max(g, node_vma(v->node.left)->max_gap);
	if (v->node.right)
		g = max(g, node_vma(v->node.right)->max_gap);
	return g;
}

/*
 * Find the part of the gap below v that lies inside [low, high).
 * Return: its length, with its end in *end.
 */
static inline unsigned long gap_part(const struct vma *v, uaddr_t low,
				     uaddr_t high, uaddr_t *end)
{
	uaddr_t to = low_edge(v), from = to - v->gap;

	from = max(from, low);
	to = min(to, high);
	*end = to;
	return to > from ? to - from : 0;
}

#endif
