/* SPDX-License-Identifier: MIT */
/*
 * Swapping (rows D5, D13): shared declarations of this extension.
 *
 *   page table        area (swapon)             device or file
 *   +---------+       +---+---+---+---+         +----+----+----+----+
 *   | slot 5  |------>| users, frame  |-------->| page | page | ... |
 *   +---------+       +---+---+---+---+         +----+----+----+----+
 *                           |  swap cache
 *                           v
 *                     struct page (PG_SWAP), private[0]: slot
 *
 * Slot numbers are unique over all areas: an area begins at its base.
 *
 * Invariants: a page in the swap cache has no writable entry, so once written
 * it equals its slot.  A slot in use is named by an entry or is being written.
 * So when the last entry becomes present again or is zapped, the slot is freed
 * and the page leaves the cache: a page that only one program uses is not
 * shared with the cache.
 */
#ifndef TOPICS_SWAP_SWAP_H
#define TOPICS_SWAP_SWAP_H

#include "layout.h"
#include <kernel/lock/lock.h>
#include <mm/frames/page.h>
#include <mm/tables/soft_entry.h>

struct block_device;
struct file;
struct mapping;
struct vma;
struct seq;

#define MAX_AREAS	16
#define SWAP_BATCH	16		/* pages written at a time */

/* Pages of the area from page `first` on lie on the device from `sector` on. */
struct extent {
	unsigned first, n;
	u64 sector;
};

struct area {
	struct slots *slots;		/* [swap_lock] */
	unsigned base;			/* const: global number of its slot 0 */
	int prio;			/* [swap_lock] */
	bool on;			/* [swap_lock] slots may be allocated */
	struct file *file;		/* const; referenced */
	struct block_device *dev;	/* const: the device it lies on */
	struct extent *extent;		/* const; sorted by first */
	unsigned nr_extents;		/* const */
};

extern struct spinlock swap_lock;	/* protects areas, slots and the swap
					 * cache; under it, mem_lock
					 * (topics/cgrouplimits) and the
					 * allocator's locks may be taken */
extern struct area *areas[MAX_AREAS];	/* [swap_lock] */

/* ---- area.c -------------------------------------------------------------- */

/* Context of area_of() and slot_of(): [swap_lock]. */
struct area *area_of(unsigned slot);	/* the area of a slot number */
struct slot *slot_of(unsigned slot);
/* Return: a free slot of the area with the highest priority, or SLOT_NONE. */
unsigned area_take_slot(void);
bool swap_has_room(void);		/* a hint: true if a slot is free */
/*
 * Held for reading while slots are looked up that may be freed meanwhile; held
 * for writing to remove an area.
 */
extern struct rwlock areas_lock;
void area_figures(struct swap_figures *f);
void area_init(void);
void area_show(struct seq *s);

/* ---- io.c ---------------------------------------------------------------- */

/*
 * Write n pages to their slots, with one request for adjacent slots.
 * Context: may sleep; nobody stores to the pages.
 * Return: 0; -EIO: some pages were not written.
 */
int swap_write(struct page **pages, unsigned n);
/*
 * Start reading pages (PG_READING); each page has a reference for the read.
 * Return: 0; -ENOMEM: some pages have been removed from the cache again.
 */
int swap_read(struct page **pages, unsigned n);
/*
 * Preallocate a write request, so that writing needs no memory while any area
 * is on.
 * Return: false without memory.
 */
bool spare_make(struct block_device *d);
void spare_free(void);
void swap_io_init(void);

extern atomic_t swapped_in, swapped_out;

/* ---- cache.c ------------------------------------------------------------- */

extern unsigned swap_cached;		/* [swap_lock] pages in the cache */
extern unsigned long page_cluster;	/* log2 of pages read together */

static inline unsigned page_slot(const struct page *p)
{
	return (unsigned)p->private[0];
}

/*
 * Replace the entry of a present page by its slot, and flush the TLB.
 * Context: [s->lock, shared; pt_lock].
 * Return: the page, whose reference the caller takes over; NULL if there is no
 * slot, or a transfer uses the page.
 */
struct page *swap_out_entry(struct vm_space *s, uaddr_t at, pte_t *slot);
/*
 * Write those of the pages that are no longer mapped and free them; drop the
 * caller's reference to each page.
 * Context: may sleep, no spin lock.
 * Return: number of frames freed.
 */
unsigned swap_clean(struct page **pages, unsigned n);
/*
 * Write and free, like swap_clean(), up to n pages that only the cache holds
 * and that may() allows.  may NULL: any page.
 * Context: may sleep, no spin lock.
 */
unsigned long cache_trim(unsigned long n, bool (*may)(const struct page *p));
/*
 * Make the entry e, which names a slot, present.
 * Context: as vm_fault_page().
 */
enum vm_fault swap_fault(struct fault *f, pte_t e);
/*
 * Give up the read of p, for which no request could be made.
 * Return: -ENOMEM.
 */
int swap_fail_read(struct page *p);
/*
 * Drop a user of slot n.
 * Context: [swap_lock].
 */
