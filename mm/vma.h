/* SPDX-License-Identifier: MIT */
/*
 * VMAs and their page tables: interface for code that changes an address space.
 */
#ifndef MM_VMA_H
#define MM_VMA_H

#include <mm/frames/page.h>
#include <mm/tables/pt.h>
#include <mm/vm.h>

static inline unsigned long vma_pages(const struct vma *v)
{
	return (v->end - v->start) >> PAGE_SHIFT;
}
static inline unsigned long vma_index(const struct vma *v, uaddr_t at)
{
	return v->pgoff + ((at - v->start) >> PAGE_SHIFT);
}
static inline bool vma_private(const struct vma *v)
{
	return !(v->flags & VM_SHARED);
}
/* Private anonymous memory has page-table entries only if VM_ANONED is set. */
static inline bool vma_may_have_pages(const struct vma *v)
{
	return v->flags & (VM_ANONED | VM_SPECIAL) || v->object || v->mapping;
}
/* True if a VMA with this prot and flags counts against RLIMIT_DATA. */
static inline bool vma_is_data(unsigned prot, unsigned flags)
{
	return (prot & MAP_W) && !(flags & (VM_SHARED | VM_GROWSDOWN));
}
/*
 * True if `pages` more would exceed RLIMIT_DATA.  A soft limit of 0 applies to
 * brk(2) only, because programs set 0 to forbid brk(2); other mappings are then
 * checked against the hard limit, as on Linux.
 */
static inline bool vm_data_full(const struct vm_space *s, unsigned long pages)
{
	unsigned long limit = s->limit_data ? s->limit_data : s->most_data;

	return s->data + pages > limit >> PAGE_SHIFT;
}
static inline struct vma *vma_next(const struct vma *v)
{
	return v->link.next == &v->space->vmas ? NULL :
		list_entry(v->link.next, struct vma, link);
}
static inline struct vma *vma_prev(const struct vma *v)
{
	return v->link.prev == &v->space->vmas ? NULL :
		list_entry(v->link.prev, struct vma, link);
}

/*
 * Update the three sums that limits and /proc use (RLIMIT_AS, RLIMIT_MEMLOCK
 * and RLIMIT_DATA of setrlimit(2)).  pages: negative for an unmap.
 * Context: [s->lock] for writing.
 */
static inline void vm_account(struct vm_space *s, long pages, unsigned prot,
			      unsigned flags)
{
	s->total += pages;
	if (flags & VM_LOCKED)
		s->locked += pages;
	if (vma_is_data(prot, flags))
		s->data += pages;
}

/* ---- vma.c: the set of VMAs; Context: [space->lock] for writing ---------- */

void vma_init(void);
/* Drop the references of a VMA that is not linked, and free it. */
void vma_free(struct vma *v);
/*
 * Allocate an unlinked VMA with the range, rights and object of `from`, which
 * may be a template.  Takes new references.
 * Return: NULL: no memory.
 */
struct vma *vma_dup(struct vm_space *s, const struct vma *from);
/* Return: the VMA below `at`, where nothing is mapped; NULL: none. */
static inline struct vma *vma_before(struct vm_space *s, uaddr_t at)
{
	struct vma *v = vm_find(s, at);

	if (v)
		return vma_prev(v);
	return list_empty(&s->vmas) ? NULL :
		list_last(&s->vmas, struct vma, link);
}
void vma_link(struct vm_space *s, struct vma *v, struct vma *prev);
/*
 * For fork, in linear time: vma_append() appends VMAs in order to a space that
 * no other task knows yet; then vma_make_tree() builds the tree.
 * Context: vma_append(): [v->mapping's map_lock].
 */
