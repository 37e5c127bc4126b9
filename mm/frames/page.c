/* SPDX-License-Identifier: MIT */
/*
 * Physical memory (lecture row A5 of docs/coverage.md): a buddy allocator over
 * one array of struct page.  In front of it each CPU has a stack of hot single
 * frames, so that most allocations need no splitting, no merging and no shared
 * lock.
 *
 * A block of order k is 2^k frames, aligned to its size.  A block and its buddy
 * together form a block of order k + 1, so their frame numbers differ in one
 * bit, bit k:
 *
 *   frame      8    9   10   11   12   13   14   15
 *            +---------------------------------------+
 *   order 3  |                 free                  |
 *            +-------------------+-------------------+
 *   order 2  |       split       |       free        |  8 ^ 4 == 12
 *            +---------+---------+-------------------+
 *   order 1  |  split  |  free   |                      8 ^ 2 == 10
 *            +----+----+---------+
 *   order 0  |used|free|                                8 ^ 1 == 9
 *            +----+----+
 *
 *   buddy_alloc() of order 0   downwards: split, keep the lower half, and put
 *                              the upper one on the free list of its order
 *   buddy_free() of frame 8    upwards: merge with the buddy as long as that is
 *                              a free block of the same order
 *
 * Invariants: a free block is aligned to its size, and its first frame has kind
 * PAGE_FREE; no two buddies are both free (blocks of the largest order have no
 * buddy); hot frames have kind PAGE_RESERVED; frames move between the zone and
 * a hot stack under the zone's lock, so a holder of that lock can count the
 * free frames.
 */
#define LOG_PREFIX "mm"
#include <kernel/lock/lock.h>
#include <kernel/debug/tlb_check.h>
#include <lib/mem.h>
#include <lt/boot.h>
#include <lt/bug.h>
#include <lt/check.h>
#include <lt/log.h>
#include <mm/cache/pagecache.h>
#include <mm/tables/soft_entry.h>
#include "zone.h"

#define HOT_MAX		128	/* most hot frames that a CPU keeps */
#define HOT_MIN		16	/* lowest limit, for a machine with little
				 * memory */
#define HOT_ORDER	4	/* order of the blocks that refill a CPU's hot
				 * frames */

unsigned long page_records;
pfn_t page_first, page_end;
struct page *zero_page;
const struct writeback_ops *writeback_ops;
const struct soft_entry_ops *soft_entry;
void (*page_none_hook)(unsigned order);

struct zone zone = { .lock = SPIN_INIT("zone", IPL_HIGH) };
struct hot hot[MAX_CPUS];

/*
 * Context: between magazine_enter() and magazine_exit(), so that the task
 * cannot move to another CPU.
 */
static struct hot *hot_self(void)
{
	return &hot[cpu_self()->id];
}

static inline struct page *link_page(void *link)
{
	return container_of(link, struct page, link);
}

/* ---- the buddy allocator ------------------------------------------------- */

/*
 * Only the first frame of a free block has kind PAGE_FREE; the others stay
 * PAGE_RESERVED.
 * Context: [zone.lock].
 */
static void push_free(struct page *p, unsigned order)
{
	p->kind = PAGE_FREE;
	p->order = order;
	list_push(&zone.free[order], &p->link);
	zone.blocks[order]++;
}

/*
 * Take a block off its list; from now on its buddy does not merge with it.
 * Context: [zone.lock].
 */
static struct page *take_free(struct page *p, unsigned order)
{
	spin_must_hold(&zone.lock);
	list_remove(&p->link);
	zone.blocks[order]--;
	p->kind = PAGE_RESERVED;
	return p;
}

/*
 * Free a block, and merge it with its buddy as long as the buddy is free, too.
 * Context: [zone.lock].
 */
static void buddy_free(struct page *p, unsigned order)
{
	pfn_t pfn = page_pfn(p);

	spin_must_hold(&zone.lock);
	for (; order < PAGE_MAX_ORDER; order++) {
		pfn_t other = pfn ^ (1ul << order);
		struct page *b;

		if (!pfn_valid(other))
			break;
		b = pfn_page(other);
		/*
		 * PAGE_FREE alone is not enough: the frame may be the first of
		 * a smaller block, while the rest of the buddy is in use.  The
		 * owner of an allocated block sets its kind without the lock,
		 * but never to PAGE_FREE.
		 */
		if (HINT(b->kind) != PAGE_FREE || b->order != order)
			break;
		take_free(b, order);
		pfn &= ~(1ul << order);
	}
	push_free(pfn_page(pfn), order);
}

