/* SPDX-License-Identifier: MIT */
/*
 * Fair shares by virtual deadline (row B14), EEVDF; fair.c explains it.  Pure
 * logic without clock, lock or CPU: the caller passes how long an entity ran,
 * and which entity runs.  test/host/test_fair.c tests this code on the build
 * machine.
 *
 * Invariant: the running entity is in no queue.  The parameter `curr` is the
 * running entity, which is part of all sums; NULL: no entity runs.
 */
#ifndef KERNEL_SCHED_POLICY_FAIR_H
#define KERNEL_SCHED_POLICY_FAIR_H

#include <lib/rbtree.h>
#include <lt/compiler.h>
#include <lt/types.h>

#define FAIR_NICE_0	1024u		/* weight of nice 0 */
#define FAIR_IDLE	3u		/* weight of SCHED_IDLE */
#define FAIR_SLICE	4000000u	/* ns: a turn, while others wait */
#define FAIR_SLICE_MIN	100000u
#define FAIR_SLICE_MAX	100000000u

/* An entity; protected by the lock of its queue. */
struct fair_entity {
	struct rb_node node;
	u64 vruntime;		/* run time in virtual ns */
	u64 deadline;		/* vruntime at the end of its slice */
	u64 least;		/* least vruntime of its subtree */
	s64 lag;		/* virtual ns owed to it, while not queued */
	u64 vslice;		/* slice in virtual ns */
	u32 weight;
	u32 inverse;		/* 2^32 / weight */
	u32 slice;		/* ns */
	bool behind;		/* in a crowd: other eligible entities run
				   first */
};

/*
 * Initializer of an entity of nice 0, with constants, so that no division is
 * needed.
 */
#define FAIR_ENTITY_INIT { \
	.vslice = FAIR_SLICE, .slice = FAIR_SLICE, \
	.weight = FAIR_NICE_0, .inverse = (1ull << 32) / FAIR_NICE_0 }

/* A queue; protected by the run queue's lock. */
struct fair_queue {
	struct rb_tree tree;	/* in the order of fair_sooner() */
	unsigned nr;		/* number of entities */
	/* Sums over the tree, not kept while the tree has only one entity. */
	u64 zero;		/* the base from which vruntimes are counted */
	u64 weight;		/* sum of weights */
	s64 sum;		/* sum of weight * (vruntime - zero) */
};

/* Return: the weight of a nice value, -20 to 19, by Linux's table. */
u32 fair_weight(int nice);
/*
 * Set the weight, or the slice in ns, of an entity in no queue.  The lag in ns
 * stays the same.
 */
void fair_set_weight(struct fair_entity *e, u32 weight);
void fair_set_slice(struct fair_entity *e, u32 slice);
/* Return: V.  Context: the queue is not empty, or curr is not NULL. */
u64 fair_now(const struct fair_queue *q, const struct fair_entity *curr);
/* True if e, which is queued or curr, is eligible: its lag is not negative. */
bool fair_eligible(const struct fair_queue *q, const struct fair_entity *curr,
		   const struct fair_entity *e);
/* Return: the rest of the slice of e, which runs, in ns. */
u64 fair_rest(const struct fair_entity *e);
/* Make e, which runs, give up its turn in favor of next, which waits. */
void fair_yield(struct fair_entity *e, const struct fair_entity *next);

/* ---- paths of every switch: inline if at most one entity waits ----------- */

/* The general cases of the inline functions below. */
void fair_insert(struct fair_queue *q, struct fair_entity *e);
void fair_remove(struct fair_queue *q, struct fair_entity *e);
struct fair_entity *fair_search(struct fair_queue *q,
				struct fair_entity *curr);
void fair_leave_many(const struct fair_queue *q,
		     const struct fair_entity *curr, struct fair_entity *e);
void fair_place_many(const struct fair_queue *q,
		     const struct fair_entity *curr, struct fair_entity *e);

static inline struct fair_entity *fair_entity_of(struct rb_node *n)
{
	return rb_entry(n, struct fair_entity, node);
}

static inline bool fair_before(u64 a, u64 b)
{
	return (s64)(a - b) < 0;
}

/* True if a runs before b when both are eligible. */
static inline bool fair_sooner(const struct fair_entity *a,
			       const struct fair_entity *b)
{
	if (unlikely(a->behind != b->behind))
		return b->behind;
	return fair_before(a->deadline, b->deadline);
}

/* Convert ns of run time of e to virtual ns; ns is limited to 4 s (32 bits). */
static inline u64 fair_virtual(const struct fair_entity *e, u64 ns)
{
	if (likely(e->weight == FAIR_NICE_0))
		return ns;
	return min(ns, (u64)0xffffffff) * e->inverse >> 22;
}

/*
 * Charge e, which runs, for ns of run time.
 * Return: true if e's slice was used up, and a new slice has begun.
 */
static inline bool fair_charge(struct fair_entity *e, u64 ns)
{
	e->vruntime += fair_virtual(e, ns);
	if (likely(fair_before(e->vruntime, e->deadline)))
		return false;
	e->deadline = e->vruntime + e->vslice;
	return true;
}

static inline void fair_enqueue(struct fair_queue *q, struct fair_entity *e)
{
	if (likely(q->nr++ == 0)) {
		e->node = (struct rb_node){ .red = false };
		e->least = e->vruntime;
		q->tree.root = &e->node;
	} else {
		fair_insert(q, e);
	}
}

static inline void fair_dequeue(struct fair_queue *q, struct fair_entity *e)
{
	if (likely(--q->nr == 0))
		q->tree.root = NULL;
	else
		fair_remove(q, e);
}

/*
 * Choose the eligible entity that runs first.  The queue is not changed.
 * Return: curr or an entity of the queue; NULL: there is none.
 */
static inline struct fair_entity *fair_pick(struct fair_queue *q,
					    struct fair_entity *curr)
{
	if (q->nr == 0)
		return curr;
	if (likely(q->nr == 1 && !curr))
		return fair_entity_of(q->tree.root);
	return fair_search(q, curr);
}

static inline s64 fair_bounded(const struct fair_entity *e, s64 lag)
{
	s64 most = 2 * (s64)e->vslice;

	if (unlikely(lag > most))
		return most;
	return unlikely(lag < -most) ? -most : lag;
}

/*
 * Store the lag of e, which leaves.  e is curr, or was just removed from the
 * queue.  If there is no other entity, the lag is 0.
 */
static inline void fair_leave(const struct fair_queue *q,
			      const struct fair_entity *curr,
			      struct fair_entity *e)
{
	const struct fair_entity *one;

	if (q->nr == 0 && (!curr || curr == e)) {
		e->lag = 0;
		return;
	}
	if (likely(q->nr == 1 && curr == e)) {
		one = fair_entity_of(q->tree.root);
		if (likely(one->weight == e->weight)) {
			e->lag = fair_bounded(e, (s64)(one->vruntime -
						       e->vruntime) / 2);
			return;
		}
	}
	fair_leave_many(q, curr, e);
}

/*
 * Compute the vruntime of e, which joins, from its lag; then compute its
 * deadline.
 */
static inline void fair_place(const struct fair_queue *q,
			      const struct fair_entity *curr,
			      struct fair_entity *e)
{
	if (likely(q->nr == 0 && curr && curr->weight == e->weight))
		e->vruntime = curr->vruntime - 2 * e->lag;
	else if (q->nr || curr)
		fair_place_many(q, curr, e);
	e->deadline = e->vruntime + e->vslice;
}

#endif
