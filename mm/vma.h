/* SPDX-License-Identifier: MIT */
/*
 * VMAs and their page tables, for those who change an address space.
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
/* Private memory of no file has entries only where VM_ANONED tells so. */
static inline bool vma_may_have_pages(const struct vma *v)
{
	return v->flags & (VM_ANONED | VM_SPECIAL) || v->object || v->mapping;
}
/* Does it count against RLIMIT_DATA? */
static inline bool vma_is_data(unsigned prot, unsigned flags)
{
	return (prot & MAP_W) && !(flags & (VM_SHARED | VM_GROWSDOWN));
}
/*
 * Would as many pages more be too many?  A soft limit of 0 counts for brk(2)
 * alone, which programs set it for; others' is the hard one then, as on Linux.
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
 * Keep the three sums that limits and /proc use (RLIMIT_AS, RLIMIT_MEMLOCK and
 * RLIMIT_DATA of setrlimit(2)).  pages: negative if some are unmapped.
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
 * An unlinked VMA with range, rights and object of `from`, which may be a
 * template, and with references of its own.
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
 * For fork, in linear time: append the VMAs of a space that nobody else knows,
 * in order; then make the tree of all.
 * Context: vma_append: [v->mapping's map_lock].
 */
void vma_append(struct vm_space *s, struct vma *v);
void vma_make_tree(struct vm_space *s);
void vma_unlink(struct vm_space *s, struct vma *v);
/* Move the edges; pgoff follows start.  The caller accounts for the pages. */
void vma_resize(struct vma *v, uaddr_t start, uaddr_t end);
/* Could a and its successor b be one VMA? */
bool vma_mergeable(const struct vma *a, const struct vma *b);
/* Join v with its neighbours if possible.  Return: the VMA that v is now. */
struct vma *vma_merge(struct vma *v);
/* Cut v at `at`; tail, made by vma_dup(), becomes the upper part. */
void vma_split(struct vma *v, uaddr_t at, struct vma *tail);

/* May v be cut at `at`, if that lies inside?  Return: 0 or -errno. */
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
 * A read-only entry became writable, so only this CPU needs to flush: another
 * that still has the old entry faults once more, and that is all.
 * Context: where the task cannot move.
 */
void vm_flush_local(struct vm_space *s, uaddr_t at);
/*
 * Entries of the range have changed: make sure that no CPU uses the old ones.
 * These wait until the other CPUs have answered.
 * Context: where the task cannot move, since which CPU is this one must not
 * change on the way.
 */
void vm_flush_page(struct vm_space *s, uaddr_t at);
void vm_flush_range(struct vm_space *s, uaddr_t start, uaddr_t end);
/*
 * Tables of the space arg have left its tree: make sure that no CPU walks them
 * any more, not even one that only borrows the space, as it may walk them
 * speculatively.
 */
void vm_flush_tables(void *arg);
/*
 * Make instruction fetches on every CPU see what the kernel has stored to p.
 * It is every CPU, as nobody will do it again for the next space that maps p.
 * vm_note_fetch: p is to be mapped with prot; do so if that is for execution,
 * and for the first time since the kernel has stored to p.
 */
void vm_fetch_page(struct page *p);
static inline void vm_note_fetch(struct page *p, unsigned prot)
{
	if (unlikely(prot & MAP_X) &&
	    (page_flags(p) & (PG_FETCHED | PG_FETCHING)) != PG_FETCHED)
		vm_fetch_page(p);
}
/* Has p its contents, and may it be mapped with prot?  Mostly one look. */
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
/* s has no users: CPUs that have it loaded load the kernel's table instead. */
void vm_space_leave(struct vm_space *s);

/* ---- zap.c --------------------------------------------------------------- */

/*
 * The counter of resident pages that p, mapped by a user PTE, belongs to.
 * Context: [s->pt_lock], in the same hold as the change of the PTE.
 */
static inline atomic_t *vm_rss_of(struct vm_space *s, const struct page *p)
{
	spin_must_hold(&s->pt_lock);
	if (p->kind == PAGE_ANON)
		return &s->rss_anon;
	return p->flags & PG_SHMEM ? &s->rss_shmem : &s->rss_file;
}
/* Unmap all pages in the range, and flush unless s is dead. */
void vm_zap(struct vm_space *s, uaddr_t start, uaddr_t end, bool dead);
/* Free the frames of a leaf table that left the tree of s, and clear it. */
void vm_zap_table(struct vm_space *s, struct page *t);
/* Unmap and flush those of the page cache only: private copies stay. */
void vm_zap_file(struct vm_space *s, uaddr_t start, uaddr_t end);
/*
 * As vm_zap(); then free the tables that no other VMA can use.  floor: the end
 * of the VMA below the range; ceiling: the start of the one above.
 */
void vm_zap_free(struct vm_space *s, uaddr_t start, uaddr_t end,
		 uaddr_t floor, uaddr_t ceiling, bool dead);
