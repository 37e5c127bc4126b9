/* SPDX-License-Identifier: MIT */
/*
 * The rings of records, one per CPU (row C11).  A ring is a sequence of pages,
 * each filled from its start; no record crosses a page boundary.  When all
 * pages are full, the oldest page is overwritten, or without `overwrite` the
 * newest record is dropped.  In both cases the lost records are counted.
 *
 * read.page              head
 *    |                    |
 *    v                    v
 * +------+ +------+ +------+ +------+
 * |..####| |######| |###   | |      |     page n is in slot n % nr
 * +------+ +------+ +------+ +------+
 *    ^read.at
 *
 * Invariant: head - read.page < nr, so the pages between them are complete.
 * A ring's lock is taken with interrupts off and held while a record is copied.
 * It is no lock of <kernel/lock/lock.h>, because those are traced themselves.
 */
#include "tracefs.h"
#include <kernel/current.h>
#include <kernel/lock/lock.h>
#include <lib/mem.h>
#include <lt/arch.h>
#include <lt/bug.h>
#include <mm/frames/page.h>
#include <mm/frames/slab.h>
#include <uapi/errno.h>

struct ring_page {
	u32 used;			/* bytes of data */
	u32 left;			/* records not taken yet */
	u8 data[];
};

#define ROOM	(PAGE_SIZE - sizeof(struct ring_page))
#define DEFAULT_KIB	1408

struct ring {
	int locked;
	unsigned long flags;		/* [locked] saved interrupt state */
	struct ring_page **slot;	/* [locked] NULL: no pages allocated */
	unsigned nr;			/* [locked] */
	u32 head;			/* [locked] */
	struct ring_place read;		/* [locked] */
	struct ring_counts c;		/* [locked] */
	unsigned long kib;		/* [trace_control] */
};

static struct ring rings[MAX_CPUS];
static bool working[MAX_CPUS];		/* [that CPU, interrupts off] */
bool ring_overwrites = true;

void ring_begin(unsigned cpu)
{
	struct ring *r = &rings[cpu];
	unsigned long flags = arch_irq_save();

	working[current->cpu->id] = true;
	while (__atomic_exchange_n(&r->locked, 1, __ATOMIC_ACQUIRE))
		arch_relax();
	r->flags = flags;
}

void ring_end(unsigned cpu)
{
	struct ring *r = &rings[cpu];
	unsigned long flags = r->flags;

	__atomic_store_n(&r->locked, 0, __ATOMIC_RELEASE);
	working[current->cpu->id] = false;
	arch_irq_restore(flags);
}

bool ring_mine(void)
{
	return working[current->cpu->id];
}

static struct ring_page *page_at(const struct ring *r, u32 n)
{
	return r->slot[n % r->nr];
}

/* ---- writing ------------------------------------------------------------- */

/*
 * Go to the next page; the oldest page may be overwritten for it.
 * Return: false if overwriting is off and the ring is full.
 */
static bool ring_next_page(struct ring *r)
{
	struct ring_page *p;

	if (r->head + 1 - r->read.page >= r->nr) {
		if (!READ_ONCE(ring_overwrites))
			return false;
		p = page_at(r, r->read.page);
		r->c.overrun += p->left;
		r->c.entries -= p->left;
		r->c.bytes -= p->used - r->read.at;
		r->read = (struct ring_place){ .page = r->read.page + 1 };
	}
	p = page_at(r, ++r->head);
	p->used = p->left = 0;
	return true;
}

struct ring_head *ring_room(unsigned cpu, unsigned size)
{
	struct ring *r = &rings[cpu];

	if (!r->slot)
		return NULL;
	if (page_at(r, r->head)->used + sizeof(struct ring_head) + size >
	    ROOM && !ring_next_page(r)) {
		r->c.dropped++;
		return NULL;
	}
	return (struct ring_head *)&page_at(r, r->head)->data[
		page_at(r, r->head)->used];
}

void ring_keep(unsigned cpu, struct ring_head *h)
{
	struct ring *r = &rings[cpu];
	struct ring_page *p = page_at(r, r->head);
	u32 n = ALIGN_UP((u32)sizeof(*h) + h->size, 8u);

	/* round up: the next record is aligned, or is on the next page */
	p->used = min(p->used + n, (u32)ROOM);
	p->left++;
	r->c.entries++;
	r->c.bytes += n;
}

/* ---- reading ------------------------------------------------------------- */

struct ring_place ring_start(unsigned cpu)
{
	struct ring_place p;

	ring_begin(cpu);
	p = rings[cpu].read;
	ring_end(cpu);
	return p;
}

/*
 * Move *p to the next record.
 * Context: [locked].
 * Return: the record, or NULL if there is none.
 */
