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
	PAGE_RESERVED,		/* value 0: firmware, kernel image, page
				 * array */
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
	u8 kind;		/* [owner of the page; zone lock when free] */
	u8 order;		/* [zone lock] order of the block it heads; with
				 * PAGE_CHARGED set: [owner of the page] */
	u32 flags;		/* PG_ bits: [owner of the page], or changed
				 * by page_set_flags() */
	ref_t refs;		/* users of the frame; 0 while free */
	atomic_t mapcount;	/* PAGE_CACHE: number of PTEs that map it */
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
		unsigned long private[2];	/* for other kinds of pages */
	};
#ifdef CHECK_TLB
	struct tlbcheck_frame tlb;	/* state of the checker */
#endif
};

#define PAGE_CHARGED	0x80	/* bit of `order`: the frame is charged
				 * (page_owners) */
#define page_order(p)	((p)->order & (PAGE_CHARGED - 1u))

#define PG_DIRTY	0x1
#define PG_HUGE_HEAD	0x2	/* head of an anonymous superpage */
#define PG_HUGE_TAIL	0x4
#define PG_SHMEM	0x8	/* PAGE_CACHE of tmpfs or shared memory */
#define PG_FETCHED	0x10	/* no store since the last vm_fetch_pages():
				 * instruction fetches see the contents (not yet
				 * if PG_FETCHING) */
#define PG_READING	0x20	/* PAGE_CACHE: contents are being read in */
#define PG_ERROR	0x40	/* PAGE_CACHE: contents could not be read */
#define PG_WRITEBACK	0x80	/* being written to the device */
#define PG_ACCESSED	0x100	/* used since reclaim last looked */
#define PG_MAPPED	0x200	/* all its blocks are allocated on the disk */
#define PG_AHEAD	0x400	/* reading it starts the next read-ahead */
#define PG_IN_TREE	0x800	/* [mapping lock] in the tree of a file on a
				 * disk */
#define PG_FETCHING	0x1000	/* [fetch_lock] vm_fetch_pages() is at work */
#define PG_FRESH	0x2000	/* PAGE_FREE: the other records of the block are
				 * not initialized */
#define PG_SWAP		0x4000	/* PAGE_ANON: has a swap slot, too */
#define PG_NOT_READY	(PG_READING | PG_ERROR)

/*
 * Address that the record of frame 0 would have.  A number and no pointer, as
 * that record need not exist: the first frame may have a larger number.
 */
extern unsigned long page_records;	/* const after init */
extern pfn_t page_first, page_end;	/* frames that have a record: const */

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
/* Clear PG_ bits; a CPU that sees them clear also sees all earlier stores. */
static inline void page_clear_flags(struct page *p, u32 bits)
{
	__atomic_fetch_and(&p->flags, ~bits, __ATOMIC_RELEASE);
}
/* Read the flags, before any later read of what they guard. */
static inline u32 page_flags(const struct page *p)
{
	return __atomic_load_n(&p->flags, __ATOMIC_ACQUIRE);
}
static inline bool pfn_valid(pfn_t pfn)
{
	return pfn >= page_first && pfn < page_end;
}

/* Take over boot_info's memory.  Calls boot_refuse() if there is too little. */
void page_init(void);

/*
 * Take whole frames permanently, before the allocator hands any out.
 * Context: boot.
 * Return: the address of the first frame; 0: no room.
 */
paddr_t page_take(unsigned long size);

/*
 * Adopt n frames that page_init() left out because the boot loader filled them.
 * They keep their contents; page_put() turns each into free memory.
 * Return: the first frame; each has one reference, as from page_alloc().
 */
struct page *page_adopt(paddr_t at, unsigned long n, enum page_kind kind);

/*
 * Allocate 2^order frames with one reference and undefined contents.
 * page_alloc_zero() allocates one frame of zeros.
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
 * Return: how many user page-table entries map frame i of a leaf that begins
 * with frame head.  For an anonymous frame that is its number of references.  A
 * superpage that is one block counts them in its first frame only
 * (topics/superpages).
 */
