/* SPDX-License-Identifier: MIT */
/* Kernel objects: caches of equal-sized objects, and kmalloc over them. */
#ifndef MM_FRAMES_SLAB_H
#define MM_FRAMES_SLAB_H

#include <lt/list.h>
#include <lt/types.h>

struct slab_cache;

/* Create a cache; panics if there is no memory.  Context: boot. */
struct slab_cache *slab_create(const char *name, size_t size);
/*
 * Allocate an object with undefined contents; slab_zalloc(): zeros.
 * Context: as page_alloc().
 * Return: NULL: no memory.
 */
void *slab_alloc(struct slab_cache *c);
void *slab_zalloc(struct slab_cache *c);
void slab_free(struct slab_cache *c, void *obj);

/*
 * Allocate memory of any size; a large block consists of whole frames.
 * Context: as page_alloc().
 * Return: NULL: no memory.
 */
void *kmalloc(size_t size);
void *kzalloc(size_t size);
void *krealloc(void *p, size_t size);	/* on failure p stays valid */
void kfree(void *p);			/* NULL is fine */
char *kstrdup(const char *s);

void slab_init(void);
unsigned long slab_objects(void);	/* live objects in all caches */
unsigned long slab_pages(void);
/* Give back empty slabs.  Return: the number of pages freed. */
unsigned long slab_shrink(void);
/* Call fn for each cache, as /proc/slabinfo needs. */
void slab_each(void (*fn)(void *arg, const char *name, size_t size,
			  unsigned long live, unsigned long total,
			  unsigned long pages), void *arg);

#endif
