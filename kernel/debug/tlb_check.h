/* SPDX-License-Identifier: MIT */
/*
 * What the checker of translations is told (docs/checkers.md, rows A5, A12);
 * nothing at all in a kernel without it.  The contract's own calls need no
 * hook: the linker sends them through topics/checkers/tlb.c.
 */
#ifndef KERNEL_DEBUG_TLB_CHECK_H
#define KERNEL_DEBUG_TLB_CHECK_H

#include <arch/pte.h>
#include <lt/compiler.h>
#include <lt/types.h>

struct page;

/* The kinds of finds, for tests. */
enum tlbcheck_find {
	FIND_FREED,		/* a frame */
	FIND_MAPPED,		/* a file's page that counts as mapped */
	FIND_TABLE,		/* a page table */
	FIND_KERNEL,		/* what the kernel's own map held */
	FIND_USER,		/* user mode, or a user access */
	FIND_REUSED,		/* an identifier has two spaces' entries */
	FIND_ROOT,		/* freed while a CPU has it */
	FIND_FETCH,		/* instructions that were not announced */
	FIND_COUNT,		/* more entries than references */
	FIND_SHARED,		/* an entry of a table that several spaces have */
	FIND_KINDS
};

#ifdef CHECK_TLB

#define TLBCHECK_CPUS 8

/* In each frame's record. */
struct tlbcheck_frame {
	/* [checker] of a table in a tree: its root's number + 1, or 0 */
	u32 root;
	u8 level;
	u8 seen;		/* root: CPUs that may hold entries of it */
	bool fetched;		/* mapped executable since it was taken */
	u16 records;		/* changes that name it as what was mapped */
	u32 entries;		/* of user pages that name it */
	u16 tag[TLBCHECK_CPUS];	/* root: under which identifier */
	u32 written;		/* when, in the checker's count */
	u32 need;		/* root: a CPU that fetches was told since */
	u32 need_pfn;		/* of what, where, by whom */
	vaddr_t need_va;
	unsigned long need_by;
	vaddr_t va;		/* of a table's first entry */
};

void tlbcheck_init(void);
/* A frame or block was taken, or has no user any more. */
void tlbcheck_alloc(struct page *p, unsigned order);
void tlbcheck_free(struct page *p, unsigned order, unsigned long by);
/* A table is out of its tree, and others may have it. */
void tlbcheck_table_free(struct page *p, unsigned long by);
void tlbcheck_root(paddr_t root);
void tlbcheck_root_free(paddr_t root, unsigned long by);
/* This CPU was, or is about to be, in user mode. */
void tlbcheck_user(void);
/* The kernel is to reach for [at, at + n) as user mode would. */
void tlbcheck_access(uaddr_t at, unsigned long n, unsigned long by);
/* The changes that the running task made are over. */
void tlbcheck_settle(void);
/*
 * The kernel has stored to a frame.
 * Return: when; 0: nobody fetches from it.
 */
u32 tlbcheck_written(struct page *p);
u32 tlbcheck_now(void);
/*
 * All CPUs were told what was stored until then, and fetch it in this space.
 * Not before they were: one of them may just be on its way to hear of it.
 */
void tlbcheck_fetch(paddr_t root, u32 when);
/* They fetch what those of another did. */
void tlbcheck_fork(paddr_t to, paddr_t from);
/*
 * Count finds of a kind instead of stopping.
 * Return: how many since the last.
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
