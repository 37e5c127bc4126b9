/* SPDX-License-Identifier: MIT */
/*
 * Copy on write (lecture row E4 of docs/coverage.md): a write to an entry that
 * is read-only though its VMA is writable.
 *
 *   after fork             the child writes         later the parent writes
 *
 *   parent  child          parent  child            parent  child
 *   r--COW  r--COW         r--COW  rw-              rw-     rw-
 *      \      /               |       |               |       |
 *    +---------+           +-----+  +-----+         +-----+  +-----+
 *    | frame A |           |  A  |  |  B  |         |  A  |  |  B  |
 *    | 2 refs  |           |1 ref|  |1 ref|         |1 ref|  |1 ref|
 *    +---------+           +-----+  +-----+         +-----+  +-----+
 *                           B: a copy of A           reuse(): no copy
 *
 * Invariant: a frame is copied while a reference holds it, and the new entry is
 * written, under pt_lock, only if the old one still names that frame.  No TLB
 * has the old entry when pt_lock is released.
 *
 * This is a header so that fault.c, which alone includes it, can inline it: the
 * path is one of the hottest.
 */
#ifndef MM_COW_H
#define MM_COW_H

#include <kernel/current.h>
#include <mm/fault.h>
#include <mm/page.h>
#include <mm/vm_internal.h>

/*
 * A store through a shared mapping is about to happen: find room for the page
 * on the disk now, while an error can still be reported.
 * Context: may sleep.
 * Return: 0; -EAGAIN: p was truncated, look again; -errno: there is no room.
 */
static int fault_place_store(const struct fault *f, struct page *p)
{
	struct mapping *m = f->vma->mapping;
	loff_t rest;

	if (likely(!m || !m->ops || !m->ops->prepare ||
		   READ_ONCE(p->flags) & PG_MAPPED))
		return 0;
	rest = *m->size - ((loff_t)p->index << PAGE_SHIFT);
	if (rest <= 0)
		return -EFAULT;
	return m->ops->prepare(m, p->index, p, 0,
			rest < (loff_t)PAGE_SIZE ? (unsigned)rest :
			(unsigned)PAGE_SIZE);
}

/*
 * The frame stays, so the other CPUs need no flush: one whose TLB still has the
 * old entry faults once more, and ends in forget_older().  This CPU is flushed,
 * or else every such store would fault twice.
 * Context: [pt_lock].
 */
static void make_writable(struct fault *f, pte_t e)
{
	spin_must_hold(&f->space->pt_lock);
	if (!(f->prot & MAP_W))
		return;		/* a debugger may write, the program may not */
	pte_write(f->slot, pte_leaf(pte_pfn(e), f->prot, 0));
	vm_flush_local(f->space, f->at);
}

/* Return: the frame behind e, referenced; NULL: the entry has changed. */
static struct page *hold_old(struct fault *f, pte_t e)
{
	struct page *old = NULL;

	spin_lock(&f->space->pt_lock);
	if (likely(pte_read(f->slot).v == e.v)) {
		old = pfn_page(pte_pfn(e));
		page_get(old);
	}
	spin_unlock(&f->space->pt_lock);
	return old;
}

/* It changes when a page of the file stays, but loses its blocks. */
static unsigned truncate_seq_of(const struct fault *f)
{
	return f->vma->mapping ? READ_ONCE(f->vma->mapping->truncate_seq) : 0;
}

static enum vm_fault fault_shared_write(struct fault *f, pte_t e)
{
	struct vm_space *s = f->space;
	struct page *p = hold_old(f, e);
	unsigned seq = truncate_seq_of(f);
	int err;

	if (!p)
		return VM_FAULT_OK;
	err = fault_place_store(f, p);
	spin_lock(&s->pt_lock);
	if (!err && pte_read(f->slot).v == e.v && truncate_seq_of(f) == seq) {
		fault_note_store(f, p);
		make_writable(f, e);
	}
	spin_unlock(&s->pt_lock);
	page_put(p);
	return err && err != -EAGAIN ? VM_FAULT_BUS : VM_FAULT_OK;
}

/*
 * Map p instead of the frame that e names, and drop that frame; if the entry is
 * not e any more, drop p instead.  Unlike make_writable() this flushes on all
 * CPUs before it releases pt_lock: a thread that went on reading the old frame
 * would miss what others write to the new one.
 */
static void replace(struct fault *f, pte_t e, struct page *p)
{
	struct vm_space *s = f->space;
	struct page *old = NULL;

	vm_note_fetch(p, f->prot);
	spin_lock(&s->pt_lock);
	if (unlikely(pte_read(f->slot).v != e.v)) {
		spin_unlock(&s->pt_lock);
		page_put(p);
		return;
	}
	pte_write(f->slot, pte_leaf(page_pfn(p), f->prot, 0));
	vm_flush_page(s, f->at);
	if (pte_soft(e) & PTE_SPECIAL) {
		atomic_add(&s->rss_anon, 1);
	} else {
		old = pfn_page(pte_pfn(e));
		if (old->kind != PAGE_ANON) {
			atomic_add(&old->mapcount, -1);
			atomic_add(vm_rss_of(s, old), -1);
			atomic_add(&s->rss_anon, 1);
		}
	}
	spin_unlock(&s->pt_lock);
	if (old)
		page_put(old);
}

/*
 * The only user of an anonymous frame need not copy it.
 * Return: true: nothing is left to do.
 */
static bool reuse(struct fault *f, pte_t e)
{
	struct page *p = pfn_page(pte_pfn(e));
	bool sole;

	if (p->kind != PAGE_ANON || ref_read(&p->refs) != 1)
		return false;
	spin_lock(&f->space->pt_lock);
	sole = pte_read(f->slot).v != e.v || ref_read(&p->refs) == 1;
	if (sole && pte_read(f->slot).v == e.v)
		make_writable(f, e);
	spin_unlock(&f->space->pt_lock);
	return sole;
}

/*
 * The copy is made without pt_lock, from a frame that a reference holds.  If
 * the entry changes meanwhile, replace() sees that, and the program faults
 * again.  reuse() comes first: after the child's exec or exit the parent is the
 * only user of its frames again.
 */
static enum vm_fault fault_copy_on_write(struct fault *f, pte_t e)
{
	struct page *old, *p;

	vm_count(cow_faults);
	fault_mark_private(f->vma);
	if (pte_soft(e) & PTE_SPECIAL) {
		p = page_alloc_zero(PAGE_ANON);
		if (!p)
			return VM_FAULT_OOM;
		replace(f, e, p);
		return VM_FAULT_OK;
	}
	if (reuse(f, e))
		return VM_FAULT_OK;
	p = page_alloc(0, PAGE_ANON);
	if (!p)
		return VM_FAULT_OOM;
	old = hold_old(f, e);
	if (unlikely(!old)) {
		page_put(p);
		return VM_FAULT_OK;
	}
	arch_copy_page(page_virt(p), page_virt(old));
	replace(f, e, p);
	page_put(old);
	return VM_FAULT_OK;
}

#endif
