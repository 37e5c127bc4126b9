/* SPDX-License-Identifier: MIT */
/*
 * Physical memory: one struct page for each frame, and a buddy allocator of
 * blocks of 2^order frames.
 */
#ifndef MM_FRAMES_PAGE_H
#define MM_FRAMES_PAGE_H

#include <arch/page.h>
#include <kernel/debug/tlb_check.h>
#include <lt/atomic.h>
#include <lt/list.h>
#include <lt/table.h>
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
	u8 order;		/* [zone lock] of the block this one heads;
				 * + PAGE_CHARGED [owner] */
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

#define PAGE_CHARGED	0x80	/* in order: page_owners knows whose it is */
#define page_order(p)	((p)->order & (PAGE_CHARGED - 1u))

#define PG_DIRTY	0x1
#define PG_HUGE_HEAD	0x2	/* head of an anonymous superpage */
#define PG_HUGE_TAIL	0x4
#define PG_SHMEM	0x8	/* PAGE_CACHE of tmpfs or shared memory */
#define PG_FETCHED	0x10	/* instruction fetches see its contents */
#define PG_READING	0x20	/* PAGE_CACHE: contents are being read */
#define PG_ERROR	0x40	/* PAGE_CACHE: contents could not be read */
#define PG_WRITEBACK	0x80	/* it is being written to the device */
#define PG_ACCESSED	0x100	/* used since reclaim last looked */
#define PG_MAPPED	0x200	/* all its blocks have a place on the disk */
#define PG_AHEAD	0x400	/* a reader here starts the next read-ahead */
#define PG_IN_TREE	0x800	/* [mapping lock] of a disk's file */
#define PG_FETCHING	0x1000	/* [fetch_lock] FETCHED is yet to become true */
#define PG_FRESH	0x2000	/* PAGE_FREE: records behind it hold anything */
#define PG_SWAP		0x4000	/* PAGE_ANON: a slot of swap is its, too */
#define PG_NOT_READY	(PG_READING | PG_ERROR)

/* Where the record of frame 0 would be; a number, as memory begins later. */
extern unsigned long page_records;	/* const after init */
extern pfn_t page_first, page_end;	/* frames that have one: const */

