/* SPDX-License-Identifier: MIT */
/*
 * The page cache, which holds all file pages.  A mapping has the pages of one
 * file by index, and the reverse map: every VMA that maps the file.  Pages of
 * tmpfs exist only here.  Pages of a file on a disk are read when they are
 * missing, written back when they are dirty, and reclaimed when memory is
 * short.
 */
#ifndef MM_CACHE_PAGECACHE_H
#define MM_CACHE_PAGECACHE_H

#include <arch/cpu.h>
#include <kernel/lock/lock.h>
#include <lt/list.h>
#include <lt/types.h>
#include <mm/frames/page.h>
#include "radix.h"

struct block_device;
struct file;
struct mapping;
struct uio;

#define MAP_HOLE (~0ull)

struct mapping_ops {
	/*
	 * Enter the missing pages of [first, first + n) as PG_READING
	 * (mapping_add) and start to read them.  NULL: missing pages are zeros
	 * (tmpfs).
	 * Return: 0; -errno: not even the first could be entered.
	 */
	int (*read_pages)(struct mapping *m, unsigned long first, unsigned n);
	/*
	 * Allocate disk blocks for bytes [from, to) of the page at index,
	 * before they are written.  p: the page, which may be truncated
	 * meanwhile; NULL: the caller holds the inode's lock.
	 * Context: may sleep.
	 * Return: 0; -EAGAIN: p was truncated; -ENOSPC, -EIO, ...
	 */
	int (*prepare)(struct mapping *m, unsigned long index,
		       const struct page *p, unsigned from, unsigned to);
	/*
	 * Find where blocks of the file lie on the device, from `block` on and
	 * at most max of them.
	 * Return: 0: a run of *n blocks begins at *disk (MAP_HOLE: no disk
	 * blocks are allocated); -errno.
	 */
	int (*map)(struct mapping *m, u64 block, unsigned max, u64 *disk,
		   unsigned *n);
	/* Called when m gets its first dirty page.  Context: [m->lock]. */
	void (*dirtied)(struct mapping *m);

	/* ---- files on a disk: reading and writing back pages ------------ */

	/*
	 * Read a page for a reader that finds none at index, and wants `want`
	 * bytes from there on; f: the file whose read-ahead hints are used, or
	 * NULL.
	 * Return: 0 with *p referenced; -EAGAIN (with nowait): the page is
	 * being read; -errno.
	 */
	int (*read_missing)(struct mapping *m, struct file *f,
			    unsigned long index, unsigned long want,
			    bool nowait, struct page **p);
	/*
	 * Start to read the next window: a reader has reached p (PG_AHEAD).
	 */
	void (*read_reached)(struct mapping *m, struct file *f,
			     struct page *p);
	/*
	 * Start to write the dirty pages of [first, last].  wait: return only
	 * when these pages, and pages already being written, are on the device.
	 * Return: 0; with wait, a write error that was not reported yet.
	 */
	int (*write_pages)(struct mapping *m, unsigned long first,
			   unsigned long last, bool wait);
	/* Wait until no page is being written.  Return: as write_pages(). */
	int (*write_wait)(struct mapping *m);
	/*
	 * Wait while there are too many dirty pages.  Called after dirtying
	 * pages.
	 */
	void (*write_throttle)(struct mapping *m);
	/*
	 * Write n bytes to the device directly, bypassing the cache.
	 * Context: [inode's lock].
	 * Return: the number of bytes, or -errno.
	 */
	long (*write_direct)(struct mapping *m, struct uio *u, loff_t *pos,
			     unsigned long n);

	/* ---- files in memory -------------------------------------------- */

	/*
	 * Reserve space in the file system before pages are added.
	 * Return: 0 or -ENOSPC.
	 */
	int (*reserve)(struct mapping *m, unsigned long pages);
	void (*unreserve)(struct mapping *m, unsigned long pages);
};

/* The object that contains a mapping, as mm sees it: an inode. */
struct mapping_owner {
	/*
	 * Take a reference to the owner, to work on m's pages.
	 * Context: any.
	 * Return: false: the last reference is gone.
	 */
	bool (*hold)(struct mapping *m);
	/* Drop the reference, which may free the file.  Context: may sleep. */
	void (*drop)(struct mapping *m);
};

