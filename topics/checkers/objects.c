/* SPDX-License-Identifier: MIT */
/*
 * Checks of slab objects by the checkers (<mm/frames/slab_layout.h>).
 *
 * Checker `slab`: four words behind each object record whether it is free,
 * which code last freed and allocated it, and how many bytes were requested.
 * The bytes behind the requested ones are filled with the pattern BEHIND.  A
 * free object is filled with the pattern POISON, except for its first word,
 * which links free objects.  The kernel panics when a pattern was overwritten,
 * when an object is freed twice or to the wrong cache, and when the freed
 * address is no object at all.
 *
 * Checkers `address` and `leak`: a note behind those words records which code
 * allocated and which code freed the object.
 *
 * | object, cache->size bytes | state freed user asked | note |
 */
#define LOG_PREFIX "slab"

#include "origin.h"

#include <lib/mem.h>
#include <lt/bug.h>
#include <lt/ksym.h>
#include <lt/log.h>
#include <mm/frames/page.h>
#include <mm/frames/slab_layout.h>

/* ---- words behind an object (slab) --------------------------------------- */

#ifdef CHECK_SLAB
#define POISON		0x6b	/* fills a free object */
#define BEHIND		0xbb	/* fills bytes beyond the request */
#define MAGIC_FREE	0xfeedf00du
#define MAGIC_LIVE	0x11febeefu

struct words {
	uintptr_t state;	/* MAGIC_FREE or MAGIC_LIVE */
	uintptr_t freed;	/* return address of the last free */
	uintptr_t user;		/* return address of the allocation */
	uintptr_t asked;	/* bytes asked for */
};

static struct words *words_of(struct slab_cache *c, void *obj)
{
	return (struct words *)((char *)obj + c->size);
}

__noreturn static void words_panic(struct slab_cache *c, void *obj,
				   const char *what, size_t at)
{
	uintptr_t offset = 0;
	const char *name = ksym_lookup(words_of(c, obj)->freed, &offset);

	panic("slab: %s %p+%zu %s; last freed by %s+%#lx", c->name, obj, at,
	      what, name ? name : "nobody", (unsigned long)offset);
}

/* Panic if bytes of obj behind the size that was asked for were written. */
static void words_check_end(struct slab_cache *c, void *obj)
{
	struct words *w = words_of(c, obj);
	const u8 *b = obj;

	if (w->state != MAGIC_LIVE || w->asked > c->size)
		words_panic(c, obj, "written behind its end", c->size);
	for (size_t i = w->asked; i < c->size; i++)
		if (b[i] != BEHIND)
			words_panic(c, obj, "written behind its end", i);
}

static void words_asked(struct slab_cache *c, void *obj, size_t size)
{
	words_check_end(c, obj);
	words_of(c, obj)->asked = size;
	memset((u8 *)obj + size, BEHIND, c->size - size);
}

static void check_is_object(struct slab_cache *c, void *obj)
{
	struct page *p = virt_page(obj);
	size_t at;

	if (p->kind != PAGE_SLAB || p->slab_cache != c)
		panic("slab: %p is no object of %s", obj, c->name);
	at = (size_t)((char *)obj - (char *)p->slab);
	if (at < SLAB_HEADER || (at - SLAB_HEADER) % (c->size + TRAILER))
		panic("slab: %p is within an object of %s", obj, c->name);
}

static void words_free(struct slab_cache *c, void *obj, void *caller)
{
	struct words *w = words_of(c, obj);

	check_is_object(c, obj);
	if (w->state == MAGIC_FREE)
		words_panic(c, obj, "freed twice", 0);
	words_check_end(c, obj);
	memset(obj, POISON, c->size);
	w->state = MAGIC_FREE;
	w->freed = (uintptr_t)caller;
}

static void words_live(struct slab_cache *c, void *obj)
{
	words_of(c, obj)->state = MAGIC_LIVE;
	words_of(c, obj)->asked = c->size;
}

static void words_new(struct slab_cache *c, void *obj)
{
	words_live(c, obj);
	words_free(c, obj, NULL);
}

static void words_alloc(struct slab_cache *c, void *obj)
{
	const u8 *b = obj;

	for (size_t i = sizeof(void *); i < c->size; i++)
		if (b[i] != POISON)
			words_panic(c, obj, "written after it was freed", i);
	if (words_of(c, obj)->state != MAGIC_FREE)
		words_panic(c, obj, "written behind its end", c->size);
	words_live(c, obj);
}

static void words_user(struct slab_cache *c, void *obj, void *caller)
{
	words_of(c, obj)->user = (uintptr_t)caller;
}

/* Print a line for each live object of the slab that starts in this page. */
static void show_users(struct page *p)
{
	struct slab *s = p->slab;
	uintptr_t offset;

	for (unsigned i = 0; i < s->fresh; i++) {
		struct words *w = words_of(s->cache, slab_object(s, i));

		if (w->state == MAGIC_LIVE)
			log_info("%s %p %s", s->cache->name, slab_object(s, i),
				 ksym_lookup(w->user, &offset));
	}
}

