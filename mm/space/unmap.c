/* SPDX-License-Identifier: MIT */
/*
 * Remove mappings: for munmap(2), and for a mapping at a fixed address that
 * replaces others (rows E1, E2).
 *
 *	  [=== a ===)[==== b ====)   [=== c ===)
 *	       [------- unmapped -------)
 *	  [= a )                        [= c ==)	b is freed
 *
 * Invariant: all steps that can fail come before the first change.
 */
#include "vm_change.h"
#include <mm/vm_internal.h>
#include <uapi/errno.h>

/*
 * Unmap the middle of v.  Only this case needs a new VMA, so it is the only one
 * that can still fail.
 * Return: 0; -ENOMEM: nothing has changed.
 */
static int unmap_punch(struct vm_space *s, struct vma *v, uaddr_t start,
		       uaddr_t end)
{
	struct vma *tail;

	if (s->nr_vmas >= vm_max_vmas)
		return -ENOMEM;
	/* nothing after this can fail */
	tail = vma_dup(s, v);
	if (!tail)
		return -ENOMEM;
	vma_split(v, end, tail);
	vma_resize(v, v->start, start);
	vm_account(s, -(long)((end - start) >> PAGE_SHIFT), v->prot, v->flags);
	vm_note_rss(s);
	vm_zap_free(s, start, end, start, end, false);
	return 0;
}

/*
 * Check whether the VMAs at the borders may be split.  v: the first VMA.
 * Return: 0 or -errno.
 */
static inline int unmap_may_cut(struct vm_space *s, const struct vma *v,
				uaddr_t start, uaddr_t end)
{
	int err = vma_may_split(v, start);

	if (unlikely(s->sealed) && vm_sealed(s, start, end))
		return -EPERM;
	if (!err && v->end < end)
		v = vm_find(s, end);
	return err || !v ? err : vma_may_split(v, end);
}

/*
 * Subtract the pages of [start, end), a part of v, from the totals of s that
 * limits and /proc use (vm_account()).
 * Return: true if v may have pages.
 */
static inline bool unmap_account(struct vm_space *s, const struct vma *v,
				 uaddr_t start, uaddr_t end)
{
	vm_account(s, -(long)((end - start) >> PAGE_SHIFT), v->prot, v->flags);
	return vma_may_have_pages(v);
}

/*
 * True if v, a VMA next to the unmapped range, was never touched: its page
 * table may be kept for v alone.
 */
static inline bool unmap_keeps_table(const struct vma *v)
{
	return v && !vma_may_have_pages(v);
}

static void free_unlinked(struct list *gone)
{
	while (!list_empty(gone)) {
		struct vma *v = list_first(gone, struct vma, link);

		list_remove(&v->link);
		vma_free(v);
	}
}

/*
 * Rows E1, E2: the first VMA may lose its end and the last its beginning; VMAs
 * in between are removed as a whole.  They leave the set of VMAs, and the
 * reverse maps of their files, before their pages are unmapped.  They are freed
 * afterwards, as freeing may drop the last reference to a file.  Page tables
 * are freed up to the remaining neighbors.  Memory that was never touched has
 * neither entries nor a table, except a table that was kept for this memory
 * alone when its neighbors were unmapped (lone_tables).
 */
int vm_unmap_locked(struct vm_space *s, uaddr_t start, uaddr_t end)
{
	struct vma *v = vm_find(s, start), *prev, *next;
	struct list gone = LIST_INIT(gone);
	bool touched = false;
	uaddr_t from;
	int err;

	if (!v || v->start >= end)
		return 0;
	err = unmap_may_cut(s, v, start, end);
	if (err)
		return err;
	s->peak = max(s->peak, s->total);
	if (!vm_own_edges(s, start, end))
		return -ENOMEM;
	if (v->start < start && v->end > end)
		return unmap_punch(s, v, start, end);
	from = max(start, v->start);
	if (v->start < start) {
		touched = unmap_account(s, v, start, v->end);
		vma_resize(v, v->start, start);
		prev = v;
		v = vma_next(v);
	} else {
		prev = vma_prev(v);
	}
	for (; v && v->end <= end; v = next) {
		next = vma_next(v);
		touched |= unmap_account(s, v, v->start, v->end);
		vma_unlink(s, v);
		list_append(&gone, &v->link);
	}
	if (v && v->start < end) {
		touched |= unmap_account(s, v, v->start, end);
		vma_resize(v, end, v->end);
	}
	if (touched || s->lone_tables) {
		s->lone_tables |= unmap_keeps_table(prev) ||
				  unmap_keeps_table(v);
		vm_note_rss(s);
		vm_zap_free(s, from, end, prev ? prev->end : 0,
			    v ? v->start : USER_TOP, false);
	}
	free_unlinked(&gone);
	return 0;
}

int vm_unmap(struct vm_space *s, uaddr_t at, unsigned long len)
{
	int err;

	if (at & ~PAGE_MASK || at > s->top || len > s->top - at)
		return -EINVAL;
	len = ALIGN_UP(len, PAGE_SIZE);
	if (!len)
		return -EINVAL;
	rw_write_lock(&s->lock);
	err = vm_unmap_locked(s, at, at + len);
	rw_write_unlock(&s->lock);
	return err;
}
