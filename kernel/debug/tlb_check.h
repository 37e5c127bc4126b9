/* SPDX-License-Identifier: MIT */
/*
 * Hooks that report to the checker of translations (docs/checkers.md, rows A5,
 * A12); the hooks are empty in a kernel without the checker.  The TLB functions
 * of <lt/arch.h> need no hook: the linker redirects them to
 * topics/checkers/tlb.c.
 */
#ifndef KERNEL_DEBUG_TLB_CHECK_H
#define KERNEL_DEBUG_TLB_CHECK_H

#include <arch/pte.h>
#include <lt/compiler.h>
#include <lt/types.h>

struct page;

/* The kinds of errors that the checker finds (used by tests). */
enum tlbcheck_find {
	FIND_FREED,		/* a frame freed while a CPU may reach it */
	FIND_MAPPED,		/* a file page freed while counted as mapped */
	FIND_TABLE,		/* a page table freed while a CPU may walk it */
	FIND_KERNEL,		/* a change of the kernel's map without a
				   flush */
	FIND_USER,		/* a changed user PTE, used before its flush */
	FIND_REUSED,		/* an ASID has entries of two spaces */
	FIND_ROOT,		/* a space freed while loaded on a CPU */
	FIND_FETCH,		/* code fetched although a store to it was
				   not announced */
	FIND_CODE,		/* code fetched although a store to it was left
				   in the data caches */
	FIND_BREAK,		/* a PTE replaced that had to be invalid in
				   between */
	FIND_COUNT,		/* a frame mapped by more PTEs than it has
				   references */
	FIND_SHARED,		/* a PTE changed in a shared page table */
	FIND_KINDS
};

#ifdef CHECK_TLB

#define TLBCHECK_CPUS 8

/* The checker's part of struct page. */
struct tlbcheck_frame {
	/*
	 * [checker] of a page table: frame number of its root + 1; otherwise 0
	 */
	u32 root;
	u8 level;
	u8 seen;		/* of a root: CPUs that may hold translations */
	bool fetched;		/* has been mapped executable since it was
				   allocated */
	u16 records;		/* unflushed changes of PTEs that mapped it */
	u32 entries;		/* user PTEs that map it */
	u16 tag[TLBCHECK_CPUS];	/* of a root: its ASID on each CPU */
	u32 written;		/* last store, in the checker's time */
	u32 cleaned;		/* last code_stored() */
	u32 need;		/* of a root: time of the last store after which
				   CPUs must sync fetches */
	u32 need_pfn;		/* frame, address and caller that belong to
				   `need` */
	vaddr_t need_va;
	unsigned long need_by;
	vaddr_t va;		/* of a page table: address of its first
				   entry */
};

void tlbcheck_init(void);
/*
 * A block of frames was allocated (tlbcheck_alloc()), or is being freed
 * (tlbcheck_free()).
 */
void tlbcheck_alloc(struct page *p, unsigned order);
void tlbcheck_free(struct page *p, unsigned order, unsigned long by);
/* A page table was removed from its tree and may be reused. */
void tlbcheck_table_free(struct page *p, unsigned long by);
void tlbcheck_root(paddr_t root);
void tlbcheck_root_free(paddr_t root, unsigned long by);
/* This CPU comes from user mode, or is about to enter it. */
void tlbcheck_user(void);
/* The kernel is about to access [at, at + n) as user mode would. */
void tlbcheck_access(uaddr_t at, unsigned long n, unsigned long by);
/* The running task must have flushed all its page-table changes by now. */
void tlbcheck_settle(void);
/*
 * The kernel has stored to a frame.
 * Return: the checker's time of the store; 0: no CPU fetches code from p.
 */
u32 tlbcheck_written(struct page *p);
/* code_stored() was called for [at, at + n). */
void tlbcheck_cleaned(const void *at, unsigned long n);
u32 tlbcheck_now(void);
/*
 * All CPUs have answered a request to sync their fetches, so in the space of
 * `root` they fetch the code stored up to `when`.  Call this function only
 * after the answers: before its answer a CPU may still fetch old code.
 */
void tlbcheck_fetch(paddr_t root, u32 when);
/*
 * Copy the requirements of space `from` to space `to`, which fetches the same
 * code.
 */
void tlbcheck_fork(paddr_t to, paddr_t from);
/*
 * expect: until the next call, count errors of this kind instead of stopping.
 * Return: the number of errors since the last call.
 */
unsigned tlbcheck_expect(bool expect, enum tlbcheck_find kind);

void tlbcheck_pte_write(pte_t *slot, pte_t p);
pte_t tlbcheck_pte_xchg(pte_t *slot, pte_t p);

#define pte_write(slot, p)	tlbcheck_pte_write(slot, p)
#define pte_write_relaxed(slot, p)	tlbcheck_pte_write(slot, p)
#define pte_xchg(slot, p)	tlbcheck_pte_xchg(slot, p)

#else

#define tlbcheck_init()			((void)0)
#define tlbcheck_alloc(p, order)	((void)0)
#define tlbcheck_free(p, order, by)	((void)0)
#define tlbcheck_table_free(p, by)	((void)0)
#define tlbcheck_root(root)		((void)0)
#define tlbcheck_root_free(root, by)	((void)0)
#define tlbcheck_user()			((void)0)
#define tlbcheck_cleaned(at, n)		((void)0)
#define tlbcheck_settle()		((void)0)
#define tlbcheck_fork(to, from)		((void)0)

static inline u32 tlbcheck_written(struct page *p __unused)
{
	return 0;
}
static inline u32 tlbcheck_now(void)
{
	return 0;
}
static inline void tlbcheck_fetch(paddr_t root __unused, u32 when __unused)
{
}

#endif

#define TLBCHECK_CALLER ((unsigned long)__builtin_return_address(0))

#endif
