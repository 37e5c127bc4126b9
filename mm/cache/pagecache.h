/* SPDX-License-Identifier: MIT */
/*
 * The page cache: the one home of file pages.  A mapping has a file's pages by
 * index, and the reverse map: every VMA that maps the file.  Pages of tmpfs
 * live only here; those of a file on a disk are read when they are missing,
 * written back when they are dirty, and given back when memory is short.
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
	 * Of a file on a disk; NULL: pages that are missing are zeros (tmpfs).
	 * Enter what is missing of pages [first, first + n) as PG_READING
	 * (mapping_add) and start to read it.
	 * Return: 0; -errno: not even the first could be entered.
	 */
	int (*read_pages)(struct mapping *m, unsigned long first, unsigned n);
	/*
	 * Bytes [from, to) of the page at index are to be written: find room
	 * for them on the disk.  p: that page, which may be truncated
	 * meanwhile; NULL: the caller holds the inode's lock.
	 * Context: may sleep.
	 * Return: 0; -EAGAIN: p was truncated; -ENOSPC, -EIO, ...
	 */
	int (*prepare)(struct mapping *m, unsigned long index,
		       const struct page *p, unsigned from, unsigned to);
	/*
	 * Where do blocks of the file lie on the device, from block on and at
	 * most max of them?
	 * Return: 0: a run of *n blocks begins at *disk (MAP_HOLE: they have no
	 * place); -errno.
	 */
	int (*map)(struct mapping *m, u64 block, unsigned max, u64 *disk,
		   unsigned *n);
	/* m, which had no dirty page, has one.  Context: [m->lock]. */
	void (*dirtied)(struct mapping *m);

	/* ---- of a file on a disk, where pages come from and go to ------- */

	/*
	 * A reader finds no page at index, and will read want bytes behind it;
	 * f: the file whose read-ahead hints are used, or NULL.
	 * Return: 0 with *p referenced; -EAGAIN (with nowait): it is being
	 * read; -errno.
	 */
	int (*read_missing)(struct mapping *m, struct file *f,
			    unsigned long index, unsigned long want,
			    bool nowait, struct page **p);
	/* A reader has come to p (PG_AHEAD): start to read the next window. */
	void (*read_reached)(struct mapping *m, struct file *f,
			     struct page *p);
	/*
	 * Start to write the dirty pages of [first, last].  wait: until they,
	 * and those that were being written before, are on the device.
	 * Return: 0; with wait, an error of a write that was not reported yet.
	 */
	int (*write_pages)(struct mapping *m, unsigned long first,
			   unsigned long last, bool wait);
	/* Wait until no page is being written.  Return: as with wait. */
	int (*write_wait)(struct mapping *m);
	/* The caller has dirtied pages: wait while there are too many. */
	void (*write_throttle)(struct mapping *m);
	/*
	 * Write n bytes past the cache.
	 * Context: [inode's lock].
	 * Return: the number of bytes, or -errno.
	 */
	long (*write_direct)(struct mapping *m, struct uio *u, loff_t *pos,
			     unsigned long n);

	/* ---- of a file in memory ---------------------------------------- */

	/*
	 * Ask for room in the file system before pages are added.
	 * Return: 0 or -ENOSPC.
	 */
	int (*reserve)(struct mapping *m, unsigned long pages);
	void (*unreserve)(struct mapping *m, unsigned long pages);
};

/* What a mapping is part of, as mm knows it: an inode. */
struct mapping_owner {
	/*
	 * Take a reference, to work on m's pages.
	 * Context: any.
	 * Return: false: its last reference is gone.
	 */
	bool (*hold)(struct mapping *m);
	/* Drop it; this may be the end of the file.  Context: may sleep. */
	void (*drop)(struct mapping *m);
};

struct mapping {
	const struct mapping_owner *owner; /* const; NULL: anonymous shared */
	const loff_t *size;		/* const: where its size in bytes is */
	const struct mapping_ops *ops;	/* const; NULL: filled with zeros */
	struct block_device *bdev;	/* const: of a file on a disk */
	unsigned block_bits;		/* const: log2 of its block's bytes */
	atomic_t writeback;		/* pages being written to the device */
	atomic_t direct;		/* reads past the cache under way */
	struct radix tree;		/* [lock] index -> page, or an item_ */
	unsigned long nr_pages;		/* [lock] also those that are out */
	unsigned long nr_out;		/* [lock] of them, in swap */
	struct list out_link;		/* [swap_lock] while any is */
	bool kept;			/* word: they stay (SHM_LOCK) */
	unsigned long nr_dirty;		/* [lock] */
	unsigned long dirty_from;	/* [lock] no dirty page lies below */
	unsigned long dirty_to;		/* [lock] nor above */
	int error;			/* atomic: of write-back, unreported */
	struct spinlock lock;		/* IPL_SOFT */
	struct mutex map_lock;		/* guards vmas; order: file mapping */
	struct list vmas;		/* [map_lock] vma->map_link */
	unsigned truncate_seq;		/* word: see mapping_ask_again() */
	unsigned long futex_id;		/* set once, by futex(2); 0: not yet */
};

