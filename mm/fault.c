/* SPDX-License-Identifier: MIT */
/*
 * Page faults (rows E3, E4, E5, E8).  The cases, one function each:
 *
 *                  no entry                      read-only entry, write
 *   anonymous      read: zero page               copy_on_write
 *                  write: cleared page           (sole owner: reuse)
 *   file private   read: page cache, and around  copy_on_write
 *                  write: copy
 *   file shared    page cache                    fault_shared_write
 *   special        the kernel's frame            -
 *
 * Invariant: each runs with the space's lock shared; an entry is looked at
 * again under pt_lock before it is written, as another thread may have been
 * first.
 */
#include <kernel/current.h>
#include <kernel/preempt.h>
#include <lt/bug.h>
#include <mm/cow.h>
#include <mm/page.h>
#include <mm/superpage.h>
#include <mm/vm_internal.h>

#define AROUND 16		/* pages mapped by one read fault of a file */

/* ---- rights -------------------------------------------------------------- */

static u8 effective[MAP_RWX + 1];	/* const after init */

/* Ask the PTE codec what comes out: some machines cannot withhold R or X. */
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
 * A store needs MAP_W as mmap(2) gave it.  A load or a fetch needs what the
 * machine can tell apart: on i386 without NX what can be read can be executed,
 * and a program that relies on that must not fault here where hardware would
 * not.
 */
static inline bool allowed(const struct vma *v, enum fault_access how)
{
	if (how == FAULT_WRITE)
		return v->prot & MAP_W;
	return vm_effective(v->prot) & (how == FAULT_EXEC ? MAP_X : MAP_R);
}

/* ---- entries ------------------------------------------------------------- */

/*
 * A page of the cache that was truncated meanwhile has lost its mapping.  It
 * must not be mapped: whoever truncated the file has unmapped it everywhere,
 * and will not come back.
 * Context: [pt_lock], which a truncation takes after p->mapping is NULL.
 */
static inline bool page_truncated(const struct fault *f, const struct page *p)
{
	return p->kind == PAGE_CACHE && p->mapping != f->vma->mapping;
}

/*
 * Make the entry for p, whose reference is the entry's from then on, if there
 * is none yet.
 * Return: false: another thread was first, or p was truncated; the reference is
 * still the caller's.
 */
static __inlined bool enter(struct fault *f, struct page *p, unsigned prot,
			    unsigned long soft)
{
	struct vm_space *s = f->space;
	bool mine;

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
}

static __inlined bool install(struct fault *f, struct page *p, unsigned prot,
			      unsigned long soft)
{
	vm_note_fetch(p, prot);
	return enter(f, p, prot, soft);
}

/* The mark of a read-only entry that a write may turn into a private copy. */
static inline unsigned long cow_mark(const struct fault *f)
{
	return f->prot & MAP_W && vma_private(f->vma) ? PTE_COW : 0;
}

/* ---- anonymous ----------------------------------------------------------- */

/*
 * All pages that are only read share one frame of zeros.  It is not counted,
 * and nobody has stored to it since before the first program ran.
 */
static enum vm_fault anon_read(struct fault *f)
{
	vm_count(zero_faults);
	enter(f, zero_page, f->prot & ~MAP_W, cow_mark(f) | PTE_SPECIAL);
	return VM_FAULT_OK;
}

/*
 * The page is allocated and cleared before pt_lock is taken, since that takes
 * long and may fail.  If another thread was first, its page will do.
 */
static enum vm_fault anon_write(struct fault *f)
{
	struct page *p = page_alloc_zero(PAGE_ANON);

	if (!p)
		return VM_FAULT_OOM;
	vm_count(zero_faults);
	fault_mark_private(f->vma);
	if (!install(f, p, f->prot, 0))
		page_put(p);
	return VM_FAULT_OK;
}

/* ---- files --------------------------------------------------------------- */

/* Find or read the page of the file for this fault; *out has a reference. */
static enum vm_fault file_page(struct fault *f, struct page **out)
{
	struct vma *v = f->vma;
	unsigned long index = vma_index(v, f->at);
	int err;

	if (v->ops && v->ops->fault) {
		err = v->ops->fault(v, index, out);
	} else {
		unsigned long first = ALIGN_DOWN(index, (unsigned long)AROUND);
		unsigned long end = mapping_end(v->mapping);

		if (index >= end)
			return VM_FAULT_BUS;
		if (v->flags & VM_RANDOM || mapping_no_writeback(v->mapping))
			err = mapping_get(v->mapping, index, out);
		else
			err = mapping_get_window(v->mapping, index, first,
				(unsigned)min((unsigned long)AROUND,
					      end - first), out);
		/* it may have slept, and the file been truncated */
		if (!err && index >= mapping_end(v->mapping)) {
			page_put(*out);
			return VM_FAULT_BUS;
		}
	}
	if (!err)
		return VM_FAULT_OK;
	return err == -ENOMEM ? VM_FAULT_OOM : VM_FAULT_BUS;
}

