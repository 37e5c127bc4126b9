/* SPDX-License-Identifier: MIT */
/*
 * madvise(2), except MADV_DONTNEED and MADV_FREE.  Some advice is stored as a
 * flag of VMAs, which fork, faults and core dumps heed.  The rest is done at
 * once: read-ahead, populating, and punching holes.  mm/space/advise.c calls
 * this after checking the range.
 */
#include "advice.h"
#include <fs/vfs.h>
#include <lt/init.h>
#include <mm/frames/page.h>
#include <mm/tables/soft_entry.h>
#include <mm/tables/superpage.h>
#include <mm/space/vm_change.h>
#include <mm/vma.h>
#include <uapi/mman.h>

/*
 * Check the range.  If a part of it is sealed, the whole call is refused.
 * Context: [s->lock].
 * Return: 0; -EPERM; -ENOMEM: there is a hole.
 */
static int advice_check_range(struct vm_space *s, uaddr_t at, uaddr_t end)
{
	if (vm_sealed(s, at, end))
		return -EPERM;
	return vm_covered(s, at, end) ? 0 : -ENOMEM;
}

/* ---- advice that is a flag ----------------------------------------------- */

static const struct {
	int advice;
	unsigned set, clear;
} flag_advice[] = {
	{ MADV_NORMAL, 0, VM_RANDOM | VM_SEQUENTIAL },
	{ MADV_SEQUENTIAL, VM_SEQUENTIAL, VM_RANDOM },
	{ MADV_RANDOM, VM_RANDOM, VM_SEQUENTIAL },
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
 * True if v may get this advice.  Only private memory can be wiped in a child.
 * Special mappings keep VM_DONTDUMP and VM_DONTFORK (madvise(2)).
 */
static bool may_have_flag(const struct vma *v, int advice)
{
	if (advice == MADV_WIPEONFORK)
		return !v->object && vma_private(v);
	if (advice == MADV_DODUMP || advice == MADV_DOFORK)
		return !(v->flags & VM_SPECIAL);
	return true;
}

/*
 * Set the flag up to the first VMA that may not have it.  Holes are skipped,
 * and reported as ENOMEM (madvise(2)).  So lack of memory is reported as
 * EAGAIN.
 */
static int advise_flag(struct vm_space *s, uaddr_t at, uaddr_t end, int advice,
		       const struct vm_change *c)
{
	struct vma *v;
	int err;

	rw_write_lock(&s->lock);
	err = advice_check_range(s, at, end);
	if (err == -EPERM)
		goto out;
	for (v = vm_find(s, at); v && v->start < end; v = vma_next(v))
		if (!may_have_flag(v, advice)) {
			end = v->start;
			err = -EINVAL;
		}
	if (vm_change_range(s, at, end, c))
		err = -EAGAIN;
out:
	rw_write_unlock(&s->lock);
	return err;
}

/* ---- advice that acts on pages ------------------------------------------- */

/* Check if this VMA may get this advice.  Return: 0 or -errno. */
static int advice_check_pages(const struct vma *v, int advice)
{
	if (advice == MADV_WILLNEED)
		return 0;
	if (advice != MADV_REMOVE)
		return v->flags & (VM_LOCKED | VM_SPECIAL) ? -EINVAL : 0;
	if (v->flags & VM_LOCKED || !v->mapping)
		return -EINVAL;
	if (!(v->flags & VM_SHARED) || !(v->prot & MAP_W))
		return -EACCES;
	return mapping_no_writeback(v->mapping) ? 0 : -EOPNOTSUPP;
}

/* Serve WILLNEED: read pages into the page cache, as far as there is memory. */
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

/*
 * Give the advice to each VMA of the range.  Holes are skipped, and reported at
 * the end, as on Linux.
 */
static int advice_advise_pages(struct vm_space *s, uaddr_t at, uaddr_t end,
			       int advice)
{
	struct vma *v;
	int err, bad;

	rw_read_lock(&s->lock);
	err = advice_check_range(s, at, end);
	if (err == -EPERM)
		goto out;
	for (v = vm_find(s, at); v && v->start < end; v = vma_next(v)) {
		uaddr_t from = max(at, v->start), to = min(end, v->end);

		bad = advice_check_pages(v, advice);
		if (bad) {
			err = bad;
			break;
		}
		if (advice == MADV_REMOVE)
			mapping_punch(v->mapping, vma_index(v, from),
				      vma_index(v, to) - 1);
		else if (advice == MADV_WILLNEED)
			read_ahead(v, from, to);
		else if (soft_entry && advice != MADV_WILLNEED)
			soft_entry->advise(v, from, to, advice == MADV_COLD);
	}
out:
	rw_read_unlock(&s->lock);
	return err;
}

/*
 * Populate the range.  Unlike MADV_WILLNEED this reports errors, and stops at
 * the first: EINVAL where the access would not be allowed, EFAULT where the
 * access would cause SIGBUS (madvise(2)).
 */
static int advise_populate(struct vm_space *s, uaddr_t at, uaddr_t end,
			   bool write)
{
	struct vma *v;
	int err;

	rw_read_lock(&s->lock);
	err = vm_sealed(s, at, end) ? -EPERM : 0;
	for (v = vm_find(s, at); !err && at < end; v = vma_next(v)) {
		if (!v || v->start > at) {
			err = -ENOMEM;
			break;
		}
		if (v->flags & VM_SPECIAL ||
		    !(write ? v->prot & MAP_W : vm_effective(v->prot) & MAP_R))
			err = -EINVAL;
		else
			err = vm_fault_in(s, v, at, min(end, v->end), write);
		at = v->end;
	}
	rw_read_unlock(&s->lock);
	return err;
}

/* ---- for mm/space/advise.c ----------------------------------------------- */

static bool knows(int advice)
{
	struct vm_change c;

	switch (advice) {
	case MADV_WILLNEED:
	case MADV_REMOVE:
	case MADV_COLD:
	case MADV_PAGEOUT:
	case MADV_POPULATE_READ:
	case MADV_POPULATE_WRITE:
		return true;
	case MADV_COLLAPSE:
		return superpage;
	}
	return find_flags(advice, &c);
}

static int advice_give(struct vm_space *s, uaddr_t at, uaddr_t end, int advice)
{
	struct vm_change c;

	if (advice == MADV_COLLAPSE && superpage)
		return superpage->collapse(s, at, end);
	if (find_flags(advice, &c))
		return advise_flag(s, at, end, advice, &c);
	if (advice == MADV_POPULATE_READ || advice == MADV_POPULATE_WRITE)
		return advise_populate(s, at, end,
				       advice == MADV_POPULATE_WRITE);
	return advice_advise_pages(s, at, end, advice);
}

void advice_init(void)
{
	static const struct vm_adviser adviser = { knows, advice_give };

	vm_advisers = &adviser;
}
INIT(fs, advice_init);
