/* SPDX-License-Identifier: MIT */
/*
 * The answers of user code: a page's contents, zeros, or that a store may go on.
 *
 *   entry                         load          store
 *   none                          asks, if MISSING was registered
 *   writable                      -             -
 *   read-only, PTE_COW            -             an ordinary copy on write
 *   read-only, not PTE_COW        -             asks: the page is protected
 *
 * Invariant: in a VMA with VM_UFFD_WP each present entry is one of these; fork,
 * mprotect(2) and faults keep it so (mm/fault.h, fault_asks_user()).
 */
#include <ext/userfaultfd/uffd.h>
#include <kernel/current.h>
#include <mm/fault.h>
#include <mm/page.h>
#include <mm/soft_entry.h>
#include <mm/superpage.h>
#include <mm/uaccess.h>

/* ---- pages that are missing ---------------------------------------------- */

/* One answer: pages from dst on. */
struct fill {
	struct uffd *uffd;
	uaddr_t dst, src;		/* src: of the caller's memory */
	unsigned long len;
	bool zero, protected;
};

/*
 * The VMA of u that all of the range lies in.
 * Context: [s->lock].
 * Return: NULL: there is none.
 */
static struct vma *find_vma(struct uffd *u, uaddr_t at, uaddr_t end)
{
	struct vma *v = vm_find(u->space, at);

	return v && v->start <= at && v->end >= end && uffd_of(v) == u ?
		v : NULL;
}

/*
 * Map p at an address where nothing is yet; p is the entry's from then on.
 * Context: [s->lock].
 * Return: 0, -EEXIST, -ENOMEM.
 */
static int install(struct fill *f, struct vma *v, uaddr_t at, struct page *p)
{
	struct vm_space *s = v->space;
	unsigned prot = vm_effective(v->prot) | MAP_USER, level = 0;
	pte_t *slot = vm_own(s, at, at + PAGE_SIZE) ?
		pt_walk(s->root, at, &level, PT_MAKE) : NULL;
	unsigned long soft = f->zero ? PTE_SPECIAL : 0;
	bool mine;

	if (!slot)
		return -ENOMEM;
	if (f->zero || f->protected || !(prot & MAP_W)) {
		prot &= ~MAP_W;
		soft |= f->protected ? 0 : PTE_COW;
	}
	fault_mark_private(v);
	vm_note_fetch(p, prot);
	spin_lock(&s->pt_lock);
	mine = !level && pte_none(pte_read(slot));
	if (mine) {
		pte_write(slot, pte_leaf(page_pfn(p), prot, soft));
		if (!f->zero)
			atomic_add(&s->rss_anon, 1);
	}
	spin_unlock(&s->pt_lock);
	return mine ? 0 : -EEXIST;
}

/*
 * The page is filled before the lock is taken: the source may have to be
 * faulted in, by another descriptor even.
 * Return: 0; -EFAULT, -ENOMEM, -ENOENT, -EINVAL, -EEXIST.
 */
static int fill_page(struct fill *f, unsigned long done)
{
	struct page *p = f->zero ? zero_page : page_alloc(0, PAGE_ANON);
	struct vm_space *s = f->uffd->space;
	int err = p ? 0 : -ENOMEM;
	struct vma *v;

	if (p && !f->zero && copy_from_user(page_virt(p), f->src + done,
					    PAGE_SIZE))
		err = -EFAULT;
	if (!err) {
		rw_read_lock(&s->lock);
		v = find_vma(f->uffd, f->dst + done, f->dst + f->len);
		if (!v)
			err = -ENOENT;
		else if (f->protected && !(v->flags & VM_UFFD_WP))
			err = -EINVAL;
		else
			err = install(f, v, f->dst + done, p);
		rw_read_unlock(&s->lock);
	}
	if (err && p && !f->zero)
		page_put(p);
	return err;
}

/*
 * Up to the first page that fails, and tell how far at `tell`.
 * Return: 0; -EAGAIN: some were done; or -errno.
 */
static long fill(struct fill *f, uaddr_t tell, bool wake)
{
	unsigned long done = 0;
	int err = 0;
	s64 result;

	if (!uffd_use_space(f->uffd))
		return -ESRCH;
	while (!err && done < f->len) {
		err = signal_pending_fatal() ? -EINTR : fill_page(f, done);
		if (!err)
			done += PAGE_SIZE;
	}
	vm_space_put(f->uffd->space);
	result = done ? (s64)done : err;
	if (put_user(result, tell))
		return -EFAULT;
	if (!done)
		return err;
	if (wake)
		uffd_wake(f->uffd, f->dst, done);
	return err ? -EAGAIN : 0;
}

long uffd_copy(struct uffd *u, uaddr_t arg)
{
	struct uffdio_copy c;
	struct fill f;

	if (copy_from_user(&c, arg, sizeof(c) - sizeof(c.done)))
		return -EFAULT;
	if (uffd_check_range(c.dst, c.len) || c.src + c.len <= c.src ||
	    c.mode & ~(u64)(UFFD_DONTWAKE | UFFD_COPY_WP))
		return -EINVAL;
	f = (struct fill){
		.uffd = u, .dst = (uaddr_t)c.dst, .src = (uaddr_t)c.src,
		.len = (unsigned long)c.len, .protected = c.mode & UFFD_COPY_WP,
	};
	return fill(&f, arg + sizeof(c) - sizeof(c.done),
		    !(c.mode & UFFD_DONTWAKE));
}

