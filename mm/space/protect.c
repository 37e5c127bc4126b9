/* SPDX-License-Identifier: MIT */
/*
 * Change rights and flags of VMAs: mprotect(2), mlock(2), and madvise(2) where
 * it sets flags.  One engine serves them all: each VMA of the range that would
 * change is cut at the borders of the range, changed, and merged with its
 * neighbors.
 *
 * Invariant: the VMAs needed for splits are allocated in advance, so a change
 * never stops halfway.
 */
#include <lt/bug.h>
#include "fault.h"
#include <mm/frames/page.h>
#include <mm/frames/slab.h>
#include <mm/tables/superpage.h>
#include "vm_change.h"
#include <mm/vm_internal.h>
#include <uapi/mman.h>

/* ---- page-table entries -------------------------------------------------- */

/*
 * An entry becomes writable only if a write fault would do nothing else.  A
 * private frame must not be shared.  A page of a shared VMA must be dirty
 * already, or never be written back.  Other entries stay read-only, and the
 * first store to them faults.
 */
__inlined bool vm_change_slots(struct vma *v, pte_t *slot, unsigned n)
{
	unsigned prot = vm_effective(v->prot) | MAP_USER;
	unsigned read_only = prot & ~MAP_W;
	bool private = vma_private(v), changed = false;
	unsigned long cow = private && prot & MAP_W ? PTE_COW : 0;

	for (; n; n--, slot++) {
		pte_t e = pte_read(slot);
		unsigned long soft;
		struct page *p;
		bool write;

		if (pte_none(e))
			continue;
		changed = true;
		soft = pte_soft(e) & ~PTE_COW;
		if (soft & PTE_SPECIAL) {
			if (pte_present(e))
				pte_write(slot, pte_leaf(pte_pfn(e), read_only,
							 soft | cow));
			continue;
		}
		p = pfn_page(pte_pfn(e));
		vm_note_fetch(p, prot);
		write = prot & MAP_W && (private ?
			p->kind == PAGE_ANON && ref_read(&p->refs) == 1 :
			pte_writable(e) || mapping_no_writeback(v->mapping));
		pte_write(slot, pte_leaf(pte_pfn(e), write ? prot : read_only,
					 write ? soft : soft | cow));
	}
	return changed;
}

void vm_change_ptes(struct vma *v, uaddr_t start, uaddr_t end)
{
	struct vm_space *s = v->space;
	bool changed = false;
	uaddr_t at = start;

	/* no page was ever mapped */
	if (!atomic_read(&s->pt_pages))
		return;
	spin_lock(&s->pt_lock);
	while (at < end) {
		struct pt_run r = pt_run_at(s->root, at, end);

		if (r.slot && r.level) {
			if (r.len < r.span) {
				superpage->split(s, r.slot, at);
				continue;
			}
			superpage->protect(s, v, r.slot);
			changed = true;
		} else if (r.slot) {
			changed |= vm_change_slots(v, r.slot, r.len >> PAGE_SHIFT);
		}
		at += r.len;
	}
	/* under pt_lock, so that no fault restores old rights meanwhile */
	if (changed)
		vm_flush_range(s, start, end);
	spin_unlock(&s->pt_lock);
}

/* ---- the engine ---------------------------------------------------------- */

/*
 * True if c changes v.  VMAs that c does not change are not split, so that a
 * repeated mprotect() leaves the set of VMAs as it is.
 */
static inline bool vm_change_differs(const struct vma *v,
				     const struct vm_change *c)
{
	return (c->set_prot && v->prot != c->prot) ||
		((v->flags | c->set) & ~c->clear) != v->flags;
}

/*
 * Count the splits that a change of [start, end) needs: at most two, at its
 * borders.  v: the first VMA of the range.
 */
static unsigned cuts_needed(struct vma *v, uaddr_t start, uaddr_t end,
			    const struct vm_change *c)
{
	unsigned n = v->start < start && vm_change_differs(v, c);

	for (; v && v->start < end; v = vma_next(v))
		if (v->end > end && vm_change_differs(v, c))
			n++;
	return n;
}

/*
 * Split v at the borders of [start, end).  tails: from prepare_cuts().
 * Return: the VMA of the part inside.
 */