static struct ring_head *tracefs_ring_settle(struct ring *r,
					     struct ring_place *p)
{
	if (!r->slot)
		return NULL;
	if ((s32)(p->page - r->read.page) < 0 ||
	    (p->page == r->read.page && p->at < r->read.at) ||
	    (s32)(p->page - r->head) > 0)
		*p = r->read;
	while (p->at >= page_at(r, p->page)->used) {
		if (p->page == r->head)
			return NULL;
		*p = (struct ring_place){ .page = p->page + 1 };
	}
	return (struct ring_head *)&page_at(r, p->page)->data[p->at];
}

bool ring_look(unsigned cpu, struct ring_place *p, u64 *time, u64 *lost)
{
	struct ring *r = &rings[cpu];
	struct ring_head *h;

	ring_begin(cpu);
	h = tracefs_ring_settle(r, p);
	if (h)
		*time = h->time;
	*lost = r->c.overrun;
	ring_end(cpu);
	return h != NULL;
}

bool ring_take(unsigned cpu, struct ring_place *p, struct ring_head *to,
	       unsigned room, bool take)
{
	struct ring *r = &rings[cpu];
	struct ring_head *h;
	u32 n;

	ring_begin(cpu);
	h = tracefs_ring_settle(r, p);
	if (h) {
		memcpy(to, h, min((unsigned)sizeof(*h) + h->size, room));
		n = ALIGN_UP((u32)sizeof(*h) + h->size, 8u);
		p->at += n;
		if (take) {
			page_at(r, p->page)->left--;
			r->read = *p;
			r->c.entries--;
			r->c.read++;
			r->c.bytes -= n;
		}
	}
	ring_end(cpu);
	return h != NULL;
}

struct ring_counts ring_counts(unsigned cpu)
{
	struct ring_place p = ring_start(cpu);
	struct ring_counts c;
	struct ring_head *h;

	ring_begin(cpu);
	h = tracefs_ring_settle(&rings[cpu], &p);
	c = rings[cpu].c;
	c.oldest = h ? h->time : 0;
	ring_end(cpu);
	return c;
}

/* ---- size ---------------------------------------------------------------- */

static void empty(struct ring *r)
{
	r->head = 0;
	r->read = (struct ring_place){ 0 };
	r->c = (struct ring_counts){ 0 };
	if (r->slot)
		r->slot[0]->used = r->slot[0]->left = 0;
}

void ring_reset(int cpu)
{
	for (unsigned i = 0; i < nr_cpus; i++)
		if (cpu < 0 || (unsigned)cpu == i) {
			ring_begin(i);
			empty(&rings[i]);
			ring_end(i);
		}
}

/* Wait until every writer that still uses the old settings has finished. */
void ring_settle(void)
{
	for (unsigned i = 0; i < nr_cpus; i++) {
		ring_begin(i);
		ring_end(i);
	}
}

static void free_slots(struct ring_page **slot, unsigned nr)
{
	for (unsigned i = 0; slot && i < nr && slot[i]; i++)
		page_put(virt_page(slot[i]));
	kfree(slot);
}

static struct ring_page **make_slots(unsigned nr)
{
	struct ring_page **slot = kzalloc(nr * sizeof(*slot));
	struct page *p;

	for (unsigned i = 0; slot && i < nr; i++) {
		p = page_alloc(0, PAGE_KERNEL);
		if (!p) {
			free_slots(slot, nr);
			return NULL;
		}
		slot[i] = page_virt(p);
	}
	return slot;
}

/*
 * Replace the pages of a ring; its records are lost.
 * Context: [trace_control].
 */
static void ring_replace_pages(unsigned cpu, struct ring_page **slot,
			       unsigned nr)
{
	struct ring *r = &rings[cpu];
	struct ring_page **old;
	unsigned before;

	ring_begin(cpu);
	old = r->slot;
	before = r->nr;
	r->slot = slot;
	r->nr = nr;
	empty(r);
	ring_end(cpu);
	free_slots(old, before);
}

static int resize(unsigned cpu, unsigned long kib)
{
	unsigned nr = max(2u, (unsigned)DIV_ROUND_UP(kib << 10, ROOM));
	struct ring_page **slot = make_slots(nr);

	if (!slot)
		return -ENOMEM;
	ring_replace_pages(cpu, slot, nr);
	rings[cpu].kib = kib;
	return 0;
}

void rings_release(void)
{
	for (unsigned i = 0; i < nr_cpus; i++)
		ring_replace_pages(i, NULL, 0);
}

int ring_resize(int cpu, unsigned long kib)
{
	int err = 0;

	for (unsigned i = 0; !err && i < nr_cpus; i++)
		if (cpu < 0 || (unsigned)cpu == i)
			err = resize(i, kib);
	return err;
}

int rings_expand(void)
{
	int err = 0;

	for (unsigned i = 0; !err && i < nr_cpus; i++)
		if (!ring_expanded(i))
			err = resize(i, ring_kib(i));
	return err;
}

bool ring_expanded(unsigned cpu)
{
	return HINT(rings[cpu].nr) != 0;
}

unsigned long ring_kib(unsigned cpu)
{
	return rings[cpu].kib ? rings[cpu].kib : DEFAULT_KIB;
}
