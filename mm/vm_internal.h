/* SPDX-License-Identifier: MIT */
/* What the files of an address space share among themselves. */
#ifndef MM_VM_INTERNAL_H
#define MM_VM_INTERNAL_H

#include <mm/page.h>
#include <mm/pt.h>
#include <mm/vm.h>

/* Flags that may differ between VMAs that merge: the result has both. */
#define VM_STICKY	(VM_ANONED)

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
/* Counted against RLIMIT_DATA. */
static inline bool vma_is_data(unsigned prot, unsigned flags)
{
	return (prot & MAP_W) && !(flags & (VM_SHARED | VM_GROWSDOWN));
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

/* ---- vma.c: the set of VMAs; all => [space->lock] for writing ------------ */

extern struct slab_cache *vma_cache;
extern atomic_t vma_live;

struct vma *vma_alloc(struct vm_space *s);	/* zeroed; NULL: no memory */
/* Drop the references of a VMA that is not linked, and free it. */
void vma_free(struct vma *v);
/* An unlinked copy with references of its own.  => NULL: no memory */
struct vma *vma_dup(struct vm_space *s, const struct vma *from);
/* The VMA before the place `at` would go; NULL: none. */
struct vma *vma_before(struct vm_space *s, uaddr_t at);
void vma_link(struct vm_space *s, struct vma *v, struct vma *prev);
void vma_unlink(struct vm_space *s, struct vma *v);
/* Move the edges; pgoff follows start.  Accounting is the caller's. */
void vma_resize(struct vma *v, uaddr_t start, uaddr_t end);
/* Could a and its successor b be one VMA? */
bool vma_mergeable(const struct vma *a, const struct vma *b);
/* Join v with its neighbours where possible.  => the VMA that covers v now */
struct vma *vma_merge(struct vma *v);
/* Cut v at `at`; tail (from vma_dup) becomes the upper part. */
void vma_split(struct vma *v, uaddr_t at, struct vma *tail);
/* => the highest address of a gap of len bytes in [low, high), or 0 */
uaddr_t vma_gap_top(struct vm_space *s, unsigned long len, uaddr_t low,
		    uaddr_t high);
/* Panics if the tree, the list and the summaries disagree. */
void vma_check(struct vm_space *s);

/* ---- asid.c, tlb.c ------------------------------------------------------- */

void asid_init(void);
/*
 * A read-only entry became writable: another CPU may just fault once more.
 * => where the task cannot move
 */
void vm_flush_local(struct vm_space *s, uaddr_t at);
/*
 * Entries of the range have changed: no CPU uses what they were any more.
 * => where the task cannot move ("here" and "the others" must stay what they
 *    are), or for the whole space anywhere; holds off until the other CPUs
 *    have answered
 */
void vm_flush_page(struct vm_space *s, uaddr_t at);
void vm_flush_range(struct vm_space *s, uaddr_t start, uaddr_t end);
void vm_flush_space(struct vm_space *s);
/*
 * Tables of the space arg are out of its tree: no CPU walks them any more,
 * one that only borrows the space included, since it may walk ahead.
 */
void vm_flush_tables(void *arg);
/*
 * p is to be mapped with prot: if it is for execution, and for the first time
 * since the kernel filled it, every CPU's instruction fetch is told.  All of
 * them: whoever maps it next, in another space and on another CPU, is not.
 */
void vm_fetch_page(struct page *p);
static inline void vm_note_fetch(struct page *p, unsigned prot)
{
	if (unlikely(prot & MAP_X) &&
	    (page_flags(p) & (PG_FETCHED | PG_FETCHING)) != PG_FETCHED)
		vm_fetch_page(p);
}
/* s has no users: CPUs that have it loaded take the kernel's table. */
void vm_space_leave(struct vm_space *s);

/* ---- zap.c --------------------------------------------------------------- */

/* rss counter of a frame that a user PTE maps, to be changed with that. */
static inline atomic_t *vm_rss_of(struct vm_space *s, const struct page *p)
{
	spin_must_hold(&s->pt_lock);
	if (p->kind == PAGE_ANON)
		return &s->rss_anon;
	return p->flags & PG_SHMEM ? &s->rss_shmem : &s->rss_file;
}
/* Undo the mappings of all pages in the range; flush unless s is dead. */
void vm_zap(struct vm_space *s, uaddr_t start, uaddr_t end, bool dead);
/* Only those of the page cache: private copies stay. */
void vm_zap_file(struct vm_space *s, uaddr_t start, uaddr_t end);
/* As vm_zap(), then free the tables between the neighbours of the range. */
void vm_zap_free(struct vm_space *s, uaddr_t start, uaddr_t end,
		 uaddr_t floor, uaddr_t ceiling, bool dead);
void vm_note_rss(struct vm_space *s);
/* Writable entries of a shared mapping in [start, end) become read-only. */
void vm_wrprotect(struct vma *v, uaddr_t start, uaddr_t end);

/* ---- fault.c ------------------------------------------------------------- */

/*
 * Resolve one page under the shared lock.  The rights of the VMA are not asked
 * for (a debugger may write where the program may not); the entry made has
 * them all the same.
 */
enum vm_fault vm_fault_page(struct vm_space *s, struct vma *v, uaddr_t at,
			    bool write);
void fault_init(void);
/* => rights a mapping with this prot really gives on this machine */
unsigned vm_effective(unsigned prot);
/* Grow the stack VMA down to at.  => takes s->lock; false: not possible */
bool vm_grow_stack(struct vm_space *s, uaddr_t at);

/* ---- map.c --------------------------------------------------------------- */

/* vm_unmap with the lock held. */
int vm_unmap_locked(struct vm_space *s, uaddr_t start, uaddr_t end);
/* Would this many more pages break a limit?  Return: 0 or -ENOMEM. */
int vm_may_grow(struct vm_space *s, unsigned long pages, unsigned prot,
		unsigned flags);
/*
 * May the caller have a mapping at this place?  Near zero it would lie where a
 * null pointer of the kernel leads.
 * Return: 0 or -EPERM.
 */
int vm_may_place(uaddr_t at);
/* The kernel's choice of place for len bytes; 0: none. */
uaddr_t vm_find_gap(struct vm_space *s, unsigned long len);
/* Is [at, at + len) free, and clear of the stack's reserve? */
bool vm_range_free(struct vm_space *s, uaddr_t at, unsigned long len);
/* Give PTEs of [start, end) in v the rights of v->prot. */
void vm_change_ptes(struct vma *v, uaddr_t start, uaddr_t end);

/* madvise(2)'s other advice, an extension's; const after init; NULL: none */
struct vm_adviser {
	bool (*knows)(int advice);
	/* [at, end) is of whole pages, and not empty.  => 0 or -errno */
	int (*give)(struct vm_space *s, uaddr_t at, uaddr_t end, int advice);
};
extern const struct vm_adviser *vm_advisers;
/* Fault pages in.  => [s->lock] shared; 0, -ENOMEM, -EFAULT (SIGBUS) */
int vm_fault_in(struct vm_space *s, struct vma *v, uaddr_t at, uaddr_t end,
		bool write);

#endif
