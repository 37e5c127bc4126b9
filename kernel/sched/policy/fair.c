/* SPDX-License-Identifier: MIT */
/*
 * Earliest eligible virtual deadline first (row B14; Stoica and Abdel-Wahab).
 *
 * Each entity has a weight w and a virtual run time v, which passes the
 * faster the lighter it is: ns * 1024 / w.  If all had got exactly their share
 * they would all have the same v; that is V, the mean of all v by weight.
 * V - v is an entity's lag: what it is owed (positive) or has had too much.
 * One that has had too much is not eligible.  Of the others that one runs
 * whose slice ought to be finished first: deadline = v + slice * 1024 / w.
 *
 * All lags sum up to 0, so somebody is always eligible; an entity that waits
 * keeps its v while V goes on, so each becomes eligible, and its deadline
 * is passed by all others: nobody starves.  Lag is kept while asleep, at most
 * two slices of it: sleeping neither earns nor forgives CPU time.
 *
 * Some are behind others: whatever their deadlines, they run when nobody else is
 * owed anything.  Shares stay the same, as whoever had his is owed nothing.
 *
 * The tree is in the order of deadlines, of those behind last; each node knows
 * the least v below it, so that the search skips what cannot be eligible.  With
 * one entity in the queue, as nearly always, no sum is kept and nothing
 * multiplied.
 */
#include "fair.h"

/*
 * Linux's table (sched(7), nice values): each step is about a quarter more or
 * less, which of two tasks alone on a CPU gives one 10 % more of it.
 */
static const u32 weights[40] = {
	88761, 71755, 56483, 46273, 36291, 29154, 23254, 18705, 14949, 11916,
	9548, 7620, 6100, 4904, 3906, 3121, 2501, 1991, 1586, 1277,
	1024, 820, 655, 526, 423, 335, 272, 215, 172, 137,
	110, 87, 70, 56, 45, 36, 29, 23, 18, 15,
};

/* ---- weights ------------------------------------------------------------- */

u32 fair_weight(int nice)
{
	return weights[nice + 20];
}

/*
 * A slice in virtual time: a heavy entity gets its deadlines nearer together.
 */
static u64 vslice(const struct fair_entity *e)
{
	return (u64)e->slice * FAIR_NICE_0 / e->weight;
}

/* Lag in real time is lag * w: it stays the same when w changes. */
void fair_set_weight(struct fair_entity *e, u32 weight)
{
	if (e->weight)
		e->lag = e->lag * (s64)e->weight / (s64)weight;
	e->weight = weight;
	e->inverse = (1ull << 32) / weight;
	e->vslice = vslice(e);
}

void fair_set_slice(struct fair_entity *e, u32 slice)
{
	e->slice = slice;
	e->vslice = vslice(e);
}

/*
 * + 1, since what was rounded down would arm the clock once more for nothing.
 */
u64 fair_rest(const struct fair_entity *e)
{
	u64 left = e->deadline - e->vruntime;

	if (likely(e->weight == FAIR_NICE_0))
		return left;
	return left * e->weight / FAIR_NICE_0 + 1;
}

/* ---- the tree ------------------------------------------------------------ */

/* Called by lib/rbtree.c for each node whose children have changed. */
static bool fair_augment(struct rb_node *n)
{
	struct fair_entity *e = fair_entity_of(n);
	u64 least = e->vruntime;

	if (n->left && fair_before(fair_entity_of(n->left)->least, least))
		least = fair_entity_of(n->left)->least;
	if (n->right && fair_before(fair_entity_of(n->right)->least, least))
		least = fair_entity_of(n->right)->least;
	e->least = least;
	return true;
}

/*
 * V = zero + sum / weight.  Virtual times are 64-bit and wrap; counted from
 * `zero`, which lies near all of them, the products stay small.
 */
static void fair_add(struct fair_queue *q, const struct fair_entity *e)
{
	q->sum += (s64)(e->vruntime - q->zero) * e->weight;
	q->weight += e->weight;
}

/* The sums of a queue that has one entity, which they were not kept for. */
static void sum_one(struct fair_queue *q)
{
	const struct fair_entity *e = fair_entity_of(q->tree.root);

	q->zero = e->vruntime;
	q->weight = e->weight;
	q->sum = 0;
}

