/* SPDX-License-Identifier: MIT */
/*
 * Create mappings: mmap(2), brk(2) (rows E1, E2, E5, E6); unmap.c removes them.
 *
 * Invariant: all steps that can fail come before the first change.
 */
#include <kernel/cred/capable.h>
#include <kernel/events.h>
#include <lt/bug.h>
#include <mm/frames/page.h>
#include <mm/frames/slab.h>
#include "vm_change.h"
#include <mm/vm_internal.h>
#include <uapi/fs.h>
#include <uapi/mman.h>
#include <uapi/resource.h>

unsigned long vm_overcommit;

int vm_may_grow(struct vm_space *s, unsigned long pages, unsigned prot,
		unsigned flags)
{
	if (s->total + pages > HINT(s->limit_as) >> PAGE_SHIFT)
		return -ENOMEM;
	if (vma_is_data(prot, flags) && vm_data_full(s, pages))
		return -ENOMEM;
	/*
	 * Linux's heuristic overcommit: refuse only what can never be satisfied
	 */
	if ((prot & MAP_W) && !(flags & VM_NORESERVE) &&
	    pages > page_total() && !READ_ONCE(vm_overcommit))
		return -ENOMEM;
	return 0;
}

/* ---- map ----------------------------------------------------------------- */

/*
 * Choose the address of a new mapping; hint, len and flags as in vm_map(), but
 * len is a multiple of the page size.
 * Return: 0 with *at set; -ENOMEM, -EINVAL, -EPERM, -EEXIST.
 */
static int map_choose_place(struct vm_space *s, uaddr_t hint, unsigned long len,
			    unsigned flags, uaddr_t *at)
{
	struct vma *v;
	int err;

	if (len > s->top)
		return -ENOMEM;
	if (flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) {
		if (hint > s->top - len)
			return -ENOMEM;
		if (hint & ~PAGE_MASK)
			return -EINVAL;
		err = vm_may_place(hint);
		if (err)
			return err;
		*at = hint;
		v = vm_find(s, hint);
		if (flags & MAP_FIXED_NOREPLACE && v && v->start < hint + len)
			return -EEXIST;
		return 0;
	}
	hint = ALIGN_UP(hint, PAGE_SIZE);
	if (hint) {
		hint = max(hint, (uaddr_t)MMAP_MIN_ADDR);
		if (hint <= s->top - len && vm_range_free(s, hint, len)) {
			*at = hint;
			return 0;
		}
	}
	*at = vm_find_gap(s, len);
	return *at ? 0 : -ENOMEM;
}

/* MAP_SHARED_VALIDATE is for files only; here it gives -EINVAL, as on Linux. */
static int check_anon(unsigned flags, unsigned *vm_flags)
{
	switch (flags & MAP_TYPE) {
	case MAP_SHARED:
		if (flags & MAP_GROWSDOWN)
			return -EINVAL;
		*vm_flags |= VM_SHARED | VM_MAYWRITE | VM_FILE;
		return 0;
	case MAP_PRIVATE:
		if (flags & MAP_GROWSDOWN)
			*vm_flags |= VM_GROWSDOWN;
		return 0;
	}
	return -EINVAL;
}

/* Let the page cache handle faults of a VMA with a mapping but without ops. */
static inline void use_cache(struct vma *v)
{
	if (v->mapping && !v->ops)
		v->ops = &vm_cached_ops;
}

/*
 * Attach the object to v before v is linked.  Shared memory without an object
 * gets a mapping of its own, as large as v; if mremap(2) extends v, an access
 * beyond that size gets SIGBUS.
 * Return: 0 or -errno; in either case vma_free() undoes the steps done.
 */
static int attach_object(struct vma *v, bool hooked)
{
	int err = 0;

	if (v->object) {
		err = hooked ? v->object->ops->attach(v->object, v) : 0;
	} else if (v->flags & VM_SHARED) {
		v->mapping = mapping_create_anon_limit(vma_pages(v));
		err = v->mapping ? 0 : -ENOMEM;
	}
	use_cache(v);
	return err;
}

/*
 * Extend a neighbor instead of making a VMA.  want: the VMA to be mapped.
 * Return: true if a neighbor was extended.
 */
static bool extend_neighbour(struct vm_space *s, const struct vma *want,
			     struct vma *prev)
{
	struct vma *next = prev ? vma_next(prev) :
		list_empty(&s->vmas) ? NULL :
		list_first(&s->vmas, struct vma, link);

