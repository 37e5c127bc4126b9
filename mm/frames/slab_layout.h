/* SPDX-License-Identifier: MIT */
/*
 * Layout of objects in memory, and the calls to the object checkers
 * (docs/checkers.md), which are empty without a checker.
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
#define TRAILER		64	/* bytes; keeps objects aligned to 16 */
#else
#define TRAILER		0
#endif
#define SLAB_HEADER	64	/* bytes of a slab before its first object */

struct slab {
	struct list link;	/* [cache] on partial, or on no list */
	void *free;		/* [cache] list of objects given back */
	unsigned used;		/* [cache] */
	unsigned fresh;		/* [cache] objects from this index on were never
				 * used */
	unsigned room;		/* const: number of objects it can hold */
	struct slab_cache *cache;	/* const */
};

struct slab_cache {
	struct spinlock lock;	/* IPL_HIGH: taken under tree_lock, too */
	unsigned limit;		/* const: a magazine above it is halved */
	unsigned size;		/* const: bytes of an object, without trailer */
	unsigned order;		/* const: preferred order of a slab's block */
	unsigned long out;	/* [lock] objects handed out or in magazines */
	unsigned long pages;	/* [lock] frames of all slabs */
	unsigned long room;	/* [lock] objects that all slabs can hold */
	struct list partial;	/* [lock] */
	struct list link;	/* [caches_lock] */
	const char *name;	/* const */
#ifdef CHECK_OBJECTS
	unsigned long delayed;	/* atomic: freed, but kept from reuse */
#endif
	struct cpu_magazine front[MAX_CPUS];
};

static inline void *slab_object(struct slab *s, unsigned i)
{
	return (char *)s + SLAB_HEADER + (size_t)i * (s->cache->size + TRAILER);
}

/* Return: the number of objects that fit into a block of 2^order frames. */
static inline unsigned slab_room(const struct slab_cache *c, unsigned order)
{
	return ((PAGE_SIZE << order) - SLAB_HEADER) / (c->size + TRAILER);
}

#ifdef CHECK_OBJECTS
/*
 * objcheck_slab() notes that s is a new slab without objects; objcheck_new()
 * adds obj, which is free, to it.
 */
void objcheck_slab(struct slab *s);
void objcheck_new(struct slab_cache *c, void *obj);
/* Note that obj is handed out to `caller`.  obj may be NULL: no memory. */
void objcheck_alloc(struct slab_cache *c, void *obj, void *caller);
/* Record `caller` as the user of obj.  Return: obj, which may be NULL. */
void *objcheck_user(void *obj, void *caller);
/* Note that only `size` bytes of an object of kmalloc() were requested. */
void objcheck_asked(void *obj, size_t size);
/*
 * Keep a freed object from reuse for some time.
 * Return: false: the caller must free *obj of *c now, which may be another
 * object that has waited long enough.
 */
bool objcheck_free(struct slab_cache **c, void **obj, void *caller);
/* Take the object that has waited longest.  Return: false: no object waits. */
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