static inline int page_mappers(const struct page *head, unsigned long i)
{
	const struct page *p = head->flags & PG_HUGE_HEAD ? head : head + i;

	return p->kind == PAGE_ANON ? ref_read(&p->refs) :
		atomic_read(&p->mapcount);
}
void page_free(struct page *p);		/* when its last reference is gone */
/* Drop a reference; the last one frees the block. */
static inline void page_put(struct page *p)
{
	if (ref_put(&p->refs))
		page_free(p);
}
/*
 * Take a reference to a frame that may be free by now.  This needs a
 * compare-and-exchange, not an increment: a count of 0 belongs to the
 * allocator, which stores a 1 without looking at the old value.
 * Return: false: the frame is free.
 */
static inline bool page_get_live(struct page *p)
{
	return ref_try_get(&p->refs);
}
/* page_put() for n pages, under one lock. */
void page_put_many(struct page **pages, unsigned n);
/*
 * Split a block into single frames, each with as many references as the block
 * had.
 * Context: nobody else uses the block meanwhile.
 */
void page_break_block(struct page *p);
/*
 * Change the kind of p, a page of order 0.
 * Context: nobody else changes p.
 */
void page_set_kind(struct page *p, enum page_kind kind);

extern struct page *zero_page;		/* read-only zeros; never freed */

/*
 * Operations on the owners of frames (cgroups) that are allocated for programs.
 * Set permanently when extension cgroups first limits the memory of a group.
 */
struct page_owners {
	/*
	 * Charge p, a new page or NULL, to current's owner.
	 * Context: any.
	 * Return: p; NULL: over the limit, and p is freed.
	 */
	struct page *(*charge)(struct page *p);
	/* Uncharge p, which has PAGE_CHARGED and is freed or kept for reuse. */
	void (*uncharge)(struct page *p);
	/* Change the kind of p, which has PAGE_CHARGED.  Context: any. */
	void (*set_kind)(struct page *p, enum page_kind kind);
	/*
	 * True if reclaim may take p, as far as its owner is concerned.
	 * Context: any.
	 */
	bool (*may_take)(const struct page *p);
	/*
	 * Reclaim after a fault that found no frame.
	 * Return: as oom_try_again(); -1: the owner's limit was not why the
	 * fault found no frame.
	 */
	int (*relieve)(void);
};
extern const struct page_owners *page_owners;	/* read without a lock */

static inline struct page *page_charge(struct page *p)
{
	return likely(!READ_ONCE(page_owners)) ? p : page_owners->charge(p);
}

/* Sizes and counts are in frames. */
unsigned long page_total(void);
/*
 * Return: frames that user memory and the page cache must leave to the kernel.
 */
unsigned long page_reserve(void);
unsigned long page_free_count(void);
/*
 * True if fewer than page_low_mark() frames are free.  Takes no lock while
 * enough frames are free.
 */
bool page_is_low(void);
/*
 * Return: the mark below which the page cache frees pages before it takes more.
 */
unsigned long page_low_mark(void);
/*
 * Called when an allocation finds no block and does not try a smaller one.
 * Context: any.
 */
extern void (*page_none_hook)(unsigned order);	/* const after boot */
/* Free blocks of each order, for /proc/buddyinfo. */
void page_free_blocks(unsigned long count[PAGE_MAX_ORDER + 1]);
/*
 * PAGE_ANON frames that an extension keeps ready for use; they count as free.
 * Read without a lock.
 */
extern unsigned long page_kept;
/* Return: the number of frames in use for this kind. */
unsigned long page_count_kind(enum page_kind kind);

/*
 * Fault injection: `fault_inject=N` (or /proc/lectern/fault_inject) makes the
 * N-th allocation from now fail, once.  0 turns it off.
 * Return: true if this allocation is to fail.
 */
extern unsigned long fault_inject_left;	/* 0: off */
bool fault_inject_hit(void);
void fault_inject_set(unsigned long n);
static inline bool fault_inject(void)
{
	return unlikely(HINT(fault_inject_left) != 0) && fault_inject_hit();
}

#endif
