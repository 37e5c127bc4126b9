/* SPDX-License-Identifier: MIT */
/*
 * mremap: shrink, grow in place, or move a mapping with its pages.  The tables
 * a move needs are set aside before anything is changed.
 */
#include <lt/bug.h>
#include <mm/frames/page.h>
#include <mm/frames/slab.h>
#include <mm/tables/superpage.h>
#include <mm/space/vm_change.h>
#include <mm/vma.h>
#include <uapi/mman.h>

struct remap {
	struct vm_space *space;
	struct vma *vma;
	uaddr_t old, new;
	unsigned long old_len, new_len;
	unsigned flags;
};

/* ---- moving entries ------------------------------------------------------ */

/* Leaf tables (or superpages) with something in [start, end). */
static unsigned mremap_count_tables(struct vm_space *s, uaddr_t at, uaddr_t end)
{
	unsigned n = 0;

	while (at < end) {
		struct pt_run r = pt_run_at(s->root, at, end);

		if (r.slot)
			n++;
		at += r.len;
	}
	return n;
}

/* Entries move with their references: no count changes, nor who is resident. */
static void mremap_move_slots(pte_t *to, pte_t *from, unsigned n)
{
	for (; n; n--, from++, to++) {
		pte_t e = pte_read(from);

		if (pte_none(e))
			continue;
		pte_write(from, (pte_t){ 0 });
		pte_write(to, e);
	}
}

/*
 * A superpage: as one if both places are aligned.  Return: done; else it is
 * split.
 */
static bool move_super(struct remap *r, pte_t *slot, uaddr_t from, uaddr_t to,
		       unsigned long left)
{
	unsigned level = 1;
	pte_t *target, e = pte_read(slot);

	if (IS_ALIGNED(from | to, PT_LEAF_SPAN) && left >= PT_LEAF_SPAN) {
		target = pt_walk(r->space->root, to, &level, true);
		if (target && level == 1 && pt_super_set(target, e)) {
			pt_super_clear(slot);
			return true;
		}
	}
	superpage->split(r->space, slot, from);
	return false;
}

/*
 * The flush comes before pt_lock is free: until then no other thread can fault
 * the old addresses in again.  Return: the tables are reserved.
 */
static void move_entries(struct remap *r, unsigned long len)
{
	struct vm_space *s = r->space;
	unsigned long done = 0;

	spin_lock(&s->pt_lock);
	while (done < len) {
		uaddr_t from = r->old + done, to = r->new + done;
		struct pt_run run = pt_run_at(s->root, from, r->old + len);
		unsigned to_level = 0;
		pte_t *target;

		if (run.slot && run.level) {
			if (!move_super(r, run.slot, from, to, len - done))
				continue;
		} else if (run.slot) {
			run.len = min(run.len,
				      PT_LEAF_SPAN - (to & (PT_LEAF_SPAN - 1)));
			target = pt_walk(s->root, to, &to_level, true);
			ASSERT(target && to_level == 0);
			mremap_move_slots(target, run.slot,
					  run.len >> PAGE_SHIFT);
		}
		done += run.len;
	}
	vm_flush_range(s, r->old, r->old + len);
	spin_unlock(&s->pt_lock);
}

/* ---- the cases ----------------------------------------------------------- */

/*
 * Linux's vma_to_resize: may this VMA become new_len long?  Return: 0 or
 * -errno.
 */
static int check_resize(struct remap *r)
{
	struct vma *v = r->vma;
	unsigned long more;

	if (!r->old_len && !(v->flags & VM_SHARED))
		return -EINVAL;
	if (r->flags & MREMAP_DONTUNMAP && v->flags & VM_SPECIAL)
		return -EINVAL;
	if (r->old_len > v->end - r->old)
		return -EFAULT;
	if (r->new_len == r->old_len)
		return 0;
	if (v->flags & VM_SPECIAL)
		return -EFAULT;
	if (r->new_len < r->old_len)
		return 0;
	if (v->mapping && vma_index(v, r->old) + (r->new_len >> PAGE_SHIFT) <
	    vma_index(v, r->old))
		return -EINVAL;
	more = (r->new_len - r->old_len) >> PAGE_SHIFT;
	return vm_may_grow(r->space, more, v->prot, v->flags);
}

/* Context: [s->lock] for writing. */
static void account_more(struct vm_space *s, const struct vma *v,
			 unsigned long pages)
{
	s->total += pages;
	if (v->flags & VM_LOCKED)
		s->locked += pages;
	if (vma_is_data(v->prot, v->flags))
		s->data += pages;
}

/* Only at the end of a VMA, into a hole.  Return: true: done. */
static bool grow_in_place(struct remap *r)
{
	struct vma *v = r->vma, *next = vma_next(v);
	unsigned long more = r->new_len - r->old_len;

	if (r->old_len != v->end - r->old ||
	    v->end > r->space->top - more ||
	    (next && next->start < v->end + more))
		return false;
	account_more(r->space, v, more >> PAGE_SHIFT);
	vma_resize(v, v->start, v->end + more);
	vma_merge(v);
	return true;
}

