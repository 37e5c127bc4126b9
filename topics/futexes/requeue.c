/* SPDX-License-Identifier: MIT */
/*
 * FUTEX_REQUEUE, FUTEX_CMP_REQUEUE: move waiters from one futex to another
 * (futex(2); row D1).
 */
#include "ops.h"

/* Move up to max waiters of k to k2.  Context: [both buckets' locks]. */
static int move_matching(struct futex_bucket *from, const struct futex_key *k,
			 struct futex_bucket *to, const struct futex_key *k2,
			 int max)
{
	struct futex_waiter *w, *next;
	int moved = 0;

	list_for_each_safe(w, next, &from->waiters, link) {
		if (moved >= max)
			break;
		if (!futex_same(&w->key, k))
			continue;
		moved++;
		w->key = *k2;
		if (from == to)
			continue;
		futex_dequeue(from, w);
		futex_enqueue(to, w);
		WRITE_ONCE(w->bucket, to);
	}
	return moved;
}

/*
 * Compare the word under the buckets' locks: a task that begins to wait after
 * the word has changed must not be mistaken for one that is to be moved.  A
 * page fault may not happen under these locks, so an absent page is fetched
 * without them.
 * Context: [both locks]; the locks stay held only if the result is 0.
 * Return: 0: the word is as expected; 1: the page was fetched, try again;
 * -EAGAIN, -EFAULT.
 */
static int compare_locked(struct futex_bucket *a, struct futex_bucket *b,
			  uaddr_t at, u32 expect)
{
	u32 found;
	int err = futex_peek(&found, at);

	if (!err && found == expect)
		return 0;
	futex_unlock_two(a, b);
	if (!err)
		return -EAGAIN;
	return arch_user_load32(&found, at) ? -EFAULT : 1;
}

/*
 * Move waiters of one word to another without running them.  A broadcast on a
 * condition variable uses this: otherwise all its threads would wake up only to
 * queue for the same mutex.
 */
static long requeue(const struct futex_call *c, const u32 *expect)
{
	bool private = c->op & FUTEX_PRIVATE;
	int wake = (int)c->val, move = (int)c->timeout;
	struct futex_bucket *a, *b;
	struct futex_key k, k2;
	int err, n;

	if (wake < 0 || move < 0)
		return -EINVAL;
	do {
		if ((err = futex_key_get(&k, c->at, private)) ||
		    (err = futex_key_get(&k2, c->at2, private)))
			return err;
		a = futex_bucket_of(&k);
		b = futex_bucket_of(&k2);
		futex_lock_two(a, b);
		err = expect ? compare_locked(a, b, c->at, *expect) : 0;
	} while (err > 0);
	if (err)
		return err;
	n = futex_wake_matching(a, &k, wake, FUTEX_BITSET_ANY);
	if (n >= 0)
		n += move_matching(a, &k, b, &k2, move);
	futex_unlock_two(a, b);
	return n;
}

long futex_requeue_any(const struct futex_call *c)
{
	return requeue(c, NULL);
}

long futex_requeue_if(const struct futex_call *c)
{
	u32 expect = c->val3;

	return requeue(c, &expect);
}
