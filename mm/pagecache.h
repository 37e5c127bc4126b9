/* SPDX-License-Identifier: MIT */
/*
 * The page cache: the one home of file pages.  A mapping is a file's pages by
 * index, and the reverse map: every VMA that maps the file.  tmpfs pages live
 * only here; those of a disk's file are read when they are missing, written
 * back when they are dirty, and given back when memory is short.
 */
#ifndef MM_PAGECACHE_H
#define MM_PAGECACHE_H

#include <arch/cpu.h>
#include <kernel/lock.h>
#include <lt/list.h>
#include <lt/types.h>
#include <mm/page.h>
#include <mm/radix.h>

struct block_device;
struct file;
struct mapping;
struct uio;

#define MAP_HOLE (~0ull)

struct mapping_ops {
	/*
	 * Of a file on a disk; NULL: pages that are missing are zeros (tmpfs).
	 * Enter what is missing of pages [first, first + n) as PG_READING
	 * (mapping_add) and start to read it.  => 0, or -errno: not even the
	 * first could be entered
	 */
	int (*read_pages)(struct mapping *m, unsigned long first, unsigned n);
	/*
	 * Bytes [from, to) of the page at index are to be written: find room
	 * for them.  p: that page, which may be cut off meanwhile, or NULL:
	 * the caller has the inode's lock.  May sleep.
	 * => 0, -EAGAIN: p is cut off, -ENOSPC, -EIO, ...
	 */
	int (*prepare)(struct mapping *m, unsigned long index,
		       const struct page *p, unsigned from, unsigned to);
	/*
	 * Where up to max blocks of the file from block on lie on the device.
	 * => 0 with *disk (or MAP_HOLE) for a run of *n blocks, or -errno
	 */
	int (*map)(struct mapping *m, u64 block, unsigned max, u64 *disk,
		   unsigned *n);
	/* A page became dirty.  => [m->lock] */
	void (*dirtied)(struct mapping *m);

	/* ---- of a file on a disk, where pages come from and go to ------- */

	/*
	 * A reader finds no page at index, and goes on for want bytes behind
	 * it; f: whose hints are used, or NULL.
	 * => 0 with *p referenced, -errno; nowait: -EAGAIN, it is on its way
	 */
	int (*read_missing)(struct mapping *m, struct file *f,
			    unsigned long index, unsigned long want,
			    bool nowait, struct page **p);
	/* A reader has come to p, where the next window is to be begun. */
	void (*read_reached)(struct mapping *m, struct file *f,
			     struct page *p);
	/*
	 * Start to write the dirty pages of [first, last]; wait: until they,
	 * and those that were under way before, are on the device.
	 * => 0, or with wait the error of a write since somebody was told
	 */
	int (*write_pages)(struct mapping *m, unsigned long first,
			   unsigned long last, bool wait);
	/* Until no page is on its way.  => 0, or the error as above */
	int (*write_wait)(struct mapping *m);
	/* The caller has dirtied pages: wait when there are too many. */
	void (*write_throttle)(struct mapping *m);
	/* n bytes past the cache.  => [inode's lock]; bytes or -errno */
	long (*write_direct)(struct mapping *m, struct uio *u, loff_t *pos,
			     unsigned long n);

	/* ---- of a file in memory ---------------------------------------- */

	/*
	 * Asked before a page is added (create): the quota of the file
	 * system.  => 0 or -ENOSPC
	 */
	int (*reserve)(struct mapping *m, unsigned long pages);
	void (*unreserve)(struct mapping *m, unsigned long pages);
};

/* What a mapping is part of, as mm knows it: an inode. */
struct mapping_owner {
	/*
	 * Keep it while m's pages are worked on.
	 * Return: false: its last reference is gone.  Context: any
	 */
	bool (*hold)(struct mapping *m);
	/* Let it go; which may be the end of its file.  May sleep. */
	void (*drop)(struct mapping *m);
};

struct mapping {
	const struct mapping_owner *owner; /* const; NULL: anonymous shared */
	const loff_t *size;		/* const: where its bytes are told */
	const struct mapping_ops *ops;	/* const; NULL: zero fill */
	struct block_device *bdev;	/* const: of a disk's file */
	unsigned block_bits;		/* const: of it, log2 bytes */
	atomic_t writeback;		/* pages on their way to the device */
	atomic_t direct;		/* reads past the cache under way */
	struct radix tree;		/* [lock] index -> page */
	unsigned long nr_pages;		/* [lock] */
	unsigned long nr_dirty;		/* [lock] */
	unsigned long dirty_from;	/* [lock] no dirty page lies below */
	unsigned long dirty_to;		/* [lock] nor above */
	int error;			/* atomic: of a write-back, untold */
	struct spinlock lock;		/* IPL_SOFT */
	struct mutex map_lock;		/* guards vmas; order: file mapping */
	struct list vmas;		/* [map_lock] vma->map_link */
	unsigned truncate_seq;		/* word: see mapping_ask_again() */
	unsigned long futex_id;		/* set once, by futex(2); 0: not yet */
};

void mapping_init(struct mapping *m, const struct mapping_owner *owner,
		  const loff_t *size, const struct mapping_ops *ops);
/* Drop every page.  => nothing maps it */
void mapping_destroy(struct mapping *m);

/* The page at index if it is there and filled, referenced; else NULL. */
struct page *mapping_find(struct mapping *m, unsigned long index);
/*
 * The same, made (zeros) or read when missing.  => may sleep;
 * 0 with *out referenced; -ENOMEM, -ENOSPC, -EIO
 */
