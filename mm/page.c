/* SPDX-License-Identifier: MIT */
/*
 * Physical memory: a buddy allocator over one array of struct page, and a
 * stack of hot single frames in front of it, so that the common frame costs
 * no splitting and no merging.
 *
 * Invariants: a free block is aligned to its size and its head has kind
 * PAGE_FREE; no two free buddies exist; frames in the hot stack look reserved.
 */
#define LOG_PREFIX "mm"
#include <kernel/lock.h>
#include <lib/mem.h>
#include <lt/boot.h>
#include <lt/bug.h>
#include <lt/log.h>
#include <mm/page.h>

#define HOT_MAX		128
#define HOT_BATCH	64
#define HOT_ORDER	4	/* blocks the stack is filled from */

struct page *page_array;
pfn_t page_first, page_end;
struct page *zero_page;
void (*page_low_hook)(void);

static struct {
	struct spinlock lock;
	struct list free[PAGE_MAX_ORDER + 1];		/* [lock] */
	unsigned long blocks[PAGE_MAX_ORDER + 1];	/* [lock] */
	unsigned long free_frames;	/* [lock] with the hot ones */
	unsigned long total;		/* [lock] grows by page_adopt */
	unsigned long reserve;		/* const after init */
	unsigned long low;		/* const after init */
	unsigned long kinds[PAGE_KINDS];	/* [lock] frames in use */
	unsigned hot_count;		/* [lock] */
	struct page *hot[HOT_MAX];	/* [lock] */
} zone = { .lock = SPIN_INIT("zone", IPL_HIGH) };

/* ---- fault injection ----------------------------------------------------- */

unsigned long fault_inject_left;

void fault_inject_set(unsigned long n)
{
	fault_inject_left = n;
}

bool fault_inject_hit(void)
{
	return --fault_inject_left == 0;
}

/* ---- the buddy allocator ------------------------------------------------- */

static void push_free(struct page *p, unsigned order)
{
	p->kind = PAGE_FREE;
	p->order = order;
	list_push(&zone.free[order], &p->link);
	zone.blocks[order]++;
}

static struct page *take_free(struct page *p, unsigned order)
{
	list_remove(&p->link);
	zone.blocks[order]--;
	p->kind = PAGE_RESERVED;
	return p;
}

/* => [zone.lock] */
static void buddy_free(struct page *p, unsigned order)
{
	pfn_t pfn = page_pfn(p);

	for (; order < PAGE_MAX_ORDER; order++) {
		pfn_t other = pfn ^ (1ul << order);
		struct page *b;

		if (!pfn_valid(other))
			break;
		b = pfn_page(other);
		if (b->kind != PAGE_FREE || b->order != order)
			break;
		take_free(b, order);
		pfn &= ~(1ul << order);
	}
	push_free(pfn_page(pfn), order);
}

/* => [zone.lock]; NULL: none that large */
static struct page *buddy_alloc(unsigned order)
{
	unsigned o = order;
	struct page *p;

	while (o <= PAGE_MAX_ORDER && list_empty(&zone.free[o]))
		o++;
	if (o > PAGE_MAX_ORDER)
		return NULL;
	p = take_free(list_first(&zone.free[o], struct page, link), o);
	/* keep the lower half, so that memory fills from below */
	while (o > order) {
		o--;
		push_free(p + (1ul << o), o);
	}
	return p;
}

/* => [zone.lock] */
static void drain_hot(unsigned keep)
{
	while (zone.hot_count > keep)
		buddy_free(zone.hot[--zone.hot_count], 0);
}

/* => [zone.lock]; false: no memory */
static bool fill_hot(void)
{
	unsigned order = HOT_ORDER;
	struct page *p = buddy_alloc(order);

	if (!p) {
		order = 0;
		p = buddy_alloc(0);
	}
	if (!p)
		return false;
	for (unsigned i = 1u << order; i > 0; i--)
		zone.hot[zone.hot_count++] = p + i - 1;
	return true;
}

static struct page *alloc_block(unsigned order)
{
	struct page *p = buddy_alloc(order);

	if (!p && zone.hot_count) {
		/* the missing buddies may be on the stack */
		drain_hot(0);
		p = buddy_alloc(order);
	}
	return p;
}

struct page *page_alloc(unsigned order, enum page_kind kind)
{
	bool low = false;
	struct page *p;