static inline struct page *pfn_page(pfn_t pfn)
{
	return (struct page *)(page_records + pfn * sizeof(struct page));
}
static inline pfn_t page_pfn(const struct page *p)
{
	return (pfn_t)(p - (const struct page *)page_records);
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
/* Clear PG_ bits; whoever sees them clear sees what was stored before. */
static inline void page_clear_flags(struct page *p, u32 bits)
{
	__atomic_fetch_and(&p->flags, ~bits, __ATOMIC_RELEASE);
}
/* The flags, read before anything that they promise. */
static inline u32 page_flags(const struct page *p)
{
	return __atomic_load_n(&p->flags, __ATOMIC_ACQUIRE);
}
static inline bool pfn_valid(pfn_t pfn)
{
	return pfn >= page_first && pfn < page_end;
}

/* Take over boot_info's memory.  Calls boot_refuse() if it is too little. */
void page_init(void);

/*
 * Take whole frames for good, before the allocator hands any out.
 * Context: boot.
 * Return: the address of the first; 0: no room.
 */
paddr_t page_take(unsigned long size);

/*
 * n frames that page_init() left out, as the boot loader filled them: what is
 * in them stays, and page_put() makes each free memory.
 * Return: the first; all are as page_alloc() returns one.
 */
struct page *page_adopt(paddr_t at, unsigned long n, enum page_kind kind);

/*
 * Allocate 2^order frames with one reference, contents undefined;
 * page_alloc_zero: one frame of zeros.
 * Context: any but a function that another CPU's smp_call() runs here.
 * Return: the first frame; NULL: no memory, or an injected failure.
 */
struct page *page_alloc(unsigned order, enum page_kind kind);
static inline struct page *page_alloc_zero(enum page_kind kind)
{
	struct page *p = page_alloc(0, kind);

	if (likely(p))
		arch_clear_page(page_virt(p));
	return p;
}
static inline void page_get(struct page *p)
{
	ref_get(&p->refs);
}
/*
 * How many user mappings has frame i of a leaf whose first frame is head?  An
 * anonymous frame is counted by its references, and a superpage that is one
 * block on its first frame only (topics/superpages).
 */
static inline int page_mappers(const struct page *head, unsigned long i)
{
	const struct page *p = head->flags & PG_HUGE_HEAD ? head : head + i;

	return p->kind == PAGE_ANON ? ref_read(&p->refs) :
		atomic_read(&p->mapcount);
}
void page_free(struct page *p);		/* after its last reference is gone */
/* Drop a reference; the last one frees the block. */
static inline void page_put(struct page *p)
{
	if (ref_put(&p->refs))
		page_free(p);
}
/*
 * Take a reference to a frame that may be free by now.  By compare-and-exchange,
 * not by an increment: a count of 0 belongs to the allocator, which stores a 1
 * without looking at what is there.
 * Return: false: it is free.
 */
static inline bool page_get_live(struct page *p)
{
	return ref_get_live(&p->refs);
}
/* page_put() for n pages, under one lock. */
void page_put_many(struct page **pages, unsigned n);
/*
 * Make each frame of a block a block of its own, with as many references as
 * the block had.
 * Context: nobody else uses the block meanwhile.
 */
void page_break_block(struct page *p);
/*
 * p, of order 0, becomes one of another kind.
 * Context: nobody else changes p.
 */
void page_set_kind(struct page *p, enum page_kind kind);

extern struct page *zero_page;		/* read-only zeros; never freed */

/*
 * Whose the frames are that programs have the kernel take; set for good when
 * extension cgroups first limits anybody's memory.
 */
struct page_owners {
	/*
	 * p, new, is current's; or NULL.
	 * Context: any.  Return: p; NULL: it may not have it, p is freed.
	 */
	struct page *(*charge)(struct page *p);
	/* p, which has PAGE_CHARGED, is free or is kept for reuse. */
	void (*uncharge)(struct page *p);
	/* p, which has PAGE_CHARGED, becomes of that kind.  Context: any. */
	void (*set_kind)(struct page *p, enum page_kind kind);
	/* May reclaim take p, as far as its owner goes?  Context: any. */
	bool (*may_take)(const struct page *p);
	/*
	 * A fault found no frame.  Return: as oom_try_again(); -1: not for the
	 * owner's limit.
	 */
	int (*relieve)(void);
};
extern const struct page_owners *page_owners;	/* word */

static inline struct page *page_charge(struct page *p)
{
	return likely(!READ_ONCE(page_owners)) ? p : page_owners->charge(p);
}

/* In frames. */
unsigned long page_total(void);
/* Frames that user memory and the page cache must leave to the kernel. */
unsigned long page_reserve(void);
unsigned long page_free_count(void);
/* Are fewer than page_low_mark() free?  Takes no lock while enough are. */
bool page_is_low(void);
/* Below this the page cache gives pages back before it takes more. */
unsigned long page_low_mark(void);
/*
 * Called when an allocation finds no block and does not try for a smaller one.
 * Context: any.
 */
extern void (*page_none_hook)(unsigned order);	/* const after boot */
/* Free blocks of each order, for /proc/buddyinfo. */
void page_free_blocks(unsigned long count[PAGE_MAX_ORDER + 1]);
/* PAGE_ANON frames that an extension keeps, ready for use: free in truth. */
extern unsigned long page_kept;		/* word */
/* Frames in use for this kind. */
unsigned long page_count_kind(enum page_kind kind);

/*
 * `fault_inject=N` (or /proc/lectern/fault_inject): the N-th allocation from
 * now fails, once.  0 turns it off.
 * Return: true: this one fails.
 */
extern unsigned long fault_inject_left;	/* 0: off */
bool fault_inject_hit(void);
void fault_inject_set(unsigned long n);
static inline bool fault_inject(void)
{
	return unlikely(HINT(fault_inject_left) != 0) && fault_inject_hit();
}

#endif
