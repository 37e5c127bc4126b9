/* SPDX-License-Identifier: MIT */
/*
 * Shared by the checkers that watch memory: address (which memory may be
 * accessed now) and leak (which memory has not been written yet).  Both record
 * which code allocated and freed an object.
 */
#ifndef TOPICS_CHECKERS_ORIGIN_H
#define TOPICS_CHECKERS_ORIGIN_H

#include <lt/check.h>
#include <lt/types.h>

/* Stored behind each object of a slab. */
struct check_note {
	u32 allocated, freed;	/* backtraces: see origin_here() */
	u32 asked;		/* bytes requested; the rest is unused */
	u32 live;
};

/* Describes the object in or before an address, for reports. */
struct check_object {
	const char *cache;
	const char *start;
	size_t size;
	const struct check_note *note;
};
/* Return: false if no object of a slab is at the address. */
bool slab_find(const void *at, struct check_object *o);

/*
 * Store the caller's backtrace.
 * Return: its number, or 0 if the table has no room.
 */
u32 origin_here(void);
void origin_show(const char *what, u32 origin);

/* Record an allocation; size: the whole size of the object. */
void check_alloc(void *obj, size_t size, struct check_note *note);
/* Record that only `asked` bytes of a live object were requested. */
void check_asked(void *obj, size_t asked, size_t size,
		 struct check_note *note);
/* Record that only `asked` bytes of a block of pages were requested. */
void check_asked_pages(struct page *p, size_t asked);

#ifdef CHECK_ADDRESS
/*
 * Make only the requested bytes of an object, or of a block of pages,
 * accessible.
 */
void address_asked(void *obj, size_t asked, size_t size);
void address_asked_pages(struct page *p, size_t asked);
void address_page_alloc(struct page *p);
void address_page_free(struct page *p, unsigned order);
/* Poison a new slab, which has no objects yet. */
void address_slab(void *slab, size_t size);
/* Report the object unless it is live; then poison it as freed. */
void address_free(void *obj, size_t size, struct check_note *note);
/*
 * Put a freed object into the queue.
 * Return: true if the queue was full: cache and object are now the oldest
 * entry, which must be freed instead.
 */
bool address_delay(void **cache, void **obj);
/*
 * Take the oldest object out of the queue.
 * Return: false if the queue is empty.
 */
bool address_delayed(void **cache, void **obj);
#else
static inline void address_asked(void *obj, size_t asked, size_t size)
{
}
static inline void address_asked_pages(struct page *p, size_t asked)
{
}
static inline void address_page_alloc(struct page *p)
{
}
static inline void address_page_free(struct page *p, unsigned order)
{
}
#endif

#ifdef CHECK_LEAK
/* Fill new memory with the pattern for data that was never written. */
void leak_fill(void *p, size_t n);
#else
static inline void leak_fill(void *p, size_t n)
{
}
#endif

#endif
