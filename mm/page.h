/* SPDX-License-Identifier: MIT */
/*
 * Physical memory: one struct page a frame and a buddy allocator of blocks of
 * 2^order frames.
 */
#ifndef MM_PAGE_H
#define MM_PAGE_H

#include <arch/page.h>
#include <kernel/tlb_check.h>
#include <lt/atomic.h>
#include <lt/list.h>
#include <lt/types.h>

#define PAGE_MAX_ORDER 10

struct mapping;

enum page_kind {
	PAGE_RESERVED,		/* firmware, kernel image, page array: 0 */
	PAGE_FREE,		/* head of a free block */
	PAGE_KERNEL,		/* allocated, no special use */
	PAGE_SLAB,
	PAGE_TABLE,		/* page table */
	PAGE_ANON,		/* user memory without a file */
	PAGE_CACHE,		/* in a file's page cache */
	PAGE_KINDS
};

#define PAGE_MIN_TOTAL	1024	/* frames; boot is refused with fewer */

struct page {
	u8 kind;		/* [owner; zone lock when free] */
	u8 order;		/* [zone lock] of the block this one heads */
	u32 flags;		/* PG_ bits [page's owner; page_set_flags] */
	ref_t refs;		/* 0 while free; users of the frame */
	atomic_t mapcount;	/* PAGE_CACHE: PTEs that map it */
	union {
		struct list link;		/* [zone lock] free list */
		struct {			/* PAGE_CACHE */
			struct mapping *mapping;
			unsigned long index;	/* in pages */
		};
		struct {			/* PAGE_SLAB */
			void *slab_cache;
			void *slab;
		};
		unsigned long private[2];	/* other owners */
	};
#ifdef CHECK_TLB
	struct tlbcheck_frame tlb;	/* the checker's */
#endif
};

#define PG_DIRTY	0x1
#define PG_HUGE_HEAD	0x2	/* head of an anonymous superpage */
#define PG_HUGE_TAIL	0x4
#define PG_SHMEM	0x8	/* PAGE_CACHE of tmpfs or shared memory */
#define PG_FETCHED	0x10	/* instruction fetch sees its contents */
#define PG_READING	0x20	/* PAGE_CACHE: contents are on their way */
#define PG_ERROR	0x40	/* and did not come */
#define PG_WRITEBACK	0x80	/* the device reads it just now */
#define PG_ACCESSED	0x100	/* used since reclaim last looked */
#define PG_MAPPED	0x200	/* all its blocks have a place on the disk */
#define PG_AHEAD	0x400	/* a reader here wants the next window */
#define PG_IN_TREE	0x800	/* [mapping lock] of a disk's file */
#define PG_FETCHING	0x1000	/* [fetch_lock] FETCHED is yet to become true */
#define PG_NOT_READY	(PG_READING | PG_ERROR)

extern struct page *page_array;		/* const after init */
extern pfn_t page_first, page_end;	/* frames it covers: const */

static inline struct page *pfn_page(pfn_t pfn)
{
	return &page_array[pfn - page_first];
}
static inline pfn_t page_pfn(const struct page *p)
{
	return (pfn_t)(p - page_array) + page_first;
}
static inline paddr_t page_phys(const struct page *p)
{
	return (paddr_t)page_pfn(p) << PAGE_SHIFT;
}
static inline void *page_virt(const struct page *p)
{
	return phys_to_virt(page_phys(p));
}
static inline struct page *virt_page(const void *v)
{
	return pfn_page(virt_to_phys(v) >> PAGE_SHIFT);
}
/* Set PG_ bits of a page that others may see. */
static inline void page_set_flags(struct page *p, u32 bits)
{
	__atomic_fetch_or(&p->flags, bits, __ATOMIC_RELAXED);
}
/* Clear PG_ bits; what was stored before is seen by who sees them clear. */
static inline void page_clear_flags(struct page *p, u32 bits)
{
	__atomic_fetch_and(&p->flags, ~bits, __ATOMIC_RELEASE);
}
/* The flags, before what they promise. */
static inline u32 page_flags(const struct page *p)
{
	return __atomic_load_n(&p->flags, __ATOMIC_ACQUIRE);
}
static inline bool pfn_valid(pfn_t pfn)
{
	return pfn >= page_first && pfn < page_end;
}

/* Take over boot_info's memory.  boot_refuse()s when there is too little. */
void page_init(void);

/* Whole frames that are never given out.  => boot; 0: no room */
paddr_t page_take(unsigned long size);

/*
 * Give whole frames of [from, to) that page_init left out to the allocator:
 * memory the boot loader filled and nobody reads any more.
 */
void page_adopt(paddr_t from, paddr_t to);

/*
 * 2^order frames with one reference, contents undefined; page_alloc_zero:
 * one frame of zeros.  => NULL: no memory (or injected failure)
 * => any context but a call of another CPU
 */
struct page *page_alloc(unsigned order, enum page_kind kind);
struct page *page_alloc_zero(enum page_kind kind);
static inline void page_get(struct page *p)
{
	ref_get(&p->refs);
}
/*
 * How many user mappings frame i of a leaf has whose first frame is head: a
 * superpage that is one block is counted on its head only (hugepage.h), an
 * anonymous frame by its references.
 */
static inline int page_mappers(const struct page *head, unsigned long i)
{
	const struct page *p = head->flags & PG_HUGE_HEAD ? head : head + i;

	return p->kind == PAGE_ANON ? ref_read(&p->refs) :
		atomic_read(&p->mapcount);
}
void page_free(struct page *p);		/* its last reference is gone */
/* Drop a reference; the last one frees the block. */
static inline void page_put(struct page *p)
{
	if (ref_put(&p->refs))
		page_free(p);
}
/* A reference to a frame that may be free just now.  => false: it is */
bool page_get_live(struct page *p);
/* The same for n pages under one lock. */
void page_put_many(struct page **pages, unsigned n);
/*
 * Make each frame of a block a block of its own, with as many references as
 * the block had.  => nobody else uses the block meanwhile
 */
void page_break_block(struct page *p);

extern struct page *zero_page;		/* read-only zeros; never freed */

/* In frames. */
unsigned long page_total(void);
/* Frames that user memory and the page cache leave to the kernel. */
unsigned long page_reserve(void);
unsigned long page_free_count(void);
/* Are fewer than page_low_mark() free?  Costs nothing while they are not. */
bool page_is_low(void);
/* Below this the page cache gives back before it takes more. */
unsigned long page_low_mark(void);
/* Called when an allocation finds less than that; any context. */
extern void (*page_low_hook)(void);	/* const after boot */
/* Free blocks of each order, for /proc/buddyinfo. */
void page_free_blocks(unsigned long count[PAGE_MAX_ORDER + 1]);
unsigned long page_count_kind(enum page_kind kind);	/* in use now */

/*
 * `fault_inject=N` (or /proc/lectern/fault_inject): the N-th allocation from
 * now fails, once.  0 turns it off.  => true: this one fails
 */
extern unsigned long fault_inject_left;	/* 0: off */
bool fault_inject_hit(void);
void fault_inject_set(unsigned long n);
static inline bool fault_inject(void)
{
	return unlikely(HINT(fault_inject_left) != 0) && fault_inject_hit();
}

#endif