	if (fault_inject())
		return NULL;
	spin_lock(&zone.lock);
	if (unlikely(zone.free_frames <= zone.low)) {
		low = true;
		if (zone.free_frames <= zone.reserve &&
		    (kind == PAGE_ANON || kind == PAGE_CACHE))
			goto no_memory;
	}
	if (order == 0) {
		if (unlikely(zone.hot_count == 0) && !fill_hot())
			goto no_memory;
		p = zone.hot[--zone.hot_count];
	} else {
		p = alloc_block(order);
		if (!p)
			goto no_memory;
	}
	zone.free_frames -= 1ul << order;
	zone.kinds[kind] += 1ul << order;
	spin_unlock(&zone.lock);
	p->kind = kind;
	p->order = order;
	p->flags = 0;
	atomic_set(&p->mapcount, 0);
	/* after kind and flags, for page_get_live() */
	__atomic_store_n(&p->refs.v, 1, __ATOMIC_RELEASE);
	if (unlikely(low) && page_low_hook)
		page_low_hook();
	return p;
no_memory:
	spin_unlock(&zone.lock);
	if (page_low_hook)
		page_low_hook();
	return NULL;
}

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

/* => [zone.lock] */
static inline void free_block(struct page *p)
{
	unsigned order = p->order;

	zone.free_frames += 1ul << order;
	zone.kinds[p->kind] -= 1ul << order;
	p->kind = PAGE_RESERVED;
	if (order) {
		buddy_free(p, order);
		return;
	}
	if (unlikely(zone.hot_count == HOT_MAX))
		drain_hot(HOT_MAX - HOT_BATCH);
	zone.hot[zone.hot_count++] = p;
}

void page_put(struct page *p)
{
	if (!ref_put(&p->refs))
		return;
	spin_lock(&zone.lock);
	free_block(p);
	spin_unlock(&zone.lock);
}

void page_put_many(struct page **pages, unsigned n)
{
	spin_lock(&zone.lock);
	for (unsigned i = 0; i < n; i++)
		if (ref_put(&pages[i]->refs))
			free_block(pages[i]);
	spin_unlock(&zone.lock);
}

void page_set_kind(struct page *p, enum page_kind kind)
{
	spin_lock(&zone.lock);
	zone.kinds[p->kind] -= 1ul << p->order;
	zone.kinds[kind] += 1ul << p->order;
	spin_unlock(&zone.lock);
	p->kind = kind;
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
	return zone.free_frames;
}

unsigned long page_count_kind(enum page_kind kind)
{
	return zone.kinds[kind];
}

void page_free_blocks(unsigned long count[PAGE_MAX_ORDER + 1])
{
	spin_lock(&zone.lock);
	for (unsigned o = 0; o <= PAGE_MAX_ORDER; o++)
		count[o] = zone.blocks[o];
	count[0] += zone.hot_count;
	spin_unlock(&zone.lock);
}

/* ---- boot ---------------------------------------------------------------- */

/* What must not be handed out: boot_info's list, the image, the page array. */
#define MAX_TAKEN (BOOT_RANGES + 4)
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
 * The first free run of whole frames in [at, end).  => its first byte, *stop
 * its end; stop == at when there is none
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

/* fn on every free run, until it says true. */
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

static bool place_array(paddr_t from, paddr_t to, void *arg)
{
	unsigned long size = *(unsigned long *)arg;

	if (to - from < size)
		return false;
	page_array = phys_to_virt(from);
	take_range(from, size);
	return true;
}

/* Insert a run in the largest aligned blocks. */
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
	if (!each_free(place_array, &size))
		boot_refuse("mm: no room for %lu KiB of frame records",
			    size >> 10);
	memset(page_array, 0, size);
	for (unsigned o = 0; o <= PAGE_MAX_ORDER; o++)
		list_init(&zone.free[o]);
	each_free(insert_run, NULL);
	zone.free_frames = zone.total;
	/* so that killing for memory, and exiting, need not fail for it */
	zone.reserve = max(min(zone.total / 256, 512ul), 32ul);
	zone.low = 2 * zone.reserve + zone.total / 64;
	if (zone.total < PAGE_MIN_TOTAL)
		boot_refuse("mm: %lu KiB of memory is too little",
			    zone.total << (PAGE_SHIFT - 10));
	zero_page = page_alloc_zero(PAGE_KERNEL);
	log_info("%lu KiB free, %lu KiB of frame records",
		 zone.total << (PAGE_SHIFT - 10), size >> 10);
	fault_inject_set(boot_option_number("fault_inject", 0));
}
