/* SPDX-License-Identifier: MIT */
/*
 * Earliest eligible virtual deadline first (row B14; Stoica and Abdel-Wahab).
 *
 * Each entity has a weight w and a virtual run time v, which advances faster
 * for a lower weight: by ns * 1024 / w.  If all entities had received exactly
 * their shares, all would have the same v.  This value is V, the weighted mean
 * of all v.  V - v is an entity's lag: CPU time that it is still owed
 * (positive) or has received in excess (negative).  An entity with a negative
 * lag is not eligible.  Of the eligible entities, the one with the earliest
 * deadline = v + slice * 1024 / w runs.
 *
 * The weighted lags sum up to 0, so at least one entity is always eligible.  A
 * waiting entity keeps its v while V advances, so it becomes eligible, and the
 * deadlines of all others pass its own: no entity starves.  The lag is kept
 * during sleep, limited to two slices: sleeping neither earns nor forgives CPU
 * time.
 *
 * Entities marked `behind` run, whatever their deadlines, when no other entity
 * is eligible.  Shares do not change by that, because an entity that has
 * received its share is not eligible.
 *
 * The tree is sorted by deadlines, with `behind` entities last.  Each node
 * stores the least v of its subtree, so that the search can skip subtrees
 * without eligible entities.  In the usual case of one entity in the queue, no
 * sum is kept and nothing is multiplied.
 */
#include "fair.h"

/*
 * The weights of nice values, as in Linux (sched(7)): a step changes the weight
 * by a factor of about 1.25.  If two tasks share a CPU, one step moves 10 % of
 * the CPU from one to the other.
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
 * Return: e's slice in virtual time.  The deadlines of a heavy entity are
 * closer together.
 */
static u64 vslice(const struct fair_entity *e)
{
	return (u64)e->slice * FAIR_NICE_0 / e->weight;
}

/* Set e's weight, and keep its lag in real time, lag * w. */
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
 * Return: the rest of e's slice, plus 1, as a result rounded down would make
 * the clock fire too early.
 */
u64 fair_rest(const struct fair_entity *e)
{
	u64 left = e->deadline - e->vruntime;

	if (likely(e->weight == FAIR_NICE_0))
		return left;
	return left * e->weight / FAIR_NICE_0 + 1;
}

/* ---- the tree ------------------------------------------------------------ */

/*
 * Update `least` of n.  lib/rbtree.c calls this function for nodes whose
 * children have changed.
 */
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
 * Add e to the sums, so that V = zero + sum / weight.  Virtual times are 64-bit
 * and wrap.  The sums use distances from `zero`, which is near all virtual
 * times, so the products stay small.
 */
static void fair_add(struct fair_queue *q, const struct fair_entity *e)
{
	q->sum += (s64)(e->vruntime - q->zero) * e->weight;
	q->weight += e->weight;
}

/* Compute the sums of a queue with one entity, for which they are not kept. */
static void fair_sum_one(struct fair_queue *q)
{
	const struct fair_entity *e = fair_entity_of(q->tree.root);

	q->zero = e->vruntime;
	q->weight = e->weight;
	q->sum = 0;
}

/* Insert e into the tree, after entities with an equal deadline. */
void fair_insert(struct fair_queue *q, struct fair_entity *e)
{
	struct rb_node **link = &q->tree.root, *parent = NULL;

	if (q->nr == 2)
		fair_sum_one(q);
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

/* Make the least virtual time the new `zero`, so that the sums stay small. */
static void fair_rebase(struct fair_queue *q)
{
	u64 least = fair_entity_of(q->tree.root)->least;

	q->sum -= (s64)(least - q->zero) * (s64)q->weight;
	q->zero = least;
}

/* Remove e from the tree.  The caller has already decremented q->nr. */
void fair_remove(struct fair_queue *q, struct fair_entity *e)
{
	rb_remove(&q->tree, &e->node, fair_augment);
	if (q->nr == 1)
		return;
	q->weight -= e->weight;
	q->sum -= (s64)(e->vruntime - q->zero) * e->weight;
	fair_rebase(q);
}

/* ---- virtual time -------------------------------------------------------- */

/* The sums of a queue, including curr. */
struct total {
	u64 zero;
	s64 sum;
	u64 weight;
};

/* Add curr to the sums of q: curr is in no queue but counts for V. */
static struct total fair_total(const struct fair_queue *q,
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

/* Compute V, rounded down. */
u64 fair_now(const struct fair_queue *q, const struct fair_entity *curr)
{
	struct total t = fair_total(q, curr);
	s64 mean = t.sum / (s64)t.weight;

	return t.zero + mean - (mean * (s64)t.weight > t.sum);
}

/* True if v <= V, computed without a division. */
static bool fair_reached(const struct total *t, u64 v)
{
	/* lab policy: begin */
	return (s64)(v - t->zero) * (s64)t->weight <= t->sum;
	/* lab policy: end, else return true; */
}

bool fair_eligible(const struct fair_queue *q, const struct fair_entity *curr,
		   const struct fair_entity *e)
{
	struct total t = fair_total(q, curr);

	return fair_reached(&t, e->vruntime);
}

/*
 * Find the eligible entity that runs first: go left while there is an eligible
 * entity on the left; else take this node if it is eligible; else go right.
 */
struct fair_entity *fair_search(struct fair_queue *q,
				struct fair_entity *curr)
{
	/* lab policy: begin */
	struct total t = fair_total(q, curr);
	struct rb_node *n = q->tree.root;
	struct fair_entity *best = NULL;

	while (n) {
		if (n->left &&
		    fair_reached(&t, fair_entity_of(n->left)->least)) {
			n = n->left;
			continue;
		}
		if (fair_reached(&t, fair_entity_of(n)->vruntime)) {
			best = fair_entity_of(n);
			break;
		}
		n = n->right;
	}
	if (curr && fair_reached(&t, curr->vruntime) &&
	    (!best || fair_sooner(curr, best)))
		best = curr;
	return best;
	/* lab policy: end, else return fair_entity_of(q->tree.root); */
}

/* ---- joining and leaving ------------------------------------------------- */

/*
 * Store e's lag, limited to two slices: otherwise e might run for a long time
 * without a break after its sleep.
 */
void fair_leave_many(const struct fair_queue *q,
		     const struct fair_entity *curr, struct fair_entity *e)
{
	/* lab policy: begin */
	e->lag = fair_bounded(e, (s64)(fair_now(q, curr) - e->vruntime));
	/* lab policy: end, else e->lag = 0; */
}

/*
 * Set e's vruntime so that its lag after joining is e->lag.  Joining moves the
 * mean V towards e, so the lag before joining must be larger by the factor
 * (weight of all) / (weight of the others).
 */
void fair_place_many(const struct fair_queue *q,
		     const struct fair_entity *curr, struct fair_entity *e)
{
	/* lab policy: begin */
	struct total t = fair_total(q, curr);

	e->vruntime = fair_now(q, curr) - e->lag -
		      e->lag * (s64)e->weight / (s64)t.weight;
	/* lab policy: end, else e->vruntime = fair_now(q, curr); */
}

/*
 * Make e give up the rest of its slice.  Its vruntime must not be before that
 * of `next`, so that e is not picked again at once.
 */
void fair_yield(struct fair_entity *e, const struct fair_entity *next)
{
	/* lab policy: begin */
	if (fair_before(e->vruntime, next->vruntime))
		e->vruntime = next->vruntime;
	e->deadline = e->vruntime + e->vslice;
	/* lab policy: end, else e->deadline = e->vruntime + e->vslice; */
}
