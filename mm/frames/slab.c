/* SPDX-License-Identifier: MIT */
/*
 * Kernel objects.  Each cache has a magazine of free objects for each CPU
 * (mm/frames/magazine.h).  Only when the magazine is empty or too full are the
 * slabs themselves touched, under the cache's lock.  A slab is a block of
 * frames with a header at its start.
 *
 * Invariants: slab->used counts objects handed out and objects in magazines.  A
 * slab is on cache->partial while it has a free object.  Objects move between
 * slabs and magazines under the cache's lock, so a holder of that lock can
 * count the objects.
 */
#define LOG_PREFIX "slab"

#include <kernel/lock/lock.h>
#include <lib/mem.h>
#include <lt/boot.h>
#include <lt/bug.h>
#include "page.h"
#include <mm/cache/radix.h>
#include "slab_layout.h"

#define SLAB_MAX_ORDER	3
#define MAGAZINE_BYTES	8192	/* bytes of objects in a magazine, roughly */

static struct spinlock caches_lock = SPIN_INIT("slab caches", IPL_CLOCK);
static struct list caches = LIST_INIT(caches);	/* [caches_lock] */

/* The cache from which other caches are allocated. */
static struct slab_cache cache_cache;

/* ---- slabs --------------------------------------------------------------- */

/*
 * Allocate a block for a slab.  If memory is free but fragmented, a smaller
 * block than the one that wastes least is good enough, provided that an object
 * fits.
 * Return: a block; NULL: no memory, or an injected failure.
 */
static struct page *slab_block(const struct slab_cache *c)
{
	struct page *p = NULL;

	if (fault_inject())
		return NULL;
	for (int i = (int)c->order; !p && i >= 0 && slab_room(c, i); i--)
		p = page_alloc((unsigned)i, PAGE_SLAB);
	return p;
}

/*
 * Add a slab.  The records of all its frames point to the slab, so that slab
 * and cache can be found from an object's address, as in kfree().
 * Context: [c->lock].
 */
static struct slab *slab_grow(struct slab_cache *c)
{
	struct page *p = slab_block(c);
	struct slab *s;

	if (!p)
		return NULL;
	s = page_virt(p);
	s->free = NULL;
	s->used = s->fresh = 0;
	s->room = slab_room(c, page_order(p));
	s->cache = c;
	list_push(&c->partial, &s->link);
	for (unsigned i = 0, n = 1u << page_order(p); i < n; i++) {
		p[i].kind = PAGE_SLAB;	/* kfree() may look at any of them */
		p[i].slab_cache = c;
		p[i].slab = s;
	}
	c->pages += 1ul << page_order(p);
	c->room += s->room;
	objcheck_slab(s);
	return s;
}

/*
 * Free an empty slab.  The frames behind the first become PAGE_RESERVED again,
 * as page_put() handles only the first.
 * Context: [c->lock]; s->used is 0.
 */
static void slab_release(struct slab_cache *c, struct slab *s)
{
	struct page *p = virt_page(s);

	spin_must_hold(&c->lock);
	list_remove(&s->link);
	c->pages -= 1ul << page_order(p);
	c->room -= s->room;
	for (unsigned i = 1; i < 1u << page_order(p); i++)
		p[i].kind = PAGE_RESERVED;
	page_put(p);
}

/*
 * Take up to `want` objects from one slab.
 * Context: [c->lock].
 * Return: a chain of *n objects; NULL: no memory.
 */
static void *take_objects(struct slab_cache *c, unsigned want, unsigned *n)
{
	spin_must_hold(&c->lock);
	struct slab *s = list_empty(&c->partial) ? slab_grow(c) :
		list_first(&c->partial, struct slab, link);
	/*
	 * Use locals, as the compiler must assume that a store to an object
	 * changes the fields of *s and *c.
	 */
	void *chain = NULL, *free;
	size_t step = c->size + TRAILER;
	char *fresh;

	if (!s)
		return NULL;
	want = min(want, s->room - s->used);
	free = s->free;
	fresh = slab_object(s, s->fresh);
	for (unsigned i = 0; i < want; i++) {
		void *obj = free;

		if (obj) {
			free = *(void **)obj;
		} else {
			objcheck_new(c, obj = fresh);
			fresh += step;
		}
		*(void **)obj = chain;
		chain = obj;
	}
	s->free = free;
	s->fresh = (unsigned)(fresh - (char *)slab_object(s, 0)) / step;
	s->used += want;
	c->out += want;
	if (s->used == s->room)
		list_remove(&s->link);
	*n = want;
	return chain;
}

/*
 * Return a chain of objects to their slabs, and free slabs that become empty;
 * with keep, the cache retains one slab with free objects.
 * Context: [c->lock].
 */
static void give_objects(struct slab_cache *c, void *chain, bool keep)
{
	spin_must_hold(&c->lock);
	void *obj;

	while ((obj = magazine_next(&chain)) != NULL) {
		struct slab *s = virt_page(obj)->slab;

		if (s->used == s->room)
			list_push(&c->partial, &s->link);
		*(void **)obj = s->free;
		s->free = obj;
		c->out--;
		if (--s->used == 0 && (!keep || c->partial.next->next !=
				       &c->partial))
			slab_release(c, s);
	}
}