/*
 * What a mapping's tree holds: a page; or where swap has the page of a file in
 * memory (topics/swap), as a small number: no record of a page lies so low, as
 * pagewait_init() sees.
 */
#define SLOT_LOST	0xffffffu	/* it could not be brought back */
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
 * The page at index, if it is there and filled.
 * Return: the page, referenced, or NULL.
 */
struct page *mapping_find(struct mapping *m, unsigned long index);
/*
 * The same of a file in memory, also if it is out: it is brought back.
 * Context: may sleep.
 * Return: 0: *out is the page, or NULL: there is none; 1: the same, and it had
 * to be read; -ENOMEM, -EIO.
 */
int mapping_bring(struct mapping *m, unsigned long index, struct page **out);
/*
 * Is there a page, in any state, from *index on?  Then *index becomes its own;
 * what is missing between costs nothing.
 */
bool mapping_next(struct mapping *m, unsigned long *index);
/*
 * The page at index, which is read or filled with zeros if it is missing.
 * Context: may sleep.
 * Return: 0 with *out referenced; -ENOMEM, -ENOSPC, -EIO.
 */
int mapping_get(struct mapping *m, unsigned long index, struct page **out);
/* The same; if it must be read, so are the others of [first, first + n). */
int mapping_get_window(struct mapping *m, unsigned long index,
		       unsigned long first, unsigned n, struct page **out);
/*
 * The same for files in memory, where a look-up has just found no page: the one
 * that is out, or a page of zeros.
 */
int mapping_make(struct mapping *m, unsigned long index, struct page **out);
/* The same if one may be there.  Return: also 1: it was out, and read. */
int mapping_fault(struct mapping *m, unsigned long index, struct page **out);
/*
 * Fill a new file in memory, which nobody uses yet, with n frames that follow
 * each other: those of page_adopt(), whose references become the tree's.
 * Return: 0, -ENOSPC or -ENOMEM; then some are in the tree, and others not.
 */
int mapping_adopt(struct mapping *m, struct page *p, unsigned long n);
/* Return: the page at index in any state, referenced, or NULL. */
struct page *mapping_lookup(struct mapping *m, unsigned long index);
/*
 * Enter a fresh page of kind PAGE_CACHE, to which the tree takes a reference.
 * Return: 0, -EEXIST or -ENOMEM.
 */
int mapping_add(struct mapping *m, struct page *p, unsigned long index);
/*
 * The same for a file in memory, where no page is: mapping, index and flags of
 * p are set.  Context: [m->lock].
 */
int mapping_enter_locked(struct mapping *m, struct page *p);
/*
 * p, which nobody sees yet, is to be a page of a file in memory.  Who comes to
 * it by its frame, and sees PG_SHMEM, sees the rest.
 */
static inline void mapping_claim(struct mapping *m, struct page *p,
				 unsigned long index, u32 flags)
{
	p->mapping = m;
	p->index = index;
	__atomic_store_n(&p->flags, flags, __ATOMIC_RELEASE);
}
/* Take a page that could not be filled out of the tree; a dirty one stays. */
void mapping_forget(struct mapping *m, struct page *p);

/* ---- dirty pages --------------------------------------------------------- */

/*
 * The kernel has stored to p: instruction fetches may not see it until
 * vm_fetch_page() is called again.
 */
static inline void page_stored(struct page *p)
{
	tlbcheck_written(p);
	/* orders the store before the look, as in mapping_dirty() */
	arch_mb();
	if (unlikely(p->flags & PG_FETCHED))
		page_clear_flags(p, PG_FETCHED);
}

void mapping_dirty_slow(struct mapping *m, struct page *p);
/*
 * What p holds is newer than the disk.  Called after the change.  For a page
 * that user memory may write it is called before the writable entry is made,
 * and once more after.
 */
static inline void mapping_dirty(struct mapping *m, struct page *p)
{
	tlbcheck_written(p);
	/* the change before the look: whoever clears the bit reads p after */
	arch_mb();
	if ((p->flags & (PG_DIRTY | PG_FETCHED)) != PG_DIRTY)
		mapping_dirty_slow(m, p);
}
/* A page of m has been written; m may be freed by now.  Context: any. */
void mapping_writeback_end(struct mapping *m);
/* Wait until no page of m is being written. */
void mapping_writeback_wait(struct mapping *m);
/* A read past the cache is over.  Context: any. */
void mapping_direct_end(struct mapping *m);
/* Wait until no read past the cache is under way. */
void mapping_direct_wait(struct mapping *m);
/* Make the next stores through user mappings of pages [first, last] fault. */
void mapping_wrprotect(struct mapping *m, unsigned long first,
		       unsigned long last);
extern atomic_t dirty_pages;		/* in all mappings */
unsigned long pagecache_dirty(void);	/* pages, in all mappings */
void pagewait_init(void);
/* Sleep until none of the bits is set in p. */
void page_wait(struct page *p, u32 bits);
/* Clear bits that somebody may wait for.  Context: any. */
void page_unbusy(struct page *p, u32 bits);

