/* SPDX-License-Identifier: MIT */
/* Advice of madvise(2) that frees pages, and population of a range. */
#include <mm/frames/page.h>
#include "vm_change.h"
#include <mm/vm_internal.h>
#include <uapi/mman.h>

/* ---- advice that acts on pages ------------------------------------------- */

/*
 * Check whether the pages of v may be freed.  MADV_FREE requires anonymous
 * memory.
 * Return: 0 or -EINVAL.
 */
static int advise_check_pages(const struct vma *v, int advice)
{
	unsigned in_the_way = advice == MADV_DONTNEED_LOCKED ? VM_SPECIAL :
			      VM_LOCKED | VM_SPECIAL;

	if (advice == MADV_FREE && (v->mapping || v->object))
		return -EINVAL;
	return v->flags & in_the_way ? -EINVAL : 0;
}

/* A range of adjacent VMAs, such as a thread's stack and its guard. */
struct run {
	uaddr_t from, to;
};

/*
 * Unmap the pages of the run.
 * Context: [s->lock]; shared is enough, as the VMAs stay.
 */
static void advise_run_zap(struct vm_space *s, const struct run *r)
{
	if (r->from == r->to)
		return;
	vm_note_rss(s);
	vm_zap(s, r->from, r->to, false);
}

/* Add [at, end) to the run, so that adjacent VMAs need only one flush. */
static void advise_run_add(struct vm_space *s, struct run *r, uaddr_t at,
			   uaddr_t end)
{
	if (r->to != at) {
		advise_run_zap(s, r);
		r->from = at;
	}
	r->to = end;
}

/* Skips holes, and reports them with -ENOMEM at the end, as Linux does. */
static int advise_range(struct vm_space *s, uaddr_t at, uaddr_t end, int advice)
{
	struct run r = { at, at };
	struct vma *v;
	bool sealed;
	int err;

	rw_read_lock(&s->lock);
	sealed = vm_sealed(s, at, end);
	err = sealed ? -EPERM : vm_covered(s, at, end) ? 0 : -ENOMEM;
	v = sealed ? NULL : vm_find(s, at);
	for (; v && v->start < end; v = vma_next(v)) {
		int bad = advise_check_pages(v, advice);

		if (!bad && !vm_own_edges(s, max(at, v->start),
					  min(end, v->end)))
			bad = -ENOMEM;
		if (bad) {
			err = bad;
			break;
		}
		/* MADV_FREE allows the pages to be freed at once */
		advise_run_add(s, &r, max(at, v->start), min(end, v->end));
	}
	advise_run_zap(s, &r);
	rw_read_unlock(&s->lock);
	return err;
}

/* ---- population ---------------------------------------------------------- */

/* True if the page already has an entry with the wanted right. */
static bool advise_is_present(struct vm_space *s, uaddr_t at, bool write)
{
	unsigned level = 0;
	pte_t *slot = pt_walk(s->root, at, &level, PT_CHANGE);
	pte_t e;

	if (!slot || (level && pte_shared(pte_read(slot))))
		return false;
	e = pte_read(slot);
	return pte_present(e) && (!write || pte_writable(e));
}

int vm_fault_in(struct vm_space *s, struct vma *v, uaddr_t at, uaddr_t end,
		bool write)
{
	for (; at < end; at += PAGE_SIZE) {
		enum vm_fault r;

		if (advise_is_present(s, at, write))
			continue;
		r = vm_fault_page(s, v, at, write);
		if (r == VM_FAULT_OOM)
			return -ENOMEM;
		if (r != VM_FAULT_OK)
			return -EFAULT;
	}
	return 0;
}

/*
 * Used for MAP_POPULATE, mlock() and MCL_FUTURE.  A page of a shared file is
 * faulted in as for a read: a write fault would mark it dirty although no
 * program has written to it.
 */
int vm_populate(struct vm_space *s, uaddr_t at, unsigned long len, bool all)
{
	uaddr_t end = at + len;
	struct vma *v;
	int err = 0, now;

	rw_read_lock(&s->lock);
	for (v = vm_find(s, at); v && v->start < end; v = vma_next(v)) {
		bool write = v->prot & MAP_W && vma_private(v);

		if (v->flags & VM_LOCKONFAULT)
			continue;
		now = v->prot ? vm_fault_in(s, v, max(at, v->start),
					 min(end, v->end), write) : -EFAULT;
		err = now ? now : err;
		if (err == -ENOMEM || (err && !all))
			break;
	}
	rw_read_unlock(&s->lock);
	return err;
}

const struct vm_adviser *vm_advisers;

/*
 * The advice is checked before the range, as Linux does: with length 0 a
 * program can ask whether the kernel supports that advice.
 */
int vm_advise(struct vm_space *s, uaddr_t at, unsigned long len, int advice)
{
	bool frees = advice == MADV_DONTNEED || advice == MADV_FREE ||
		     advice == MADV_DONTNEED_LOCKED;
	uaddr_t end;

	if (!frees && !(vm_advisers && vm_advisers->knows(advice)))
		return -EINVAL;
	if (at & ~PAGE_MASK)
		return -EINVAL;
	end = at + ALIGN_UP(len, PAGE_SIZE);
	if (end < at || (len && end == at))
		return -EINVAL;
	if (end == at)
		return 0;
	return frees ? advise_range(s, at, end, advice) :
		vm_advisers->give(s, at, end, advice);
}