struct mapping {
	const struct mapping_owner *owner; /* const; NULL: shared anonymous
					    * memory */
	const loff_t *size;		/* const: points to the file's size in
					 * bytes */
	const struct mapping_ops *ops;	/* const; NULL: missing pages are
					 * zeros */
	struct block_device *bdev;	/* const: set for files on a disk */
	unsigned block_bits;		/* const: log2 of the block size in
					 * bytes */
	atomic_t writeback;		/* pages being written to the device */
	atomic_t direct;		/* direct reads under way */
	struct radix tree;		/* [lock] index -> page or swap slot
					 * (item_out) */
	unsigned long nr_pages;		/* [lock] number of pages, with those in
					 * swap */
	unsigned long nr_out;		/* [lock] number of pages in swap */
	struct list out_link;		/* [swap_lock] linked if nr_out > 0 */
	bool kept;			/* read without a lock: never swap
					 * these pages (SHM_LOCK) */
	unsigned long nr_dirty;		/* [lock] */
	unsigned long dirty_from;	/* [lock] no page below it is dirty */
	unsigned long dirty_to;		/* [lock] no page above it is dirty */
	int error;			/* atomic: write-back error to report */
	struct spinlock lock;		/* IPL_SOFT */
	struct mutex map_lock;		/* guards vmas; lock class "file
					 * mapping" */
	struct list vmas;		/* [map_lock] vma->map_link */
	unsigned truncate_seq;		/* atomic: counts the calls of
					 * mapping_refault_page(); see
					 * cow_shared_write() */
	unsigned long futex_id;		/* identifies m to futex(2): set once;
					 * 0: not set yet */
};

/*
 * An item in a mapping's tree is either a page, or the swap slot of a page of a
 * file in memory (topics/swap).  A swap slot is encoded as a small number.  No
 * struct page has such a low address, as pagewait_init() checks.
 */
#define SLOT_LOST	0xffffffu	/* the page could not be read back from
					 * swap */
static inline bool item_is_page(const void *item)
{
	return (uintptr_t)item > SLOT_LOST + 1ul;
}
static inline bool item_is_out(const void *item)
{
	return item && !item_is_page(item);
}
static inline void *item_out(unsigned slot)
{
	return (void *)(slot + 1ul);
}
static inline unsigned item_slot(const void *item)
{
	return (unsigned)(unsigned long)item - 1;
}

void mapping_init(struct mapping *m, const struct mapping_owner *owner,
		  const loff_t *size, const struct mapping_ops *ops);
/* Drop every page.  Context: no VMA maps the file; may sleep. */
void mapping_destroy(struct mapping *m);

/*
 * Find the page at index, if it is cached and its contents are valid.
 * Return: the page, referenced, or NULL.
 */
struct page *mapping_find(struct mapping *m, unsigned long index);
/*
 * As mapping_find(), for a file in memory: reads the page from swap if needed.
 * Context: may sleep.
 * Return: 0: *out is the page, or NULL if there is none; 1: *out is the page,
 * which was read from swap; -ENOMEM, -EIO.
 */
int mapping_bring(struct mapping *m, unsigned long index, struct page **out);
/*
 * Find the first page at or above *index, in any state, and store its index in
 * *index.  Skipping holes is cheap.
 * Return: false: there is none.
 */
bool mapping_next(struct mapping *m, unsigned long *index);
/*
 * Get the page at index; read or zero it if it is missing.
 * Context: may sleep.
 * Return: 0 with *out referenced; -ENOMEM, -ENOSPC, -EIO.
 */
int mapping_get(struct mapping *m, unsigned long index, struct page **out);
/* As mapping_get(); a missing page is read together with [first, first + n). */
int mapping_get_window(struct mapping *m, unsigned long index,
		       unsigned long first, unsigned n, struct page **out);
/*
 * As mapping_get() for a file in memory, after a look-up found no page: read
 * the page from swap, or make a page of zeros.
 */
int mapping_make(struct mapping *m, unsigned long index, struct page **out);
/*
 * Get the page at index for a fault on a file in memory: find it, read it from
 * swap, or make a page of zeros.
 * Return: as mapping_make(); 1: *out was read from swap.
 */
int mapping_fault(struct mapping *m, unsigned long index, struct page **out);
/*
 * Fill a new file in memory, which nobody uses yet, with n contiguous frames
 * from page_adopt().  The tree takes over their references.
 * Return: 0, -ENOSPC or -ENOMEM; after an error only some are in the tree.
 */
