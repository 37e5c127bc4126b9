/* SPDX-License-Identifier: MIT */
/*
 * Page faults (rows E3, E4, E5, E8).  Each case has one function:
 *
 *                  no entry                      read-only entry, write (cow.c)
 *   anonymous      read: zero page               cow_private_write
 *                  write: cleared page           (sole owner: reuse)
 *   file private   read: page cache, and around  cow_private_write
 *                  write: copy
 *   file shared    page cache                    cow_shared_write
 *   special        the kernel's frame            -
 *
 * Invariant: each function holds the space's lock shared, and reads an entry
 * again under pt_lock before writing it, because another thread may have
 * changed the entry.  Before that, a leaf table that fork shared has been
 * replaced by a table of the space's own (fault_tables()).
 */
#include <kernel/current.h>
#include <lt/bug.h>
#include "fault.h"
#include <mm/frames/page.h>
#include <mm/tables/soft_entry.h>
#include <mm/tables/superpage.h>
#include <mm/vm_internal.h>

#define AROUND 16		/* most pages mapped by one file read fault */


/* ---- rights -------------------------------------------------------------- */

static u8 effective[MAP_RWX + 1];	/* const after init */

/*
 * Compute the rights that an entry really grants, by encoding and decoding each
 * combination: some machines cannot withhold R or X.
 */
void fault_init(void)
{
	for (unsigned prot = 1; prot <= MAP_RWX; prot++) {
		unsigned p = prot & MAP_W ? prot | MAP_R : prot;

		effective[prot] = MAP_RWX &
			pte_prot(pte_leaf(1, p | MAP_USER, 0));
	}
}

unsigned vm_effective(unsigned prot)
{
	return effective[prot & MAP_RWX];
}

/*
 * True if the VMA allows the access.  A store needs MAP_W as given to mmap(2).
 * For a load or a fetch the machine's own rights count: on a machine without a
 * bit for it, readable memory is executable, and a program may rely on that.
 */
static inline bool allowed(const struct vma *v, enum fault_access how)
{
	/* lab demand: begin */
	if (how == FAULT_WRITE)
		return v->prot & MAP_W;
	return vm_effective(v->prot) & (how == FAULT_EXEC ? MAP_X : MAP_R);
	/* lab demand: end, else return false; */
}

/* ---- entries ------------------------------------------------------------- */

/*
 * True if p was truncated from its file meanwhile, and so has lost its mapping.
 * Such a page must not be mapped any more: the truncation has already unmapped
 * it everywhere.
 * Context: [pt_lock], which a truncation takes after p->mapping is NULL.
 */
static inline bool page_truncated(const struct fault *f, const struct page *p)
{
	return p->kind == PAGE_CACHE && p->mapping != f->vma->mapping;
}

/*
 * Write an entry for p if the slot is still empty.  The entry takes over the
 * caller's reference to p.
 * Return: false: another thread was first, or p was truncated; the caller keeps
 * the reference.
 */
static __inlined bool fault_install(struct fault *f, struct page *p,
				    unsigned prot, unsigned long soft)
{
	/* lab demand: begin */
	struct vm_space *s = f->space;
	bool mine;

	vm_note_fetch(p, prot);
	spin_lock(&s->pt_lock);
	mine = pte_none(pte_read(f->slot)) && !page_truncated(f, p);
	if (likely(mine)) {
		pte_write(f->slot, pte_leaf(page_pfn(p), prot, soft));
		if (!(soft & PTE_SPECIAL)) {
			if (p->kind != PAGE_ANON)
				atomic_add(&p->mapcount, 1);
			atomic_add(vm_rss_of(s, p), 1);
		}
	}
	spin_unlock(&s->pt_lock);
	return mine;
	/* lab demand: end, else return false; */
}

/* Return: the mark of a read-only entry if a write may make a private copy. */
static inline unsigned long cow_mark(const struct fault *f)
{
	return f->prot & MAP_W && vma_private(f->vma) ? PTE_COW : 0;
}

