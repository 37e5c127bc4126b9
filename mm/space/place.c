/* SPDX-License-Identifier: MIT */
/*
 * Choose the address of a mapping: the highest gap below mmap_top that is long
 * enough, unless the caller gives an address (mmap(2), MAP_FIXED or a hint).
 *
 *   0                                                        user_top
 *   | image | heap -->      <-- mappings | reserve |  stack   |
 *                 brk                    ^ mmap_top    <-- grows
 */
#include <kernel/cred/capable.h>
#include <kernel/current.h>
#include "vma_tree.h"

/*
 * Return the lowest address that the stack may still grow to (row E5).  If its
 * limit exceeds the space available, the stack gets everything above mmap_top,
 * which exec has chosen.
 */
static uaddr_t stack_reserve(const struct vm_space *s)
{
	unsigned long room = HINT(s->limit_stack);
	uaddr_t floor = s->mmap_top;

	if (s->stack_top < floor)
		return s->stack_top;
	if (room >= s->stack_top - floor)
		return floor;
	return ALIGN_DOWN(s->stack_top - room, PAGE_SIZE);
}

static inline bool may_have_gap(const struct rb_node *n, unsigned long len)
{
	return n && node_vma(n)->max_gap >= len;
}

/*
 * Find the highest gap that fits, in the tree below top, right subtree first.
 * A subtree is searched only if its bound is large enough.  Its search may
 * still fail: its gaps may lie outside [low, high), which costs one more path
 * at each border, or may have become shorter.  A failed search corrects all
 * bounds on its way, so that the same search fails only once.
 * Return: the VMA above the gap, with *at the start of the last len bytes of
 * the gap; NULL: none.
 */
static struct vma *gap_search(struct rb_node *top, unsigned long len,
			      uaddr_t low, uaddr_t high, uaddr_t *at)
{
	struct rb_node *n = top;
	uaddr_t end;

	for (;;) {
		struct vma *v = node_vma(n), *found;

		if (may_have_gap(n->right, len) && v->end < high) {
			found = gap_search(n->right, len, low, high, at);
			if (found)
				return found;
		}
		if (v->gap >= len && gap_part(v, low, high, &end) >= len) {
			*at = end - len;
			return v;
		}
		if (v->start <= low || !may_have_gap(n->left, len))
			break;
		n = n->left;
	}
	while (n != top->parent) {
		node_vma(n)->max_gap = subtree_gap(node_vma(n));
		n = n->parent;
	}
	return NULL;
}

/*
 * Try the room above the last VMA first, which no VMA's gap covers.  Below
 * mmap_top the search continues where the last one ended, as long as s->roomy
 * shows that there is no room above.
 */
static uaddr_t gap_top(struct vm_space *s, unsigned long len, uaddr_t low,
		       uaddr_t high)
{
	bool below_top = high == s->mmap_top;
	struct vma *v = s->roomy;
	uaddr_t end, at = 0;

	vma_changes(s);
	end = list_empty(&s->vmas) ? 0 :
		list_last(&s->vmas, struct vma, link)->end;
	end = max(end, low);
	if (end < high && high - end >= len)
		return high - len;
	if (v && below_top && len >= s->room) {
		if (gap_part(v, low, high, &end) >= len) {
			vma_cache_hit(s, v);
			return end - len;
		}
		high = min(high, v->start);
	}
	if (!may_have_gap(s->tree.root, len))
		return 0;
	v = gap_search(s->tree.root, len, low, high, &at);
	if (v && below_top) {
		s->roomy = v;
		s->room = len;
		vma_cache_hit(s, v);
	}
	return at;
}

/* Searches from mmap_top down, as on Linux: the heap grows up from below. */
uaddr_t vm_find_gap(struct vm_space *s, unsigned long len)
{
	uaddr_t at = gap_top(s, len, MMAP_MIN_ADDR, s->mmap_top);

	/* then search above mmap_top, but not in the stack's reserve */
	if (!at)
		at = gap_top(s, len, s->mmap_top, stack_reserve(s));
	if (!at)
		at = gap_top(s, len, s->stack_top, s->top);
	return at;
}

/*
 * Used for hints and the heap, which must not take the stack's reserve, nor
 * come within the guard gap below a mapping that grows down.
 */
bool vm_range_free(struct vm_space *s, uaddr_t at, unsigned long len)
{
	struct vma *v = vm_find(s, at);
	uaddr_t low;

	if (at + len > stack_reserve(s) && at < s->stack_top)
		return false;
	if (!v)
		return true;
	low = v->start;
	if (v->flags & VM_GROWSDOWN)
		low -= min(low, (uaddr_t)VM_STACK_GAP * PAGE_SIZE);
	return at + len <= low;
}

int vm_may_place(uaddr_t at)
{
	if (at < MMAP_MIN_ADDR && !capable(CAP_SYS_RAWIO))
		return -EPERM;
	return 0;
}

/* ---- the stack ----------------------------------------------------------- */

/*
 * Extend the stack if its limit allows that (setrlimit(2), RLIMIT_STACK) and
 * VM_STACK_GAP pages stay free below it.  A mapping without any rights may be
 * nearer, since it is a guard page of the program itself.
 * Context: [s->lock] for writing.
 */
static bool grow_to(struct vm_space *s, struct vma *v, uaddr_t start)
{
	const struct vma *prev = vma_prev(v);
	unsigned long pages = (v->start - start) >> PAGE_SHIFT;

	if (start < MMAP_MIN_ADDR || v->end - start > HINT(s->limit_stack))
		return false;
	if (prev && prev->prot && !(prev->flags & VM_GROWSDOWN) &&
	    start - prev->end < VM_STACK_GAP * PAGE_SIZE)
		return false;
	if (vm_may_grow(s, pages, v->prot, v->flags))
		return false;
	vma_resize(v, start, v->end);
	s->total += pages;
	if (v->flags & VM_LOCKED)
		s->locked += pages;
	return true;
}

/*
 * The fault handler released the lock before this function takes it for
 * writing, so everything is looked up again.
 */
bool vm_grow_stack(struct vm_space *s, uaddr_t at)
{
	struct vma *v;
	bool ok = false;

	rw_write_lock(&s->lock);
	v = vm_find(s, at);
	if (v && v->start <= at)
		ok = true;		/* another thread did it */
	else if (v && v->flags & VM_GROWSDOWN)
		ok = grow_to(s, v, ALIGN_DOWN(at, PAGE_SIZE));
	rw_write_unlock(&s->lock);
	return ok;
}