/*
 * Fill the empty magazine of this CPU.
 * Return: one more object, not in the magazine; NULL: no memory.
 */
static __noinline void *magazine_refill(struct slab_cache *c,
					struct magazine *m)
{
	unsigned n = 0;
	void *chain, *obj;

	spin_lock(&c->lock);
	chain = take_objects(c, c->limit / 2 + 1, &n);
	obj = magazine_next(&chain);
	if (chain) {
		magazine_lock(m);
		magazine_load(m, chain, n - 1);
		magazine_unlock(m);
	}
	spin_unlock(&c->lock);
	return obj;
}

/* Remove all but `keep` objects from the magazine of any CPU. */
static __noinline void magazine_drain(struct slab_cache *c,
				      struct magazine *m, unsigned keep)
{
	void *chain;

	spin_lock(&c->lock);
	magazine_lock(m);
	chain = magazine_split(m, keep);
	magazine_unlock(m);
	give_objects(c, chain, keep > 0);
	spin_unlock(&c->lock);
}

/* ---- caches -------------------------------------------------------------- */

/*
 * A free object's first word is a link, so no object is smaller than a word.
 * Objects are aligned to 16 bytes, as both ABIs require of malloc().  Objects
 * of less than 32 bytes are aligned only to 8.
 */
static void cache_init(struct slab_cache *c, const char *name, size_t size)
{
	size = max(size, sizeof(void *));
	size = ALIGN_UP(size, size < 32 ? (size_t)8 : (size_t)16);
	memset(c, 0, sizeof(*c));
	spin_init(&c->lock, "slab", IPL_HIGH);
	list_init(&c->partial);
	c->name = name;
	c->size = size;
	/*
	 * the smallest order that wastes less than an eighth, header included
	 */
	for (; c->order < SLAB_MAX_ORDER; c->order++) {
		size_t bytes = PAGE_SIZE << c->order;
		size_t n = slab_room(c, c->order);

		if (n >= 4 && bytes - n * (size + TRAILER) < bytes / 8)
			break;
	}
	if (!slab_room(c, c->order))
		panic("slab: objects of cache %s are too large", name);
	c->limit = max(min((unsigned)(MAGAZINE_BYTES / size), 64u), 4u);
	spin_lock(&caches_lock);
	list_append(&caches, &c->link);
	spin_unlock(&caches_lock);
}

struct slab_cache *slab_create(const char *name, size_t size)
{
	struct slab_cache *c = slab_alloc(&cache_cache);

	if (!c)
		panic("slab: no memory for cache %s", name);
	cache_init(c, name, size);
	return c;
}

void *slab_alloc(struct slab_cache *c)
{
	struct magazine *m;
	enum ipl level;
	void *obj;

	if (fault_inject())
		return NULL;
	level = magazine_enter();
	m = &c->front[cpu_self()->id].mag;
	magazine_lock(m);
	obj = magazine_pop(m);
	magazine_unlock(m);
	if (unlikely(!obj))
		obj = magazine_refill(c, m);
	magazine_exit(level);
	objcheck_alloc(c, obj, __builtin_return_address(0));
	return obj;
}

/*
 * slab_alloc() has recorded this function as the caller; objcheck_user()
 * corrects that.
 */
void *slab_zalloc(struct slab_cache *c)
{
	void *obj = objcheck_user(slab_alloc(c), __builtin_return_address(0));

	return obj ? memset(obj, 0, c->size) : NULL;
}

static inline void free_now(struct slab_cache *c, void *obj)
{
	struct magazine *m;
	enum ipl level;
	unsigned count;

	level = magazine_enter();
	m = &c->front[cpu_self()->id].mag;
	magazine_lock(m);
	magazine_push(m, obj);
	count = m->count;
	magazine_unlock(m);
	if (unlikely(count > c->limit))
		magazine_drain(c, m, c->limit / 2);
	magazine_exit(level);
}

void slab_free(struct slab_cache *c, void *obj)
{
	if (!objcheck_free(&c, &obj, __builtin_return_address(0)))
		free_now(c, obj);
}

/* Caches are only added, and only at boot: no lock is needed for their list. */
unsigned long slab_shrink(void)
{
	unsigned long freed = 0;
	struct slab_cache *c;
	void *obj;

	while (objcheck_delayed(&c, &obj))
		free_now(c, obj);
	list_for_each(c, &caches, link) {
		struct slab *s, *tmp;
		unsigned long before = HINT(c->pages);

		for (unsigned i = 0; i < MAX_CPUS; i++)
			if (HINT(c->front[i].mag.count))
				magazine_drain(c, &c->front[i].mag, 0);
		spin_lock(&c->lock);
		list_for_each_safe(s, tmp, &c->partial, link)
			if (!s->used)
				slab_release(c, s);
		if (before > c->pages)
			freed += before - c->pages;
		spin_unlock(&c->lock);
	}
	return freed;
}

