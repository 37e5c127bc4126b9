/* SPDX-License-Identifier: MIT */
/* madvise and population. */
#include <fs/vfs.h>
#include <mm/page.h>
#include <mm/vm_change.h>
#include <mm/vm_internal.h>
#include <uapi/mman.h>

/* ---- advice that is a flag ----------------------------------------------- */

static const struct {
	int advice;
	unsigned set, clear;
} flag_advice[] = {
	{ MADV_NORMAL, 0, VM_RANDOM },
	{ MADV_SEQUENTIAL, 0, VM_RANDOM },
	{ MADV_RANDOM, VM_RANDOM, 0 },
	{ MADV_DONTFORK, VM_DONTFORK, 0 },
	{ MADV_DOFORK, 0, VM_DONTFORK },
	{ MADV_HUGEPAGE, VM_HUGE, VM_NOHUGE },
	{ MADV_NOHUGEPAGE, VM_NOHUGE, VM_HUGE },
	{ MADV_DONTDUMP, VM_DONTDUMP, 0 },
	{ MADV_DODUMP, 0, VM_DONTDUMP },
	{ MADV_WIPEONFORK, VM_WIPEONFORK, 0 },
	{ MADV_KEEPONFORK, 0, VM_WIPEONFORK },
};

static bool find_flags(int advice, struct vm_change *c)
{
	for (unsigned i = 0; i < ARRAY_SIZE(flag_advice); i++)
		if (flag_advice[i].advice == advice) {
			c->set_prot = false;
			c->prot = 0;
			c->set = flag_advice[i].set;
			c->clear = flag_advice[i].clear;
			return true;
		}
	return false;
}

/*
 * Only memory that is the process's own can be wiped in a child.  Special
 * mappings keep VM_DONTDUMP and VM_DONTFORK if they have them (madvise(2)).
 */
static bool may_have_flag(const struct vma *v, int advice)
{
	if (advice == MADV_WIPEONFORK)
		return !v->file && vma_private(v);
	if (advice == MADV_DODUMP || advice == MADV_DOFORK)
		return !(v->flags & VM_SPECIAL);
	return true;
}

/*
 * What is mapped gets the flag up to a VMA that may not have it.  Holes are
 * passed over, and then ENOMEM tells of those (madvise(2)): a want of memory is
 * EAGAIN.
 */
static int advise_flag(struct vm_space *s, uaddr_t at, uaddr_t end, int advice,
		       const struct vm_change *c)
{
	struct vma *v;
	int err;

	rw_write_lock(&s->lock);
	err = vm_covered(s, at, end) ? 0 : -ENOMEM;
	for (v = vm_find(s, at); v && v->start < end; v = vma_next(v))
		if (!may_have_flag(v, advice)) {
			end = v->start;
			err = -EINVAL;
		}
	if (vm_change_range(s, at, end, c))
		err = -EAGAIN;
	rw_write_unlock(&s->lock);
	return err;
}

/* ---- advice that acts on pages ------------------------------------------- */

/* => may advice be given on this VMA at all?  0 or -errno */
static int check_pages(const struct vma *v, int advice)
{
	switch (advice) {
	case MADV_DONTNEED:
		return v->flags & (VM_LOCKED | VM_SPECIAL) ? -EINVAL : 0;
	case MADV_DONTNEED_LOCKED:
		return v->flags & VM_SPECIAL ? -EINVAL : 0;
	case MADV_FREE:
		return v->mapping || v->file ||
			v->flags & (VM_LOCKED | VM_SPECIAL) ? -EINVAL : 0;
	case MADV_REMOVE:
		if (v->flags & VM_LOCKED || !v->mapping)
			return -EINVAL;
		if (!(v->flags & VM_SHARED) || !(v->prot & MAP_W))
			return -EACCES;
		return mapping_no_writeback(v->mapping) ? 0 : -EOPNOTSUPP;
	case MADV_COLD:
	case MADV_PAGEOUT:
		return v->flags & (VM_LOCKED | VM_SPECIAL) ? -EINVAL : 0;
	case MADV_WILLNEED:
		return 0;
	}
	return -EINVAL;
}

/* Read what WILLNEED names into the page cache, as far as memory allows. */
static void read_ahead(const struct vma *v, uaddr_t at, uaddr_t end)
{
	unsigned long i, last;

	if (!v->mapping || mapping_no_writeback(v->mapping))
		return;
	last = min(vma_index(v, end), mapping_end(v->mapping));
	for (i = vma_index(v, at); i < last; i++) {
		struct page *p;

		if (mapping_get(v->mapping, i, &p))
			return;
		page_put(p);
	}
}

/* Areas that touch, a thread's stack and its guard, are emptied together. */
struct run {
	uaddr_t from, to;
};

/* => [s->lock] shared is enough: VMAs stay, only pages go */
static void run_end(struct vm_space *s, const struct run *r)
{
	if (r->from == r->to)
		return;
	vm_note_rss(s);
	vm_zap(s, r->from, r->to, false);
}

/* One flush for areas that touch, instead of one each. */
static void run_add(struct vm_space *s, struct run *r, uaddr_t at, uaddr_t end)
{
	if (r->to != at) {
		run_end(s, r);
		r->from = at;
	}
	r->to = end;
}

