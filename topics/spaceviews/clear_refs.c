/* SPDX-License-Identifier: MIT */
/*
 * /proc/PID/clear_refs (row D13): clear the accessed bits of pages, so that
 * smaps later shows which pages were used since.
 *
 * Invariant: only the A bit of an entry is cleared, in one atomic operation,
 * because the hardware may set A at the same time.  The TLBs are flushed,
 * because an entry in a TLB is used without A being set again.
 */
#include <lib/chars.h>
#include <topics/proc/proc.h>
#include <mm/frames/page.h>
#include <mm/vma.h>

enum {
	CLEAR_ALL = 1,
	CLEAR_ANON,
	CLEAR_MAPPED,		/* pages of files */
	CLEAR_SOFT_DIRTY,	/* no effect; see pagemap.c */
	CLEAR_HIWATER,
};

static void clear_leaf(void *arg __unused, vaddr_t va __unused, unsigned level,
		       pte_t *slot)
{
	unsigned long n = 1ul << (PT_SHIFT(level) - PAGE_SHIFT);
	pte_t e = pte_read(slot);

	__atomic_fetch_and(&slot->v, ~(__typeof__(e.v))PTE_A, __ATOMIC_RELAXED);
	if (pte_soft(e) & PTE_SPECIAL || !pfn_valid(pte_pfn(e)))
		return;
	while (n--)
		page_clear_flags(pfn_page(pte_pfn(e) + n), PG_ACCESSED);
}

/*
 * Clear the bits of one VMA, after copying page tables that are shared with
 * other spaces.  If there is no memory for a copy, the bits stay.
 */
static void clear_vma(struct vm_space *m, const struct vma *v)
{
	if (!vm_own(m, v->start, v->end))
		return;
	spin_lock(&m->pt_lock);
	pt_each(m->root, v->start, v->end, clear_leaf, NULL);
	vm_flush_range(m, v->start, v->end);
	spin_unlock(&m->pt_lock);
}

static void clear_refs_clear(struct vm_space *m, long what)
{
	struct vma *v;

	if (what == CLEAR_SOFT_DIRTY)
		return;
	rw_write_lock(&m->lock);
	if (what == CLEAR_HIWATER)
		m->hiwater = vm_rss(m);
	else
		list_for_each(v, &m->vmas, link)
			if (what == CLEAR_ALL ||
			    (what == CLEAR_MAPPED) == (v->object != NULL))
				clear_vma(m, v);
	rw_write_unlock(&m->lock);
}

/* Parse a number with an optional sign, surrounded by blanks. */
static int clear_refs_number_in(const char *t, long *out)
{
	long long n = 0, sign;

	t = str_skip_spaces(t);
	sign = *t == '-' ? -1 : 1;
	t += *t == '-' || *t == '+';
	if (*t < '0' || *t > '9')
		return -EINVAL;
	for (; *t >= '0' && *t <= '9'; t++) {
		n = n * 10 + (*t - '0');
		if (n > 0x7fffffffll + (sign < 0))
			return -ERANGE;
	}
	*out = (long)(sign * n);
	return *str_skip_spaces(t) ? -EINVAL : 0;
}

static int store_clear_refs(struct task *t, const char *text, size_t n __unused)
{
	struct vm_space *m;
	long what;
	int err = clear_refs_number_in(text, &what);

	if (err)
		return err;
	if (what < CLEAR_ALL || what > CLEAR_HIWATER)
		return -EINVAL;
	m = proc_space(t);
	if (!m)
		return 0;
	clear_refs_clear(m, what);
	vm_space_put(m);
	return 0;
}

PID_FILES(files) = {
	{ .name = "clear_refs", .mode = 0200, .store = store_clear_refs },
};