void vma_append(struct vm_space *s, struct vma *v);
void vma_make_tree(struct vm_space *s);
void vma_unlink(struct vm_space *s, struct vma *v);
/* Move the edges of v and adjust pgoff.  The caller accounts for the pages. */
void vma_resize(struct vma *v, uaddr_t start, uaddr_t end);
/* True if a and its successor b can be merged. */
bool vma_mergeable(const struct vma *a, const struct vma *b);
/*
 * Merge v with its neighbors if possible.
 * Return: the VMA that now contains v.
 */
struct vma *vma_merge(struct vma *v);
/* Split v at `at`; tail, made by vma_dup(), becomes the upper part. */
void vma_split(struct vma *v, uaddr_t at, struct vma *tail);

/*
 * Check whether v may be split at `at`.
 * Return: 0, also if `at` is not inside v, or -errno.
 */
static inline int vma_may_split(const struct vma *v, uaddr_t at)
{
	if (likely(!v->ops || !v->ops->may_split) || at <= v->start ||
	    at >= v->end)
		return 0;
	return v->ops->may_split(v, at);
}

/* ---- asid.c, tlb.c ------------------------------------------------------- */

void asid_init(void);
/*
 * Flush an entry that went from read-only to writable, on this CPU only:
 * another CPU that still has the old entry takes one more fault, which is
 * harmless.
 * Context: the task cannot move to another CPU.
 */
void vm_flush_local(struct vm_space *s, uaddr_t at);
/*
 * Make sure that no CPU uses old entries of a range that has changed.  Waits
 * until the other CPUs have answered.
 * Context: the task cannot move to another CPU during the flush, because this
 * CPU flushes itself and calls the others.
 */
void vm_flush_page(struct vm_space *s, uaddr_t at);
void vm_flush_range(struct vm_space *s, uaddr_t start, uaddr_t end);
/*
 * Make sure that no CPU walks tables any more that have left the tree of the
 * space arg.  That includes a CPU that only borrows the space, as it may walk
 * the tables speculatively.
 */
void vm_flush_tables(void *arg);
/*
 * Write an entry for another frame over the one in slot, and flush.  Other
 * threads that find the slot empty in between wait for pt_lock.
 * Context: [pt_lock].
 */
static inline void vm_replace_page(struct vm_space *s, pte_t *slot, uaddr_t at,
				   pte_t e)
{
	if (PT_BREAK) {
		pte_write(slot, (pte_t){ 0 });
		vm_flush_page(s, at);
	}
	pte_write(slot, e);
	if (!PT_BREAK)
		vm_flush_page(s, at);
}
/*
 * vm_fetch_pages() makes instruction fetches on every CPU see the bytes that the
 * kernel has stored to n frames from p on, and marks p.  All CPUs are told at
 * once, because the next space that maps p does not repeat the call.
 *
 * vm_note_fetch() is called before p is mapped with prot.  It calls
 * vm_fetch_pages() if prot includes execution and the kernel has stored to p
 * since the last call.
 */
void vm_fetch_pages(struct page *p, unsigned n);
static inline void vm_note_fetch(struct page *p, unsigned prot)
{
	if (unlikely(prot & MAP_X) &&
	    (page_flags(p) & (PG_FETCHED | PG_FETCHING)) != PG_FETCHED)
		vm_fetch_pages(p, 1);
}
/*
 * True if p has its contents and may be mapped with prot.  The fast path needs
 * one read of the flags.
 */
static __inlined bool vm_ready_for(struct page *p, unsigned prot)
{
	u32 fetch = prot & MAP_X ? PG_FETCHED | PG_FETCHING : 0;

	if (likely((page_flags(p) & (PG_NOT_READY | fetch)) ==
		   (PG_FETCHED & fetch)))
		return true;
	if (page_flags(p) & PG_NOT_READY)
		return false;
	vm_note_fetch(p, prot);
	return true;
}
/*
 * Make each CPU that has s loaded load the kernel's table instead.
 * Context: s has no users any more.
 */
void vm_space_unload_all(struct vm_space *s);

/* ---- zap.c --------------------------------------------------------------- */

