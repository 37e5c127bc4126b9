/* SPDX-License-Identifier: MIT */
/*
 * Waking those who wait on a futex, and moving them to another: FUTEX_WAKE,
 * FUTEX_REQUEUE (futex(2)).
 */
#include <kernel/futex/internal.h>

/* [b->lock] */
static void wake_waiter(struct futex_bucket *b, struct futex_waiter *w)
{
	struct task *t = w->task;

	futex_take_out(b, w);
	/* w may vanish as soon as its task sees this */
	__atomic_store_n(&w->woken, true, __ATOMIC_RELEASE);
	task_wake(t, WAKE_NORMAL);
}

int futex_wake_matching(struct futex_bucket *b, const struct futex_key *k,
			int max, u32 bitset)
{
	struct futex_waiter *w, *next;
	int woken = 0;

	list_for_each_safe(w, next, &b->waiters, link) {
		if (unlikely(!w->bitset) && futex_same(&w->key, k))
			return -EINVAL;
		if (woken >= max)
			break;
		if (!futex_same(&w->key, k) || !(w->bitset & bitset))
			continue;
		wake_waiter(b, w);
		woken++;
	}
	return woken;
}

/*
 * Nobody in the bucket is the common case, and costs no lock: the fence puts
 * the program's change of the word before the look, as futex_enter() puts the
 * entry before the reading.
 */
long futex_wake(uaddr_t at, bool private, int max, u32 bitset)
{
	struct futex_bucket *b;
	struct futex_key k;
	int err = futex_key_get(&k, at, private), woken;

	if (!bitset)
		return -EINVAL;
	if (err)
		return err;
	b = futex_bucket_of(&k);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (!HINT(b->nr))
		return 0;
	spin_lock(&b->lock);
	woken = futex_wake_matching(b, &k, max > 0 ? max : 1, bitset);
	spin_unlock(&b->lock);
	return woken;
}

void futex_lock_two(struct futex_bucket *a, struct futex_bucket *b)
{
	if (a > b)
		spin_lock(&b->lock);
	spin_lock(&a->lock);
	if (a < b)
		spin_lock(&b->lock);
}

void futex_unlock_two(struct futex_bucket *a, struct futex_bucket *b)
{
	/* in reverse: the level to go back to is in the first one taken */
	if (a < b)
		spin_unlock(&b->lock);
	spin_unlock(&a->lock);
	if (a > b)
		spin_unlock(&b->lock);
}

/* [both locks] */
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
		futex_take_out(from, w);
		list_append(&to->waiters, &w->link);
		to->nr++;
		WRITE_ONCE(w->bucket, to);
	}
	return moved;
}

/* Read the word, unless that takes a fault: a spin lock is held. */
static int peek(u32 *value, uaddr_t at)
{
	struct task *t = current;
	int err;

	t->no_faults = true;
	barrier();
	err = arch_user_load32(value, at);
	barrier();
	t->no_faults = false;
	return err;
}

/*
 * Compare under the buckets' locks: a task that comes to wait after the word
 * has changed must not be taken for one of those that are to be moved.  No
 * fault may be taken there, so a page that is absent is fetched without them.
 * Context: [both locks]; they stay held only if the result is 0.
 * Return: 0, the word is as expected; 1, the page was fetched, look again;
 * -EAGAIN, -EFAULT.
 */
static int compare_locked(struct futex_bucket *a, struct futex_bucket *b,
			  uaddr_t at, u32 expect)
{
	u32 found;
	int err = peek(&found, at);

	if (!err && found == expect)
		return 0;
	futex_unlock_two(a, b);
	if (!err)
		return -EAGAIN;
	return arch_user_load32(&found, at) ? -EFAULT : 1;
}

/*
 * Waiters of one word wait for another from now on, without running: for a
 * broadcast on a condition variable, whose threads would otherwise all wake up
 * only to queue for the same mutex.
 */
long futex_requeue(uaddr_t at, uaddr_t at2, bool private, int wake, int move,
		   const u32 *expect)
{
	struct futex_bucket *a, *b;
	struct futex_key k, k2;
	int err, n;

	if (wake < 0 || move < 0)
		return -EINVAL;
	do {
		if ((err = futex_key_get(&k, at, private)) ||
		    (err = futex_key_get(&k2, at2, private)))
			return err;
		a = futex_bucket_of(&k);
		b = futex_bucket_of(&k2);
		futex_lock_two(a, b);
		err = expect ? compare_locked(a, b, at, *expect) : 0;
	} while (err > 0);
	if (err)
		return err;
	n = futex_wake_matching(a, &k, wake, FUTEX_BITSET_ANY);
	if (n >= 0)
		n += move_matching(a, &k, b, &k2, move);
	futex_unlock_two(a, b);
	return n;
}