long uffd_zeropage(struct uffd *u, uaddr_t arg)
{
	struct uffdio_zeropage z;
	struct fill f;

	if (copy_from_user(&z, arg, sizeof(z) - sizeof(z.done)))
		return -EFAULT;
	if (uffd_check_range(z.range.start, z.range.len) ||
	    z.mode & ~(u64)UFFD_DONTWAKE)
		return -EINVAL;
	f = (struct fill){
		.uffd = u, .dst = (uaddr_t)z.range.start,
		.len = (unsigned long)z.range.len, .zero = true,
	};
	return fill(&f, arg + sizeof(z) - sizeof(z.done),
		    !(z.mode & UFFD_DONTWAKE));
}

/* For pages that a file has and the VMA has not: of anonymous memory none. */
long uffd_continue(struct uffd *u, uaddr_t arg)
{
	struct uffdio_zeropage z;
	s64 result;

	if (copy_from_user(&z, arg, sizeof(z) - sizeof(z.done)))
		return -EFAULT;
	if (uffd_check_range(z.range.start, z.range.len) ||
	    z.mode & ~(u64)(UFFD_DONTWAKE | UFFD_COPY_WP))
		return -EINVAL;
	if (!uffd_use_space(u))
		return -ESRCH;
	rw_read_lock(&u->space->lock);
	result = find_vma(u, (uaddr_t)z.range.start,
			  (uaddr_t)(z.range.start + z.range.len)) ?
		-EINVAL : -ENOENT;
	rw_read_unlock(&u->space->lock);
	vm_space_put(u->space);
	if (put_user(result, arg + sizeof(z) - sizeof(z.done)))
		return -EFAULT;
	return (long)result;
}

/* ---- stores to pages that are there -------------------------------------- */

/* Context: [pt_lock].  Return: an entry lost a right. */
static bool protect_slots(pte_t *slot, unsigned n, bool on)
{
	bool changed = false;

	for (; n; n--, slot++) {
		pte_t e = pte_read(slot);

		if (pte_none(e) || !pte_present(e))
			continue;
		if (on) {
			changed |= pte_writable(e);
			pte_write(slot, pte_clsoft(pte_wrprotect(e), PTE_COW));
		} else if (!pte_writable(e)) {
			pte_write(slot, pte_mksoft(e, PTE_COW));
		}
	}
	return changed;
}

void uffd_protect(struct vma *v, uaddr_t at, uaddr_t end, bool on)
{
	struct vm_space *s = v->space;
	bool changed = false;
	uaddr_t start = at;

	spin_lock(&s->pt_lock);
	while (at < end) {
		struct pt_run r = pt_run_at(s->root, at, end);

		if (r.slot && r.level && !pte_shared(pte_read(r.slot))) {
			superpage->split(s, r.slot, at);
			continue;
		}
		/* a shared table, into which v has grown, has no pages of v */
		if (r.slot && !r.level)
			changed |= protect_slots(r.slot, r.len >> PAGE_SHIFT,
						 on);
		at += r.len;
	}
	if (changed)
		vm_flush_range(s, start, end);
	spin_unlock(&s->pt_lock);
}

/* An entry that says where in swap the page is cannot say more. */
static int swap_in(struct vma *v, uaddr_t at, uaddr_t end)
{
	int err = 0;

	for (; soft_entry && !err && at < end; at += PAGE_SIZE) {
		unsigned level = 0;
		pte_t *slot = pt_walk(v->space->root, at, &level, false);

		if (slot && !level && pte_is_soft_entry(pte_read(slot)))
			err = vm_fault_in(v->space, v, at, at + PAGE_SIZE,
					  false);
	}
	return err;
}

/*
 * VMA by VMA; what lies between them is passed over.
 * Context: [s->lock].
 * Return: 0; -ENOENT: there is none, or up to one that is not registered for
 * this; -ENOMEM, -EFAULT.
 */
static int protect_range(struct uffd *u, uaddr_t at, uaddr_t end, bool on)
{
	struct vma *v = vm_find(u->space, at);
	int err = -ENOENT;

	for (; v && v->start < end; v = vma_next(v)) {
		uaddr_t from = max(v->start, at), to = min(v->end, end);

		if (uffd_of(v) != u || !(v->flags & VM_UFFD_WP))
			return -ENOENT;
		err = on ? swap_in(v, from, to) : 0;
		if (err)
			return err;
		uffd_protect(v, from, to, on);
	}
	return err;
}

long uffd_writeprotect(struct uffd *u, uaddr_t arg)
{
	struct uffdio_writeprotect w;
	uaddr_t at, end;
	int err;

	if (get_user(&w, arg))
		return -EFAULT;
	if (uffd_check_range(w.range.start, w.range.len) ||
	    w.mode & ~(u64)(UFFD_WP_ON | UFFD_WP_DONTWAKE) ||
	    w.mode == (UFFD_WP_ON | UFFD_WP_DONTWAKE))
		return -EINVAL;
	if (!uffd_use_space(u))
		return -ESRCH;
	at = (uaddr_t)w.range.start;
	end = at + (unsigned long)w.range.len;
	rw_read_lock(&u->space->lock);
	err = protect_range(u, at, end, w.mode & UFFD_WP_ON);
	rw_read_unlock(&u->space->lock);
	vm_space_put(u->space);
	if (!err && !w.mode)
		uffd_wake(u, at, end - at);
	return err;
}