	if (prev && vma_mergeable(prev, want)) {
		vma_resize(prev, prev->start, want->end);
		if (next && next->start == want->end)
			vma_merge(prev);
		return true;
	}
	if (next && vma_mergeable(want, next)) {
		vma_resize(next, want->start, next->end);
		return true;
	}
	return false;
}

int vm_may_lock(struct vm_space *s, unsigned long pages)
{
	unsigned long limit;

	if (capable(CAP_IPC_LOCK) || !current->limits)
		return 0;
	limit = HINT(current->limits[RLIMIT_MEMLOCK].cur);
	if (!limit)
		return -EPERM;
	return s->locked + pages > limit >> PAGE_SHIFT ? -EAGAIN : 0;
}

/*
 * Return: the number of pages of VMAs in [start, end), which a new mapping will
 * replace.  Rarely called, so not inline.
 */
static __noinline unsigned long map_count_replaced(struct vm_space *s,
						   uaddr_t start, uaddr_t end)
{
	struct vma *v = vm_find(s, start);
	unsigned long pages = 0;

	for (; v && v->start < end; v = vma_next(v))
		pages += (min(v->end, end) - max(v->start, start)) >>
			PAGE_SHIFT;
	return pages;
}

/*
 * Insert a copy of `want`, a template on the stack, into the space.
 * Context: [s->lock] for writing.
 * Return: 0; -errno: nothing has changed.
 */
static int map_place(struct vm_space *s, const struct vma *want, bool hooked,
		     bool fixed)
{
	struct vma *v, *prev = NULL;
	int err;

	/*
	 * without hooks and old mappings, extending a neighbor may suffice
	 */
	if (!fixed) {
		prev = vma_before(s, want->start);
		if (!hooked && (want->object || !(want->flags & VM_SHARED)) &&
		    extend_neighbour(s, want, prev))
			goto done;
	}
	v = vma_dup(s, want);
	if (!v)
		return -ENOMEM;
	err = attach_object(v, hooked);
	if (err)
		goto out;
	if (fixed) {
		err = vm_unmap_locked(s, v->start, v->end);
		if (err)
			goto out;
		prev = vma_before(s, v->start);
	}
	vma_link(s, v, prev);
	if (fixed)
		vma_merge(v);
done:
	vm_account(s, vma_pages(want), want->prot, want->flags);
	event_note(EVENT_MAP, want, s, 0);
	return 0;
out:
	vma_free(v);
	return err;
}

static __inlined int check_limits(struct vm_space *s, const struct vma *want,
			bool fixed)
{
	unsigned long pages = vma_pages(want), old;
	int err = vm_may_grow(s, pages, want->prot, want->flags);

	if (err && fixed) {
		/* replaced pages do not count */
		old = map_count_replaced(s, want->start, want->end);
		if (old <= pages)
			err = vm_may_grow(s, pages - old, want->prot,
					  want->flags);
	}
	if (!err && want->flags & VM_LOCKED)
		err = vm_may_lock(s, pages);
	return err;
}

/*
 * Do all checks, in the same order as Linux because a program can see which
 * error comes first; then make the change.
 * Context: [s->lock] for writing.
 * Return: 0; -errno: nothing has changed.
 */
static int map_locked(struct vm_space *s, struct vma *want, uaddr_t hint,
		      unsigned long len, unsigned flags)
{
	bool fixed = flags & MAP_FIXED && !(flags & MAP_FIXED_NOREPLACE);
	struct vm_object *o = want->object;
	bool hooked = false;
	uaddr_t at = 0;
	int err;

	if (s->nr_vmas >= vm_max_vmas)
		return -ENOMEM;
	err = map_choose_place(s, hint, len, flags, &at);
	if (err)
		return err;
	want->flags |= s->lock_future;
	want->start = at;
	want->end = at + len;
	err = o ? o->ops->may_map(o, want, flags, &hooked) :
		check_anon(flags, &want->flags);
	if (err)
		return err;
	use_cache(want);
	err = check_limits(s, want, fixed);
	if (err)
		return err;
	err = map_place(s, want, hooked, fixed && vm_find(s, at));
	/* another task may have sealed the file before it saw the new VMA */
	if (!err && o && (want->flags & (VM_SHARED | VM_MAYWRITE)) ==
	    (VM_SHARED | VM_MAYWRITE) && unlikely(o->ops->sealed(o))) {
		vm_unmap_locked(s, want->start, want->end);
		err = -EPERM;
	}
	return err;
}

