/* SPDX-License-Identifier: MIT */
/*
 * mremap(2): shrink, grow in place, or move a mapping with its pages.  The page
 * tables that a move needs are reserved before anything is changed.
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

/* Count the leaf tables (or superpages) with entries in [start, end). */
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

/*
 * Move entries together with their references: no reference or RSS count
 * changes.  Fetches at the new address see what was stored to the file since
 * the code was mapped.
 */
static void mremap_move_slots(pte_t *to, pte_t *from, unsigned n)
{
	for (; n; n--, from++, to++) {
		pte_t e = pte_read(from);

		if (pte_none(e))
			continue;
		if (pte_present(e) && !(pte_soft(e) & PTE_SPECIAL))
			vm_note_fetch(pfn_page(pte_pfn(e)), pte_prot(e));
		pte_write(from, (pte_t){ 0 });
		pte_write(to, e);
	}
}

/*
 * Move a superpage as a whole if both addresses are aligned and it holds no
 * code; otherwise split it.
 * Return: true: moved.
 */
static bool move_super(struct remap *r, pte_t *slot, uaddr_t from, uaddr_t to,
		       unsigned long left)
{
	unsigned level = 1;
	pte_t *target, e = pte_read(slot);

	if (IS_ALIGNED(from | to, PT_LEAF_SPAN) && left >= PT_LEAF_SPAN &&
	    !(pte_prot(e) & MAP_X)) {
		target = pt_walk(r->space->root, to, &level, PT_MAKE);
		if (target && level == 1 && pt_super_set(target, e)) {
			pt_super_clear(slot);
			return true;
		}
	}
	superpage->split(r->space, slot, from);
	return false;
}

/*
 * Move the entries of len bytes.  TLBs are flushed before pt_lock is released:
 * until then no other thread can fault the old addresses in again.
 * Context: the page tables are reserved.
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
			target = pt_walk(s->root, to, &to_level, PT_MAKE);
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
 * Check if the VMA may be resized to new_len, like Linux's vma_to_resize().
 * Return: 0 or -errno.
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
	if (v->flags & VM_LOCKED && vm_may_lock(r->space, more))
		return -EAGAIN;
	return vm_may_grow(r->space, more, v->prot, v->flags);
}

/* Count `pages` more pages of v.  Context: [s->lock] for writing. */
static void account_more(struct vm_space *s, const struct vma *v,
			 unsigned long pages)
{
	s->total += pages;
	if (v->flags & VM_LOCKED)
		s->locked += pages;
	if (vma_is_data(v->prot, v->flags))
		s->data += pages;
}

/* Grow r->vma at its end, into a hole.  Return: true: done. */
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
 * Split r->vma so that [old, old + old_len) is a VMA of its own.  Unmapping it
 * later then allocates nothing.
 * Return: 0, -ENOMEM, -EINVAL.
 */
static int mremap_isolate(struct remap *r)
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
	/* `low` becomes the upper part, from r->old on */
	if (low) {
		vma_split(r->vma, r->old, low);
		r->vma = low;
	}
	if (high)
		vma_split(r->vma, end, high);
	return 0;
}

/*
 * Remove the old VMA, whose pages have moved; or with MREMAP_DONTUNMAP keep the
 * VMA empty.
 */
static void leave_old(struct remap *r)
{
	if (r->flags & MREMAP_DONTUNMAP) {
		if (r->vma->flags & VM_LOCKED)
			r->space->locked -= vma_pages(r->vma);
		r->vma->flags &= ~(VM_LOCKED | VM_LOCKONFAULT | VM_ANONED);
		r->space->lone_tables = true;
		vma_merge(r->vma);
	} else if (r->old_len) {
		/* the range is a whole VMA, so nothing is allocated */
		vm_unmap_locked(r->space, r->old, r->old + r->old_len);
	}
}

/*
 * Move r's mapping to r->new, where nothing is mapped (with `fixed`, unmap what
 * is there).
 * Return: the new address, or -errno with nothing changed.
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
	err = r->old_len ? mremap_isolate(r) : 0;
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
	/*
	 * the last step that can fail, since unmapped memory cannot be restored
	 */
	if (fixed && vm_unmap_locked(s, v->start, v->end))
		goto no_place;
	vma_link(s, v, vma_before(s, v->start));
	if (v->ops && v->ops->mremap)
		v->ops->mremap(v);
	account_more(s, v, vma_pages(v));
	move_entries(r, len);
	pt_unreserve(s->root, &reserve);
	leave_old(r);
	/*
	 * Look the VMA up again: the VMA that stayed behind may have replaced v
	 * in a merge.
	 */
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
 * Choose r->new: a fixed address, or with MREMAP_DONTUNMAP alone, a hint.
 * Return: 0, -EPERM, -ENOMEM.
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

/*
 * True if the old range, with the rest that will not move, ends beyond the
 * address space.
 */
static bool cuts_beyond_top(const struct remap *r, unsigned long rest)
{
	return rest && r->old_len + rest > r->space->top - r->old;
}

/*
 * Check all that could prevent the move, except lack of memory.
 * Return: 0 or -errno.
 */
static int check_move(struct remap *r, unsigned long rest)
{
	struct vm_space *s = r->space;
	int err;

	if (cuts_beyond_top(r, rest))
		return -EINVAL;
	/*
	 * old_len is 0 and the target is the source: unmapping the target would
	 * unmap the source
	 */
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
 * Refuse a move.  Nevertheless unmap its target, and the part of the old range
 * that would not have moved: Linux does that before it checks the rest, and
 * programs can see it.  Since less is mapped then, a limit may now allow the
 * move.
 * Return: 0: r may be moved after all; or -errno.
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
 * Move to r->new, for MREMAP_FIXED or MREMAP_DONTUNMAP.  Only the part of the
 * old range that moves must lie in one VMA; the rest is unmapped, whatever is
 * there.  If memory is short nothing changes; for other errors see
 * refuse_move().
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
	/*
	 * a VMA that begins here has been split already: nothing is allocated
	 */
	if (!(at & ~PAGE_MASK) && rest)
		vm_unmap_locked(s, r->old + r->old_len,
				r->old + r->old_len + rest);
	return at;
}

/*
 * Serve mremap(2), with Linux's order of checks: shrink or keep the size; else
 * grow in place; else move, if allowed.
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

/*
 * Get private copies of shared page tables, so that later moving or unmapping
 * cannot fail for lack of a table.
 */
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
		vm_populate(s, at + r.old_len, r.new_len - r.old_len, true);
	return at;
}