/* Make the entry for p, or drop p if another thread was first. */
static enum vm_fault install_file(struct fault *f, struct page *p,
				  unsigned prot, unsigned long soft)
{
	if (!install(f, p, prot, soft))
		page_put(p);
	return VM_FAULT_OK;
}

/* The rights of the entry that a read fault makes. */
static inline unsigned read_prot(const struct fault *f)
{
	const struct vma *v = f->vma;

	if (!vma_private(v) && v->mapping && mapping_no_writeback(v->mapping))
		return f->prot;
	return f->prot & ~MAP_W;
}

/*
 * Map what the page cache has of the aligned window around the fault.  All its
 * slots lie in one leaf table.
 * Return: the page of the fault itself has an entry now.
 */
static bool map_around(struct fault *f)
{
	struct vma *v = f->vma;
	struct mapping *m = v->mapping;
	uaddr_t window = ALIGN_DOWN(f->at, AROUND * PAGE_SIZE);
	uaddr_t at = max(window, v->start);
	uaddr_t end = min(window + AROUND * PAGE_SIZE, v->end);
	pte_t *slot = f->slot - ((f->at - at) >> PAGE_SHIFT);
	unsigned long index = vma_index(v, at);
	unsigned long soft = cow_mark(f);
	unsigned prot = read_prot(f), size;
	void *const *leaf;
	unsigned mapped = 0;
	struct page *last = NULL;
	bool done;

	spin_lock(&f->space->pt_lock);
	spin_lock(&m->lock);
	size = radix_leaf_size(&m->tree);
	leaf = radix_leaf(&m->tree, index);
	for (; at < end; at += PAGE_SIZE, slot++, index++) {
		unsigned i = index & (RADIX_SLOTS - 1);
		struct page *p;

		if (i == 0)
			leaf = radix_leaf(&m->tree, index);
		if (!leaf || i >= size || !leaf[i] ||
		    !pte_none(pte_read(slot)))
			continue;
		p = leaf[i];
		if (unlikely(page_flags(p) & PG_NOT_READY))
			continue;
		vm_note_fetch(p, f->prot);
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
}

/*
 * Most pages of a program are in the cache before it starts.  So a fault maps
 * all that it finds near by; only if the page itself is missing is it read.
 */
static enum vm_fault file_read(struct fault *f)
{
	struct vma *v = f->vma;
	struct page *p;
	enum vm_fault r;

	vm_count(file_faults);
	if (!v->ops || !v->ops->fault) {
		if (vma_index(v, f->at) >= mapping_end(v->mapping))
			return VM_FAULT_BUS;
		if (map_around(f))
			return VM_FAULT_OK;
	}
	r = file_page(f, &p);
	if (r != VM_FAULT_OK)
		return r;
	return install_file(f, p, read_prot(f), cow_mark(f));
}

/* A private page that is written first is copied without ever being mapped. */
static enum vm_fault file_write_private(struct fault *f)
{
	struct page *from, *p;
	enum vm_fault r = file_page(f, &from);

	if (r != VM_FAULT_OK)
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
	 * A copy of a truncated page must not stay either.  Look after the
	 * copy is mapped: a later truncation unmaps it by itself.
	 */
	if (!install(f, p, f->prot, 0))
		page_put(p);
	else if (unlikely(page_truncated(f, from)))
		vm_zap(f->space, f->at, f->at + PAGE_SIZE, false);
	page_put(from);
	return VM_FAULT_OK;
}

static enum vm_fault file_write_shared(struct fault *f)
{
	struct mapping *m = f->vma->mapping;
	struct page *p;
	enum vm_fault r = file_page(f, &p);
	pte_t e;

	if (r != VM_FAULT_OK)
		return r;
	vm_count(file_faults);
	if (m && m->ops && m->ops->prepare) {
		/* as if it had been read before */
		install_file(f, p, f->prot & ~MAP_W, 0);
		e = pte_read(f->slot);
		return pte_present(e) ? fault_shared_write(f, e) : VM_FAULT_OK;
	}
	/*
	 * Marked dirty before, so that nobody takes it for clean and gives it
	 * back; and after, as its write-back may have begun in between, and
	 * not have seen the writable entry.
	 */
	fault_note_store(f, p);
	page_get(p);
	install_file(f, p, f->prot, 0);
	fault_note_store(f, p);
	page_put(p);
	return VM_FAULT_OK;
}

/* The vDSO: its frames belong to the kernel image, and are not counted. */
static enum vm_fault special(struct fault *f)
{
	struct page *p = pfn_page(vma_index(f->vma, f->at));

	install(f, p, f->prot, PTE_SPECIAL);
	return VM_FAULT_OK;
}

/* ---- the decision -------------------------------------------------------- */

/* The left column of the table at the head of this file. */
static enum vm_fault fault_none(struct fault *f)
{
	struct vma *v = f->vma;

	if (v->flags & VM_SPECIAL)
		return special(f);
	if (!v->mapping && !(v->ops && v->ops->fault))
		return f->write ? anon_write(f) : anon_read(f);
	if (!f->write)
		return file_read(f);
	return vma_private(v) ? file_write_private(f) : file_write_shared(f);
}

/*
 * The entry allows the access, so the TLB had an older one: make_writable()
 * flushed another CPU only, or the hardware caches invalid entries (RISC-V
 * privileged specification, SFENCE.VMA).
 */
static void forget_older(struct vm_space *s, uaddr_t at)
{
	enum ipl old = preempt_disable();

	vm_flush_local(s, at);
	preempt_enable(old);
}

/*
 * e is a superpage's.  If it allows the access already, the TLB had an older
 * one, as above.
 * Return: false: look again, as e has changed or was split for the store.
 */
static bool super_fault(struct fault *f, pte_t e)
{
	struct vm_space *s = f->space;
	bool ok = true;

	spin_lock(&s->pt_lock);
	if (pte_read(f->slot).v != e.v)
		ok = false;
	else if (f->write && !pte_writable(e))
		ok = superpage->write(s, f->vma, f->slot, f->at);
	else
		vm_flush_local(s, f->at);
	spin_unlock(&s->pt_lock);
	return ok;
}

enum vm_fault vm_fault_page(struct vm_space *s, struct vma *v, uaddr_t at,
			    bool write)
{
	struct fault f;
	unsigned level = 0;
	pte_t e;

	f.space = s;
	f.vma = v;
	f.at = ALIGN_DOWN(at, PAGE_SIZE);
	f.write = write;
	f.prot = vm_effective(v->prot) | MAP_USER;
	f.slot = pt_walk(s->root, f.at, &level, false);
	if (unlikely(!f.slot)) {
		if (write && superpage && !v->mapping && !v->ops &&
		    superpage->fault(s, v, f.at))
			return VM_FAULT_OK;
		level = 0;
		f.slot = pt_walk(s->root, f.at, &level, true);
		if (!f.slot)
			return VM_FAULT_OOM;
	}
	e = pte_read(f.slot);
	if (unlikely(level))
		return super_fault(&f, e) ? VM_FAULT_OK :
			vm_fault_page(s, v, at, write);
	if (pte_none(e))
		return fault_none(&f);
	if (write && !pte_writable(e))
		return vma_private(v) ? fault_copy_on_write(&f, e) :
			fault_shared_write(&f, e);
	forget_older(s, f.at);
	return VM_FAULT_OK;
}

/* ---- the stack ----------------------------------------------------------- */

/*
 * Extend the stack if its limit allows that (setrlimit(2), RLIMIT_STACK) and
 * VM_STACK_GAP pages stay free below it.  A mapping without any rights may be
 * nearer, since it is a guard of the program's own.
 * Context: [s->lock] for writing.
 */
static bool grow_to(struct vm_space *s, struct vma *v, uaddr_t start)
{
	const struct vma *prev = vma_prev(v);
	unsigned long pages = (v->start - start) >> PAGE_SHIFT;

	if (start < MMAP_MIN_ADDR || v->end - start > s->limit_stack)
		return false;
	if (prev && prev->prot && !(prev->flags & VM_GROWSDOWN) &&
	    start - prev->end < VM_STACK_GAP * PAGE_SIZE)
		return false;
	if (vm_may_grow(s, pages, v->prot, v->flags))
		return false;
	vma_resize(v, start, v->end);
	s->total += pages;
	if (v->flags & VM_LOCKED)
		s->locked += pages;
	return true;
}

/*
 * The fault had to release the lock before this takes it for writing, so all is
 * looked up anew.
 */
bool vm_grow_stack(struct vm_space *s, uaddr_t at)
{
	struct vma *v;
	bool ok = false;

	rw_write_lock(&s->lock);
	v = vm_find(s, at);
	if (v && v->start <= at)
		ok = true;		/* another thread did it */
	else if (v && v->flags & VM_GROWSDOWN)
		ok = grow_to(s, v, ALIGN_DOWN(at, PAGE_SIZE));
	rw_write_unlock(&s->lock);
	return ok;
}

enum vm_fault vm_fault(struct vm_space *s, uaddr_t at, enum fault_access how)
{
	enum vm_fault r;
	struct vma *v;

	vm_count(faults);
again:
	rw_read_lock(&s->lock);
	v = vm_find(s, at);
	if (unlikely(!v || at < v->start)) {
		bool stack = v && v->flags & VM_GROWSDOWN;

		rw_read_unlock(&s->lock);
		if (stack && vm_grow_stack(s, at))
			goto again;
		return VM_FAULT_SEGV_MAPERR;
	}
	if (unlikely(!allowed(v, how)))
		r = VM_FAULT_SEGV_ACCERR;
	else
		r = vm_fault_page(s, v, at, how == FAULT_WRITE);
	rw_read_unlock(&s->lock);
	return r;
}