int mapping_adopt(struct mapping *m, struct page *p, unsigned long n);
/* Return: the page at index in any state, referenced, or NULL. */
struct page *mapping_lookup(struct mapping *m, unsigned long index);
/*
 * Enter a new page of kind PAGE_CACHE; the tree takes its own reference.
 * Return: 0, -EEXIST or -ENOMEM.
 */
int mapping_add(struct mapping *m, struct page *p, unsigned long index);
/*
 * As mapping_add(), for a file in memory, where the slot is empty; mapping,
 * index and flags of p are set.
 * Context: [m->lock].
 * Return: 0 or -ENOMEM.
 */
int mapping_enter_locked(struct mapping *m, struct page *p);
/*
 * Prepare p, which nobody sees yet, as a page of a file in memory.  A CPU that
 * finds p by its frame and sees PG_SHMEM also sees mapping and index.
 */
static inline void mapping_claim(struct mapping *m, struct page *p,
				 unsigned long index, u32 flags)
{
	p->mapping = m;
	p->index = index;
	__atomic_store_n(&p->flags, flags, __ATOMIC_RELEASE);
}
/* Remove a page from the tree after a failed read, unless it is dirty. */
void mapping_forget(struct mapping *m, struct page *p);

/* ---- dirty pages --------------------------------------------------------- */

/*
 * Note that the kernel has stored to p: instruction fetches may not see the
 * store until vm_fetch_pages() is called again.
 */
static inline void page_stored(struct page *p)
{
	tlbcheck_written(p);
	/* orders the store before the read of flags, as in mapping_dirty() */
	arch_mb();
	if (unlikely(p->flags & PG_FETCHED))
		page_clear_flags(p, PG_FETCHED);
}

void mapping_dirty_slow(struct mapping *m, struct page *p);
/*
 * Note that p is newer than the disk.  Called after the change.  For a page
 * that programs may write through a mapping, called before the writable entry
 * is made, and once more afterwards.
 */
static inline void mapping_dirty(struct mapping *m, struct page *p)
{
	tlbcheck_written(p);
	/*
	 * orders the change before the read of flags: a CPU that clears
	 * PG_DIRTY or PG_FETCHED reads the contents of p afterwards
	 */
	arch_mb();
	if ((p->flags & (PG_DIRTY | PG_FETCHED)) != PG_DIRTY)
		mapping_dirty_slow(m, p);
}
/*
 * Note that the write of a page of m has ended.  Afterwards another task may
 * free m, so the caller must not use it any more.
 * Context: any.
 */
void mapping_writeback_end(struct mapping *m);
/* Wait until no page of m is being written. */
void mapping_writeback_wait(struct mapping *m);
/* Note that a direct read is finished.  Context: any. */
void mapping_direct_end(struct mapping *m);
/* Wait until no direct read is under way. */
void mapping_direct_wait(struct mapping *m);
/* Make the next stores through user mappings of pages [first, last] fault. */
void mapping_wrprotect(struct mapping *m, unsigned long first,
		       unsigned long last);
extern atomic_t dirty_pages;		/* in all mappings */
unsigned long pagecache_dirty(void);	/* value of dirty_pages */
void pagewait_init(void);
/* Sleep until none of the bits is set in p's flags. */
void page_wait(struct page *p, u32 bits);
/* Clear bits, and wake tasks in page_wait().  Context: any. */
void page_unbusy(struct page *p, u32 bits);

/*
 * Reclaim up to n clean, unmapped pages of files on disks.  A page used since
 * the last scan is spared once.
 * Context: any that holds no mapping's lock; does not sleep.
 * Return: the number of pages freed.
 */
unsigned long pagecache_reclaim(unsigned long n);
/*
 * Reclaim all clean, unmapped pages of files on disks, for the audit and
 * drop_caches.  Context: as pagecache_reclaim().
 */
void pagecache_drop(void);
/*
 * As pagecache_reclaim(), but also takes pages that user memory maps.
 * Context: no spin lock held; may sleep.
 */
unsigned long pagecache_reclaim_mapped(unsigned long n);
/*
 * Allocate a page for the cache, reclaiming others if memory is low.
 * Context: may sleep.
 * Return: the page, or NULL.
 */
struct page *pagecache_alloc(void);
/*
 * Take p out of the tree; the caller gets the tree's reference.
 * Context: [m->lock].
 */