/* ---- anonymous ----------------------------------------------------------- */

/*
 * Map the zero frame.  All anonymous pages that were only read so far share it.
 * Its references are not counted, and no program ever writes to it.
 */
static __noinline enum vm_fault anon_read(struct fault *f)
{
	/* lab demand: begin */
	vm_count(zero_faults);
	fault_install(f, zero_page, f->prot & ~MAP_W,
		      cow_mark(f) | PTE_SPECIAL);
	return VM_FAULT_OK;
	/* lab demand: end, else return VM_FAULT_BUS; */
}

/* Allocates without pt_lock, so another thread may map a page first. */
static __noinline enum vm_fault anon_write(struct fault *f)
{
	/* lab demand: begin */
	struct page *p = page_alloc_zero(PAGE_ANON);
	struct vm_space *s = f->space;
	bool mine;

	if (unlikely(!p))
		return VM_FAULT_OOM;
	vm_count(zero_faults);
	vm_note_fetch(p, f->prot);
	spin_lock(&s->pt_lock);
	mine = pte_none(pte_read(f->slot));
	if (likely(mine)) {
		pte_write(f->slot, pte_leaf(page_pfn(p), f->prot, 0));
		atomic_add(&s->rss_anon, 1);
	}
	spin_unlock(&s->pt_lock);
	if (unlikely(!mine))
		page_put(p);
	return VM_FAULT_OK;
	/* lab demand: end, else return VM_FAULT_BUS; */
}

/* ---- files --------------------------------------------------------------- */

/*
 * Find or read the page of the file for this fault.
 * Return: OK or MAJOR with *out referenced; BUS, OOM.
 */
static enum vm_fault file_page(struct fault *f, struct page **out)
{
	struct vma *v = f->vma;
	unsigned long index = vma_index(v, f->at);
	int err;

	if (v->ops && v->ops->fault) {
		err = v->ops->fault(v, index, out);
	} else {
		/* lab demand: begin */
		unsigned long first = ALIGN_DOWN(index, (unsigned long)AROUND);
		unsigned long end = mapping_end(v->mapping);

		if (index >= end)
			return VM_FAULT_BUS;
		if (mapping_no_writeback(v->mapping))
			err = mapping_fault(v->mapping, index, out);
		else if (v->flags & VM_RANDOM)
			err = mapping_get(v->mapping, index, out);
		else
			err = mapping_get_window(v->mapping, index, first,
				(unsigned)min((unsigned long)AROUND,
					      end - first), out);
		/* the file may have been truncated during a sleep */
		if (err >= 0 && index >= mapping_end(v->mapping)) {
			page_put(*out);
			return VM_FAULT_BUS;
		}
		/* lab demand: end, else err = -EFAULT; */
	}
	if (likely(!err))
		return VM_FAULT_OK;
	if (err > 0)
		return VM_FAULT_MAJOR;
	return err == -ENOMEM ? VM_FAULT_OOM : VM_FAULT_BUS;
}

/* Write the entry for p, or drop p if another thread was first. */
static void install_file(struct fault *f, struct page *p, unsigned prot,
			 unsigned long soft)
{
	if (!fault_install(f, p, prot, soft))
		page_put(p);
}

static inline bool have_page(enum vm_fault r)
{
	return likely(r == VM_FAULT_OK) || r == VM_FAULT_MAJOR;
}

/* Return: the rights of the entry that a read fault makes. */
static inline unsigned read_prot(const struct fault *f)
{
	const struct vma *v = f->vma;

	if (!vma_private(v) && v->mapping && mapping_no_writeback(v->mapping))
		return f->prot;
	return f->prot & ~MAP_W;
}

/*
 * Return the size in bytes of the window around a fault.  A child that soon
 * execs or exits touches little of its program, so its first windows are small,
 * each twice as large as the last.
 */