/*
 * Skip empty slots, sixteen at a time: most of what is unmapped, or copied, was
 * never touched, above all of a thread's stack.
 * Context: [pt_lock]; `slot` is empty.
 * Return: the last of those that are, from it on.
 */
pte_t *vm_pass_over(pte_t *slot, pte_t *end);
void vm_note_rss(struct vm_space *s);
/* Make the entries of a shared mapping in [start, end) read-only, and flush. */
void vm_wrprotect(struct vma *v, uaddr_t start, uaddr_t end);

/* ---- leaf tables that several spaces share ------------------------------- */

/*
 * An extension supplies them (topics/sharedtables).  A kernel without it copies all
 * tables, so all but `fork` are called only where a table is shared.
 */
enum table_own {
	OWN_SOLE,		/* those that nobody else has any more */
	OWN_ALL,		/* by a copy, if need be */
	OWN_TO_EVICT,		/* where so many pages of files can go by it */
};
struct table_share_ops {
	/*
	 * Make the tables with entries of [at, end) the space's own.
	 * Context: [s->lock], shared is enough.
	 * Return: false: no memory.
	 */
	bool (*own)(struct vm_space *s, uaddr_t at, uaddr_t end,
		    enum table_own which);
	/*
	 * Unmap [at, at + len) where the shared table in slot maps it; if that
	 * is only a part of its addresses, vm_own_edges() came before.
	 * Context: [pt_lock].
	 * Return: false: the table is the space's own now, look again.
	 */
	bool (*zap)(struct vm_space *s, pte_t *slot, uaddr_t at,
		    unsigned long len, bool dead);
	/*
	 * A fault at an address that a shared table maps.
	 * Context: [s->lock], shared is enough.
	 * Return: how it ended; -1: the table is the space's own now, look
	 * again.
	 */
	int (*fault)(struct vm_space *s, uaddr_t at, bool write);
	/*
	 * Share src's table for `at`, in v, with dst, which a fork makes.
	 * slot, level: as pt_run_at() finds them there.
	 * Context: [src->pt_lock]; the caller flushes before it releases that.
	 * Return: 1: dst has it; 0: copy the entries, from a table that is
	 * src's own now; -ENOMEM.
	 */
	int (*fork)(struct vm_space *dst, struct vm_space *src,
		    const struct vma *v, uaddr_t at, pte_t *slot,
		    unsigned level);
};
extern const struct table_share_ops *table_share; /* const after boot; or NULL */
/* A part of a VMA in a table of fewer pages is copied; const but for tests. */
extern unsigned long vm_share_min;

/*
 * Before entries of [at, end) are changed.
 * Context: [s->lock], shared is enough.
 * Return: false: no memory.
 */
static inline bool vm_own(struct vm_space *s, uaddr_t at, uaddr_t end)
{
	return likely(!HINT(s->shared_tables)) ||
		table_share->own(s, at, end, OWN_ALL);
}
/* The same for some of them, as far as there is memory for it. */
static inline void vm_adopt(struct vm_space *s, uaddr_t at, uaddr_t end,
			    enum table_own which)
{
	if (HINT(s->shared_tables))
		table_share->own(s, at, end, which);
}
/* Before a range is unmapped: tables that lie in it need not be own. */
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
 * Copy n entries of one leaf table, for copy on write: those that allow stores
 * become read-only on both sides.  c: NULL: all pages are anonymous.
 */
void vm_copy_entries(pte_t *to, pte_t *from, unsigned n,
		     struct copy_counts *c);
/* Return: how many anonymous pages [at, end) has.  Context: [pt_lock]. */
int vm_count_anon(struct vm_space *s, uaddr_t at, uaddr_t end);

/* ---- fault.c ------------------------------------------------------------- */

/*
 * Resolve a fault on one page.  Whether v allows the access is not checked, as
 * a debugger may write where the program may not; the entry that is made gives
 * only the rights of v.
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

/* Would so many more pages exceed a limit?  Return: 0 or -ENOMEM. */
int vm_may_grow(struct vm_space *s, unsigned long pages, unsigned prot,
		unsigned flags);

/*
 * May the caller have a mapping at this address?  Near zero it would lie where
 * a null pointer of the kernel points to.
 * Return: 0 or -EPERM.
 */
int vm_may_place(uaddr_t at);

/*
 * Choose a place for len bytes.
 * Context: [s->lock] for writing.
 * Return: 0: none.
 */
uaddr_t vm_find_gap(struct vm_space *s, unsigned long len);

/*
 * Is [at, at + len) free, and outside the stack's reserve?
 * Context: [s->lock].
 */
bool vm_range_free(struct vm_space *s, uaddr_t at, unsigned long len);

/* Advice of madvise(2) that an extension supplies. */
struct vm_adviser {
	bool (*knows)(int advice);
	/* Act on [at, end): whole pages, at least one.  Return: 0 or -errno. */
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