/*
 * Return: the counter of resident pages for p, which a user PTE maps.
 * Context: [s->pt_lock], held across this call and the change of the PTE.
 */
static inline atomic_t *vm_rss_of(struct vm_space *s, const struct page *p)
{
	spin_must_hold(&s->pt_lock);
	if (p->kind == PAGE_ANON)
		return &s->rss_anon;
	return p->flags & PG_SHMEM ? &s->rss_shmem : &s->rss_file;
}
/* Unmap all pages in the range; flush unless s is dead. */
void vm_zap(struct vm_space *s, uaddr_t start, uaddr_t end, bool dead);
/* Free the frames of a leaf table that has left the tree of s, and clear it. */
void vm_zap_table(struct vm_space *s, struct page *t);
/* Unmap and flush only pages of the page cache; private copies stay. */
void vm_zap_file(struct vm_space *s, uaddr_t start, uaddr_t end);
/*
 * As vm_zap(), then free the page tables that no other VMA can use.  floor: the
 * end of the VMA below the range; ceiling: the start of the one above.
 */
void vm_zap_free(struct vm_space *s, uaddr_t start, uaddr_t end,
		 uaddr_t floor, uaddr_t ceiling, bool dead);
/*
 * Skip empty slots, sixteen at a time: most pages that are unmapped or copied
 * were never touched, above all in a thread's stack.
 * Context: [pt_lock]; `slot` is empty.
 * Return: the last slot of the run of empty slots that begins at `slot`.
 */
pte_t *vm_skip_empty(pte_t *slot, pte_t *end);
void vm_note_rss(struct vm_space *s);
/* Make the entries of a shared mapping in [start, end) read-only, and flush. */
void vm_wrprotect(struct vma *v, uaddr_t start, uaddr_t end);

/* ---- leaf tables that several spaces share ------------------------------- */

/*
 * Operations on page tables that several spaces share, supplied by an extension
 * (topics/sharedtables).  A kernel without it copies all tables, so all
 * operations but `fork` are called only where a table is shared.
 */
enum table_own {
	OWN_SOLE,		/* tables that no other space uses */
	OWN_ALL,		/* all tables; copies them if needed */
	OWN_TO_EVICT,		/* tables whose copy lets file pages be freed */
};
struct table_share_ops {
	/*
	 * Make the tables for [at, end) private to the space.
	 * Context: [s->lock], shared is enough.
	 * Return: false: no memory.
	 */
	bool (*own)(struct vm_space *s, uaddr_t at, uaddr_t end,
		    enum table_own which);
	/*
	 * Unmap [at, at + len), which the shared table in slot maps.  If that
	 * is only part of the table's range, vm_own_edges() has been called
	 * before.
	 * Context: [pt_lock].
	 * Return: false: the table is now private to the space; look again.
	 */
	bool (*zap)(struct vm_space *s, pte_t *slot, uaddr_t at,
		    unsigned long len, bool dead);
	/*
	 * Handle a fault at an address that a shared table maps.
	 * Context: [s->lock], shared is enough.
	 * Return: how the fault ended; -1: the table is now private to the
	 * space; look again.
	 */
	int (*fault)(struct vm_space *s, uaddr_t at, bool write);
	/*
	 * Share src's table for `at`, an address in v, with dst, the child's
	 * space.  slot, level: from pt_run_at().
	 * Context: [src->pt_lock]; the caller flushes before it releases the
	 * lock.
	 * Return: 1: dst has the table; 0: the table is now private to src,
	 * copy its entries; -ENOMEM.
	 */
	int (*fork)(struct vm_space *dst, struct vm_space *src,
		    const struct vma *v, uaddr_t at, pte_t *slot,
		    unsigned level);
};
extern const struct table_share_ops *table_share; /* const; or NULL */
/*
 * fork copies the entries of a VMA that has fewer pages than this in a table;
 * const but for tests.
 */
extern unsigned long vm_share_min;

