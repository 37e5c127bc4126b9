/* SPDX-License-Identifier: MIT */
/*
 * Physical memory (lecture row A5 of docs/coverage.md): a buddy allocator over
 * one array of struct page, and in front of it a stack of hot single frames for
 * each CPU, so that most frames cost no splitting, no merging and no shared
 * lock.
 *
 * A block of order k is 2^k frames, and aligned to its size.  With its buddy it
 * makes up a block of order k + 1, so their numbers differ in one bit, bit k:
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
 * a hot stack under the zone's lock, so whoever holds it can count the free
 * ones.
 */
#define LOG_PREFIX "mm"
#include <kernel/lock.h>
#include <kernel/tlb_check.h>
#include <lib/mem.h>
#include <lt/boot.h>
#include <lt/bug.h>
#include <lt/check.h>
#include <lt/log.h>
#include <mm/magazine.h>
#include <mm/page.h>

#define HOT_MAX		128	/* frames that a CPU keeps at most */
#define HOT_MIN		16	/* the same where there is little memory */
#define HOT_ORDER	4	/* order of the blocks they are cut from */

struct page *page_array;
pfn_t page_first, page_end;
struct page *zero_page;
void (*page_low_hook)(void);

static struct {
	struct spinlock lock;
	struct list free[PAGE_MAX_ORDER + 1];		/* [lock] */
	unsigned long blocks[PAGE_MAX_ORDER + 1];	/* [lock] */
	unsigned long free_frames;	/* [lock] not counting hot ones */
	unsigned long total;		/* [lock] grows by page_adopt */
	unsigned long reserve;		/* const after init */
	unsigned long low;		/* const after init */
	unsigned hot_max;		/* const after init */
} zone = { .lock = SPIN_INIT("zone", IPL_HIGH) };

/* What a CPU uses without the zone's lock: hot frames, by page->link. */
static struct hot {
	struct magazine mag;
	/*
	 * This CPU's share of the frames in use.  It may be negative: many
	 * frames are freed on another CPU than the one that took them.
	 */
	long kinds[PAGE_KINDS];		/* [mag] */
} __aligned(MAGAZINE_LINE) hot[MAX_CPUS];

/* Context: between magazine_enter() and magazine_exit(), so the CPU stays. */
static struct hot *hot_self(void)
{
	return &hot[cpu_self()->id];
}

static inline struct page *link_page(void *link)
{
	return container_of(link, struct page, link);
}

/* ---- fault injection ----------------------------------------------------- */

unsigned long fault_inject_left;

void fault_inject_set(unsigned long n)
{
	WRITE_ONCE(fault_inject_left, n);
}

/* Of two CPUs that allocate at once either may fail: a test need not care. */
bool fault_inject_hit(void)
{
	return __atomic_sub_fetch(&fault_inject_left, 1, __ATOMIC_RELAXED) == 0;
}

/* ---- the buddy allocator ------------------------------------------------- */

/*
 * Only the first frame of a free block has kind PAGE_FREE; those behind it stay
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
 * Take a block off its list; from now on it does not merge with its buddy.
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
 * Free a block, and merge it with its buddy as long as that is free as well.
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
		 * a smaller block, while the rest of the buddy is in use.
		 * Whoever takes a block sets its kind without the lock, but
		 * never to PAGE_FREE.
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
 * Return: a block; NULL: none is that large.
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
	/* keep the lower half, so that memory fills up from below */
	while (o > order) {
		o--;
		push_free(p + (1ul << o), o);
	}
	return p;
}

/*
 * Give back all but `keep` hot frames of a CPU, this one or another.
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

/*
 * The CPU's stack is full: keep only the newest frames.
 * Context: the hot stack is not locked.
 */
static __noinline void drain_most(struct hot *h)
{
	spin_lock(&zone.lock);
	drain_hot(h, zone.hot_max / 8);
	spin_unlock(&zone.lock);
}