/*
 * Give back up to n clean pages of files on disks that nobody maps.  Those used
 * since the last look are passed over once.
 * Context: any that holds no mapping's lock; does not sleep.
 * Return: the number of pages freed.
 */
unsigned long pagecache_reclaim(unsigned long n);
/* Give back all of them, for the audit and drop_caches.  Context: the same. */
void pagecache_drop(void);
/*
 * As pagecache_reclaim(), but pages that user memory maps go as well.
 * Context: no spin lock held; may sleep.
 */
unsigned long pagecache_reclaim_mapped(unsigned long n);
/*
 * Allocate a page for the cache; other pages make room for it.
 * Context: may sleep.
 * Return: the page, or NULL.
 */
struct page *pagecache_alloc(void);
/*
 * Take p out of the tree, whose reference is the caller's from now on.
 * Context: [m->lock].
 */
void mapping_evict_locked(struct mapping *m, struct page *p);
/* Drop those of pages [first, last] that are clean and that nobody uses. */
void mapping_drop_clean(struct mapping *m, unsigned long first,
			unsigned long last);
/* Wait until no reclaimer uses a mapping that it reached before this call. */
void pagecache_gate(void);
/* What cleans pages that disks have (topics/disk). */
struct writeback_ops {
	/* Few frames are free.  Context: any. */
	void (*memory_low)(void);
	/*
	 * Wait for the write-back thread to clean something.
	 * Return: false: waiting would not help.
	 */
	bool (*wait)(void);
	void (*sync)(void);		/* sync(2); may sleep */
	void (*shutdown)(void);		/* what can be clean is; likewise */
};
extern const struct writeback_ops *writeback_ops;	/* const after boot, or NULL */
static inline bool pagecache_wait(void)
{
	return writeback_ops && writeback_ops->wait();
}

/* ---- pages of files in memory that go out to swap (topics/swap) ---------- */

/*
 * The slot that has the page at index.
 * Return: it, SLOT_LOST, or ~0u: it is not out.
 */
unsigned mapping_slot(struct mapping *m, unsigned long index);
/* How many of pages [first, first + n) are out? */
unsigned long mapping_count_out(struct mapping *m, unsigned long first,
				unsigned long n);
/*
 * A page leaves the tree, where `item` is in its place; or p comes back.  The
 * reference of the tree is the caller's, or was.
 * Context: [m->lock].
 */
void mapping_went_out(struct mapping *m, unsigned long index, void *item);
void mapping_came_back(struct mapping *m, struct page *p, unsigned long index);
/*
 * Take a reference to what m is part of, to work on its pages.
 * Context: any.  Return: false: its last one is gone.
 */
bool mapping_hold(struct mapping *m);
void mapping_drop(struct mapping *m);	/* Context: may sleep. */
/*
 * The mapping of p, held; NULL: p is of no file in memory.
 * Context: a reference to p; pagecache_hunted is true.
 */
struct mapping *pagecache_hold(struct page *p);
extern bool pagecache_hunted;		/* word: somebody does that */
/* Does a VMA with VM_LOCKED map the page?  Context: [m->map_lock]. */
bool mapping_locked_at(struct mapping *m, unsigned long index);

/* ---- the end of a file --------------------------------------------------- */

/*
 * The file ends at byte size now: drop the pages past it, zero the rest of the
 * last one, and unmap what was dropped everywhere (an access gets SIGBUS).
 * Context: [inode's mutex]; may sleep.
 */
void mapping_truncate(struct mapping *m, loff_t size);
/*
 * Drop pages [first, last] from the middle of the file, where a hole or newer
 * bytes are to be.  Whole pages only, and private copies stay.
 * Context: may sleep.
 */
void mapping_punch(struct mapping *m, unsigned long first, unsigned long last);
/*
 * The page at index stays, but parts of it have no block any more, or have only
 * now become part of the file.  The next stores through user mappings fault, so
 * that .prepare is called for them; faults under way begin anew.
 * Context: may sleep.
 */
void mapping_ask_again(struct mapping *m, unsigned long index);
/*
 * Make a mapping for MAP_SHARED | MAP_ANONYMOUS, with one reference for the
 * first VMA (its v->mapping).  It is freed with its last VMA.  limit: the
 * number of pages, beyond which an access gets SIGBUS; 0: no limit.
 * Return: NULL: no memory.
 */
struct mapping *mapping_create_anon_limit(unsigned long limit);
void mapping_get_anon(struct mapping *m);
void mapping_put_anon(struct mapping *m);
/* The number of pages of the file; an access beyond them gets SIGBUS. */
unsigned long mapping_end(const struct mapping *m);
/* Are pages never written back?  Then stores need not be noticed. */
static inline bool mapping_no_writeback(const struct mapping *m)
{
	return !m->ops || !m->ops->read_pages;
}

unsigned long pagecache_pages(void);	/* in all mappings */
unsigned long pagecache_of_disks(void);	/* those that can be given back */

#endif