void swap_slot_put(unsigned n);
/*
 * Move p, a page of a file in memory, from its tree to the swap cache, with a
 * slot that has one user.  The cache takes over the tree's reference.
 * Context: [mapping's lock, swap_lock]; only the tree and the caller have a
 * reference to p.
 * Return: the slot, or SLOT_NONE if nothing has changed.
 */
unsigned swap_enter_cache(struct page *p);
/*
 * Move p back from the swap cache to its tree, and drop the last user of slot
 * n.
 * Context: [mapping's lock, swap_lock].
 * Return: false if p is not the page of n, or is being read or written.
 */
bool swap_leave_cache(struct page *p, unsigned n);
/*
 * Find the page of slot n and wait until it has been read.
 * Context: [areas_lock]; may sleep.
 * Return: the page with a reference; NULL if it is not cached, or with *bad set
 * if it could not be read.
 */
struct page *swap_find_read(unsigned n, bool *bad);
/*
 * Start reading slot n; the caller looks the page up again.
 * Context: [areas_lock]; may sleep.
 * Return: 0, -ENOMEM.
 */
int swap_read_in(unsigned n);
void swap_dup(pte_t e);
void swap_zap(pte_t e);
bool swap_in_memory(pte_t e);

/* ---- owners -------------------------------------------------------------- */

/*
 * Accounting of slots: a swapped page still belongs to its owner.  Set by
 * extension cgroups; NULL: slots have no owner.
 */
struct swap_owners {
	/*
	 * Charge p's owner for a slot for p.  slot: false if no slot is free.
	 * Context: [swap_lock].
	 * Return: the owner, 0 for none, -1 if the owner may have no more
	 * slots.
	 */
	int (*slot_taken)(const struct page *p, bool slot);
	/*
	 * Note that a slot of this owner has been freed.
	 * Context: [swap_lock].
	 */
	void (*slot_given)(unsigned owner);
	/*
	 * Note that the new page p is for the contents of a slot of this owner.
	 * Context: [swap_lock].
	 */
	void (*page_came)(struct page *p, unsigned owner);
	/*
	 * True if p must be spared when the whole machine reclaims.
	 * Context: any.
	 */
	bool (*page_spared)(const struct page *p);
	/* True if current's owner has no frame left for read-ahead. */
	bool (*no_ahead)(void);
};
extern const struct swap_owners *swap_owners;	/* const after boot */

static inline bool page_is_spared(const struct page *p)
{
	return swap_owners && swap_owners->page_spared(p);
}

/* ---- replacement.c ------------------------------------------------------- */

/* A page that may be swapped out, or one that the laboratory watches. */
struct frame {
	struct list link;		/* link in a pool; empty: in none */
	unsigned active;		/* true: on the active list */
	unsigned stamp;			/* pool->time of the last use */
	int pid;			/* process that maps it; 0: none */
	u32 pfn;
	uaddr_t at;			/* address in that process */
};

struct pool {				/* [its owner's mutex] */
	struct list inactive, active;	/* oldest first */
	unsigned nr_inactive, nr_active;
	unsigned time;			/* number of arrivals so far */
	unsigned window;		/* window of wsclock, in arrivals */
};

enum frame_use { FRAME_UNUSED, FRAME_USED, FRAME_GONE };

struct replacement {
	const char *name;
	/*
	 * Choose the next page to go and take it out of the pool.  use(f, arg)
	 * tells whether the page was used since the last call; a page that is
	 * GONE leaves the pool, too.
	 * Return: the frame, or NULL if the pool is empty.
	 */
	struct frame *(*choose)(struct pool *p,
				enum frame_use (*use)(struct frame *f,
						      void *arg),
				void *arg);
};

extern const struct replacement *replacement;	/* const after boot */
const struct replacement *replacement_find(const char *name);
void pool_init(struct pool *p);
void pool_arrived(struct pool *p, struct frame *f);
void pool_drop(struct pool *p, struct frame *f);
static inline unsigned pool_size(const struct pool *p)
{
	return p->nr_inactive + p->nr_active;
}

/* ---- shared.c ------------------------------------------------------------ */

struct batch;
/* Operations of soft_entry_ops for pages of files in memory. */
int shared_bring(struct mapping *m, unsigned long index);
void shared_left(struct mapping *m, void *item);
/*
 * Like page_use(), for a page of a file in memory, which is listed with process
 * 0.
 */
enum frame_use shared_use(const struct frame *f);
/* Return: the page of f, swapped out, with a reference; NULL if it stays. */
struct page *shared_swap_out(const struct frame *f);
/*
 * Continue round the frames and call fn for each page of a file in memory,
 * until fn has returned true `most` times or one round is over.
 * Context: the daemon's lock.
 */
void shared_each(unsigned most, bool (*fn)(pfn_t pfn, void *arg), void *arg);
/*
 * Swap out pages of the shared VMA v, for madvise(2).
 * Context: [s->lock], shared.
 */
