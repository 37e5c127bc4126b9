/* SPDX-License-Identifier: MIT */
/*
 * How objects lie in memory, and what the checkers of objects are told
 * (docs/checkers.md).  Without a checker all of that is nothing.
 *
 *	frame               frame
 *	| slab | object | trailer | object | trailer | ...
 *	  64 bytes        a checker's notes; else none
 */
#ifndef MM_FRAMES_SLAB_LAYOUT_H
#define MM_FRAMES_SLAB_LAYOUT_H

#include "magazine.h"
#include "slab.h"

#if defined(CHECK_SLAB) || defined(CHECK_ADDRESS) || defined(CHECK_LEAK)
#define CHECK_OBJECTS
#define TRAILER		64	/* bytes, so that objects stay aligned */
#else
#define TRAILER		0
#endif
#define SLAB_HEADER	64	/* bytes of a slab before its first object */

struct slab {
	struct list link;	/* [cache] on partial, or on no list */
	void *free;		/* [cache] objects given back */
	unsigned used;		/* [cache] */
	unsigned fresh;		/* [cache] from here on never handed out */
	unsigned room;		/* const: objects */
	struct slab_cache *cache;	/* const */
};

struct slab_cache {
	struct spinlock lock;	/* IPL_HIGH: numbers of tasks are below it */
	unsigned limit;		/* const: a magazine above it is halved */
	unsigned size;		/* const: bytes of an object */
	unsigned order;		/* const: of a slab's block, if there is one */
	unsigned long out;	/* [lock] handed out, or in magazines */
	unsigned long pages;	/* [lock] of all slabs: frames, */
	unsigned long room;	/* [lock] and objects that they hold */
	struct list partial;	/* [lock] */
	struct list link;	/* [caches_lock] */
	const char *name;	/* const */
#ifdef CHECK_OBJECTS
	unsigned long delayed;	/* atomic: freed, and kept from reuse */
#endif
	struct cpu_magazine front[MAX_CPUS];
};

static inline void *slab_object(struct slab *s, unsigned i)
{
	return (char *)s + SLAB_HEADER + (size_t)i * (s->cache->size + TRAILER);
}

/* So many objects fit into a block of 2^order frames. */
static inline unsigned slab_room(const struct slab_cache *c, unsigned order)
{
	return ((PAGE_SIZE << order) - SLAB_HEADER) / (c->size + TRAILER);
}

#ifdef CHECK_OBJECTS
/* A slab has no objects yet; obj becomes one, which is free. */
void objcheck_slab(struct slab *s);
void objcheck_new(struct slab_cache *c, void *obj);
/* obj is handed out to `caller`; NULL: there is none. */
void objcheck_alloc(struct slab_cache *c, void *obj, void *caller);
/* It was for somebody further out.  Return: obj, which may be NULL. */
void *objcheck_user(void *obj, void *caller);
/* Only `size` bytes of a live object of kmalloc() were asked for. */
void objcheck_asked(void *obj, size_t size);
/*
 * Keep a freed object from reuse for some time.
 * Return: false: free *obj of *c now, it or another that has waited long.
 */
bool objcheck_free(struct slab_cache **c, void **obj, void *caller);
/* Take the object that has waited longest.  Return: false: none waits. */
bool objcheck_delayed(struct slab_cache **c, void **obj);
unsigned long objcheck_waiting(struct slab_cache *c);
#else
static inline void objcheck_slab(struct slab *s)
{
}
static inline void objcheck_new(struct slab_cache *c, void *obj)
{
}
static inline void objcheck_alloc(struct slab_cache *c, void *obj, void *caller)
{
}
static inline void *objcheck_user(void *obj, void *caller)
{
	return obj;
}
static inline void objcheck_asked(void *obj, size_t size)
{
}
static inline bool objcheck_free(struct slab_cache **c, void **obj,
				 void *caller)
{
	return false;
}
static inline bool objcheck_delayed(struct slab_cache **c, void **obj)
{
	return false;
}
static inline unsigned long objcheck_waiting(struct slab_cache *c)
{
	return 0;
}
#endif

#endif
