/* SPDX-License-Identifier: MIT */
/*
 * Shared by the checkers that watch memory: address (who may touch it now),
 * leak (what nobody has written yet), and what both note, who allocated and
 * freed it.
 */
#ifndef TOPICS_CHECKERS_ORIGIN_H
#define TOPICS_CHECKERS_ORIGIN_H

#include <lt/check.h>
#include <lt/types.h>

/* Behind each object of a slab. */
struct check_note {
	u32 allocated, freed;	/* by whom: origin_here() */
	u32 asked;		/* bytes of it; the rest is nobody's */
	u32 live;
};

/* An object by an address in or behind it, for reports. */
struct check_object {
	const char *cache;
	const char *start;
	size_t size;
	const struct check_note *note;
};
/* Return: false: at is in no object of a slab. */
bool slab_find(const void *at, struct check_object *o);

/* The caller's backtrace, kept.  Return: its number; 0: there is no room. */
u32 origin_here(void);
void origin_show(const char *what, u32 origin);

/* An object changes hands; size: all of it. */
void check_alloc(void *obj, size_t size, struct check_note *note);
/* Of a live one only this much was asked for. */
void check_asked(void *obj, size_t asked, size_t size,
		 struct check_note *note);
/* Of a block of pages, likewise. */
void check_asked_pages(struct page *p, size_t asked);

#ifdef CHECK_ADDRESS
/* Of an object, or a block of pages, only this much was asked for. */
void address_asked(void *obj, size_t asked, size_t size);
void address_asked_pages(struct page *p, size_t asked);
void address_page_alloc(struct page *p);
void address_page_free(struct page *p, unsigned order);
/* A slab has no objects yet. */
void address_slab(void *slab, size_t size);
/* Is it a live object that may be freed? */
void address_free(void *obj, size_t size, struct check_note *note);
/*
 * Keep a freed object back for a while.
 * Return: true: cache and object are now the oldest, to be freed instead.
 */
bool address_delay(void **cache, void **obj);
/* The oldest that is kept back.  Return: false: none is. */
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
/* Nobody has written to it yet. */
void leak_fill(void *p, size_t n);
#else
static inline void leak_fill(void *p, size_t n)
{
}
#endif

#endif