static uaddr_t fault_around_size(struct vm_space *s)
{
	unsigned fewer = HINT(s->fewer_around);

	if (fewer)
		WRITE_ONCE(s->fewer_around, fewer - 1);
	return AROUND * PAGE_SIZE >> fewer;
}

/*
 * Map all cached pages of the aligned window around the fault.  The slots of
 * the window lie in one leaf table.
 * Return: true if the page of the fault itself has an entry now.
 */
bool vm_map_around(struct fault *f)
{
	/* lab demand: begin */
	struct vma *v = f->vma;
	struct mapping *m = v->mapping;
	uaddr_t span = fault_around_size(f->space),
		window = ALIGN_DOWN(f->at, span);
	uaddr_t at = max(window, v->start);
	uaddr_t end = min(window + span, v->end);
	pte_t *slot = f->slot - ((f->at - at) >> PAGE_SHIFT);
	unsigned long index = vma_index(v, at);
	unsigned long soft = cow_mark(f);
	unsigned prot = read_prot(f), asked = f->prot, mapped = 0, size;
	struct page *p, *last = NULL;
	void *const *leaf;
	bool done;

	if (vma_index(v, f->at) >= mapping_end(m))
		return false;
	spin_lock(&f->space->pt_lock);
	spin_lock(&m->lock);
	size = radix_leaf_size(&m->tree);
	leaf = radix_leaf(&m->tree, index);
	for (; at < end; at += PAGE_SIZE, slot++, index++) {
		unsigned i = index & (RADIX_SLOTS - 1);

		if (i == 0)
			leaf = radix_leaf(&m->tree, index);
		if (!leaf || i >= size || !item_is_page(leaf[i]) ||
		    !pte_none(pte_read(slot)))
			continue;
		p = leaf[i];
		if (!vm_ready_for(p, asked))
			continue;
		page_get(p);
		atomic_add(&p->mapcount, 1);
		pte_write(slot, pte_leaf(page_pfn(p), prot, soft));
		last = p;
		mapped++;
	}
	spin_unlock(&m->lock);
	if (mapped)
		atomic_add(vm_rss_of(f->space, last), mapped);
	done = !pte_none(pte_read(f->slot));
	spin_unlock(&f->space->pt_lock);
	return done;
	/* lab demand: end, else return false; */
}

const struct vma_ops vm_cached_ops = { .map_pages = vm_map_around };

/*
 * Most pages of a program are cached before it starts, so a fault maps all
 * cached pages nearby.  It reads from the disk only if the faulting page itself
 * is missing.
 */
static __noinline enum vm_fault file_read(struct fault *f)
{
	/* lab demand: begin */
	struct vma *v = f->vma;
	struct page *p;
	enum vm_fault r;

	vm_count(file_faults);
	if (v->ops && v->ops->map_pages && v->ops->map_pages(f))
		return VM_FAULT_OK;
	r = file_page(f, &p);
	if (have_page(r))
		install_file(f, p, read_prot(f), cow_mark(f));
	return r;
	/* lab demand: end, else return VM_FAULT_BUS; */
}

/*
 * Handle a write to a missing page of a private file mapping: copy the page of
 * the file without mapping it.
 */
static __noinline enum vm_fault file_write_private(struct fault *f)
{
	/* lab demand: begin */
	struct page *from, *p;
	enum vm_fault r = file_page(f, &from);

	if (!have_page(r))
		return r;
	vm_count(file_faults);
	p = page_alloc(0, PAGE_ANON);
	if (!p) {
		page_put(from);
		return VM_FAULT_OOM;
	}
	arch_copy_page(page_virt(p), page_virt(from));
	fault_mark_private(f->vma);
	/*
	 * A copy of a truncated page must not stay mapped either.  Check after
	 * the copy is mapped: a truncation after the check unmaps the copy.
	 */
	if (!fault_install(f, p, f->prot, 0))
		page_put(p);
	else if (unlikely(page_truncated(f, from)))
		vm_zap(f->space, f->at, f->at + PAGE_SIZE, false);
	page_put(from);
	return r;
	/* lab demand: end, else return VM_FAULT_BUS; */
}