/*
 * Return: the error of MAP_HUGETLB, as there is no pool of huge pages: -ENOMEM
 * if the arguments are valid.
 */
static int no_superpages(unsigned flags, const struct vm_object *o)
{
	unsigned type = flags & MAP_TYPE;

	if (o || !superpage_log_ok(flags >> 26) || !type ||
	    type > MAP_SHARED_VALIDATE)
		return -EINVAL;
	return -ENOMEM;
}

/*
 * The mapping is populated after the lock is released.  A failure to populate
 * it is not reported: the mapping exists, and the first access to a page that
 * is missing will fail.
 */
int vm_map(struct vm_space *s, uaddr_t hint, unsigned long len, unsigned prot,
	   unsigned flags, struct vm_object *o, unsigned long pgoff,
	   uaddr_t *at)
{
	struct vma want;
	int err;

	if (!len)
		return -EINVAL;
	if (flags & MAP_HUGETLB)
		return no_superpages(flags, o);
	len = ALIGN_UP(len, PAGE_SIZE);
	if (!len)
		return -ENOMEM;
	if (pgoff + (len >> PAGE_SHIFT) < pgoff)
		return -EOVERFLOW;
	want.space = s;
	want.prot = prot & MAP_RWX;
	want.flags = o ? VM_FILE : 0;
	want.pgoff = o ? pgoff : 0;
	want.object = o;
	want.mapping = NULL;
	want.ops = NULL;
	if (flags & MAP_NORESERVE)
		want.flags |= VM_NORESERVE;
	if (flags & MAP_LOCKED)
		want.flags |= VM_LOCKED;
	rw_write_lock(&s->lock);
	err = map_locked(s, &want, hint, len, flags);
	rw_write_unlock(&s->lock);
	if (err)
		return err;
	*at = want.start;
	if (flags & MAP_POPULATE || (want.flags & VM_LOCKED &&
				     !(want.flags & VM_LOCKONFAULT)))
		if (!(flags & MAP_NONBLOCK) || want.flags & VM_LOCKED)
			vm_populate(s, want.start, len, true);
	return 0;
}

/* ---- brk ----------------------------------------------------------------- */

static bool brk_grow(struct vm_space *s, uaddr_t from, uaddr_t to)
{
	struct vma want = {
		.start = from, .end = to, .prot = MAP_R | MAP_W,
		.flags = s->lock_future, .space = s,
	};
	struct vma *next = vm_find(s, from);

	/* keep a page free above, or the gap below a stack */
	if (!vm_range_free(s, from, to - from + PAGE_SIZE) ||
	    (next && next->start < to))
		return false;
	if (s->nr_vmas >= vm_max_vmas || check_limits(s, &want, false))
		return false;
	return map_place(s, &want, false, false) == 0;
}

/* RLIMIT_DATA limits the program's data and heap together (getrlimit(2)). */
static bool over_data_limit(const struct vm_space *s, uaddr_t to)
{
	unsigned long limit = HINT(s->limit_data);

	return limit != RLIM_INFINITY &&
		to - s->brk_start + (s->data_end - s->data_start) > limit;
}

/*
 * Row E6.  Linux's brk has no errno: the caller compares the result with the
 * address it passed.  The break is exact to the byte, but whole pages are
 * mapped.
 */
uaddr_t vm_brk(struct vm_space *s, uaddr_t to)
{
	uaddr_t old_end, new_end, result;
	bool locked = false;

	rw_write_lock(&s->lock);
	if (to < s->brk_start || to >= s->top - PAGE_SIZE ||
	    over_data_limit(s, to))
		goto out;
	old_end = ALIGN_UP(s->brk, PAGE_SIZE);
	new_end = ALIGN_UP(to, PAGE_SIZE);
	if (new_end < old_end) {
		if (vm_unmap_locked(s, new_end, old_end))
			goto out;
	} else if (new_end > old_end) {
		if (!brk_grow(s, old_end, new_end))
			goto out;
		locked = s->lock_future & VM_LOCKED &&
			!(s->lock_future & VM_LOCKONFAULT);
	}
	s->brk = to;
out:
	result = s->brk;
	rw_write_unlock(&s->lock);
	if (locked)
		vm_populate(s, old_end, new_end - old_end, true);
	return result;
}