void shared_out_range(struct vma *v, uaddr_t at, uaddr_t end);
/*
 * Bring all pages of files back from area a.
 * Return: 0, -ENOMEM, -EINTR.
 */
int shared_bring_back(const struct area *a);

/* ---- out.c --------------------------------------------------------------- */

/* Pages that are to be written together. */
struct batch {
	struct page *pages[SWAP_BATCH];
	unsigned n;
	unsigned long won;
	int pid;			/* process whose space is locked; 0:
					 * none */
	struct vm_space *space;
	bool made_old;			/* accessed bits were cleared, the TLB
					 * flush is pending */
};

bool vma_may_go(const struct vma *v);	/* [s->lock, shared] */
bool entry_is_anon(pte_t e);
/*
 * Clear the accessed bit.  If `flush` is false, the caller flushes the TLBs
 * later.
 * Context: [pt_lock].
 */
void entry_make_old(struct vm_space *s, uaddr_t at, pte_t *slot, bool flush);
/*
 * Split a superpage, or look into a shared table.
 * Context: [pt_lock].
 * Return: the run of single entries there.
 */
struct pt_run run_in_pieces(struct vm_space *s, uaddr_t at, uaddr_t end,
			    struct pt_run r);
/*
 * Lock the space of a process for reading, and unlock the previous one.
 * Return: the space, or NULL if the process has none any more.
 */
struct vm_space *batch_enter(struct batch *b, int pid);
void batch_leave(struct batch *b);
enum frame_use batch_use(struct frame *f, void *batch);
/* Swap out the chosen page of f, unless f is out of date. */
void batch_swap_out(struct batch *b, struct frame *f);
/* Unlock the space, because writing sleeps long, and write the pages. */
void batch_write(struct batch *b);
/*
 * Number of pages examined so far, once for each space that was asked.  Read
 * without a lock.
 */
extern unsigned long swap_looked;

/* ---- group.c ------------------------------------------------------------- */

/*
 * Swap out up to n pages that may() allows.
 * Context: the daemon, with its lock.
 * Return: number of frames freed.
 */
unsigned long group_reclaim(unsigned long n,
			    bool (*may)(const struct page *p));

/* ---- reclaim.c ----------------------------------------------------------- */

/* Context of reclaim_start() and reclaim_stop(): no lock; may sleep. */
bool reclaim_start(struct block_device *d);	/* for the first area */
void reclaim_stop(void);		/* after the last area is removed */
/*
 * Wait until the daemon has dropped its references to spaces whose process has
 * exited.
 * Context: may sleep.
 */
void reclaim_settle(void);
void reclaim_memory_low(void);	/* see <mm/tables/soft_entry.h> */
unsigned long swap_make_room(unsigned long n);
/*
 * Let the daemon free up to n pages that may() allows.  If the caller is killed
 * meanwhile, the daemon may still call may() after the return.
 * Context: one caller at a time.
 * Return: number of frames freed.
 */
unsigned long swap_make_room_of(unsigned long n,
				bool (*may)(const struct page *p));
/*
 * Tell whether the page of f was used since the last call, and clear the
 * accessed bit.  If `flush` is false, the caller flushes the TLBs later.
 * Context: [s->lock, shared].
 * Return: FRAME_GONE if f is out of date.
 */
enum frame_use page_use(struct vm_space *s, struct frame *f, bool flush);
/*
 * Swap out the pages of [at, end) that only the space of v maps.  If `cold` is
 * true, only mark them as not used, so that they are reclaimed first.
 * Context: [s->lock, shared].
 */
void swap_out_range(struct vma *v, uaddr_t at, uaddr_t end, bool cold);
/*
 * Swap the page at `at` out of s.
 * Context: [s->lock, shared].
 * Return: the page with a reference, or NULL if it stays.
 */
struct page *page_swap_out(struct vm_space *s, uaddr_t at, u32 pfn);
/*
 * Call show() for the frames of [first, first + n) that are on a list.
 * Context: no lock; may sleep.
 */
void reclaim_show(pfn_t first, unsigned n, void *arg,
		  void (*show)(void *arg, pfn_t pfn, bool active));
void reclaim_init(void);
extern unsigned long swappiness;

/* ---- swap.c -------------------------------------------------------------- */

unsigned long swap_pages_out(struct vm_space *s, uaddr_t at, uaddr_t end,
			     unsigned long *share);

/* ---- lab.c --------------------------------------------------------------- */

/*
 * lab_limit_frames() enforces the laboratory's limit before a fault on a
 * swapped page; lab_count_fault() counts the fault afterwards.
 */
void lab_limit_frames(struct vm_space *s, uaddr_t at);
void lab_count_fault(struct vm_space *s, uaddr_t at);
void lab_init(void);

/* ---- spaces.c ------------------------------------------------------------ */

/*
 * Context: no lock.
 * Return: the space of a process (vm_space_put()), or NULL.
 */
struct vm_space *space_of_pid(int pid);
/*
 * Set *pid to the next process that has a space, or to 0 after the last.
 * Return: its space (vm_space_put()), or NULL.
 */
struct vm_space *space_next(int *pid);

#endif
