/* SPDX-License-Identifier: MIT */
/*
 * Backtraces of allocations, for the checkers `address` and `leak`.  Each
 * different backtrace is stored once, and its number is kept in the note of an
 * object.  The table only grows.  An entry is filled before its length is set,
 * and is found again by hash and comparison.
 */
#include "origin.h"

#include <kernel/task/task.h>
#include <lib/mem.h>
#include <lt/arch.h>
#include <lt/backtrace.h>
#include <lt/ksym.h>
#include <lt/log.h>
#include <mm/frames/page.h>

#define ENTRIES	32768		/* must be a power of two */
#define TRIES	64		/* probes for an entry */
#define DEPTH	8

struct origin {
	int state;		/* atomic: EMPTY, FILLING or length */
	unsigned long pc[DEPTH];
};

#define EMPTY	0
#define FILLING	(-1)

struct trace {
	int n;
	unsigned skip;
	unsigned long pc[DEPTH];
};

static struct origin origins[ENTRIES];
static struct trace *collecting[MAX_CPUS];	/* [that CPU, irqs off] */

static void origin_collect(unsigned long pc, bool exact)
{
	struct trace *t = collecting[cpu_self()->id];

	if (t->skip)
		t->skip--;
	else if (t->n < DEPTH)
		t->pc[t->n++] = pc + exact;
}

static unsigned hash(const struct trace *t)
{
	u32 h = 0;

	for (int i = 0; i < t->n; i++)
		h = (h ^ (u32)t->pc[i]) * 0x9e3779b1u;
	return h >> 15;
}

/* Return: true if the entry holds this trace, or was empty and now holds it. */
static bool origin_same(struct origin *o, const struct trace *t)
{
	int state = __atomic_load_n(&o->state, __ATOMIC_ACQUIRE);

	if (state == EMPTY && __atomic_compare_exchange_n(&o->state, &state,
			FILLING, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
		for (int i = 0; i < t->n; i++)
			o->pc[i] = t->pc[i];
		__atomic_store_n(&o->state, t->n, __ATOMIC_RELEASE);
		return true;
	}
	if (state != t->n)
		return false;
	for (int i = 0; i < t->n; i++)
		if (o->pc[i] != t->pc[i])
			return false;
	return true;
}

__noinline u32 origin_here(void)
{
	struct trace t = { .skip = 1 };
	unsigned long flags = arch_irq_save();
	unsigned at;

	collecting[cpu_self()->id] = &t;
	backtrace_walk((unsigned long)__builtin_frame_address(0), NULL,
		       origin_collect);
	arch_irq_restore(flags);
	at = hash(&t);
	for (unsigned i = 0; t.n && i < TRIES; i++)
		if (origin_same(&origins[(at + i) % ENTRIES], &t))
			return (at + i) % ENTRIES + 1;
	return 0;
}

void origin_show(const char *what, u32 origin)
{
	const struct origin *o = &origins[origin - 1];
	uintptr_t offset = 0;
	const char *name;

	if (!origin)
		return;
	log_print(LOG_EMERG, "panic", "%s", what);
	for (int i = 0; i < o->state; i++) {
		name = ksym_lookup(o->pc[i] - 1, &offset);
		log_print(LOG_EMERG, "panic", "  [%0*lx] %s+%#lx",
			  (int)sizeof(long) * 2, o->pc[i], name ? name : "?",
			  (unsigned long)offset + 1);
	}
}

/* ---- hooks of the allocators --------------------------------------------- */

void check_alloc(void *obj, size_t size, struct check_note *note)
{
	note->allocated = origin_here();
	note->asked = size;
	note->live = 1;
	address_asked(obj, size, size);
	leak_fill(obj, size);
}

void check_asked(void *obj, size_t asked, size_t size,
		 struct check_note *note)
{
	note->asked = asked;
	address_asked(obj, asked, size);
}

void check_asked_pages(struct page *p, size_t asked)
{
	address_asked_pages(p, asked);
}

void check_page_alloc(struct page *p)
{
	address_page_alloc(p);
	leak_fill(page_virt(p), PAGE_SIZE << p->order);
}

void check_page_free(struct page *p, unsigned order)
{
	address_page_free(p, order);
}