int mapping_get(struct mapping *m, unsigned long index, struct page **out);
/* The same; when it must be read, so are the others of [first, first + n). */
int mapping_get_window(struct mapping *m, unsigned long index,
		       unsigned long first, unsigned n, struct page **out);
/* In memory's files: likewise, for an index where just now nothing was. */
int mapping_make_zero(struct mapping *m, unsigned long index,
		      struct page **out);
/* The page at index in any state, referenced, or NULL. */
struct page *mapping_lookup(struct mapping *m, unsigned long index);
/*
 * Enter a fresh page of kind PAGE_CACHE; the tree takes a reference.
 * => 0, -EEXIST, -ENOMEM
 */
int mapping_add(struct mapping *m, struct page *p, unsigned long index);
/* Take a page that could not be read, or is clean and unused, out again. */
void mapping_forget(struct mapping *m, struct page *p);

/* ---- dirty pages --------------------------------------------------------- */

/*
 * The kernel has stored to p: whoever maps it for execution from now on fetches
 * something new.
 */
static inline void page_stored(struct page *p)
{
	tlbcheck_written(p);
	/* the store before the look, as in mapping_dirty() */
	arch_mb();
	if (unlikely(p->flags & PG_FETCHED))
		page_clear_flags(p, PG_FETCHED);
}

void mapping_dirty_slow(struct mapping *m, struct page *p);
/*
 * What p holds is newer than the disk.  Called after the change; a page that
 * user memory may write is dirty before it is mapped so, and once more after.
 */
static inline void mapping_dirty(struct mapping *m, struct page *p)
{
	tlbcheck_written(p);
	/* the change before the look: who clears the mark reads p after */
	arch_mb();
	if ((p->flags & (PG_DIRTY | PG_FETCHED)) != PG_DIRTY)
		mapping_dirty_slow(m, p);
}
/*
 * Up to n dirty pages from *index to last, in order, referenced; they are
 * PG_WRITEBACK from now on, and clean.  A page that is written back already
 * ends the search.  => how many; *index: where to go on
 */
unsigned mapping_take_dirty(struct mapping *m, unsigned long *index,
			    unsigned long last, struct page **out, unsigned n);
/* One page less of m is on its way.  => any context; m may be gone after */
void mapping_writeback_end(struct mapping *m);
void mapping_writeback_wait(struct mapping *m);	/* until none is */
/* A read past the cache is over.  => any context */
void mapping_direct_end(struct mapping *m);
void mapping_direct_wait(struct mapping *m);	/* until none is under way */
/* Stores through user mappings of pages [first, last] fault again. */
void mapping_wrprotect(struct mapping *m, unsigned long first,
		       unsigned long last);
unsigned long pagecache_dirty(void);	/* pages, in all mappings */
void pagewait_init(void);
/* Sleep until none of the bits is set in p. */
void page_wait(struct page *p, u32 bits);
/* Clear bits that somebody may wait for.  => any context */
void page_unbusy(struct page *p, u32 bits);

/*
 * Give back up to n clean pages of disk files that nobody maps; those used
 * since the last look are passed over once.  => pages freed; any context that
 * holds no mapping's lock, no sleeping
 */
unsigned long pagecache_reclaim(unsigned long n);
/* All of them, for the audit and drop_caches. */
void pagecache_drop(void);
/* The same for mapped ones too.  => may sleep, no locks held */
unsigned long pagecache_reclaim_mapped(unsigned long n);
/* A page for the cache; others make room for it.  May sleep; may be NULL. */
struct page *pagecache_alloc(void);
/* [m->lock] p leaves the tree, whose reference is the caller's now. */
void mapping_evict_locked(struct mapping *m, struct page *p);
/* Those of [first, last] that are clean and that nobody uses */
void mapping_drop_clean(struct mapping *m, unsigned long first,
			unsigned long last);
/* No reclaimer is on its way from a page to its mapping any more. */
void pagecache_gate(void);
/* Waits for the write-back thread to free something. (ext/disk/writeback.c) */
extern bool (*pagecache_wait_hook)(void);	/* const after boot */

/* ---- the end of a file --------------------------------------------------- */

/*
 * The file ends at byte size now: drop pages past it, zero the tail of the
 * last one, unmap them from every address space (their users get SIGBUS).
 */
void mapping_truncate(struct mapping *m, loff_t size);
/*
 * Drop pages [first, last] in the middle, for holes or newer bytes to be
 * there.  Nothing is zeroed in part, and private copies stay.
 */
void mapping_punch(struct mapping *m, unsigned long first, unsigned long last);
/*
 * Page index stays in its place, but parts of it have no block (any more), or
 * lie within the file only now: the next stores through mappings fault, and
 * .prepare is asked for them; faults under way begin anew.  => may sleep
 */
void mapping_ask_again(struct mapping *m, unsigned long index);
/*
 * A mapping for MAP_SHARED|MAP_ANONYMOUS with one reference, for the first
 * VMA (v->mapping = it).  Freed with its last VMA.  limit: pages, beyond which
 * access is SIGBUS; 0: none.  => NULL: no memory
 */
struct mapping *mapping_create_anon_limit(unsigned long limit);
void mapping_get_anon(struct mapping *m);
void mapping_put_anon(struct mapping *m);
/* Number of pages of the file: an access at or beyond is SIGBUS. */
unsigned long mapping_end(const struct mapping *m);
/* Shared mappings may write without asking: nobody writes pages back. */
static inline bool mapping_no_writeback(const struct mapping *m)
{
	return !m->ops || !m->ops->read_pages;
}

unsigned long pagecache_pages(void);	/* in all mappings */
unsigned long pagecache_of_disks(void);	/* those that can be given back */

#endif