void mapping_evict_locked(struct mapping *m, struct page *p);
/* Drop the pages of [first, last] that are clean and unused. */
void mapping_drop_clean(struct mapping *m, unsigned long first,
			unsigned long last);
/* Wait until no reclaimer uses a mapping that it had found before this call. */
void pagecache_gate_wait(void);
/* Write-back of dirty pages to disks (topics/disk). */
struct writeback_ops {
	/* Note that few frames are free.  Context: any. */
	void (*memory_low)(void);
	/*
	 * Wait for the write-back thread to clean something.
	 * Return: false: waiting would not help.
	 */
	bool (*wait)(void);
	void (*sync)(void);		/* sync(2); may sleep */
	void (*shutdown)(void);		/* as sync, once before power-off; may
					 * sleep */
};
extern const struct writeback_ops *writeback_ops;	/* const, or NULL */
static inline bool pagecache_wait(void)
{
	return writeback_ops && writeback_ops->wait();
}

/* ---- pages of files in memory that are in swap (topics/swap) ------------- */

/*
 * Return: the swap slot of the page at index; SLOT_LOST; ~0u: the page is not
 * in swap.
 */
unsigned mapping_slot(struct mapping *m, unsigned long index);
/* Return: the number of pages of [first, first + n) that are in swap. */
unsigned long mapping_count_out(struct mapping *m, unsigned long first,
				unsigned long n);
/*
 * mapping_set_out() replaces the page at index by `item`, its swap slot; the
 * caller gets the tree's reference.  mapping_set_in() replaces the item by p,
 * and takes over the caller's reference.
 * Context: [m->lock].
 */
void mapping_set_out(struct mapping *m, unsigned long index, void *item);
void mapping_set_in(struct mapping *m, struct page *p, unsigned long index);
/*
 * Take a reference to the owner of m, to work on its pages.
 * Context: any.
 * Return: false: the last reference is gone.
 */
bool mapping_hold(struct mapping *m);
void mapping_drop(struct mapping *m);	/* Context: may sleep. */
/*
 * Find the mapping of p and take a reference to its owner.
 * Context: a reference to p; pagecache_hunted is true.
 * Return: the mapping; NULL: p is no page of a file in memory.
 */
struct mapping *pagecache_hold_mapping(struct page *p);
/* Read without a lock.  True if pagecache_hold_mapping() is in use. */
extern bool pagecache_hunted;
/* True if a VM_LOCKED VMA maps the page.  Context: [m->map_lock]. */
bool mapping_locked_at(struct mapping *m, unsigned long index);

/* ---- the end of a file --------------------------------------------------- */

/*
 * The file now ends at byte `size`: drop the pages past it, zero the rest of
 * the last one, and unmap the dropped pages everywhere (an access gets SIGBUS).
 * Context: [inode's mutex]; may sleep.
 */
void mapping_truncate(struct mapping *m, loff_t size);
/*
 * Drop pages [first, last] from the middle of the file, for a hole or newer
 * contents.  Whole pages only; private copies stay.
 * Context: may sleep.
 */
void mapping_punch(struct mapping *m, unsigned long first, unsigned long last);
/*
 * Make the next stores to the page at index through user mappings fault, so
 * that .prepare is called.  Needed if parts of the page have lost their block,
 * or have only now become part of the file.  Faults under way start again.
 * Context: may sleep.
 */
void mapping_refault_page(struct mapping *m, unsigned long index);
/*
 * Make a mapping for MAP_SHARED | MAP_ANONYMOUS, with one reference for the
 * first VMA (its v->mapping).  The mapping is freed with its last VMA.  limit:
 * size in pages, beyond which an access gets SIGBUS; 0: no limit.
 * Return: NULL: no memory.
 */
struct mapping *mapping_create_anon_limit(unsigned long limit);
void mapping_get_anon(struct mapping *m);
void mapping_put_anon(struct mapping *m);
/* Return: the size of the file in pages; an access beyond it gets SIGBUS. */
unsigned long mapping_end(const struct mapping *m);
/* True if pages are never written back, so that stores need not be tracked. */
static inline bool mapping_no_writeback(const struct mapping *m)
{
	return !m->ops || !m->ops->read_pages;
}

unsigned long pagecache_pages(void);	/* in all mappings */
unsigned long pagecache_of_disks(void);	/* pages of files on disks */

#endif