/* Equal deadlines queue behind each other. */
void fair_insert(struct fair_queue *q, struct fair_entity *e)
{
	struct rb_node **link = &q->tree.root, *parent = NULL;

	if (q->nr == 2)
		sum_one(q);
	fair_add(q, e);
	while (*link) {
		parent = *link;
		if (fair_sooner(e, fair_entity_of(parent)))
			link = &parent->left;
		else
			link = &parent->right;
	}
	rb_link(&e->node, parent, link);
	e->least = e->vruntime;
	rb_insert_fixup(&q->tree, &e->node, fair_augment);
}

/* Counted from the least there is, sums stay small. */
static void rebase(struct fair_queue *q)
{
	u64 least = fair_entity_of(q->tree.root)->least;

	q->sum -= (s64)(least - q->zero) * (s64)q->weight;
	q->zero = least;
}

/* e is no longer in the queue, and q->nr is without it. */
void fair_remove(struct fair_queue *q, struct fair_entity *e)
{
	rb_remove(&q->tree, &e->node, fair_augment);
	if (q->nr == 1)
		return;
	q->weight -= e->weight;
	q->sum -= (s64)(e->vruntime - q->zero) * e->weight;
	rebase(q);
}

/* ---- virtual time -------------------------------------------------------- */

/* Queue and curr summed up. */
struct total {
	u64 zero;
	s64 sum;
	u64 weight;
};

/* curr is in no queue but has its share of V like the others. */
static struct total total(const struct fair_queue *q,
			  const struct fair_entity *curr)
{
	struct total t = { 0, 0, 0 };

	if (q->nr == 0) {
		t.zero = curr->vruntime;
		t.weight = curr->weight;
		return t;
	}
	if (q->nr == 1) {
		t.zero = fair_entity_of(q->tree.root)->vruntime;
		t.weight = fair_entity_of(q->tree.root)->weight;
	} else {
		t = (struct total){ q->zero, q->sum, q->weight };
	}
	if (curr) {
		t.sum += (s64)(curr->vruntime - t.zero) * curr->weight;
		t.weight += curr->weight;
	}
	return t;
}

/* Rounded down: what is not beyond the mean stays eligible. */
u64 fair_now(const struct fair_queue *q, const struct fair_entity *curr)
{
	struct total t = total(q, curr);
	s64 mean = t.sum / (s64)t.weight;

	return t.zero + mean - (mean * (s64)t.weight > t.sum);
}

/* v <= V, without a division. */
static bool reached(const struct total *t, u64 v)
{
	return (s64)(v - t->zero) * (s64)t->weight <= t->sum;
}

bool fair_eligible(const struct fair_queue *q, const struct fair_entity *curr,
		   const struct fair_entity *e)
{
	struct total t = total(q, curr);

	return reached(&t, e->vruntime);
}

/* Go left while somebody there is eligible; else this one; else right. */
struct fair_entity *fair_search(struct fair_queue *q,
				struct fair_entity *curr)
{
	struct total t = total(q, curr);
	struct rb_node *n = q->tree.root;
	struct fair_entity *best = NULL;

	while (n) {
		if (n->left && reached(&t, fair_entity_of(n->left)->least)) {
			n = n->left;
			continue;
		}
		if (reached(&t, fair_entity_of(n)->vruntime)) {
			best = fair_entity_of(n);
			break;
		}
		n = n->right;
	}
	if (curr && reached(&t, curr->vruntime) &&
	    (!best || fair_sooner(curr, best)))
		best = curr;
	return best;
}

/* ---- coming and going ---------------------------------------------------- */

/*
 * e's lag, at most two slices of it: more would be paid back to it in one piece
 * after a long sleep.
 */
void fair_leave_many(const struct fair_queue *q,
		     const struct fair_entity *curr, struct fair_entity *e)
{
	e->lag = fair_bounded(e, (s64)(fair_now(q, curr) - e->vruntime));
}

/*
 * Coming, e moves the mean towards itself: what is to be left of its lag
 * after must be more before, by all weights to the others'.
 */
void fair_place_many(const struct fair_queue *q,
		     const struct fair_entity *curr, struct fair_entity *e)
{
	struct total t = total(q, curr);

	e->vruntime = fair_now(q, curr) - e->lag -
		      e->lag * (s64)e->weight / (s64)t.weight;
}

/*
 * e gives up what is left of its slice, and is not before `next` in virtual
 * time: so it is not picked again at once.
 */
void fair_yield(struct fair_entity *e, const struct fair_entity *next)
{
	if (fair_before(e->vruntime, next->vruntime))
		e->vruntime = next->vruntime;
	e->deadline = e->vruntime + e->vslice;
}