static __noinline enum vm_fault file_write_shared(struct fault *f)
{
	/* lab demand: begin */
	const struct vma_ops *ops = f->vma->ops;
	struct page *p;
	enum vm_fault r = file_page(f, &p);
	pte_t e;

	if (!have_page(r))
		return r;
	vm_count(file_faults);
	if (ops && ops->page_mkwrite) {
		/* map it read-only first, then treat it as a write fault */
		install_file(f, p, f->prot & ~MAP_W, 0);
		e = pte_read(f->slot);
		return pte_present(e) ? cow_shared_write(f, e) : VM_FAULT_OK;
	}
	/*
	 * Mark the page dirty before the entry is made, so that it is not
	 * reclaimed as clean.  Mark it again afterwards, because write-back may
	 * have begun in between without seeing the writable entry.
	 */
	fault_note_store(f, p);
	page_get(p);
	install_file(f, p, f->prot, 0);
	fault_note_store(f, p);
	page_put(p);
	if (ops && ops->stored)
		ops->stored(f->vma);
	return r;
	/* lab demand: end, else return VM_FAULT_BUS; */
}

/* Map a frame of the vDSO, which is in the kernel image and not counted. */
static __noinline enum vm_fault fault_special(struct fault *f)
{
	struct page *p;

	f->vma->ops->fault(f->vma, vma_index(f->vma, f->at), &p);
	fault_install(f, p, f->prot, PTE_SPECIAL);
	return VM_FAULT_OK;
}

/* ---- the decision -------------------------------------------------------- */

/* Handle the left column of the table at the head of this file: no entry. */
static __inlined enum vm_fault fault_none(struct fault *f)
{
	/* lab demand: begin */
	struct vma *v = f->vma;

	if (v->flags & VM_SPECIAL)
		return fault_special(f);
	if (!v->mapping && !(v->ops && v->ops->fault)) {
		fault_mark_private(v);
		return f->write ? anon_write(f) : anon_read(f);
	}
	if (!f->write)
		return file_read(f);
	return vma_private(v) ? file_write_private(f) : file_write_shared(f);
	/* lab demand: end, else return VM_FAULT_BUS; */
}

/*
 * The entry in memory allows the access, so drop an older entry from the TLB.
 * The TLB has one if cow_make_writable() flushed only another CPU, or if the
 * hardware caches invalid entries (RISC-V privileged specification,
 * SFENCE.VMA).  The fault may also have come because the entry lost its A bit,
 * or has no rights since fork copied it while a debugger watched the page.
 */
static void fault_refresh_tlb(struct fault *f, pte_t e)
{
	spin_lock(&f->space->pt_lock);
	if (unlikely(!(pte_prot(e) & MAP_RWX)))
		vm_change_slots(f->vma, f->slot, 1);
	else if (pte_read(f->slot).v == e.v)
		pte_write(f->slot, pte_set_accessed(e));
	vm_flush_local(f->space, f->at);
	spin_unlock(&f->space->pt_lock);
}

/*
 * Handle a fault on the superpage entry in f->slot.  If the entry allows the
 * access already, the TLB had an older entry (see fault_refresh_tlb()).
 * Return: false: walk again, because the entry changed or was split for the
 * store.
 */
static bool super_fault(struct fault *f, unsigned level)
{
	struct vm_space *s = f->space;
	bool ok = true;
	pte_t e;

	spin_lock(&s->pt_lock);
	e = pte_read(f->slot);
	if (pte_none(e) || !pte_is_leaf(e, level)) {
		ok = false;
	} else if (f->write && !pte_writable(e)) {
		ok = superpage->write(s, f->vma, f->slot, f->at);
	} else {
		pte_write(f->slot, pte_set_accessed(e));
		vm_flush_local(s, f->at);
	}
	spin_unlock(&s->pt_lock);
	return ok;
}

