/* SPDX-License-Identifier: MIT */
/*
 * Waking those who wait on a futex, and moving them to another: FUTEX_WAKE,
 * FUTEX_REQUEUE, FUTEX_WAKE_OP (futex(2)).
 */
#include <kernel/futex/internal.h>

static bool same_key(const struct futex_key *a, const struct futex_key *b)
{
	return a->at == b->at && a->object == b->object && a->id == b->id;
}

/* [b->lock] */
static void wake_waiter(struct futex_bucket *b, struct futex_waiter *w)
{
	struct task *t = w->task;

	futex_take_out(b, w);
	/* w may vanish as soon as its task sees this */
	__atomic_store_n(&w->woken, true, __ATOMIC_RELEASE);
	task_wake(t, WAKE_NORMAL);
}

/* [b->lock] */
static int wake_matching(struct futex_bucket *b, const struct futex_key *k,
			 int max, u32 bitset)
{
	struct futex_waiter *w, *next;
	int woken = 0;

	list_for_each_safe(w, next, &b->waiters, link) {
		if (woken >= max)
			break;
		if (!same_key(&w->key, k) || !(w->bitset & bitset))
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
	woken = wake_matching(b, &k, max > 0 ? max : 1, bitset);
	spin_unlock(&b->lock);
	return woken;
}

/*
 * Two buckets, by rising address, as two locks of one class are taken
 * everywhere (kernel/lock.h); they may be the same one.
 */
static void lock_two(struct futex_bucket *a, struct futex_bucket *b)
{
	if (a > b)
		spin_lock(&b->lock);
	spin_lock(&a->lock);
	if (a < b)
		spin_lock(&b->lock);
}

static void unlock_two(struct futex_bucket *a, struct futex_bucket *b)
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
		if (!same_key(&w->key, k))
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
	unlock_two(a, b);
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
		lock_two(a, b);
		err = expect ? compare_locked(a, b, at, *expect) : 0;
	} while (err > 0);
	if (err)
		return err;
	n = wake_matching(a, &k, wake, FUTEX_BITSET_ANY);
	n += move_matching(a, &k, b, &k2, move);
	unlock_two(a, b);
	return n;
}

/* ---- FUTEX_WAKE_OP ------------------------------------------------------- */

struct wake_op {
	unsigned op, cmp;
	int oparg, cmparg;
};

/*
 * futex(2), FUTEX_WAKE_OP: bits 31 to 0: shift, op, cmp, oparg, cmparg; the two
 * arguments are of 12 bits and signed.
 */
static int decode_op(struct wake_op *w, u32 code)
{
	w->op = code >> 28 & 7;
	w->cmp = code >> 24 & 15;
	w->oparg = (s32)(code << 8) >> 20;
	w->cmparg = (s32)(code << 20) >> 20;
	if (code >> 31)
		w->oparg = (int)(1u << (w->oparg & 31));
	return w->op > 4 || w->cmp > 5 ? -ENOSYS : 0;
}

static u32 apply_op(const struct wake_op *w, u32 v)
{
	switch (w->op) {
	case 0:
		return w->oparg;
	case 1:
		return v + w->oparg;
	case 2:
		return v | w->oparg;
	case 3:
		return v & ~w->oparg;
	default:
		return v ^ w->oparg;
	}
}

static bool compare_op(const struct wake_op *w, s32 old)
{
	switch (w->cmp) {
	case 0:
		return old == w->cmparg;
	case 1:
		return old != w->cmparg;
	case 2:
		return old < w->cmparg;
	case 3:
		return old <= w->cmparg;
	case 4:
		return old > w->cmparg;
	default:
		return old >= w->cmparg;
	}
}

/*
 * The word is changed before both buckets are locked, because changing it may
 * fault; a waiter that reads it later sees the new value.
 */
static int change_word(uaddr_t at, const struct wake_op *op, u32 *old)
{
	u32 value, found;

	if (arch_user_load32(&value, at))
		return -EFAULT;
	for (;;) {
		if (arch_user_cmpxchg32(at, value, apply_op(op, value),
					&found))
			return -EFAULT;
		if (found == value)
			break;
		value = found;
	}
	*old = value;
	return 0;
}

long futex_wake_op(uaddr_t at, uaddr_t at2, bool private, int wake, int wake2,
		   u32 code)
{
	struct futex_bucket *a, *b;
	struct wake_op op;
	struct futex_key k, k2;
	int err, n;
	u32 old;

	if ((err = futex_key_get(&k, at, private)) ||
	    (err = futex_key_get(&k2, at2, private)) ||
	    (err = decode_op(&op, code)) ||
	    (err = change_word(at2, &op, &old)))
		return err;
	a = futex_bucket_of(&k);
	b = futex_bucket_of(&k2);
	lock_two(a, b);
	n = wake_matching(a, &k, wake, FUTEX_BITSET_ANY);
	if (compare_op(&op, old))
		n += wake_matching(b, &k2, wake2, FUTEX_BITSET_ANY);
	unlock_two(a, b);
	return n;
}