/*
 * Context: [zone.lock].
 * Return: a block; NULL: no block is large enough.
 */
static struct page *buddy_alloc(unsigned order)
{
	unsigned o = order;
	struct page *p;

	while (o <= PAGE_MAX_ORDER && list_empty(&zone.free[o]))
		o++;
	if (o > PAGE_MAX_ORDER)
		return NULL;
	p = take_free(list_first(&zone.free[o], struct page, link), o);
	if (unlikely(o == PAGE_MAX_ORDER && p->flags & PG_FRESH)) {
		memset(p + 1, 0, sizeof(*p) * ((1ul << PAGE_MAX_ORDER) - 1));
		p->flags = 0;
	}
	/* keep the lower half, so that memory fills up from below */
	while (o > order) {
		o--;
		push_free(p + (1ul << o), o);
	}
	return p;
}

/*
 * Give all but `keep` hot frames of any CPU back to the zone.
 * Context: [zone.lock].
 */
static void drain_hot(struct hot *h, unsigned keep)
{
	unsigned count;
	void *chain, *link;

	spin_must_hold(&zone.lock);
	magazine_lock(&h->mag);
	count = h->mag.count;
	chain = magazine_split(&h->mag, keep);
	count -= h->mag.count;
	magazine_unlock(&h->mag);
	zone.free_frames += count;
	while ((link = magazine_next(&chain)) != NULL)
		buddy_free(link_page(link), 0);
}

/* Drain a full stack, but keep the newest frames.  Context: h is not locked. */
static __noinline void drain_most(struct hot *h)
{
	spin_lock(&zone.lock);
	drain_hot(h, zone.hot_max / 8);
	spin_unlock(&zone.lock);
}

/*
 * Context: [zone.lock].
 * Return: a block; NULL: none, even after the hot frames were given back.
 */
static struct page *alloc_block(unsigned order)
{
	struct page *p = buddy_alloc(order);

	if (!p && page_hot_frames()) {
		/* the missing buddies may be on the hot stacks */
		for (unsigned i = 0; i < MAX_CPUS; i++)
			drain_hot(&hot[i], 0);
		p = buddy_alloc(order);
	}
	if (p)
		zone.free_frames -= 1ul << order;
	return p;
}

/*
 * True if a frame of this kind may still be taken.  Sets *low when few are
 * left.
 * Context: [zone.lock].
 */
static bool enough_left(enum page_kind kind, bool *low)
{
	unsigned long left = zone.free_frames;

	spin_must_hold(&zone.lock);
	if (likely(left > zone.low))
		return true;
	left += page_hot_frames();
	*low = left <= zone.low;
	return left > zone.reserve ||
		!(kind == PAGE_ANON || kind == PAGE_CACHE);
}

/* Tell write-back to clean pages, and swap to write some out. */
static __noinline void page_tell_low(void)
{
	if (writeback_ops)
		writeback_ops->memory_low();
	if (soft_entry)
		soft_entry->memory_low();
}

/*
 * Take a block from the zone.  A request for a single frame also refills the
 * CPU's own stack, which is empty.  While memory is low it does not, so that
 * every frame is taken here and enough_left() is checked.
 * Context: between magazine_enter() and magazine_exit(); h not locked.
 */
static __noinline struct page *zone_alloc(unsigned order, enum page_kind kind,
					  struct hot *h)
{
	struct page *p = NULL;
	bool low = false;

	spin_lock(&zone.lock);
	if (enough_left(kind, &low)) {
		if (order == 0 && likely(!low))
			p = buddy_alloc(HOT_ORDER);
		if (p) {
			zone.free_frames -= 1ul << HOT_ORDER;
			magazine_lock(&h->mag);
			for (unsigned i = (1u << HOT_ORDER) - 1; i > 0; i--)
				magazine_push(&h->mag, &p[i].link);
			magazine_unlock(&h->mag);
		} else {
			p = alloc_block(order);
		}
	}
	if (p) {
		magazine_lock(&h->mag);
		h->kinds[kind] += 1l << order;
		magazine_unlock(&h->mag);
	}
	spin_unlock(&zone.lock);
	if (unlikely(low || !p))
		page_tell_low();
	/* a slab retries with a smaller block (slab_block()) */
	if (unlikely(!p) && page_none_hook && !(kind == PAGE_SLAB && order))
		page_none_hook(order);
	return p;
}