/* The number of hot frames on all CPUs.  Context: [zone.lock]. */
static unsigned long hot_frames(void)
{
	unsigned long n = 0;

	spin_must_hold(&zone.lock);
	for (unsigned i = 0; i < MAX_CPUS; i++)
		n += HINT(hot[i].mag.count);
	return n;
}

/*
 * Context: [zone.lock].
 * Return: a block; NULL: none, even after the hot frames were given back.
 */
static struct page *alloc_block(unsigned order)
{
	struct page *p = buddy_alloc(order);

	if (!p && hot_frames()) {
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
 * May a frame of this kind still be taken?  Sets *low when few are left.
 * Context: [zone.lock].
 */
static bool enough_left(enum page_kind kind, bool *low)
{
	unsigned long left = zone.free_frames;

	spin_must_hold(&zone.lock);
	if (likely(left > zone.low))
		return true;
	left += hot_frames();
	*low = left <= zone.low;
	return left > zone.reserve ||
		!(kind == PAGE_ANON || kind == PAGE_CACHE);
}

/*
 * Take a block from the zone.  A single frame brings others with it, for the
 * CPU's own stack, which is empty.  While memory is low it does not: then every
 * frame comes here, and is checked.
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
	if (unlikely(low || !p) && page_low_hook)
		page_low_hook();
	return p;
}

struct page *page_alloc(unsigned order, enum page_kind kind)
{
	struct page *p = NULL;
	enum ipl level;
	struct hot *h;
	void *link;

	if (fault_inject())
		return NULL;
	level = magazine_enter();
	h = hot_self();
	if (likely(order == 0)) {
		magazine_lock(&h->mag);
		link = magazine_pop(&h->mag);
		if (likely(link)) {
			p = link_page(link);
			h->kinds[kind]++;
		}
		magazine_unlock(&h->mag);
	}
	if (unlikely(!p))
		p = zone_alloc(order, kind, h);
	magazine_exit(level);
	if (unlikely(!p))
		return NULL;
	p->kind = kind;
	p->order = order;
	p->flags = 0;
	tlbcheck_alloc(p, order);
	atomic_set(&p->mapcount, 0);
	/* after kind and flags, for page_get_live() */
	__atomic_store_n(&p->refs.v, 1, __ATOMIC_RELEASE);
	check_page_alloc(p);
	return p;
}

/*
 * By compare-and-exchange, not by an increment: a count of 0 belongs to the
 * allocator, which stores a 1 without looking at what is there.
 */
bool page_get_live(struct page *p)
{
	int old = ref_read(&p->refs);

	do {
		if (old <= 0)
			return false;
	} while (!__atomic_compare_exchange_n(&p->refs.v, &old, old + 1, false,
			__ATOMIC_ACQUIRE, __ATOMIC_RELAXED));
	return true;
}

struct page *page_alloc_zero(enum page_kind kind)
{
	struct page *p = page_alloc(0, kind);

