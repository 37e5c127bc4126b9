/* SPDX-License-Identifier: MIT */
/*
 * The model of space_model.c: what each page of the arena is worth.  It lies in
 * ordinary memory, so that fork(2) copies it with what it describes.
 */
#ifndef TEST_SPACE_MODEL_H
#define TEST_SPACE_MODEL_H

#include "tap.h"

#define ARENA		3072		/* pages: several leaf tables */
#define GRANULE		64		/* of two threads each has every other */
#define ALIGN		(4ul << 20)
#define ROOM		(256ul << 20)
#define FILE_PAGES	512
#define SLOTS		8		/* processes that live at once */
#define WORDS		(PG / sizeof(unsigned))
#define SLOT_WORD	16		/* of a file's page: one an actor */

enum kind { NONE, ANON, PRIVATE, SHARED };

struct page {
	unsigned char kind, prot;
	unsigned char no_fork, wipe;	/* MADV_DONTFORK, MADV_WIPEONFORK */
	unsigned char own;		/* PRIVATE: it is a copy */
	unsigned short at;		/* page of the file */
	unsigned batch;			/* same: surely of one VMA */
	unsigned value;			/* in its first and its last word */
};

/* One thread of the test: what it may touch, and its source of chance. */
struct actor {
	unsigned which, actors;
	unsigned random, stamp;
	unsigned long ops;
	int child[SLOTS];		/* processes; 0: none */
	unsigned written[FILE_PAGES];	/* in our word; 0: not known */
};

/* What processes share: who has which words of the file's pages. */
struct slots {
	int taken[SLOTS];
	unsigned long done, total;	/* operations, of all together; atomic */
	unsigned forks;			/* atomic */
};

static struct page model[ARENA];
static char *arena;
static struct slots *slots;
static int slot;			/* of this process */
static unsigned next_batch;		/* atomic */
static int file, mem_fd;

/* A xorshift generator: the same sequence on every C library. */
static unsigned random_choice(struct actor *a, unsigned n)
{
	unsigned x = a->random;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	a->random = x;
	return x % n;
}

/* A value that no other store had. */
static unsigned new_stamp(struct actor *a)
{
	a->stamp += 16;
	return a->stamp | (unsigned)slot << 1 | a->which;
}

static unsigned *words_of(unsigned i)
{
	return (unsigned *)(arena + i * PG);
}

/* The word of a file's page that only this actor writes. */
static unsigned *own_word(const struct actor *a, unsigned i)
{
	return words_of(i) + SLOT_WORD + 2 * slot + a->which;
}

static unsigned new_batch(void)
{
	return __atomic_add_fetch(&next_batch, 1, __ATOMIC_RELAXED);
}

/* The range may be cut out of its VMAs: give each piece a new number. */
static void cut_out(unsigned i, unsigned n)
{
	unsigned old = 0, batch = 0;

	for (; n; n--, i++) {
		if (!batch || model[i].batch != old)
			batch = new_batch();
		old = model[i].batch;
		model[i].batch = batch;
	}
}

/* What a page of the file has in the words that nobody changes. */
static unsigned base_of(unsigned at)
{
	return 0xf11e0000u + at;
}

/* A range that is the actor's own: n is cut to fit. */
static unsigned choose(struct actor *a, unsigned *n)
{
	unsigned i;

	do
		i = random_choice(a, ARENA);
	while (a->actors > 1 && i / GRANULE % a->actors != a->which);
	if (*n > ARENA - i)
		*n = ARENA - i;
	if (a->actors > 1 && *n > GRANULE - i % GRANULE)
		*n = GRANULE - i % GRANULE;
	return i;
}

static int is_mapped(unsigned i, unsigned n)
{
	while (n--)
		if (!model[i++].kind)
			return 0;
	return 1;
}

__attribute__((noreturn))
static void tell_difference(const struct actor *a, unsigned i, const char *what)
{
	const struct page *p = &model[i];

	printf("# %s: page %u, kind %u, prot %u, own %u, value %#x: %d, "
	       "%lu to go, slot %d\n", what, i, p->kind, p->prot, p->own,
	       p->value, errno, a->ops, slot);
	_exit(1);
}

/* Compare a page that can be read with what it must hold. */
static void compare_page(const struct actor *a, unsigned i)
{
	const struct page *p = &model[i];
	const volatile unsigned *w = words_of(i);
	unsigned want = p->value;

	if (p->kind == SHARED) {
		if (w[0] != base_of(p->at))
			tell_difference(a, i, "a page of the file");
		if (a->written[p->at] && *own_word(a, i) != a->written[p->at])
			tell_difference(a, i, "a shared page");
		return;
	}
	if (p->kind == PRIVATE && !p->own)
		want = base_of(p->at);
	if (w[0] != want || w[WORDS - 1] != want)
		tell_difference(a, i, "a private page");
}

static void compare_all(const struct actor *a)
{
	for (unsigned i = 0; i < ARENA; i++)
		if (i / GRANULE % a->actors == a->which &&
		    model[i].kind && model[i].prot & PROT_READ)
			compare_page(a, i);
}

/* The child's space differs from the parent's by two kinds of advice. */
static void model_forked(struct actor *a)
{
	for (unsigned i = 0; i < ARENA; i++) {
		struct page *p = &model[i];

		if (p->no_fork)
			memset(p, 0, sizeof(*p));
		else if (p->wipe)
			p->value = 0;
	}
	memset(a->written, 0, sizeof(a->written));
	memset(a->child, 0, sizeof(a->child));
}

static int take_slot(void)
{
	for (int i = 1; i < SLOTS; i++)
		if (!__atomic_exchange_n(&slots->taken[i], 1,
					 __ATOMIC_SEQ_CST))
			return i;
	return 0;
}

#endif
