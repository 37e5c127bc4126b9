/* SPDX-License-Identifier: MIT */
/*
 * Paging out (rows D5, D13): what the files of this extension share.
 *
 *   page table        area (swapon)             device or file
 *   +---------+       +---+---+---+---+         +----+----+----+----+
 *   | slot 5  |------>| users, frame  |-------->| page | page | ... |
 *   +---------+       +---+---+---+---+         +----+----+----+----+
 *                           |  swap cache
 *                           v
 *                     struct page (PG_SWAP), private[0]: slot
 *
 * Slots of all areas are numbered together: an area begins at its base.
 *
 * Invariants: a page in the swap cache has no writable entry, so once written
 * it equals its slot; a slot in use has an entry, or is being written.  So when
 * the last entry becomes present again or is zapped, the slot is free and the
 * page in no cache: a program that runs alone with its page does not share it
 * with us.
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

/* Pages from slot `first` on lie on the device from `sector` on. */
struct extent {
	unsigned first, n;
	u64 sector;
};

struct area {
	struct slots *slots;		/* [swap_lock] */
	unsigned base;			/* const: number of its slot 0 */
	int prio;			/* [swap_lock] */
	bool on;			/* [swap_lock] may be given pages */
	struct file *file;		/* const; referenced */
	struct block_device *dev;	/* const: where it lies */
	struct extent *extent;		/* const; sorted by first */
	unsigned nr_extents;		/* const */
};

extern struct spinlock swap_lock;	/* areas, slots, the cache; innermost
					   but for the allocator's */
extern struct area *areas[MAX_AREAS];	/* [swap_lock] */

/* ---- area.c -------------------------------------------------------------- */

/* Context of both: [swap_lock]. */
struct area *area_of(unsigned slot);	/* that this slot belongs to */
struct slot *slot_of(unsigned slot);
/* Return: a free slot of the area with the highest priority, or SLOT_NONE. */
unsigned area_take_slot(void);
bool swap_has_room(void);		/* a hint: could a page go out? */
/*
 * Held for reading while slots are looked up that may be free by now: an area
 * that goes takes it for writing.
 */
extern struct rwlock areas_lock;
void area_figures(struct swap_figures *f);
void area_init(void);
void area_show(struct seq *s);

/* ---- io.c ---------------------------------------------------------------- */

/*
 * Write n pages to their slots, those side by side in one request.
 * Context: may sleep; pages that nobody stores to.
 * Return: 0 or -EIO: of some.
 */
int swap_write(struct page **pages, unsigned n);
/*
 * Start to read pages (PG_READING), which have a reference for it each.
 * Return: 0; -ENOMEM: some have left the cache again.
 */
int swap_read(struct page **pages, unsigned n);
/* While any area is on, a write needs no memory.  Return: false: no memory. */
bool spare_make(struct block_device *d);
void spare_free(void);
void swap_io_init(void);

extern atomic_t swapped_in, swapped_out;

/* ---- cache.c ------------------------------------------------------------- */

extern unsigned swap_cached;		/* [swap_lock] pages in the cache */
extern unsigned long page_cluster;	/* log2 of what is read together */

static inline unsigned page_slot(const struct page *p)
{
	return (unsigned)p->private[0];
}

/*
 * Make the entry for a page that is there name a slot, and flush.
 * Context: [s->lock, shared; pt_lock].
 * Return: the page, whose reference is the caller's now; NULL: no slot, or
 * somebody has the page for a transfer.
 */
struct page *swap_unmap(struct vm_space *s, uaddr_t at, pte_t *slot);
/*
 * Write those of the pages that nobody maps any more, and drop them from
 * memory; and drop the caller's reference to each.
 * Context: may sleep, no spin lock.
 * Return: frames won.
 */
unsigned swap_clean(struct page **pages, unsigned n);
/*
 * The same for what is in the cache only and `may` says may go, up to n; NULL:
 * all may.
 * Context: as above.
 */
unsigned long cache_trim(unsigned long n, bool (*may)(const struct page *p));
/*
 * The entry at `at` of v names a slot: make it present.
 * Context: as vm_fault_page().
 */
