/* SPDX-License-Identifier: MIT */
/*
 * Per-CPU caches of free objects, frames and kernel stacks (rows A5, B13, D6).
 * A magazine is a stack of items, linked through their first words.  Each CPU
 * uses its own, so the lock is free except while another CPU drains the
 * magazine.  Taking the lock costs neither a function call nor a cache miss.
 *
 * Invariant: the lock of a magazine is the innermost of all.  A holder takes no
 * other lock, so the lock of a magazine may be taken under any lock.
 */
#ifndef MM_FRAMES_MAGAZINE_H
#define MM_FRAMES_MAGAZINE_H

#include <kernel/sched/preempt.h>
#include <lt/arch.h>

#define MAGAZINE_LINE	64	/* bytes of a cache line */

struct magazine {
	int locked;		/* atomic: 1 while the CPU uses the magazine, or
				 * another CPU drains it */
	unsigned count;		/* [lock] */
	void *top;		/* [lock] the item pushed last; NULL: none */
};

/* One CPU's magazine, padded to the size of a cache line. */
struct cpu_magazine {
	struct magazine mag;
	char pad[MAGAZINE_LINE - sizeof(struct magazine)];
};

/*
 * Raise the level above every handler: the task stays on its CPU, and nothing
 * else there uses the CPU's magazines.
 * Context: any.
 * Return: the old level, for magazine_exit().
 */
static inline enum ipl magazine_enter(void)
{
	struct task *t = current;
	enum ipl old = t->ipl;

	t->ipl = IPL_HIGH;
	barrier();
	return old;
}

static inline void magazine_exit(enum ipl old)
{
	preempt_enable(old);
}

/* Context: between magazine_enter() and magazine_exit(); m may be any CPU's. */
static inline void magazine_lock(struct magazine *m)
{
	while (unlikely(__atomic_exchange_n(&m->locked, 1, __ATOMIC_ACQUIRE)))
		while (READ_ONCE(m->locked))
			arch_relax();
}

static inline void magazine_unlock(struct magazine *m)
{
	__atomic_store_n(&m->locked, 0, __ATOMIC_RELEASE);
}

/* Context: [lock]. */
static inline void magazine_push(struct magazine *m, void *item)
{
	*(void **)item = m->top;
	m->top = item;
	m->count++;
}

/* Context: [lock].  Return: the item; NULL: the magazine is empty. */
static inline void *magazine_pop(struct magazine *m)
{
	void *item = m->top;

	if (likely(item)) {
		m->top = *(void **)item;
		m->count--;
	}
	return item;
}

/*
 * Take out all but the `keep` items pushed last.
 * Context: [lock].
 * Return: the items taken out, as a chain that ends in NULL; NULL: none.
 */
static inline void *magazine_split(struct magazine *m, unsigned keep)
{
	void **link = &m->top, *rest;

	if (m->count <= keep)
		return NULL;
	m->count = keep;
	while (keep--)
		link = *link;
	rest = *link;
	*link = NULL;
	return rest;
}

/*
 * Fill an empty magazine of this CPU with a chain of n items.  Only its own CPU
 * adds items to a magazine, so a magazine that this CPU found empty is still
 * empty.
 * Context: [lock].
 */
static inline void magazine_load(struct magazine *m, void *chain, unsigned n)
{
	m->top = chain;
	m->count = n;
}

/* Take the first item off a chain.  Return: the item; NULL: the chain's end. */
static inline void *magazine_next(void **chain)
{
	void *item = *chain;

	if (item)
		*chain = *(void **)item;
	return item;
}

#endif
