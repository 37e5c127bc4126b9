/* SPDX-License-Identifier: MIT */
/*
 * Arenas: which one a thread takes its blocks from, and how blocks come from
 * runs and return to them.
 * Invariant: a run is in the bin of its size if and only if it has a block that
 * is not given out.
 */
#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "../internal.h"
#include "heap.h"

struct malloc_state malloc_state = { .threshold = THRESHOLD };

/* Return: a number that the environment sets, as for glibc, or `usual`. */
static unsigned int setting(const char *variable, const char *name,
			    unsigned int usual)
{
	const char *text = environ ? getenv(variable) : NULL;
	long n;

	if (text)
		text = strstr(text, name);
	n = text ? atol(text + strlen(name)) : -1;
	return n >= 0 && n < (long)usual ? (unsigned int)n : usual;
}

/* Initialize at the first use of malloc.  Context: [malloc_state.lock]. */
static void begin(struct malloc_state *m)
{
	const uintptr_t *random = (const uintptr_t *)getauxval(AT_RANDOM);

	m->secret = random ? *random : (uintptr_t)&random;
	m->cached = setting("GLIBC_TUNABLES", "glibc.malloc.tcache_count=",
			    CACHED);
	if (!m->arenas_max)
		m->arenas_max = setting("MALLOC_ARENA_MAX", "", ARENAS);
	if (!m->arenas_max)
		m->arenas_max = ARENAS;
}

/* Choose an arena without threads, or else the one with the fewest. */
struct arena *arena_choose(void)
{
	struct malloc_state *m = &malloc_state;
	struct arena *best = &m->arena[0];

	mutex_lock(&m->lock);
	if (!m->arenas)
		begin(m);
	for (unsigned int i = 0; i < m->arenas_max; i++) {
		if (m->arena[i].threads < best->threads)
			best = &m->arena[i];
		if (i == m->arenas)
			m->arenas++;
		if (!best->threads)
			break;
	}
	best->threads++;
	mutex_unlock(&m->lock);
	return best;
}

void arena_leave(struct arena *a)
{
	mutex_lock(&malloc_state.lock);
	a->threads--;
	mutex_unlock(&malloc_state.lock);
}

static void bin_add(struct arena *a, struct run *r)
{
	r->prev = NULL;
	r->next = a->bin[r->class];
	if (r->next)
		r->next->prev = r;
	a->bin[r->class] = r;
}

static void bin_remove(struct arena *a, struct run *r)
{
	if (r->prev)
		r->prev->next = r->next;
	else
		a->bin[r->class] = r->next;
	if (r->next)
		r->next->prev = r->prev;
}

/* Create a run of about eight blocks, at most 64 KiB, in whole pages. */
static struct run *run_new(struct arena *a, unsigned int class)
{
	size_t size = class_size(class), bytes = size * 8;
	struct run *r;

	if (bytes > 16 * PAGE_SIZE)
		bytes = 16 * PAGE_SIZE;
	r = heap_take_run(a, (unsigned int)((bytes + PAGE_SIZE - 1) /
					    PAGE_SIZE));
	if (!r)
		return NULL;
	r->class = (uint16_t)class;
	r->size = (uint32_t)size;
	r->inverse = (uint32_t)((1ULL << 32) / size + 1);
	r->blocks = (uint16_t)(r->pages * PAGE_SIZE / size);
	r->used = r->fresh = 0;
	r->free = NULL;
	bin_add(a, r);
	return r;
}

/* Take a block of a run: one that was freed, or the next never used. */
static struct block *run_take(struct arena *a, struct run *r)
{
	struct block *b = r->free;

	if (b)
		r->free = b->next;
	else
		b = (struct block *)(run_start(heap_of(r), r) +
				     (size_t)r->fresh++ * r->size);
	if (++r->used == r->blocks)
		bin_remove(a, r);
	a->used += r->size;
	return b;
}

unsigned int arena_take(struct arena *a, unsigned int class,
			unsigned int want, struct block **list)
{
	struct block **end = list;
	unsigned int n = 0;

	mutex_lock(&a->lock);
	for (; n < want; n++) {
		struct run *r = a->bin[class];

		/* create a run only if no block was found at all */
		if (!r && (n || !(r = run_new(a, class))))
			break;
		*end = run_take(a, r);
		(*end)->mark = mark_of(*end);
		end = &(*end)->next;
	}
	*end = NULL;
	mutex_unlock(&a->lock);
	return n;
}

/* Return a block to its run; free an unused run unless it is its bin's last. */
static void run_give(struct arena *a, struct heap *h, struct run *r,
		     struct block *b)
{
	b->next = r->free;
	r->free = b;
	a->used -= r->size;
	if (r->used-- == r->blocks)
		bin_add(a, r);
	if (!r->used && (r->next || r->prev)) {
		bin_remove(a, r);
		heap_give_run(h, r);
	}
}

void arena_give(struct block *list)
{
	struct arena *held = NULL;
	int was = errno;

	while (list) {
		struct block *b = list;
		struct heap *h = heap_of(b);

		list = b->next;
		if (h->arena != held) {
			if (held)
				mutex_unlock(&held->lock);
			held = h->arena;
			mutex_lock(&held->lock);
		}
		run_give(held, h, run_of(h, b), b);
	}
	if (held)
		mutex_unlock(&held->lock);
	errno = was;
}

void *arena_take_whole(struct arena *a, size_t size)
{
	unsigned int pages = (unsigned int)((size + PAGE_SIZE - 1) /
					    PAGE_SIZE);
	struct run *r;

	mutex_lock(&a->lock);
	r = heap_take_run(a, pages);
	if (r) {
		r->class = WHOLE;
		r->size = pages * (uint32_t)PAGE_SIZE;
		a->used += r->size;
	}
	mutex_unlock(&a->lock);
	return r ? run_start(heap_of(r), r) : NULL;
}

void arena_give_whole(struct heap *h, struct run *r)
{
	struct arena *a = h->arena;
	int was = errno;

	mutex_lock(&a->lock);
	a->used -= r->size;
	heap_give_run(h, r);
	mutex_unlock(&a->lock);
	errno = was;
}

/*
 * Hold all locks during a fork: the child has no other thread that could
 * release one or finish a change.
 */
void __malloc_before_fork(void)
{
	mutex_lock(&malloc_state.lock);
	for (int i = 0; i < ARENAS; i++)
		mutex_lock(&malloc_state.arena[i].lock);
}

void __malloc_after_fork(void)
{
	for (int i = ARENAS; i-- > 0;)
		mutex_unlock(&malloc_state.arena[i].lock);
	mutex_unlock(&malloc_state.lock);
}
