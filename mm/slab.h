/* SPDX-License-Identifier: MIT */
/* Kernel objects: caches of equal-sized objects, and kmalloc over them. */
#ifndef MM_SLAB_H
#define MM_SLAB_H

#include <lt/list.h>
#include <lt/types.h>

struct slab_cache;

/* => panics if it cannot be made: boot only */
struct slab_cache *slab_create(const char *name, size_t size);
/* => NULL: no memory.  Contents undefined / zero.  Any level. */
void *slab_alloc(struct slab_cache *c);
void *slab_zalloc(struct slab_cache *c);
void slab_free(struct slab_cache *c, void *obj);

/* Any size; more than a page comes straight from the buddy allocator. */
void *kmalloc(size_t size);
void *kzalloc(size_t size);
void *krealloc(void *p, size_t size);	/* old block kept on failure */
void kfree(void *p);			/* NULL is fine */
char *kstrdup(const char *s);

void slab_init(void);
/* In debug builds: log each live object and who asked for it. */
void slab_debug_users(void);
unsigned long slab_objects(void);	/* live objects in all caches */
unsigned long slab_pages(void);
/* Give back empty slabs.  => pages freed */
unsigned long slab_shrink(void);
/* Lines of /proc/slabinfo: fn once a cache. */
void slab_each(void (*fn)(void *arg, const char *name, size_t size,
			  unsigned long live, unsigned long total,
			  unsigned long pages), void *arg);

#endif