/*
 * Make the tables of [at, end) private before entries change.
 * Context: [s->lock], shared is enough.
 * Return: false: no memory.
 */
static inline bool vm_own(struct vm_space *s, uaddr_t at, uaddr_t end)
{
	return likely(!HINT(s->shared_tables)) ||
		table_share->own(s, at, end, OWN_ALL);
}
/* As vm_own(), for the tables that `which` selects and as memory allows. */
static inline void vm_own_some(struct vm_space *s, uaddr_t at, uaddr_t end,
			       enum table_own which)
{
	if (HINT(s->shared_tables))
		table_share->own(s, at, end, which);
}
/* Before a range is unmapped, make only the tables at its two ends private. */
static inline bool vm_own_edges(struct vm_space *s, uaddr_t at, uaddr_t end)
{
	return (IS_ALIGNED(at, PT_LEAF_SPAN) || vm_own(s, at, at + 1)) &&
		(IS_ALIGNED(end, PT_LEAF_SPAN) || vm_own(s, end - 1, end));
}

/* ---- space.c: fork ------------------------------------------------------- */

struct copy_counts {
	int file, shmem;
};
/*
 * Copy n entries of one leaf table for copy on write: entries that allow stores
 * become read-only on both sides.  c: NULL: all pages are anonymous.
 */
void vm_copy_entries(pte_t *to, pte_t *from, unsigned n,
		     struct copy_counts *c);
/* Return: the number of anonymous pages in [at, end).  Context: [pt_lock]. */
int vm_count_anon(struct vm_space *s, uaddr_t at, uaddr_t end);

/* ---- fault.c ------------------------------------------------------------- */

/*
 * Resolve a fault on one page.  The rights of v are not checked, as a debugger
 * may write where the program may not; but the new entry gives only the rights
 * of v.
 * Context: [s->lock], shared is enough; may sleep.
 */
enum vm_fault vm_fault_page(struct vm_space *s, struct vma *v, uaddr_t at,
			    bool write);

/* Return: the rights that a mapping with this prot gives on this machine. */
unsigned vm_effective(unsigned prot);

/* ---- map.c --------------------------------------------------------------- */

/*
 * vm_unmap() of a checked, page-aligned range.
 * Context: [s->lock] for writing.
 * Return: 0; -ENOMEM, -EPERM (vm_sealed()): nothing has changed.
 */
int vm_unmap_locked(struct vm_space *s, uaddr_t start, uaddr_t end);

/*
 * Check whether `pages` more pages would exceed a limit.
 * Return: 0 or -ENOMEM.
 */
int vm_may_grow(struct vm_space *s, unsigned long pages, unsigned prot,
		unsigned flags);

/*
 * Check whether the caller may map this address.  Where memory is mapped near
 * address zero, a null pointer of the kernel would point to it.
 * Return: 0 or -EPERM.
 */
int vm_may_place(uaddr_t at);

/*
 * Find a free range of len bytes.
 * Context: [s->lock] for writing.
 * Return: the address; 0: none.
 */
uaddr_t vm_find_gap(struct vm_space *s, unsigned long len);

/*
 * True if [at, at + len) is free and outside the stack's reserve.
 * Context: [s->lock].
 */
bool vm_range_free(struct vm_space *s, uaddr_t at, unsigned long len);

/* Advice of madvise(2) that an extension supplies. */
struct vm_adviser {
	bool (*knows)(int advice);
	/* Act on [at, end), one or more whole pages.  Return: 0 or -errno. */
	int (*give)(struct vm_space *s, uaddr_t at, uaddr_t end, int advice);
};
extern const struct vm_adviser *vm_advisers;
/*
 * Fault in the pages of [at, end) in v.
 * Context: [s->lock], shared is enough; may sleep.
 * Return: 0, -ENOMEM, -EFAULT (SIGBUS).
 */
int vm_fault_in(struct vm_space *s, struct vma *v, uaddr_t at, uaddr_t end,
		bool write);

#endif
