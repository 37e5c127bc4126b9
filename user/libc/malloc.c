/* SPDX-License-Identifier: MIT */
/*
 * malloc: size classes that are powers of two, one free list a class, fed
 * from the data segment by brk(2); large blocks are mappings of their own
 * and go back to the kernel at once (row E6 from the user's side).
 * Invariant: each block is preceded by a header that names its class, and
 * a block is on a free list if and only if no one owns it.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <thread.h>
#include <unistd.h>

#define MIN_SHIFT	5			/* smallest class: 32 bytes */
#define MAX_SHIFT	16			/* above 64 KiB: mmap */
#define CLASSES		(MAX_SHIFT - MIN_SHIFT + 1)
#define CHUNK		(64UL << 10)		/* step of the data segment */
#define LARGE		0xffUL

struct header {
	size_t size;		/* of the whole block, header included */
	size_t class;		/* index of its list, or LARGE */
	struct header *next;	/* [lock] valid on a free list only */
} __attribute__((aligned(16)));

/* The user's part overlays `next`. */
#define HEAD		16

static struct mutex lock = MUTEX_INIT;
static struct header *free_list[CLASSES];	/* [lock] */
static char *fresh, *fresh_end;			/* [lock] not yet used */

static unsigned int class_of(size_t size)
{
	unsigned int c = 0;

	while (((size_t)1 << (c + MIN_SHIFT)) < size)
		c++;
	return c;
}

static int grow(size_t size)
{
	size_t step = (size + CHUNK - 1) & ~(CHUNK - 1);
	char *old = sbrk((intptr_t)step);

	if (old == (char *)-1)
		return -1;
	if (old != fresh_end)		/* someone else moved the break */
		fresh = (char *)(((uintptr_t)old + 15) & ~(uintptr_t)15);
	fresh_end = old + step;
	return (size_t)(fresh_end - fresh) >= size ? 0 : grow(size);
}

static struct header *carve(unsigned int class)
{
	size_t size = (size_t)1 << (class + MIN_SHIFT);
	struct header *h;

	if ((size_t)(fresh_end - fresh) < size && grow(size))
		return NULL;
	h = (struct header *)fresh;
	fresh += size;
	h->size = size;
	h->class = class;
	return h;
}

static struct header *map_large(size_t size)
{
	struct header *h;

	size = (size + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);
	h = mmap(NULL, size, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (h == MAP_FAILED)
		return NULL;
	h->size = size;
	h->class = LARGE;
	return h;
}

void *malloc(size_t want)
{
	struct header *h;
	unsigned int c;

	if (want > SIZE_MAX - 2 * PAGE_SIZE) {
		errno = ENOMEM;
		return NULL;
	}
	want += HEAD;
	if (want > (1UL << MAX_SHIFT)) {
		h = map_large(want);
		return h ? (char *)h + HEAD : NULL;
	}
	c = class_of(want);
	mutex_lock(&lock);
	h = free_list[c];
	if (h)
		free_list[c] = h->next;
	else
		h = carve(c);
	mutex_unlock(&lock);
	if (!h)
		errno = ENOMEM;
	return h ? (char *)h + HEAD : NULL;
}

void free(void *p)
{
	struct header *h;

	if (!p)
		return;
	h = (struct header *)((char *)p - HEAD);
	if (h->class == LARGE) {
		munmap(h, h->size);
		return;
	}
	mutex_lock(&lock);
	h->next = free_list[h->class];
	free_list[h->class] = h;
	mutex_unlock(&lock);
}

void *calloc(size_t n, size_t size)
{
	size_t all;
	void *p;

	if (__builtin_mul_overflow(n, size, &all)) {
		errno = ENOMEM;
		return NULL;
	}
	p = malloc(all);
	return p ? memset(p, 0, all) : NULL;
}

void *realloc(void *p, size_t size)
{
	struct header *h;
	void *q;

	if (!p)
		return malloc(size);
	h = (struct header *)((char *)p - HEAD);
	if (size <= h->size - HEAD)
		return p;
	q = malloc(size);
	if (!q)
		return NULL;
	memcpy(q, p, h->size - HEAD);
	free(p);
	return q;
}
