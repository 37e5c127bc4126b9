/* SPDX-License-Identifier: MIT */
/*
 * What the kernel tells the checkers that watch memory (docs/checkers.md):
 * address (who may touch it now), leak (what nobody has written yet) and what
 * both note, who allocated and freed it.  Without them all of it is nothing.
 */
#ifndef LT_CHECK_H
#define LT_CHECK_H

#include <lt/types.h>

struct page;

#if defined(CHECK_ADDRESS) || defined(CHECK_LEAK)
#define CHECK_ORIGIN

/* Behind each object of a slab. */
struct check_note {
	u32 allocated, freed;	/* by whom: origin_here() */
	u32 asked;		/* bytes of it; the rest is nobody's */
	u32 live;
};
#define CHECK_NOTE	32	/* bytes, so that objects stay aligned */

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
void check_page_alloc(struct page *p);
void check_page_free(struct page *p, unsigned order);
#else
#define CHECK_NOTE	0
struct check_note;

static inline void check_asked_pages(struct page *p,
				     size_t asked)
{
}
static inline void check_page_alloc(struct page *p)
{
}
static inline void check_page_free(struct page *p,
				   unsigned order)
{
}
#endif

#ifdef CHECK_ADDRESS
/* Boot, in this order: find room for the shadow of all frames, map it, go. */
void address_place(void);
void address_map(void);
void address_init(void);
/*
 * Kernel stacks: a slot of the vmap window gets a shadow.
 * Return: 0 or -ENOMEM.
 */
int address_map_stack(vaddr_t slot, unsigned long size);
/* Pages of it, which grow with the most stacks ever in use. */
unsigned long address_stack_pages(void);
/* A stack is nobody's, or begun anew. */
void address_stack_reset(const void *stack);
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
/* [p, p + n) may be read, or written. */
void address_check(const volatile void *p, size_t n, bool write);
/*
 * Until the next call count reports instead of making them.
 * Return: how many there were since the last.
 */
unsigned address_expect(bool expect);
#else
static inline void address_place(void)
{
}
static inline void address_map(void)
{
}
static inline void address_init(void)
{
}
static inline int address_map_stack(vaddr_t slot,
				    unsigned long size)
{
	return 0;
}
static inline unsigned long address_stack_pages(void)
{
	return 0;
}
static inline void address_stack_reset(const void *stack)
{
}
static inline void address_asked(void *obj, size_t asked,
				 size_t size)
{
}
static inline void address_asked_pages(struct page *p,
				       size_t asked)
{
}
static inline void address_page_alloc(struct page *p)
{
}
static inline void address_page_free(struct page *p,
				     unsigned order)
{
}
static inline void address_check(const volatile void *p,
				 size_t n, bool write)
{
}
#endif

#ifdef CHECK_LEAK
/* Nobody has written to it yet. */
void leak_fill(void *p, size_t n);
/* [p, p + n) goes to user memory. */
void leak_check(const void *p, size_t n);
unsigned leak_expect(bool expect);
#else
static inline void leak_fill(void *p, size_t n)
{
}
static inline void leak_check(const void *p, size_t n)
{
}
#endif

#ifdef CHECK_UNDEFINED
unsigned undefined_expect(bool expect);
#endif

#endif