void objcheck_show_users(void)
{
	unsigned long n;

	for (pfn_t pfn = page_first; pfn < page_end; pfn += n) {
		struct page *p = pfn_page(pfn);

		/*
		 * struct page is not valid inside a free block: skip the block
		 */
		n = p->kind == PAGE_FREE ? 1ul << p->order : 1;
		if (p->kind == PAGE_SLAB && page_virt(p) == (void *)p->slab)
			show_users(p);
	}
}
#else
static void words_asked(struct slab_cache *c, void *obj, size_t size)
{
}

static void words_free(struct slab_cache *c, void *obj, void *caller)
{
}

static void words_new(struct slab_cache *c, void *obj)
{
}

static void words_alloc(struct slab_cache *c, void *obj)
{
}

static void words_user(struct slab_cache *c, void *obj, void *caller)
{
}
#endif

/* ---- notes behind the words (address, leak) ------------------------------ */

#ifdef CHECK_ORIGIN
#define NOTE_AT	(4 * sizeof(u64))	/* offset behind the object */

static struct check_note *objects_note_of(struct slab_cache *c, void *obj)
{
	return (struct check_note *)((char *)obj + c->size + NOTE_AT);
}

static void note_alloc(struct slab_cache *c, void *obj)
{
	check_alloc(obj, c->size, objects_note_of(c, obj));
}

static void note_asked(struct slab_cache *c, void *obj, size_t size)
{
	check_asked(obj, size, c->size, objects_note_of(c, obj));
}

static void note_asked_pages(struct page *p, size_t size)
{
	check_asked_pages(p, size);
}

bool slab_find(const void *at, struct check_object *o)
{
	struct page *p = virt_page(at);
	struct slab_cache *c = p->slab_cache;
	size_t offset;

	if (p->kind != PAGE_SLAB)
		return false;
	offset = (size_t)((const char *)at - (const char *)p->slab);
	if (offset < SLAB_HEADER)
		return false;
	o->start = slab_object(p->slab, (offset - SLAB_HEADER) /
			       (c->size + TRAILER));
	o->cache = c->name;
	o->size = c->size;
	o->note = objects_note_of(c, (void *)o->start);
	return true;
}
#else
static void note_alloc(struct slab_cache *c, void *obj)
{
}

static void note_asked(struct slab_cache *c, void *obj, size_t size)
{
}

static void note_asked_pages(struct page *p, size_t size)
{
}
#endif

/* ---- hooks of mm/frames/slab.c ------------------------------------------- */

void objcheck_new(struct slab_cache *c, void *obj)
{
	words_new(c, obj);
}

void objcheck_alloc(struct slab_cache *c, void *obj, void *caller)
{
	if (!obj)
		return;
	words_alloc(c, obj);
	words_user(c, obj, caller);
	note_alloc(c, obj);
}

void *objcheck_user(void *obj, void *caller)
{
	struct page *p = obj ? virt_page(obj) : NULL;

	if (p && p->kind == PAGE_SLAB)
		words_user(p->slab_cache, obj, caller);
	return obj;
}

void objcheck_asked(void *obj, size_t size)
{
	struct page *p = obj ? virt_page(obj) : NULL;

	if (p && p->kind == PAGE_SLAB) {
		words_asked(p->slab_cache, obj, size);
		note_asked(p->slab_cache, obj, size);
	} else if (p) {
		note_asked_pages(p, size);
	}
}

#ifdef CHECK_ADDRESS
void objcheck_slab(struct slab *s)
{
	address_slab(s, PAGE_SIZE << page_order(virt_page(s)));
}

bool objcheck_free(struct slab_cache **c, void **obj, void *caller)
{
	void *cache = *c;

	words_free(*c, *obj, caller);
	address_free(*obj, (*c)->size, objects_note_of(*c, *obj));
	__atomic_fetch_add(&(*c)->delayed, 1, __ATOMIC_RELAXED);
	if (!address_delay(&cache, obj))
		return true;
	*c = cache;
	__atomic_fetch_sub(&(*c)->delayed, 1, __ATOMIC_RELAXED);
	return false;
}

bool objcheck_delayed(struct slab_cache **c, void **obj)
{
	void *cache;

	if (!address_delayed(&cache, obj))
		return false;
	*c = cache;
	__atomic_fetch_sub(&(*c)->delayed, 1, __ATOMIC_RELAXED);
	return true;
}

unsigned long objcheck_waiting(struct slab_cache *c)
{
	return READ_ONCE(c->delayed);
}
#else
void objcheck_slab(struct slab *s)
{
}

bool objcheck_free(struct slab_cache **c, void **obj, void *caller)
{
	words_free(*c, *obj, caller);
	return false;
}

bool objcheck_delayed(struct slab_cache **c, void **obj)
{
	return false;
}

unsigned long objcheck_waiting(struct slab_cache *c)
{
	return 0;
}
#endif