/*
 * Make [old, old + old_len) a VMA of its own, so that unmapping it later needs
 * nothing.  Return: 0, -ENOMEM, -EINVAL.
 */
static int isolate(struct remap *r)
{
	struct vm_space *s = r->space;
	uaddr_t end = r->old + r->old_len;
	struct vma *low = NULL, *high = NULL;
	int err = vma_may_split(r->vma, r->old);

	err = err ? err : vma_may_split(r->vma, end);
	if (err)
		return err;
	if (r->vma->start < r->old) {
		low = vma_dup(s, r->vma);
		if (!low)
			return -ENOMEM;
	}
	if (r->vma->end > end) {
		high = vma_dup(s, r->vma);
		if (!high) {
			if (low)
				vma_free(low);
			return -ENOMEM;
		}
	}
	/* `low` was made as the upper part of the cut at r->old */
	if (low) {
		vma_split(r->vma, r->old, low);
		r->vma = low;
	}
	if (high)
		vma_split(r->vma, end, high);
	return 0;
}

/* The pages have moved: the old place goes, unless it is to stay empty. */
static void leave_old(struct remap *r)
{
	if (r->flags & MREMAP_DONTUNMAP) {
		if (r->vma->flags & VM_LOCKED)
			r->space->locked -= vma_pages(r->vma);
		r->vma->flags &= ~(VM_LOCKED | VM_LOCKONFAULT | VM_ANONED);
		r->space->lone_tables = true;
		vma_merge(r->vma);
	} else if (r->old_len) {
		/* a whole VMA, so this allocates nothing */
		vm_unmap_locked(r->space, r->old, r->old + r->old_len);
	}
}

/*
 * Move what r describes to r->new, where nothing is mapped (fixed: what is
 * there goes).  Return: the new address or -errno, nothing changed.
 */
static long mremap_move(struct remap *r, bool fixed)
{
	struct vm_space *s = r->space;
	unsigned long len = min(r->old_len, r->new_len);
	unsigned tables = 2 * mremap_count_tables(s, r->old, r->old + len);
	struct list reserve;
	struct vma *v;
	int err;

	if (s->nr_vmas + 3 > vm_max_vmas)
		return -ENOMEM;
	err = r->old_len ? isolate(r) : 0;
	if (err)
		return err;
	v = vma_dup(s, r->vma);
	if (!v)
		goto no_vma;
	v->start = r->new;
	v->end = r->new + r->new_len;
	v->pgoff = vma_index(r->vma, r->old);
	if (!vm_own(s, v->start, v->end))
		goto no_room;
	if (!pt_reserve(s->root, &reserve, tables ? tables + 2 * PT_LEVELS : 0))
		goto no_room;
	/* the last that can fail, as what goes there does not come back */
	if (fixed && vm_unmap_locked(s, v->start, v->end))
		goto no_place;
	vma_link(s, v, vma_before(s, v->start));
	if (v->ops && v->ops->mremap)
		v->ops->mremap(v);
	account_more(s, v, vma_pages(v));
	move_entries(r, len);
	pt_unreserve(s->root, &reserve);
	leave_old(r);
	/* not v: what stayed behind may be beside it, and have taken it in */
	vma_merge(vm_find(s, r->new));
	return r->new;
no_place:
	pt_unreserve(s->root, &reserve);
no_room:
	vma_free(v);
no_vma:
	if (r->old_len)
		vma_merge(r->vma);
	return -ENOMEM;
}

/*
 * Where r goes: the place that is asked for, or for MREMAP_DONTUNMAP alone as
 * a wish.  Return: 0, -EPERM, -ENOMEM.
 */
static int choose_new(struct remap *r)
{
	if (r->flags & MREMAP_FIXED)
		return vm_sealed(r->space, r->new, r->new + r->new_len) ?
			-EPERM : vm_may_place(r->new);
	if (r->new < MMAP_MIN_ADDR ||
	    !vm_range_free(r->space, r->new, r->new_len))
		r->new = vm_find_gap(r->space, r->new_len);
	return r->new ? 0 : -ENOMEM;
}

/* Does the old range, with the rest that will not move, end beyond all? */
static bool cuts_beyond_top(const struct remap *r, unsigned long rest)
{
	return rest && r->old_len + rest > r->space->top - r->old;
}

/*
 * All but a want of memory that keeps r from being moved.  Return: 0 or
 * -errno.
 */
static int check_move(struct remap *r, unsigned long rest)
{
	struct vm_space *s = r->space;
	int err;

	if (cuts_beyond_top(r, rest))
		return -EINVAL;
	/* of nothing, onto itself: what was there is the target, and goes */
	if (r->flags & MREMAP_FIXED && !r->old_len && r->new == r->old)
		return -EFAULT;
	err = check_resize(r);
	if (!err && r->flags & MREMAP_DONTUNMAP &&
	    vm_may_grow(s, r->new_len >> PAGE_SHIFT, r->vma->prot,
			r->vma->flags))
		err = -ENOMEM;
	return err ? err : choose_new(r);
}