static struct vma *cut_out(struct vma *v, uaddr_t start, uaddr_t end,
			   struct vma **tails, unsigned *used)
{
	struct vma *tail;

	if (v->start < start) {
		tail = tails[(*used)++];
		vma_split(v, start, tail);
		v = tail;
	}
	if (v->end > end) {
		tail = tails[(*used)++];
		vma_split(v, end, tail);
	}
	return v;
}

/*
 * Allocate a VMA for each split: a copy of the VMA to be split, in the order in
 * which cut_out() uses them.
 * Return: 0; -errno: all that was allocated is freed.
 */
static int prepare_cuts(struct vm_space *s, struct vma *v, uaddr_t start,
			uaddr_t end, const struct vm_change *c,
			struct vma **tails)
{
	unsigned n = cuts_needed(v, start, end, c), made = 0;
	int err;

	tails[0] = tails[1] = NULL;
	if (!n)
		return 0;
	if (s->nr_vmas + n > vm_max_vmas)
		return -ENOMEM;
	for (; v && v->start < end; v = vma_next(v)) {
		if (!vm_change_differs(v, c))
			continue;
		err = vma_may_split(v, start) ?: vma_may_split(v, end);
		if (err)
			goto undo;
		err = -ENOMEM;
		if (v->start < start && !(tails[made++] = vma_dup(s, v)))
			goto undo;
		if (v->end > end && !(tails[made++] = vma_dup(s, v)))
			goto undo;
	}
	return 0;
undo:
	if (tails[0])
		vma_free(tails[0]);
	return err;
}

/*
 * Change all of v, and update the sums of the space.
 * Context: [v->space->lock] for writing.
 */
static void change_one(struct vma *v, const struct vm_change *c)
{
	struct vm_space *s = v->space;
	unsigned long pages = vma_pages(v);
	unsigned flags = (v->flags | c->set) & ~c->clear;

	if (v->flags & VM_LOCKED)
		s->locked -= pages;
	if (flags & VM_LOCKED)
		s->locked += pages;
	v->flags = flags;
	if (!c->set_prot || v->prot == c->prot)
		return;
	if (vma_is_data(v->prot, flags))
		s->data -= pages;
	if (vma_is_data(c->prot, flags))
		s->data += pages;
	v->prot = c->prot;
	vm_change_ptes(v, v->start, v->end);
}

/*
 * Handle a change of the first part of v, up to end, if the changed part can be
 * merged with prev.  Then only the border between prev and v moves, and no VMA
 * is allocated or freed.  Programs that change the rights of one page after
 * another in their handlers of SIGSEGV need this.
 * Return: false: the case does not apply.
 */
static bool move_border(struct vma *v, uaddr_t end, const struct vm_change *c)
{
	struct vma *prev = vma_prev(v);
	struct vma part = { .start = v->start, .end = end, .space = v->space,
		.prot = c->set_prot ? c->prot : v->prot,
		.flags = (v->flags | c->set) & ~c->clear };

	if (v->mapping || v->object || v->ops || !prev ||
	    !vma_mergeable(prev, &part))
		return false;
	part.prot = v->prot;
	part.flags = v->flags;
	vma_resize(prev, prev->start, end);
	vma_resize(v, end, v->end);
	prev->flags |= v->flags & VM_STICKY;
	change_one(&part, c);
	return true;
}

/*
 * Each changed VMA is merged with its neighbors at once, and the walk continues
 * from the result, so that no mergeable neighbors remain.
 */
int vm_change_range(struct vm_space *s, uaddr_t start, uaddr_t end,
		    const struct vm_change *c)
{
	struct vma *tails[2], *v = vm_find(s, start);
	unsigned used = 0;
	int err;

	if (!v || v->start >= end)
		return 0;
	if (c->set_prot && !vm_own(s, start, end))
		return -ENOMEM;
	if (v->start == start && v->end > end && vm_change_differs(v, c) &&
	    move_border(v, end, c))
		return 0;
	err = prepare_cuts(s, v, start, end, c, tails);
	if (err)
		return err;
	for (; v && v->start < end; v = vma_next(v)) {
		if (!vm_change_differs(v, c))
			continue;
		v = cut_out(v, start, end, tails, &used);
		change_one(v, c);
		v = vma_merge(v);
	}
	return 0;
}

