/* SPDX-License-Identifier: MIT */
/* Waking tasks that wait on a futex: FUTEX_WAKE (futex(2)). */
#include <kernel/futex/internal.h>

/* Wake the task of w, and take w out of its bucket.  Context: [b->lock]. */
static void futex_wake_waiter(struct futex_bucket *b, struct futex_waiter *w)
{
	/* lab futex: begin */
	struct task *t = w->task;

	futex_dequeue(b, w);
	/*
	 * w lies on its task's stack, and is gone as soon as the task sees this
	 * store
	 */
	__atomic_store_n(&w->woken, true, __ATOMIC_RELEASE);
	task_wake(t, WAKE_NORMAL);
	/* lab futex: end */
}

int futex_wake_matching(struct futex_bucket *b, const struct futex_key *k,
			int max, u32 bitset)
{
	/* lab futex: begin */
	struct futex_waiter *w, *next;
	int woken = 0;

	list_for_each_safe(w, next, &b->waiters, link) {
		if (unlikely(!w->bitset) && futex_same(&w->key, k))
			return -EINVAL;
		if (woken >= max)
			break;
		if (!futex_same(&w->key, k) || !(w->bitset & bitset))
			continue;
		futex_wake_waiter(b, w);
		woken++;
	}
	return woken;
	/* lab futex: end, else return 0; */
}

/*
 * An empty bucket is the common case and takes no lock.  The fence orders the
 * program's change of the word before the read of b->nr, as futex_enter()
 * orders the insertion before the read of the word.
 */
long futex_wake(uaddr_t at, bool private, int max, u32 bitset)
{
	struct futex_bucket *b;
	struct futex_key k;
	int err = futex_key_get(&k, at, private), woken;

	/* lab futex: begin */
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
	/* lab futex: end, else return -ENOSYS; */
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
	/* unlock in reverse: the lock taken first has saved the old level */
	if (a < b)
		spin_unlock(&b->lock);
	spin_unlock(&a->lock);
	if (a > b)
		spin_unlock(&b->lock);
}
