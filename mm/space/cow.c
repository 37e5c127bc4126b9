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
 *                           B: a copy of A           cow_reuse_frame(): no copy
 *
 * Invariant: a frame is copied while a reference protects it.  The new entry is
 * written under pt_lock, and only if the old one still names that frame.  No
 * TLB has the entry of a replaced frame when pt_lock is released.
 */
#include <kernel/current.h>
#include "fault.h"
#include <mm/frames/page.h>
#include <mm/tables/soft_entry.h>
#include <mm/vm_internal.h>

/*
 * Make entry e writable.  The frame stays the same, so the other CPUs need no
 * flush: a CPU whose TLB still has the old entry faults once more, and calls
 * fault_refresh_tlb().  This CPU is flushed; otherwise every such store would
 * fault twice.
 * Context: [pt_lock].
 */
static __inlined void cow_make_writable(struct fault *f, pte_t e)
{
	spin_must_hold(&f->space->pt_lock);
	/* lab cow: begin */
	if (!(f->prot & MAP_W))
		return;		/* only a debugger may write here */
	pte_write(f->slot, pte_leaf(pte_pfn(e), f->prot, 0));
	/* lab cow: end */
	vm_flush_local(f->space, f->at);
}

/*
 * Take a reference to the frame behind e, without pt_lock.  The frame may have
 * been freed and reused before the reference is taken, so check afterwards that
 * the entry has not changed.
 * Return: the frame behind e, referenced; NULL: the entry has changed.
 */
static inline struct page *cow_hold_frame(struct fault *f, pte_t e)
{
	/* lab cow: begin */
	struct page *old = pfn_page(pte_pfn(e));

	if (unlikely(!page_get_live(old)))
		return NULL;
	if (likely(pte_read(f->slot).v == e.v))
		return old;
	page_put(old);
	return NULL;
	/* lab cow: end, else return NULL; */
}

/*
 * Return the mapping's truncate_seq, which changes when a page stays cached but
 * loses its blocks on the disk.
 */
static unsigned truncate_seq_of(const struct fault *f)
{
	return f->vma->mapping ? READ_ONCE(f->vma->mapping->truncate_seq) : 0;
}

enum vm_fault cow_shared_write(struct fault *f, pte_t e)
{
	struct vm_space *s = f->space;
	const struct vma_ops *ops = f->vma->ops;
	struct page *p = cow_hold_frame(f, e);
	unsigned seq = truncate_seq_of(f);
	int err = 0;

	if (!p)
		return VM_FAULT_OK;
	if (ops && ops->page_mkwrite)
		err = ops->page_mkwrite(f->vma, p);
	else if (ops && ops->stored)
		ops->stored(f->vma);
	spin_lock(&s->pt_lock);
	if (!err && pte_read(f->slot).v == e.v && truncate_seq_of(f) == seq) {
		fault_note_store(f, p);
		cow_make_writable(f, e);
	}
	spin_unlock(&s->pt_lock);
	page_put(p);
	if (unlikely(err == -ENOMEM))
		return VM_FAULT_OOM;
	return err && err != -EAGAIN ? VM_FAULT_BUS : VM_FAULT_OK;
}

/*
 * Map p instead of the frame that e names.  The caller takes over the entry's
 * reference to the old frame.  Unlike cow_make_writable() this function flushes
 * all CPUs before it releases pt_lock: a thread that still reads the old frame
 * would miss what other threads write to the new one.
 * Return: false: the entry is not e any more, and p was dropped.
 */
static __inlined bool cow_replace(struct fault *f, pte_t e, struct page *p)
{
	/* lab cow: begin */
	struct vm_space *s = f->space;
	struct page *old = pte_soft(e) & PTE_SPECIAL ? NULL :
		pfn_page(pte_pfn(e));
	bool same;

	vm_note_fetch(p, f->prot);
	spin_lock(&s->pt_lock);
	same = pte_read(f->slot).v == e.v;
	if (likely(same)) {
		vm_replace_page(s, f->slot, f->at,
				pte_leaf(page_pfn(p), f->prot, 0));
		if (!old || old->kind != PAGE_ANON) {
			if (old) {
				atomic_add(&old->mapcount, -1);
				atomic_add(vm_rss_of(s, old), -1);
			}
			atomic_add(&s->rss_anon, 1);
		}
	}
	spin_unlock(&s->pt_lock);
	if (unlikely(!same))
		page_put(p);
	return same;
	/* lab cow: end, else page_put(p);\nreturn false; */
}

static __noinline enum vm_fault cow_copy_zero(struct fault *f, pte_t e)
{
	/* lab cow: begin */
	struct page *p = page_alloc_zero(PAGE_ANON);

	if (!p)
		return VM_FAULT_OOM;
	cow_replace(f, e, p);
	return VM_FAULT_OK;
	/* lab cow: end, else return VM_FAULT_BUS; */
}

/*
 * Make the copy without pt_lock, from a frame that a reference protects.  If
 * the entry changes meanwhile, cow_replace() notices, and the program faults
 * again.
 */
static __noinline enum vm_fault copy_page(struct fault *f, pte_t e)
{
	/* lab cow: begin */
	struct page *old, *p = page_alloc(0, PAGE_ANON);

	if (unlikely(!p))
		return VM_FAULT_OOM;
	old = cow_hold_frame(f, e);
	if (unlikely(!old)) {
		page_put(p);
		return VM_FAULT_OK;
	}
	arch_copy_page(page_virt(p), page_virt(old));
	if (ref_put_n(&old->refs, cow_replace(f, e, p) ? 2 : 1))
		page_free(old);
	return VM_FAULT_OK;
	/* lab cow: end, else return VM_FAULT_BUS; */
}

/* Make an anonymous frame writable if this entry is still its only user. */
static __noinline enum vm_fault cow_reuse_frame(struct fault *f, pte_t e)
{
	/* lab cow: begin */
	bool same, sole;

	spin_lock(&f->space->pt_lock);
	same = pte_read(f->slot).v == e.v;
	sole = ref_read(&pfn_page(pte_pfn(e))->refs) == 1;
	if (likely(same && sole))
		cow_make_writable(f, e);
	spin_unlock(&f->space->pt_lock);
	return unlikely(same && !sole) ? copy_page(f, e) : VM_FAULT_OK;
	/* lab cow: end, else return copy_page(f, e); */
}

/*
 * cow_reuse_frame() comes first: after the child's exec or exit the parent is
 * the only user of its frames again.
 */
enum vm_fault cow_private_write(struct fault *f, pte_t e)
{
	/* lab cow: begin */
	const struct page *p = pfn_page(pte_pfn(e));

	vm_count(cow_faults);
	fault_mark_private(f->vma);
	if (unlikely(pte_soft(e) & PTE_SPECIAL))
		return pte_present(e) ? cow_copy_zero(f, e) :
			soft_entry->fault(f, e);
	return p->kind == PAGE_ANON && ref_read(&p->refs) == 1 ?
		cow_reuse_frame(f, e) : copy_page(f, e);
	/* lab cow: end, else return VM_FAULT_BUS; */
}
