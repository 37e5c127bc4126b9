/* SPDX-License-Identifier: MIT */
/*
 * malloc: the data structures of memory that is not in use (row C10).
 *
 *   thread        thread        thread      each has a cache: short lists of
 *   cache         cache         cache       free blocks, taken without a lock
 *      \           /              |         ... refilled and emptied by halves
 *       \         /               |
 *      arena [lock]          arena [lock]   threads share one when there are
 *      bin  16 -> run -> run    ...         more of them than arenas
 *      bin  32 -> run                       a bin: runs of one size that have
 *       ...                                 free blocks
 *        |
 *      heap: 1 MiB of pages, at an address that is a multiple of 1 MiB
 *      +--------+-------+---+-------------+----------------+
 *      | header | run   |run| run         |  free pages    |
 *      |        | 32 32 | 48|one of 40 KiB|                |
 *      +--------+-------+---+-------------+----------------+
 *
 *   large block: a mapping of its own, with the beginning of a heap's header
 *
 * A block has no header.  Its address without the low 20 bits is its heap; the
 * page's entry in the heap's header leads to the run.  So free() finds the size
 * of a block and the arena it belongs to, whichever thread frees it.
 *
 * malloc.c  caches, and the public functions   large.c    mappings
 * arena.c   arenas, bins, runs                 aligned.c  memalign and others
 * heap.c    pages of heaps                     stats.c    statistics
 */
#ifndef LIBC_MALLOC_HEAP_H
#define LIBC_MALLOC_HEAP_H

#include <stddef.h>
#include <stdint.h>
#include <thread.h>
#include <unistd.h>

#define UNIT		(1UL << 20)
#define PAGES		(UNIT / PAGE_SIZE)
#define ARENAS		8
#define CACHED		64	/* default of malloc_state.cached */

/* Sizes: 16, 32, ... 128, then four for each doubling. */
#define CLASSES		40U
#define SMALL_MAX	(32UL << 10)
#define WHOLE		CLASSES		/* a run that is one block */
#define FREE		(CLASSES + 1)	/* free pages */

/*
 * Blocks of THRESHOLD bytes or more are mappings.  Freeing such a block raises
 * the threshold to its size, at most to THRESHOLD_MAX.
 */
#define THRESHOLD	(128UL << 10)
#define THRESHOLD_MAX	(512UL << 10)

/* The contents of a block while it is free. */
struct block {
	struct block *next;
	uintptr_t mark;			/* mark_of() the block while it is free */
};

/* Adjacent pages.  All fields that change are protected by [arena's lock]. */
struct run {
	struct run *next, *prev;	/* of the bin, if it has free blocks */
	struct block *free;		/* blocks that were freed */
	uint32_t size;			/* of a block; const while a run */
	uint32_t inverse;		/* 2^32 / size, rounded up; const */
	uint16_t class;			/* const; or WHOLE, or FREE */
	uint16_t pages;			/* in its first page's entry */
	uint16_t back;			/* distance to its first page */
	uint16_t blocks, used, fresh;	/* all; in use; ever used */
};

struct heap {
	uintptr_t mark;			/* mark_of() the heap */
	struct arena *arena;		/* NULL: holds one large block */
	size_t length;			/* of the mapping */
	void *block;			/* the large block */
	struct heap *next, *prev;	/* [arena's lock] */
	unsigned int free;		/* [arena's lock] pages */
	struct run page[PAGES];
};

/* The first page that a run can use: behind the header. */
#define FIRST	((unsigned int)((sizeof(struct heap) + PAGE_SIZE - 1) / \
				PAGE_SIZE))

struct arena {
	struct mutex lock;
	struct heap *heaps;		/* [lock] */
	struct heap *spare;		/* [lock] one of them, without runs */
	struct run *bin[CLASSES];	/* [lock] */
	size_t used;			/* [lock] bytes in blocks given out */
	size_t mapped;			/* [lock] bytes of heaps */
	unsigned int threads;		/* [malloc_state.lock] */
};

struct malloc_state {
	struct mutex lock;
	unsigned int arenas;		/* [lock] in use */
	unsigned int arenas_max;	/* [lock] */
	/* the next two are const after the first malloc */
	unsigned int cached;		/* most cached blocks of one size */
	uintptr_t secret;		/* see mark_of() */
	size_t threshold;		/* atomic, like the next two lines */
	size_t large, large_bytes;	/* large blocks */
	size_t large_most, large_bytes_most;
	struct arena arena[ARENAS];
};

extern struct malloc_state malloc_state;

/*
 * A large block may begin exactly at a unit; its header is in the unit before,
 * hence the - 1.
 */
static inline struct heap *heap_of(const void *p)
{
	return (struct heap *)(((uintptr_t)p - 1) & ~(UNIT - 1));
}

/* The mark of headers and free blocks: unlikely to be written by accident. */
static inline uintptr_t mark_of(const void *p)
{
	return malloc_state.secret ^ (uintptr_t)p;
}

static inline struct run *run_of(struct heap *h, const void *p)
{
	struct run *r = &h->page[((uintptr_t)p - (uintptr_t)h) / PAGE_SIZE];

	return r - r->back;
}

static inline char *run_start(struct heap *h, const struct run *r)
{
	return (char *)h + (size_t)(r - h->page) * PAGE_SIZE;
}

/* Return: the smallest class of blocks that hold size bytes (<= SMALL_MAX). */
static inline unsigned int class_of(size_t size)
{
	unsigned int s = (unsigned int)size - 1, top;

	if (size <= 128)
		return size ? s / 16 : 0;
	top = 31 - (unsigned int)__builtin_clz(s);
	return 8 + (top - 7) * 4 + ((s >> (top - 2)) & 3);
}

static inline size_t class_size(unsigned int class)
{
	if (class < 8)
		return (class + 1) * 16;
	return (size_t)(5 + class % 4) << (5 + (class - 8) / 4);
}

/* heap.c.  Context: the arena's lock is held. */
struct run *heap_take_run(struct arena *a, unsigned int pages);
void heap_give_run(struct heap *h, struct run *r);
size_t heap_trim(struct arena *a);

/* Map length bytes at a multiple of UNIT.  Return: NULL with errno set. */
void *heap_map(size_t length);

/* arena.c */
struct arena *arena_choose(void);
void arena_leave(struct arena *a);
/* Take up to `want` blocks as a list.  Return: how many; 0 with errno. */
unsigned int arena_take(struct arena *a, unsigned int class,
			unsigned int want, struct block **list);
/* Return a list of blocks to their arenas. */
void arena_give(struct block *list);
void *arena_take_whole(struct arena *a, size_t size);
void arena_give_whole(struct heap *h, struct run *r);

/* large.c: a block that is a mapping, at a multiple of `align`. */
void *large_take(size_t size, size_t align);
void large_give(struct heap *h);
size_t large_size(struct heap *h, const void *p);
/* Resize a large block in place.  Return: 1 if that was possible, else 0. */
int large_resize(struct heap *h, void *p, size_t size);

/* malloc.c: return the heap of a block in use; end the program if invalid. */
struct heap *block_heap(const void *p, const char *caller);
__attribute__((noreturn)) void malloc_die(const char *caller,
					  const char *what);
void *malloc_class(unsigned int class);
struct arena *malloc_own_arena(void);

#endif