/*
 * Get f->slot if the space has no leaf table of its own at the address, or has
 * a superpage there.
 * Return: a VM_FAULT_ value: the fault is handled; -1: continue, f->slot is in
 * a leaf table.
 */
static __noinline int fault_tables(struct fault *f)
{
	struct vm_space *s = f->space;
	struct vma *v = f->vma;
	unsigned level;
	int end;

	do {
		level = 0;
		f->slot = pt_walk(s->root, f->at, &level, PT_CHANGE);
		if (f->slot && level && pte_shared(pte_read(f->slot))) {
			end = table_share->fault(s, f->at, f->write);
			if (end >= 0)
				return end;
		} else if (f->slot && level && super_fault(f, level)) {
			return VM_FAULT_OK;
		} else if (!f->slot && v->ops && v->ops->huge_fault) {
			end = v->ops->huge_fault(v, f->at);
			if (end >= 0)
				return end;
		} else if (!f->slot && superpage && (f->write || v->mapping) &&
			   superpage->fault(s, v, f->at, f->write)) {
			return VM_FAULT_OK;
		}
		level = 0;
		if (!f->slot && !pt_walk(s->root, f->at, &level, PT_MAKE))
			return VM_FAULT_OOM;
		f->slot = pt_slot(s->root, f->at);
	} while (!f->slot);
	return -1;
}

static __inlined enum vm_fault fault_page(struct vm_space *s, struct vma *v,
					  uaddr_t at, bool write)
{
	struct fault f = {
		.space = s, .vma = v, .at = ALIGN_DOWN(at, PAGE_SIZE),
		.slot = pt_slot(s->root, at), .write = write,
		.prot = vm_effective(v->prot) | MAP_USER,
	};
	int end = likely(f.slot) ? -1 : fault_tables(&f);
	pte_t e;

	if (unlikely(end >= 0))
		return end;
	/* lab demand: begin */
	e = pte_read(f.slot);
	if (pte_none(e))
		return fault_none(&f);
	if (write && !pte_writable(e))
		return vma_private(v) ? cow_private_write(&f, e) :
			cow_shared_write(&f, e);
	if (!pte_present(e))
		return soft_entry->fault(&f, e);
	fault_refresh_tlb(&f, e);
	return VM_FAULT_OK;
	/* lab demand: end, else return VM_FAULT_BUS; */
}

enum vm_fault vm_fault_page(struct vm_space *s, struct vma *v, uaddr_t at,
			    bool write)
{
	enum vm_fault r = fault_page(s, v, at, write);

	return unlikely(r == VM_FAULT_MAJOR) ? VM_FAULT_OK : r;
}

enum vm_fault vm_fault(struct vm_space *s, uaddr_t at, enum fault_access how)
{
	enum vm_fault r;
	struct vma *v;

again:
	rw_read_lock(&s->lock);
	v = vm_find(s, at);
	if (unlikely(!v || at < v->start)) {
		bool stack = v && v->flags & VM_GROWSDOWN;

		rw_read_unlock(&s->lock);
		/* lab demand: begin */
		if (stack && vm_grow_stack(s, at))
			goto again;
		return VM_FAULT_SEGV_MAPERR;
		/* lab demand: end, else return VM_FAULT_SEGV_MAPERR; */
	}
	/* lab demand: begin */
	if (unlikely(!allowed(v, how)))
		r = VM_FAULT_SEGV_ACCERR;
	else
		r = fault_page(s, v, at, how == FAULT_WRITE);
	/* lab demand: end, else r = VM_FAULT_SEGV_MAPERR; */
	rw_read_unlock(&s->lock);
	return r;
}