/*
 * A move that is refused has emptied its target, and cut off what of the old
 * range would not have moved: Linux does that first, before it looks at what
 * is to be moved, and programs see it.  Then less is mapped, so that a limit
 * may allow what it did not before.  Return: 0: r may be moved after all; or
 * -errno.
 */
static int refuse_move(struct remap *r, unsigned long rest)
{
	struct vm_space *s = r->space;
	uaddr_t end = r->old + r->old_len;
	int cut;

	cut = r->flags & MREMAP_FIXED ?
		vm_unmap_locked(s, r->new, r->new + r->new_len) : 0;
	if (cut)
		return cut;
	if (cuts_beyond_top(r, rest))
		return -EINVAL;
	cut = rest ? vm_unmap_locked(s, end, end + rest) : 0;
	if (cut)
		return cut;
	r->vma = vm_find(s, r->old);
	if (!r->vma || r->vma->start > r->old)
		return -EFAULT;
	return check_move(r, 0);
}

/*
 * MREMAP_FIXED or MREMAP_DONTUNMAP: new is given.  Of the old range only what
 * is moved must lie in one VMA; the rest is unmapped, be there what may.  For
 * want of memory nothing changes; what is refused otherwise does: see above.
 */
static long remap_to(struct remap *r)
{
	struct vm_space *s = r->space;
	unsigned long rest = 0;
	long at;

	if (r->new & ~PAGE_MASK || r->new_len > r->space->top ||
	    r->new > r->space->top - r->new_len)
		return -EINVAL;
	if (r->old + r->old_len > r->new && r->new + r->new_len > r->old)
		return -EINVAL;
	if (r->old_len > r->new_len) {
		rest = r->old_len - r->new_len;
		r->old_len = r->new_len;
	}
	at = check_move(r, rest);
	if (at)
		at = refuse_move(r, rest);
	if (!at)
		at = mremap_move(r, r->flags & MREMAP_FIXED);
	/* whatever VMA begins here was cut already: nothing is allocated */
	if (!(at & ~PAGE_MASK) && rest)
		vm_unmap_locked(s, r->old + r->old_len,
				r->old + r->old_len + rest);
	return at;
}

/*
 * mremap(2), in Linux's order of checks: shrink, or stay; grow where it is;
 * grow elsewhere if it may move.
 */
static long remap_locked(struct remap *r)
{
	struct vm_space *s = r->space;
	int err;

	r->vma = vm_find(s, r->old);
	if (!r->vma || r->vma->start > r->old)
		return -EFAULT;
	if (vm_sealed(s, r->old, r->old + max(r->old_len, PAGE_SIZE)))
		return -EPERM;
	if (r->flags & (MREMAP_FIXED | MREMAP_DONTUNMAP))
		return remap_to(r);
	if (r->old_len >= r->new_len) {
		err = 0;
		if (r->old_len > r->space->top - r->old)
			return -EINVAL;
		if (r->old_len > r->new_len)
			err = vm_unmap_locked(s, r->old + r->new_len,
					      r->old + r->old_len);
		return err ? err : (long)r->old;
	}
	err = check_resize(r);
	if (err)
		return err;
	if (grow_in_place(r))
		return r->old;
	if (!(r->flags & MREMAP_MAYMOVE) || r->new_len > r->space->top)
		return -ENOMEM;
	r->new = vm_find_gap(s, r->new_len);
	return r->new ? mremap_move(r, false) : -ENOMEM;
}

/* What is moved or unmapped below cannot fail any more for want of a table. */
static bool own_tables(struct remap *r)
{
	uaddr_t top = r->space->top;
	unsigned long len = min(r->old_len, top - min(r->old, top));

	return vm_own(r->space, r->old, r->old + len);
}

long vm_remap(struct vm_space *s, uaddr_t old, unsigned long old_len,
	      unsigned long new_len, unsigned flags, uaddr_t new_addr)
{
	struct remap r = {
		.space = s, .old = old, .new = new_addr, .flags = flags,
		.old_len = ALIGN_UP(old_len, PAGE_SIZE),
		.new_len = ALIGN_UP(new_len, PAGE_SIZE),
	};
	bool locked = false;
	long at;

	if (flags & ~(MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP) ||
	    (flags & MREMAP_FIXED && !(flags & MREMAP_MAYMOVE)))
		return -EINVAL;
	if (flags & MREMAP_DONTUNMAP && (!(flags & MREMAP_MAYMOVE) ||
					 old_len != new_len))
		return -EINVAL;
	if (old & ~PAGE_MASK || !r.new_len)
		return -EINVAL;
	rw_write_lock(&s->lock);
	at = own_tables(&r) ? remap_locked(&r) : -ENOMEM;
	if (!(at & ~PAGE_MASK) && r.new_len > r.old_len) {
		struct vma *v = vm_find(s, at);

		locked = v && v->flags & VM_LOCKED;
	}
	rw_write_unlock(&s->lock);
	if (locked)
		vm_populate(s, at + r.old_len, r.new_len - r.old_len);
	return at;
}