enum vm_fault swap_fault(struct fault *f, pte_t e);
/* p cannot even be asked for.  Return: -ENOMEM. */
int swap_unread(struct page *p);
/* [swap_lock] A user of slot n is gone. */
void swap_slot_put(unsigned n);
/*
 * p, of a file in memory, has a slot, with one user, and is in the cache; the
 * reference that the tree had is the cache's.
 * Context: [mapping's lock, swap_lock]; nobody else but the tree and the caller
 * has a reference to p.
 * Return: the slot, or SLOT_NONE: nothing has changed.
 */
unsigned swap_enter_cache(struct page *p);
/*
 * The other way round: slot n has one user less, its last.
 * Context: [mapping's lock, swap_lock].
 * Return: false: p is not n's, or somebody reads or writes it for the cache.
 */
bool swap_leave_cache(struct page *p, unsigned n);
/*
 * The page of slot n, when it has been read.
 * Context: [areas_lock]; may sleep.
 * Return: it, referenced; NULL: there is none, or none any more: it is bad.
 */
struct page *swap_find_read(unsigned n, bool *bad);
/*
 * Read slot n.  Context: likewise.
 * Return: 0; -ENOMEM; what came is to be looked up.
 */
int swap_read_in(unsigned n);
void swap_dup(pte_t e);
void swap_zap(pte_t e);
bool swap_in_memory(pte_t e);

/* ---- owners -------------------------------------------------------------- */

/*
 * Whose slots are whose: a page that goes out stays its owner's, as a slot.
 * Set by extension cgroups; NULL: they are nobody's.
 */
struct swap_owners {
	/*
	 * p is to have a slot; there is none unless `slot`.
	 * Context: [swap_lock].
	 * Return: its owner, 0: nobody; -1: it may not have one.
	 */
	int (*slot_taken)(const struct page *p, bool slot);
	/* A slot of this owner's is free.  Context: [swap_lock]. */
	void (*slot_given)(unsigned owner);
	/* p, new, is to have what that slot has.  Context: [swap_lock]. */
	void (*page_came)(struct page *p, unsigned owner);
	/* Is p not to go for the whole machine?  Context: any. */
	bool (*page_spared)(const struct page *p);
	/* Has current's owner no frame for what nobody asked for? */
	bool (*no_ahead)(void);
};
extern const struct swap_owners *swap_owners;	/* const after boot */

static inline bool page_is_spared(const struct page *p)
{
	return swap_owners && swap_owners->page_spared(p);
}

/* ---- replacement.c ------------------------------------------------------- */

/* A page that may go, or one that the laboratory watches. */
struct frame {
	struct list link;		/* of its pool; empty: in none */
	unsigned active;		/* on the active list */
	unsigned stamp;			/* pool->time of its last use */
	int pid;			/* of a process that maps it */
	u32 pfn;
	uaddr_t at;			/* there */
};

struct pool {				/* [its owner's mutex] */
	struct list inactive, active;	/* oldest first */
	unsigned nr_inactive, nr_active;
	unsigned time;			/* arrivals so far */
	unsigned window;		/* of wsclock, in arrivals */
};

enum frame_use { FRAME_UNUSED, FRAME_USED, FRAME_GONE };