/*
 * COLD and PAGEOUT are hints about what to reclaim next: taken, and nothing is
 * done, as there is no swap.  => [s->lock] shared
 */
static void act(struct vm_space *s, const struct vma *v, uaddr_t at,
		uaddr_t end, int advice, struct run *r)
{
	switch (advice) {
	case MADV_DONTNEED:
	case MADV_DONTNEED_LOCKED:
	case MADV_FREE:
		/* freeing at once is one of the outcomes FREE allows */
		run_add(s, r, at, end);
		break;
	case MADV_REMOVE:
		mapping_punch(v->mapping, vma_index(v, at),
			      vma_index(v, end) - 1);
		break;
	case MADV_WILLNEED:
		read_ahead(v, at, end);
		break;
	}
}

/* Holes are passed over and reported at the end, as Linux does. */
static int advise_pages(struct vm_space *s, uaddr_t at, uaddr_t end,
			int advice)
{
	struct run r = { at, at };
	struct vma *v;
	int err = 0;

	rw_read_lock(&s->lock);
	if (!vm_covered(s, at, end))
		err = -ENOMEM;
	for (v = vm_find(s, at); v && v->start < end; v = vma_next(v)) {
		int bad = check_pages(v, advice);

		if (bad) {
			err = bad;
			break;
		}
		act(s, v, max(at, v->start), min(end, v->end), advice, &r);
	}
	run_end(s, &r);
	rw_read_unlock(&s->lock);
	return err;
}

/* ---- population ---------------------------------------------------------- */

/* Is the page there already, with the right wanted? */
static bool present(struct vm_space *s, uaddr_t at, bool write)
{
	unsigned level = 0;
	pte_t *slot = pt_walk(s->root, at, &level, false);
	pte_t e;

	if (!slot)
		return false;
	e = pte_read(slot);
	return pte_present(e) && (!write || pte_writable(e));
}

/* => [s->lock] shared; 0, -ENOMEM, -EFAULT (SIGBUS) */
static int fault_in(struct vm_space *s, struct vma *v, uaddr_t at,
		    uaddr_t end, bool write)
{
	for (; at < end; at += PAGE_SIZE) {
		enum vm_fault r;

		if (present(s, at, write))
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
 * Unlike MADV_WILLNEED it tells of failure: EINVAL where the access would not
 * be allowed, EFAULT for what would be SIGBUS (madvise(2)).  The first ends it.
 */
static int advise_populate(struct vm_space *s, uaddr_t at, uaddr_t end,
			   bool write)
{
	struct vma *v;
	int err = 0;

	rw_read_lock(&s->lock);
	for (v = vm_find(s, at); !err && at < end; v = vma_next(v)) {
		if (!v || v->start > at) {
			err = -ENOMEM;
			break;
		}
		if (v->flags & VM_SPECIAL ||
		    !(write ? v->prot & MAP_W : vm_effective(v->prot) & MAP_R))
			err = -EINVAL;
		else
			err = fault_in(s, v, at, min(end, v->end), write);
		at = v->end;
	}
	rw_read_unlock(&s->lock);
	return err;
}

/*
 * MAP_POPULATE, mlock, MCL_FUTURE.  A page of a shared file is only read: a
 * write fault would make it dirty, and nobody has written.  What has no rights
 * is passed over, and told.  => 0, -ENOMEM, -EFAULT
 */
int vm_populate(struct vm_space *s, uaddr_t at, unsigned long len)
{
	uaddr_t end = at + len;
	struct vma *v;
	int err = 0, now;

	rw_read_lock(&s->lock);
	for (v = vm_find(s, at); v && v->start < end; v = vma_next(v)) {
		bool write = v->prot & MAP_W && vma_private(v);

		if (v->flags & VM_LOCKONFAULT)
			continue;
		now = v->prot ? fault_in(s, v, max(at, v->start),
					 min(end, v->end), write) : -EFAULT;
		err = now ? now : err;
		if (err == -ENOMEM)
			break;
	}
	rw_read_unlock(&s->lock);
	return err;
}

/*
 * The advice is checked first of all, then the range, as Linux does: programs
 * probe for an advice with length 0.
 */
int vm_advise(struct vm_space *s, uaddr_t at, unsigned long len, int advice)
{
	struct vm_change c;
	bool flag = advice != MADV_DONTNEED && find_flags(advice, &c);
	uaddr_t end;

	if (!flag)
		switch (advice) {
		case MADV_WILLNEED:
		case MADV_DONTNEED:
		case MADV_DONTNEED_LOCKED:
		case MADV_FREE:
		case MADV_REMOVE:
		case MADV_COLD:
		case MADV_PAGEOUT:
		case MADV_POPULATE_READ:
		case MADV_POPULATE_WRITE:
			break;
		default:
			return -EINVAL;
		}
	if (at & ~PAGE_MASK)
		return -EINVAL;
	end = at + ALIGN_UP(len, PAGE_SIZE);
	if (end < at || (len && end == at))
		return -EINVAL;
	if (end == at)
		return 0;
	if (flag)
		return advise_flag(s, at, end, advice, &c);
	if (advice == MADV_POPULATE_READ || advice == MADV_POPULATE_WRITE)
		return advise_populate(s, at, end,
				       advice == MADV_POPULATE_WRITE);
	return advise_pages(s, at, end, advice);
}