/*
 * Return the number of objects in use: out of the slabs and in no magazine.
 * The number is a hint, as other CPUs go on meanwhile: an object that moves
 * from one magazine to another may be counted in both.
 */
static unsigned long cache_live(struct slab_cache *c)
{
	unsigned long out, waiting = objcheck_waiting(c);

	spin_lock(&c->lock);
	out = c->out;
	for (unsigned i = 0; i < MAX_CPUS; i++)
		waiting += HINT(c->front[i].mag.count);
	spin_unlock(&c->lock);
	return out > waiting ? out - waiting : 0;
}

void slab_each(void (*fn)(void *arg, const char *name, size_t size,
			  unsigned long live, unsigned long total,
			  unsigned long pages), void *arg)
{
	struct slab_cache *c;

	list_for_each(c, &caches, link)
		fn(arg, c->name, c->size, cache_live(c), HINT(c->room),
		   HINT(c->pages));
}

unsigned long slab_objects(void)
{
	unsigned long n = 0;
	struct slab_cache *c;

	list_for_each(c, &caches, link)
		n += cache_live(c);
	return n;
}

unsigned long slab_pages(void)
{
	unsigned long n = 0;
	struct slab_cache *c;

	list_for_each(c, &caches, link)
		n += HINT(c->pages);
	return n;
}

/* ---- kmalloc ------------------------------------------------------------- */

static const struct {
	unsigned short size;
	const char *name;
} classes[] = {
	{ 16, "kmalloc-16" }, { 32, "kmalloc-32" }, { 48, "kmalloc-48" },
	{ 64, "kmalloc-64" }, { 96, "kmalloc-96" }, { 128, "kmalloc-128" },
	{ 192, "kmalloc-192" }, { 256, "kmalloc-256" },
	{ 384, "kmalloc-384" }, { 512, "kmalloc-512" },
	{ 768, "kmalloc-768" }, { 1024, "kmalloc-1024" },
	{ 2048, "kmalloc-2048" },
};

#define KMALLOC_SLAB_MAX 2048
static struct slab_cache kmalloc_caches[ARRAY_SIZE(classes)];
/* index into classes[] by size in units of 16 bytes; const after init */
static u8 class_of[KMALLOC_SLAB_MAX / 16 + 1];

/*
 * Return: the smallest order of a block of `size` bytes; more than
 * PAGE_MAX_ORDER: no block is that large.
 */
static unsigned size_order(size_t size)
{
	unsigned order = 0;

	while (order <= PAGE_MAX_ORDER && PAGE_SIZE << order < size)
		order++;
	return order;
}

void *kmalloc(size_t size)
{
	struct page *p;
	unsigned order;

	if (likely(size <= KMALLOC_SLAB_MAX)) {
		void *obj = slab_alloc(
			&kmalloc_caches[class_of[(size + 15) / 16]]);

		objcheck_asked(obj, size);
		return objcheck_user(obj, __builtin_return_address(0));
	}
	order = size_order(size);
	if (order > PAGE_MAX_ORDER)
		return NULL;
	p = page_charge(page_alloc(order, PAGE_KERNEL));
	if (!p)
		return NULL;
	objcheck_asked(page_virt(p), size);
	return page_virt(p);
}

void *kzalloc(size_t size)
{
	void *p = objcheck_user(kmalloc(size), __builtin_return_address(0));

	return p ? memset(p, 0, size) : NULL;
}

void kfree(void *ptr)
{
	struct page *p;

	if (!ptr)
		return;
	/* the frame's kind tells slabs from whole blocks */
	p = virt_page(ptr);
	if (p->kind == PAGE_SLAB) {
		slab_free(p->slab_cache, ptr);
	} else {
		ASSERT(p->kind == PAGE_KERNEL);
		page_put(p);
	}
}

/* Keeps the block if size fits and is more than half of the block's size. */
void *krealloc(void *ptr, size_t size)
{
	struct page *p;
	size_t have;
	void *new;

	if (!ptr)
		return kmalloc(size);
	p = virt_page(ptr);
	have = p->kind == PAGE_SLAB ? ((struct slab_cache *)p->slab_cache)->size
				    : PAGE_SIZE << page_order(p);
	if (size <= have && size > have / 2) {
		objcheck_asked(ptr, size);
		return ptr;
	}
	new = kmalloc(size);
	if (!new)
		return NULL;
	memcpy(new, ptr, min(have, size));
	kfree(ptr);
	return new;
}

char *kstrdup(const char *s)
{
	size_t n = strlen(s) + 1;
	char *copy = objcheck_user(kmalloc(n), __builtin_return_address(0));

	return copy ? memcpy(copy, s, n) : NULL;
}

void slab_init(void)
{
	unsigned c = 0;

	cache_init(&cache_cache, "slab_cache", sizeof(struct slab_cache));
	for (unsigned i = 0; i < ARRAY_SIZE(classes); i++)
		cache_init(&kmalloc_caches[i], classes[i].name,
			   classes[i].size);
	for (unsigned i = 0; i < ARRAY_SIZE(class_of); i++) {
		if (i * 16 > classes[c].size)
			c++;
		class_of[i] = c;
	}
	radix_setup();
}