struct replacement {
	const char *name;
	/*
	 * The next to go.  use(f, arg) says whether it was used since it was
	 * asked last; one that is GONE leaves the pool.
	 * Return: it, out of the pool; NULL: the pool is empty.
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
/* As swap_fault(), of soft_entry_ops. */
int shared_bring(struct mapping *m, unsigned long index);
void shared_left(struct mapping *m, void *item);
/* A frame that is listed with process 0 is one of a file in memory. */
enum frame_use shared_use(const struct frame *f);
/* Return: the page of f, out, referenced; NULL: it stays. */
struct page *shared_take_out(const struct frame *f);
/*
 * Go on round the frames, and call fn for those that files in memory have,
 * until it has been true `most` times.
 * Context: the daemon's lock.
 */
void shared_each(unsigned most, bool (*fn)(pfn_t pfn, void *arg), void *arg);
/* madvise(2): pages of v, which is shared, go out.  [s->lock], shared. */
void shared_out_range(struct vma *v, uaddr_t at, uaddr_t end);
/* What a has of files goes back to them.  Return: 0, -ENOMEM, -EINTR. */
int shared_bring_back(const struct area *a);

/* ---- out.c --------------------------------------------------------------- */

/* Pages on their way out. */
struct batch {
	struct page *pages[SWAP_BATCH];
	unsigned n;
	unsigned long won;
	int pid;			/* whose space is locked; 0: nobody's */
	struct vm_space *space;
	bool made_old;			/* some of its pages: TLBs know not */
};

bool vma_may_go(const struct vma *v);	/* [s->lock, shared] */
bool entry_is_anon(pte_t e);
/* Context: [pt_lock].  Without flush the caller tells the TLBs later. */
void entry_make_old(struct vm_space *s, uaddr_t at, pte_t *slot, bool flush);
/*
 * A run of a superpage or of a shared table: its entries, one by one.
 * Context: [pt_lock].
 */
struct pt_run run_in_pieces(struct vm_space *s, uaddr_t at, uaddr_t end,
			    struct pt_run r);
/*
 * Lock the space of a process for reading, and unlock the one before.
 * Return: NULL: it has none any more.
 */
struct vm_space *batch_enter(struct batch *b, int pid);
void batch_leave(struct batch *b);
enum frame_use batch_use(struct frame *f, void *batch);
/* The page of f, which was chosen, goes out, unless f is old. */
void batch_put_out(struct batch *b, struct frame *f);
/* What is in it is written, without a lock, as that sleeps long. */
void batch_write(struct batch *b);
extern unsigned long swap_looked;	/* word: pages that were looked at */

/* ---- group.c ------------------------------------------------------------- */

/*
 * Have up to n pages go out of which `may` says that they may.
 * Context: the daemon, with its lock.
 * Return: frames won.
 */
unsigned long group_reclaim(unsigned long n,
			    bool (*may)(const struct page *p));

/* ---- reclaim.c ----------------------------------------------------------- */

/* Context of each: no lock; may sleep. */
bool reclaim_start(struct block_device *d);	/* the first area comes */
void reclaim_stop(void);		/* the last one has gone */
/* No space that has ended is left in the daemon's hands.  Sleeps. */
void reclaim_settle(void);
void reclaim_memory_low(void);	/* as <mm/tables/soft_entry.h> says */
unsigned long swap_make_room(unsigned long n);
/*
 * The daemon takes up to n pages of which `may` says that they may go.  After
 * this it may still ask, if the caller is to die.
 * Context: one caller at a time.
 * Return: frames won.
 */
unsigned long swap_make_room_of(unsigned long n,
				bool (*may)(const struct page *p));
/*
 * Was the page at `at` used since it was asked last?  Then it is not any more;
 * without flush, as soon as the caller has told the TLBs.
 * Context: [s->lock, shared].
 */
enum frame_use page_use(struct vm_space *s, struct frame *f, bool flush);
/*
 * Write the pages of [at, end) out that are s's alone; or with cold, let them
 * be the next to go.
 * Context: [s->lock, shared].
 */
void swap_out_range(struct vma *v, uaddr_t at, uaddr_t end, bool cold);
/* The page, out of s, referenced; NULL: it stays.  Context: likewise. */
struct page *page_take_out(struct vm_space *s, uaddr_t at, u32 pfn);
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

/* A fault on a page that is out: does the laboratory's limit let it in? */
void lab_before(struct vm_space *s, uaddr_t at);
void lab_after(struct vm_space *s, uaddr_t at);
void lab_init(void);

/* The space of a process, or NULL; vm_space_put() it.  Context: no lock. */
struct vm_space *space_of_pid(int pid);
/* The next process after *pid, or 0 after the last; its space as above. */
struct vm_space *space_after(int *pid);

#endif