/* Finish an allocation: the block has a user from now on. */
static inline struct page *page_hand_out(struct page *p, unsigned order,
					 enum page_kind kind)
{
	p->kind = kind;
	p->order = order;
	p->flags = 0;
	tlbcheck_alloc(p, order);
	atomic_set(&p->mapcount, 0);
	/*
	 * last, as a caller of page_get_live() reads kind and flags after refs
	 */
	__atomic_store_n(&p->refs.v, 1, __ATOMIC_RELEASE);
	return p;
}

/*
 * Context: between magazine_enter() and magazine_exit(); h not locked.
 * Return: a hot frame; NULL: the stack is empty.
 */
static inline struct page *take_hot(struct hot *h, enum page_kind kind)
{
	void *link;

	magazine_lock(&h->mag);
	link = magazine_pop(&h->mag);
	if (likely(link))
		h->kinds[kind]++;
	magazine_unlock(&h->mag);
	return likely(link) ? link_page(link) : NULL;
}

struct page *page_alloc(unsigned order, enum page_kind kind)
{
	struct page *p = NULL;
	enum ipl level;
	struct hot *h;

	if (fault_inject())
		return NULL;
	level = magazine_enter();
	h = hot_self();
	if (likely(!order))
		p = take_hot(h, kind);
	if (unlikely(!p))
		p = zone_alloc(order, kind, h);
	if (likely(p))
		check_page_alloc(page_hand_out(p, order, kind));
	magazine_exit(level);
	if (unlikely(!p))
		return NULL;
	return unlikely(READ_ONCE(page_owners) ||
			event_wanted(EVENT_PAGE_ALLOC)) ?
		       page_report_charge(p) :
		       p;
}

void page_set_kind(struct page *p, enum page_kind kind)
{
	enum ipl level = magazine_enter();
	struct hot *h = hot_self();

	magazine_lock(&h->mag);
	h->kinds[p->kind]--;
	h->kinds[kind]++;
	magazine_unlock(&h->mag);
	magazine_exit(level);
	if (p->order & PAGE_CHARGED)
		page_owners->set_kind(p, kind);
	else
		p->kind = kind;
}

/* Context: [h->mag]. */
static inline void free_frame(struct page *p, struct hot *h)
{
	check_page_free(p, 0);
	h->kinds[p->kind]--;
	p->kind = PAGE_RESERVED;
	magazine_push(&h->mag, &p->link);
}

/*
 * Free a frame whose stack may be full.
 * Context: between magazine_enter() and magazine_exit(); h not locked.
 */
static __noinline void free_single(struct page *p, struct hot *h)
{
	if (HINT(h->mag.count) >= zone.hot_max)
		drain_most(h);
	magazine_lock(&h->mag);
	free_frame(p, h);
	magazine_unlock(&h->mag);
}

/*
 * Give a block back to the zone, or uncharge and free a charged frame.
 * Context: between magazine_enter() and magazine_exit(); h not locked.
 */
static __noinline void free_large(struct page *p, struct hot *h)
{
	unsigned order = page_order(p);

	if (p->order & PAGE_CHARGED) {
		page_owners->uncharge(p);
		if (!p->order) {
			free_single(p, h);
			return;
		}
	}
	check_page_free(p, order);
	spin_lock(&zone.lock);
	magazine_lock(&h->mag);
	h->kinds[p->kind] -= 1l << order;
	magazine_unlock(&h->mag);
	zone.free_frames += 1ul << order;
	p->kind = PAGE_RESERVED;
	buddy_free(p, order);
	spin_unlock(&zone.lock);
}

/*
 * Tell the TLB checker and the event log that a block is freed.  Called at the
 * start of page_free(), so that page_free() need not save values across the
 * call.
 */
static inline void tell_free(struct page *p)
{
	tlbcheck_free(p, page_order(p), TLBCHECK_CALLER);
	event_note(EVENT_PAGE_FREE, page_pfn(p), page_order(p), 0);
}

/*
 * Free p onto the CPU's own stack.
 * Context: between magazine_enter() and magazine_exit(); h not locked.
 * Return: false: p is no single uncharged frame, or the stack is full.
 */
