/* SPDX-License-Identifier: MIT */
/*
 * malloc, free and related functions; the cache of each thread, which is why
 * most calls take no lock.  heap.h has the drawing.
 * Invariant: a block is marked (struct block) if and only if it is free.
 */
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include "../internal.h"
#include "heap.h"

#define CACHED_BYTES	(32U << 10)	/* of one size; at least 4 blocks */

struct cache {
	struct arena *arena;
	struct {
		struct block *first;
		uint16_t count, most;
		uint16_t step;		/* size of the last refill, in blocks */
	} bin[CLASSES];
};

static __thread struct cache *own;

static uint16_t cached_most(unsigned int class)
{
	unsigned int n = CACHED_BYTES / (unsigned int)class_size(class);

	n = n < 4 ? 4 : n;
	return (uint16_t)(n < malloc_state.cached ? n : malloc_state.cached);
}

void malloc_die(const char *caller, const char *what)
{
	write_all(STDERR_FILENO, caller, strlen(caller));
	write_all(STDERR_FILENO, what, strlen(what));
	abort();
}

/* Create this thread's cache, which is itself a block of its arena. */
static struct cache *cache_new(void)
{
	struct arena *a = arena_choose();
	struct block *b;

	if (!arena_take(a, class_of(sizeof(struct cache)), 1, &b)) {
		arena_leave(a);
		return NULL;
	}
	own = memset(b, 0, sizeof(*own));
	own->arena = a;
	for (unsigned int i = 0; i < CLASSES; i++)
		own->bin[i].most = cached_most(i);
	return own;
}

struct arena *malloc_own_arena(void)
{
	struct cache *c = own ? own : cache_new();

	return c ? c->arena : NULL;
}

/* Refill twice as many as last time, so unused sizes cost little memory. */
static void *refill(unsigned int class)
{
	struct cache *c = own ? own : cache_new();
	unsigned int want;
	struct block *b;

	if (!c)
		return NULL;
	want = c->bin[class].step * 2U;
	if (want > c->bin[class].most)
		want = c->bin[class].most;
	if (!want)
		want = 1;
	c->bin[class].step = (uint16_t)want;
	want = arena_take(c->arena, class, want, &b);
	if (!want) {
		errno = ENOMEM;
		return NULL;
	}
	c->bin[class].first = b->next;
	c->bin[class].count = (uint16_t)(want - 1);
	b->mark = 0;
	return b;
}

static inline void *take(unsigned int class)
{
	struct cache *c = own;
	struct block *b;

	if (!c || !(b = c->bin[class].first))
		return refill(class);
	c->bin[class].first = b->next;
	c->bin[class].count--;
	b->mark = 0;
	return b;
}

void *malloc_class(unsigned int class)
{
	return take(class);
}

/* Return all but the first `keep` blocks to their arenas. */
static void cache_flush(struct cache *c, unsigned int class, unsigned int keep)
{
	struct block **link = &c->bin[class].first, *rest;

	for (unsigned int i = 0; i < keep; i++)
		link = &(*link)->next;
	rest = *link;
	*link = NULL;
	c->bin[class].count = (uint16_t)keep;
	arena_give(rest);
}

/* Return the cache of a thread that has ended. */
void __malloc_thread_end(void)
{
	struct cache *c = own;
	struct block *b = (struct block *)c;

	if (!c)
		return;
	for (unsigned int i = 0; i < CLASSES; i++)
		cache_flush(c, i, 0);
	own = NULL;
	arena_leave(c->arena);
	b->next = NULL;
	b->mark = mark_of(b);
	arena_give(b);
}

static void *take_pages(size_t size)
{
	struct arena *a = malloc_own_arena();
	void *p = a ? arena_take_whole(a, size) : NULL;

	if (!p)
		errno = ENOMEM;
	return p;
}

void *malloc(size_t size)
{
	if (size <= SMALL_MAX)
		return take(class_of(size));
	/* choosing the first arena also initializes the secret for marks */
	if (size < __atomic_load_n(&malloc_state.threshold, __ATOMIC_RELAXED))
		return take_pages(size);
	return malloc_own_arena() ? large_take(size, 1) : NULL;
}

struct heap *block_heap(const void *p, const char *caller)
{
	struct heap *h = heap_of(p);

	if ((uintptr_t)p % 16 || h->mark != mark_of(h) ||
	    (!h->arena && h->block != p))
		malloc_die(caller, "(): invalid pointer\n");
	return h;
}

/*
 * True if a block of the run begins at p.  The inverse is rounded up so little
 * that the quotient is exact for multiples of the size.
 */
static int begins_block(struct heap *h, struct run *r, const void *p)
{
	uint32_t at = (uint32_t)((const char *)p - run_start(h, r));

	return at == (uint32_t)(((uint64_t)at * r->inverse) >> 32) * r->size;
}

static void free_small(struct heap *h, struct run *r, struct block *b)
{
	unsigned int class = r->class;
	struct cache *c = own;

	if (!begins_block(h, r, b))
		malloc_die("free", "(): invalid pointer\n");
	if (b->mark == mark_of(b))
		malloc_die("free", "(): double free detected\n");
	b->mark = mark_of(b);
	if (!c && !(c = cache_new())) {
		b->next = NULL;
		arena_give(b);
		return;
	}
	b->next = c->bin[class].first;
	c->bin[class].first = b;
	if (++c->bin[class].count > c->bin[class].most)
		cache_flush(c, class, c->bin[class].most / 2U);
}

void free(void *p)
{
	struct heap *h;
	struct run *r;

	if (!p)
		return;
	h = block_heap(p, "free");
	if (!h->arena) {
		large_give(h);
		return;
	}
	r = run_of(h, p);
	if (r->class < CLASSES)
		free_small(h, r, p);
	else if (r->class == WHOLE && p == run_start(h, r))
		arena_give_whole(h, r);
	else if (r->class == FREE)
		malloc_die("free", "(): double free detected\n");
	else
		malloc_die("free", "(): invalid pointer\n");
}

size_t malloc_usable_size(void *p)
{
	struct heap *h;

	if (!p)
		return 0;
	h = block_heap(p, "malloc_usable_size");
	return h->arena ? run_of(h, p)->size : large_size(h, p);
}

void *calloc(size_t n, size_t size)
{
	size_t all;
	void *p;

	if (__builtin_mul_overflow(n, size, &all)) {
		errno = ENOMEM;
		return NULL;
	}
	p = malloc(all);
	/* a mapping is clear already */
	return p && heap_of(p)->arena ? memset(p, 0, all) : p;
}

/* Resize in place if not more than half is wasted, or if a mapping can grow. */
void *realloc(void *p, size_t size)
{
	struct heap *h;
	size_t have;
	void *q;

	if (!p)
		return malloc(size);
	if (!size) {
		free(p);
		return NULL;
	}
	h = block_heap(p, "realloc");
	have = malloc_usable_size(p);
	if (size <= have && size >= have / 2)
		return p;
	if (!h->arena && size > THRESHOLD && large_resize(h, p, size))
		return p;
	q = malloc(size);
	if (!q)
		return size <= have ? p : NULL;
	memcpy(q, p, size < have ? size : have);
	free(p);
	return q;
}