uaddr_t vm_first_hole(struct vm_space *s, uaddr_t start, uaddr_t end)
{
	struct vma *v = vm_find(s, start);

	for (; start < end; v = vma_next(v)) {
		if (!v || v->start > start)
			break;
		start = v->end;
	}
	return start;
}

/* POSIX requires ENOMEM from mlock() and mprotect() if the range has a hole. */
bool vm_covered(struct vm_space *s, uaddr_t start, uaddr_t end)
{
	return vm_first_hole(s, start, end) >= end;
}

bool vm_sealed(struct vm_space *s, uaddr_t start, uaddr_t end)
{
	struct vma *v = s->sealed ? vm_find(s, start) : NULL;

	while (v && v->start < end && !(v->flags & VM_SEALED))
		v = vma_next(v);
	return v && v->start < end;
}

/* ---- mprotect ------------------------------------------------------------ */

/*
 * Find how far the range may get prot.  Linux changes the part before the first
 * obstacle, and then reports the error.
 * Return: 0, -EACCES or -ENOMEM (a hole, or the data limit), with *stop the
 * address of the obstacle.
 */
static int check_protect(struct vm_space *s, uaddr_t start, uaddr_t end,
			 unsigned prot, uaddr_t *stop)
{
	struct vma *v = vm_find(s, start);
	unsigned long more = 0;
	int err;

	for (*stop = start; *stop < end; v = vma_next(v)) {
		if (!v || v->start > *stop)
			return -ENOMEM;
		if (prot & MAP_W && v->flags & VM_SHARED &&
		    !(v->flags & VM_MAYWRITE))
			return -EACCES;
		if (v->ops && v->ops->mprotect) {
			err = v->ops->mprotect(v, prot);
			if (err)
				return err;
		}
		if (prot & MAP_X && v->flags & VM_NOEXEC)
			return -EACCES;
		if (vma_is_data(prot, v->flags) &&
		    !vma_is_data(v->prot, v->flags))
			more += (min(v->end, end) - *stop) >> PAGE_SHIFT;
		if (more && vm_data_full(s, more))
			return -ENOMEM;
		*stop = min(v->end, end);
	}
	return 0;
}

/*
 * PROT_GROWSDOWN extends the range down to the start of the stack's VMA; ld.so
 * uses it when a library asks for an executable stack (mprotect(2)).
 */
static int protect_locked(struct vm_space *s, uaddr_t at, uaddr_t end,
			  unsigned prot, unsigned grows)
{
	struct vm_change c = { .set_prot = true, .prot = prot };
	struct vma *v = vm_find(s, at);
	uaddr_t stop;
	int err, changed;

	if (!v)
		return -ENOMEM;
	if (grows & PROT_GROWSDOWN) {
		if (v->start >= end)
			return -ENOMEM;
		if (!(v->flags & VM_GROWSDOWN))
			return -EINVAL;
		at = v->start;
	} else if (grows) {
		return v->start > at ? -ENOMEM : -EINVAL;
	}
	if (vm_sealed(s, at, end))
		return -EPERM;
	err = check_protect(s, at, end, prot, &stop);
	changed = stop > at ? vm_change_range(s, at, stop, &c) : 0;
	return changed ? changed : err;
}

int vm_protect(struct vm_space *s, uaddr_t at, unsigned long len,
	       unsigned prot)
{
	unsigned grows = prot & (PROT_GROWSDOWN | PROT_GROWSUP);
	int err;

	prot &= ~grows;
	if (grows == (PROT_GROWSDOWN | PROT_GROWSUP) || at & ~PAGE_MASK)
		return -EINVAL;
	if (!len)
		return 0;
	len = ALIGN_UP(len, PAGE_SIZE);
	if (at + len <= at)
		return -ENOMEM;
	if (prot & ~(MAP_RWX | PROT_SEM))
		return -EINVAL;
	rw_write_lock(&s->lock);
	err = protect_locked(s, at, at + len, prot & MAP_RWX, grows);
	rw_write_unlock(&s->lock);
	return err;
}
