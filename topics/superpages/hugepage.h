/* SPDX-License-Identifier: MIT */
/*
 * Superpages: declarations for the files of the extension and for tests.
 *
 *	hugepage.c	the leaves: operations of mm/tables/superpage.h
 *	policy.c	which VMAs may have superpages; counters
 *	shmem.c		files in memory
 *	pool.c		zeroed blocks, prepared by idle CPUs
 *	collapse.c	turn single pages into a superpage
 *	scan.c		the thread that looks for pages to collapse
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

/* False with the boot option `nohuge`, or if the machine has no superpages. */
extern bool huge_enabled;

enum { ANON_ALWAYS, ANON_MADVISE, ANON_NEVER };
enum { DEFRAG_ALWAYS, DEFRAG_DEFER, DEFRAG_DEFER_MADVISE, DEFRAG_MADVISE,
       DEFRAG_NEVER };
enum { SHMEM_ALWAYS, SHMEM_WITHIN_SIZE, SHMEM_ADVISE, SHMEM_NEVER,
       SHMEM_DENY, SHMEM_FORCE };

/*
 * The settings in /sys/kernel/mm/transparent_hugepage; accessed without a lock.
 */
struct huge_switches {
	unsigned anon, defrag, shmem;
	/* of the scanning thread (scan.c) */
	unsigned scan_defrag, scan_ms, alloc_ms, scan_pages, most_none;
};
extern struct huge_switches huge_switch;

/* The counters of /proc/vmstat. */
struct huge_counts {
	atomic_t fault_alloc, fault_fallback, collapse_alloc,
		collapse_failed, file_alloc, file_fallback, file_mapped,
		split_page, split_leaf;
	atomic_t collapsed, scans;	/* shown in khugepaged/ of sysfs */
	/* anon: whole anonymous blocks; shmem: leaves of memory files */
	atomic_t anon, shmem;
};
extern struct huge_counts huge_count;
#define huge_note(what) atomic_add(&huge_count.what, 1)

/*
 * huge_is_anon(): true if v is anonymous memory.  huge_is_shmem(): true if v is
 * a shared mapping of a memory file.
 * Context of these and the next functions: [v->space->lock].
 */
bool huge_is_anon(const struct vma *v);
bool huge_is_shmem(const struct vma *v);
/*
 * True if the address and the advice on v allow the aligned piece at start to
 * be one leaf.
 */
bool huge_fits(const struct vma *v, uaddr_t start);
/* True if the settings allow superpages in v without a request. */
bool huge_allowed(const struct vma *v);
bool huge_eligible(const struct vma *v);

/*
 * Allocate a block of frames, counted on its head.  zeroed: clear the block.
 * hard: if no block is free, first reclaim memory.
 * Context: may sleep.
 * Return: NULL: no memory.
 */
struct page *huge_alloc(enum page_kind kind, bool zeroed, bool hard);
/* True if a fault in v should reclaim memory for a superpage. */
bool huge_try_hard(const struct vma *v);
/* scan.c should reclaim; accessed without a lock */
extern bool huge_deferred;

/* Get a prepared block of zeros for anonymous memory.  Return: NULL: none. */
extern struct page *(*huge_pool)(void);	/* const after boot */
/* Reclaim cached memory.  Context: no lock of a file. */
extern void (*huge_make_room)(void);	/* const after boot; or NULL */

/* ---- hugepage.c ---------------------------------------------------------- */

/*
 * huge_reserve_table() adds, huge_drop_table() frees the reserve table of a
 * superpage.  Context: [s->pt_lock].
 */
bool huge_reserve_table(struct vm_space *s);
void huge_drop_table(struct vm_space *s);
/* Call before the pages of a block are mapped with prot. */
void huge_note_fetch(struct page *head, unsigned prot);

/*
 * Map zeros at start, an aligned piece of the anonymous VMA v.
 * Context: [v->space->lock] at least for reading; may sleep.
 * Return: 0; -ENOMEM; -EEXIST: something has been mapped there meanwhile.
 */
int huge_make(struct vma *v, uaddr_t start, bool hard);

/* Drop one reference to each page of a broken block. */
void huge_put_pieces(struct page *head);

/* ---- shmem.c ------------------------------------------------------------- */

/* Operations of mm/tables/superpage.h for files, in the context given there. */
bool huge_file_fault(struct vm_space *s, struct vma *v, uaddr_t start);
void huge_file_zap(struct vm_space *s, struct page *head);
/*
 * Move the file pages of [start, start + HUGE_SIZE) into one block, fill gaps
 * with zeros, and map the block in v.  asked: as in huge_collapse().
 * Context: [s->lock] for writing; may sleep.
 * Return: 0; -EAGAIN: pages are in use, or the block could not be mapped;
 * -EINVAL: the range ends behind the file; -EBUSY: more pages are missing than
 * the settings allow; -ENOMEM, -ENOSPC.
 */
int huge_file_collapse(struct vma *v, uaddr_t start, bool asked);

/* ---- collapse.c ---------------------------------------------------------- */

/*
 * Make the aligned piece at start one superpage, unless it is one already.
 * asked: requested by madvise(2), so the settings are ignored.
 * Context: [v->space->lock] for writing; may sleep.
 * Return: 0, or -errno as of madvise(2).
 */
int huge_collapse(struct vma *v, uaddr_t start, bool asked);
/* True if a collapse looks possible and useful.  Context: [v->space->lock]. */
bool huge_worth(struct vma *v, uaddr_t start);
/*
 * Collapse a range for MADV_COLLAPSE.
 * Context: takes s->lock for writing; may sleep.
 * Return: 0, -errno.
 */
int huge_collapse_range(struct vm_space *s, uaddr_t at, uaddr_t end);

/* ---- scan.c -------------------------------------------------------------- */

/* Scan at once, because a setting has changed. */
void huge_scan_now(void);

/* ---- called by the core: <mm/tables/superpage.h> ------------------------- */

void huge_pool_shrink(void);
void huge_scan_settle(void);
struct seq;
void huge_meminfo(struct seq *s);
void huge_vmstat(struct seq *s);

#endif