	if (p)
		arch_clear_page(page_virt(p));
	return p;
}

/*
 * Give a block back to the zone.
 * Context: after magazine_enter(); h not locked.
 */
static __noinline void free_large(struct page *p, struct hot *h)
{
	unsigned order = p->order;

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

/* Context: [h->mag]. */
static inline void free_frame(struct page *p, struct hot *h)
{
	check_page_free(p, 0);
	h->kinds[p->kind]--;
	p->kind = PAGE_RESERVED;
	magazine_push(&h->mag, &p->link);
}

/* Free a block of several frames, or a frame that finds the stack full. */
static __noinline void free_slow(struct page *p, struct hot *h)
{
	if (p->order) {
		free_large(p, h);
		return;
	}
	drain_most(h);
	magazine_lock(&h->mag);
	free_frame(p, h);
	magazine_unlock(&h->mag);
}

void page_free(struct page *p)
{
	enum ipl level = magazine_enter();
	struct hot *h = hot_self();

	tlbcheck_free(p, p->order, TLBCHECK_CALLER);
	magazine_lock(&h->mag);
	if (likely(!p->order && h->mag.count < zone.hot_max)) {
		free_frame(p, h);
		magazine_unlock(&h->mag);
	} else {
		magazine_unlock(&h->mag);
		free_slow(p, h);
	}
	magazine_exit(level);
}

void page_put_many(struct page **pages, unsigned n)
{
	struct page **end = pages + n;
	enum ipl level;
	struct hot *h;

	level = magazine_enter();
	h = hot_self();
	magazine_lock(&h->mag);
	for (; pages < end; pages++) {
		struct page *p = *pages;

		if (!ref_put(&p->refs))
			continue;
		tlbcheck_free(p, p->order, TLBCHECK_CALLER);
		if (likely(!p->order && h->mag.count < zone.hot_max)) {
			free_frame(p, h);
			continue;
		}
		magazine_unlock(&h->mag);
		free_slow(p, h);
		magazine_lock(&h->mag);
	}
	magazine_unlock(&h->mag);
	magazine_exit(level);
}

void page_break_block(struct page *p)
{
	unsigned n = 1u << p->order;
	int refs = ref_read(&p->refs);
	u8 kind = p->kind;

	for (unsigned i = 0; i < n; i++) {
		p[i].kind = kind;
		p[i].order = 0;
		p[i].flags = 0;
		p[i].refs.v = refs;
		atomic_set(&p[i].mapcount, 0);
	}
}

/* ---- figures ------------------------------------------------------------- */

unsigned long page_total(void)
{
	return zone.total;
}

unsigned long page_reserve(void)
{
	return zone.reserve;
}

unsigned long page_low_mark(void)
{
	return zone.low;
}

unsigned long page_free_count(void)
{
	unsigned long n;

	spin_lock(&zone.lock);
	n = zone.free_frames + hot_frames();
	spin_unlock(&zone.lock);
	return n;
}

bool page_is_low(void)
{
	return unlikely(HINT(zone.free_frames) < zone.low) &&
		page_free_count() < zone.low;
}

unsigned long page_count_kind(enum page_kind kind)
{
	long n = 0;

	for (unsigned i = 0; i < MAX_CPUS; i++)
		n += HINT(hot[i].kinds[kind]);
	return (unsigned long)max(n, 0l);
}

void page_free_blocks(unsigned long count[PAGE_MAX_ORDER + 1])
{
	spin_lock(&zone.lock);
	for (unsigned o = 0; o <= PAGE_MAX_ORDER; o++)
		count[o] = zone.blocks[o];
	count[0] += hot_frames();
	spin_unlock(&zone.lock);
}

/* ---- boot ---------------------------------------------------------------- */

/* Never handed out: boot_info's list, the kernel image, the page array. */
#define MAX_TAKEN (BOOT_RANGES + 5)
static struct boot_range taken[MAX_TAKEN];
static unsigned taken_count;

static void take_range(paddr_t base, unsigned long size)
{
	if (!size)
		return;
	ASSERT(taken_count < MAX_TAKEN);
	taken[taken_count++] = (struct boot_range){ base, size };
}

/*
 * Find the first free run of whole frames in [at, end).
 * Return: its first byte, with its end in *stop; both are equal if there is
 * none.
 */
static paddr_t next_free(paddr_t at, paddr_t end, paddr_t *stop)
{
	bool moved = true;

	at = ALIGN_UP(at, PAGE_SIZE);
	while (moved) {
		moved = false;
		for (unsigned i = 0; i < taken_count; i++) {
			paddr_t to = taken[i].base + taken[i].size;

			if (at >= taken[i].base && at < to) {
				at = ALIGN_UP(to, PAGE_SIZE);
				moved = true;
			}
		}
	}
	*stop = ALIGN_DOWN(end, PAGE_SIZE);
	for (unsigned i = 0; i < taken_count; i++)
		if (taken[i].base >= at && taken[i].base < *stop)
			*stop = ALIGN_DOWN(taken[i].base, PAGE_SIZE);
	if (*stop < at)
		*stop = at;
	return at;
}

typedef bool (*range_fn)(paddr_t from, paddr_t to, void *arg);

/* Call fn on every free run, until it returns true. */
static bool each_free(range_fn fn, void *arg)
{
	for (unsigned i = 0; i < boot_info.ram_count; i++) {
		paddr_t at = boot_info.ram[i].base;
		paddr_t end = at + boot_info.ram[i].size, stop;

		while (at < end) {
			at = next_free(at, end, &stop);
			if (at < stop && fn(at, stop, arg))
				return true;
			at = stop > at ? stop : at + PAGE_SIZE;
		}
	}
	return false;
}

struct place {
	unsigned long size;
	paddr_t at;		/* 0: none yet */
};

static bool place_in(paddr_t from, paddr_t to, void *arg)
{
	struct place *p = arg;

	if (to - from < p->size)
		return false;
	p->at = from;
	take_range(from, p->size);
	return true;
}

paddr_t page_take(unsigned long size)
{
	struct place p = { .size = size };

	each_free(place_in, &p);
	return p.at;
}

/* Put a run on the free lists, in the largest aligned blocks. */
static bool insert_run(paddr_t from, paddr_t to, void *arg)
{
	pfn_t pfn = from >> PAGE_SHIFT, end = to >> PAGE_SHIFT;

	(void)arg;
	while (pfn < end) {
		unsigned order = 0;

		while (order < PAGE_MAX_ORDER &&
		       IS_ALIGNED(pfn, 2ul << order) &&
		       pfn + (2ul << order) <= end)
			order++;
		push_free(pfn_page(pfn), order);
		zone.total += 1ul << order;
		pfn += 1ul << order;
	}
	return false;
}

/*
 * Frame by frame, and the lock is taken for each: buddy_free() merges them into
 * large blocks, and nobody waits long for the zone.
 */
void page_adopt(paddr_t from, paddr_t to)
{
	pfn_t pfn = ALIGN_UP(from, PAGE_SIZE) >> PAGE_SHIFT;
	pfn_t end = to >> PAGE_SHIFT;

	for (; pfn < end; pfn++) {
		spin_lock(&zone.lock);
		buddy_free(pfn_page(pfn), 0);
		zone.total++;
		zone.free_frames++;
		spin_unlock(&zone.lock);
	}
}

/*
 * The array spans all banks of memory.  A hole between two banks only costs
 * records: they stay PAGE_RESERVED, so nothing merges with them.
 */
static void find_bounds(void)
{
	page_first = ~0ul;
	for (unsigned i = 0; i < boot_info.ram_count; i++) {
		const struct boot_range *r = &boot_info.ram[i];
		pfn_t end = (r->base + r->size) >> PAGE_SHIFT;

		page_first = min(page_first, (pfn_t)(r->base >> PAGE_SHIFT));
		page_end = max(page_end, end);
	}
}

void page_init(void)
{
	unsigned long size;
	paddr_t at;

	if (!boot_info.ram_count)
		boot_refuse("mm: the firmware reports no memory");
	for (unsigned i = 0; i < boot_info.reserved_count; i++)
		take_range(boot_info.reserved[i].base,
			   boot_info.reserved[i].size);
	take_range(boot_info.initrd.base, boot_info.initrd.size);
	take_range(virt_to_phys(__kernel_start),
		   __kernel_end - __kernel_start);
	take_range(0, PAGE_SIZE);	/* physical 0 means "none" */
	find_bounds();
	size = ALIGN_UP((page_end - page_first) * sizeof(struct page),
			PAGE_SIZE);
	at = page_take(size);
	if (!at)
		boot_refuse("mm: no room for %lu KiB of frame records",
			    size >> 10);
	page_array = phys_to_virt(at);
	address_place();
	memset(page_array, 0, size);
	for (unsigned o = 0; o <= PAGE_MAX_ORDER; o++)
		list_init(&zone.free[o]);
	each_free(insert_run, NULL);
	zone.free_frames = zone.total;
	/* so that a task that is killed for memory, or exits, can end */
	zone.reserve = max(min(zone.total / 256, 512ul), 32ul);
	zone.low = 2 * zone.reserve + zone.total / 64;
	/* what eight CPUs hide from each other must be little beside that */
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