static inline bool free_hot(struct page *p, struct hot *h)
{
	bool fits;

	magazine_lock(&h->mag);
	fits = likely(!p->order && h->mag.count < zone.hot_max);
	if (fits)
		free_frame(p, h);
	magazine_unlock(&h->mag);
	return fits;
}

/* Context: between magazine_enter() and magazine_exit(); h not locked. */
static inline void free_block(struct page *p, struct hot *h)
{
	if (likely(free_hot(p, h)))
		return;
	if (p->order)
		free_large(p, h);
	else
		free_single(p, h);
}

void page_free(struct page *p)
{
	enum ipl level;

	tell_free(p);
	level = magazine_enter();
	free_block(p, hot_self());
	magazine_exit(level);
}

void page_put_many(struct page **pages, unsigned n)
{
	struct page **end = pages + n;
	enum ipl level = magazine_enter();
	struct hot *h = hot_self();

	for (; pages < end; pages++) {
		if (!ref_put(&(*pages)->refs))
			continue;
		tell_free(*pages);
		free_block(*pages, h);
	}
	magazine_exit(level);
}

/* ---- boot ---------------------------------------------------------------- */

/*
 * All records from page_first up to this frame are initialized, or
 * buddy_alloc() will initialize them.
 */
static pfn_t recorded;

static void make_records(pfn_t end)
{
	for (; recorded < end; recorded++)
		*pfn_page(recorded) = (struct page){ 0 };
}

/*
 * Put a run on the free lists, in the largest aligned blocks.  Of a block of
 * the largest order only the first record is initialized until the block is
 * taken.
 */
static bool insert_run(paddr_t from, paddr_t to, void *arg)
{
	pfn_t pfn = from >> PAGE_SHIFT, end = to >> PAGE_SHIFT;

	while (pfn < end) {
		unsigned order = 0;

		while (order < PAGE_MAX_ORDER &&
		       IS_ALIGNED(pfn, 2ul << order) &&
		       pfn + (2ul << order) <= end)
			order++;
		make_records(pfn + (order < PAGE_MAX_ORDER ? 1ul << order : 1));
		if (order == PAGE_MAX_ORDER)
			pfn_page(pfn)->flags = PG_FRESH;
		push_free(pfn_page(pfn), order);
		zone.total += 1ul << order;
		pfn += 1ul << order;
		recorded = max(recorded, pfn);
	}
	return false;
}

struct page *page_adopt(paddr_t at, unsigned long n, enum page_kind kind)
{
	struct page *p = pfn_page(at >> PAGE_SHIFT);
	enum ipl level;

	spin_lock(&zone.lock);
	zone.total += n;
	spin_unlock(&zone.lock);
	level = magazine_enter();
	magazine_lock(&hot_self()->mag);
	hot_self()->kinds[kind] += (long)n;
	magazine_unlock(&hot_self()->mag);
	magazine_exit(level);
	for (unsigned long i = 0; i < n; i++)
		page_hand_out(p + i, 0, kind);
	return p;
}

void page_init(void)
{
	unsigned long size = page_array_make();

	for (unsigned o = 0; o <= PAGE_MAX_ORDER; o++)
		list_init(&zone.free[o]);
	recorded = page_first;
	page_each_free(insert_run, NULL);
	make_records(page_end);
	zone.free_frames = zone.total;
	/*
	 * the reserve lets a task that exits, or that is killed for lack of
	 * memory, finish
	 */
	zone.reserve = max(min(zone.total / 256, 512ul), 32ul);
	zone.low = 2 * zone.reserve + zone.total / 64;
	/*
	 * with little memory a CPU keeps fewer hot frames: a quarter of the
	 * reserve, but HOT_MIN or more
	 */
	zone.hot_max = max(min((unsigned)zone.reserve / 4, HOT_MAX + 0u),
			   HOT_MIN + 0u);
	if (zone.total < PAGE_MIN_TOTAL)
		boot_refuse("mm: %lu KiB of memory is too little",
			    zone.total << (PAGE_SHIFT - 10));
	zero_page = page_alloc_zero(PAGE_KERNEL);
	log_info("%lu KiB free, %lu KiB of frame records",
		 zone.total << (PAGE_SHIFT - 10), size >> 10);
	tlbcheck_init();
	fault_inject_set(boot_option_number("fault_inject", 0));
}
