/* SPDX-License-Identifier: MIT */
/*
 * Superpages: what the files of the extension share, and tests use.
 *
 *	hugepage.c	the leaves: mm/tables/superpage.h
 *	policy.c	who may have them, and what was counted
 *	shmem.c		files in memory
 *	pool.c		blocks of zeros that idle CPUs make
 *	collapse.c	pages become a superpage
 *	scan.c		the thread that looks for such pages
 */
#ifndef TOPICS_SUPERPAGES_HUGEPAGE_H
#define TOPICS_SUPERPAGES_HUGEPAGE_H

#include <mm/frames/page.h>
#include <mm/tables/pt.h>
#include <mm/vm.h>

#define HUGE_ORDER	PT_BITS
#define HUGE_PAGES	(1u << HUGE_ORDER)
#define HUGE_SIZE	PT_LEAF_SPAN

void huge_init(void);

/* ---- policy.c ------------------------------------------------------------ */

/* Off at boot by `nohuge`, or where the machine has none. */
extern bool huge_enabled;

enum { ANON_ALWAYS, ANON_MADVISE, ANON_NEVER };
enum { DEFRAG_ALWAYS, DEFRAG_DEFER, DEFRAG_DEFER_MADVISE, DEFRAG_MADVISE,
       DEFRAG_NEVER };
enum { SHMEM_ALWAYS, SHMEM_WITHIN_SIZE, SHMEM_ADVISE, SHMEM_NEVER,
       SHMEM_DENY, SHMEM_FORCE };

/* What /sys/kernel/mm/transparent_hugepage sets: words. */
struct huge_switches {
	unsigned anon, defrag, shmem;
	/* of the thread that scans (scan.c) */
	unsigned scan_defrag, scan_ms, alloc_ms, scan_pages, most_none;
};
extern struct huge_switches huge_switch;

/* As /proc/vmstat tells them. */
struct huge_counts {
	atomic_t fault_alloc, fault_fallback, collapse_alloc,
		collapse_failed, file_alloc, file_fallback, file_mapped,
		split_page, split_leaf;
	atomic_t collapsed, scans;	/* for khugepaged/ */
	atomic_t anon, shmem;		/* whole blocks; leaves: now */
};
extern struct huge_counts huge_count;
#define huge_note(what) atomic_add(&huge_count.what, 1)

/*
 * Is v of anonymous memory, or of a file in memory that it shares?
 * Context of these: [v->space->lock].
 */
bool huge_is_anon(const struct vma *v);
bool huge_is_shmem(const struct vma *v);
/* Could the aligned piece at start be one leaf, by place and by advice? */
bool huge_fits(const struct vma *v, uaddr_t start);
/* Do the switches let v have superpages unasked? */
bool huge_allowed(const struct vma *v);
bool huge_eligible(const struct vma *v);

/*
 * A block of frames, counted on its head; zeroed if asked.  hard: give back
 * what can be given back if there is none.
 * Context: may sleep.
 * Return: NULL: there is no memory for it.
 */
struct page *huge_alloc(enum page_kind kind, bool zeroed, bool hard);
/* May a fault in v look for memory hard? */
bool huge_try_hard(const struct vma *v);
extern bool huge_deferred;		/* word: the thread is to make room */

/* A block of zeros for anonymous memory that is ready; NULL: none. */
extern struct page *(*huge_pool)(void);	/* const after boot */
/* Give back what is kept for reuse.  Context: no lock of a file. */
extern void (*huge_make_room)(void);	/* const after boot; or NULL */

/* ---- hugepage.c ---------------------------------------------------------- */

/* Each superpage has a table in reserve.  Context: [s->pt_lock]. */
bool huge_reserve_table(struct vm_space *s);
void huge_drop_table(struct vm_space *s);

/*
 * Map zeros at start, an aligned piece of v, which is anonymous memory.
 * Context: [v->space->lock], shared is enough; may sleep.
 * Return: 0; -ENOMEM; -EEXIST: something is there by now.
 */
int huge_make(struct vma *v, uaddr_t start, bool hard);

/* Drop the references to a block's pages, each for itself. */
void huge_put_pieces(struct page *head);

/* ---- shmem.c ------------------------------------------------------------- */

/* Of mm/tables/superpage.h, for files; Context: as there. */
bool huge_file_fault(struct vm_space *s, struct vma *v, uaddr_t start);
void huge_file_zap(struct vm_space *s, struct page *head);
/*
 * Move the pages of the piece into one block, zeros for those that are
 * missing, and let v map it.
 * Context: [s->lock] for writing; may sleep.
 * Return: 0, -EAGAIN: some are in use; -ENOMEM, -EBUSY, -EINVAL, -ENOSPC.
 */
int huge_file_collapse(struct vma *v, uaddr_t start, bool asked);

/* ---- collapse.c ---------------------------------------------------------- */

/*
 * Make the aligned piece at start one superpage, if it is not yet.  asked: by
 * madvise(2), whatever the switches say.
 * Context: [v->space->lock] for writing; may sleep.
 * Return: 0, or -errno as madvise(2) gives it.
 */
int huge_collapse(struct vma *v, uaddr_t start, bool asked);
/* Would it, by the look of it?  Context: [v->space->lock]. */
bool huge_worth(struct vma *v, uaddr_t start);
/* MADV_COLLAPSE.  Context: takes s->lock for writing; may sleep. */
int huge_collapse_range(struct vm_space *s, uaddr_t at, uaddr_t end);

/* ---- scan.c -------------------------------------------------------------- */

/* A switch was set: look at once. */
void huge_scan_now(void);

/* ---- what the core calls: <mm/tables/superpage.h> ------------------------------- */

void huge_pool_shrink(void);
void huge_scan_settle(void);
struct seq;
void huge_meminfo(struct seq *s);
void huge_vmstat(struct seq *s);

#endif
