/* SPDX-License-Identifier: MIT */
/*
 * FUTEX_WAKE_OP (futex(2)): one call changes the word at at2, wakes waiters at
 * `at`, and also wakes waiters at at2 if the old value satisfied a condition.
 */
#include "ops.h"

struct wake_op {
	unsigned op, cmp;
	int oparg, cmparg;
};

/*
 * Decode the operation (futex(2), FUTEX_WAKE_OP).  From bit 31 down: shift, op,
 * cmp, oparg, cmparg; the two arguments have 12 bits and a sign.
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
 * Change the word before both buckets are locked, because changing it may
 * fault.  A waiter that reads the word later sees the new value.
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

long futex_wake_op(const struct futex_call *c)
{
	bool private = c->op & FUTEX_PRIVATE;
	struct futex_bucket *a, *b;
	struct wake_op op;
	struct futex_key k, k2;
	int err, n, n2 = 0;
	u32 old;

	if ((err = futex_key_get(&k, c->at, private)) ||
	    (err = futex_key_get(&k2, c->at2, private)) ||
	    (err = decode_op(&op, c->val3)) ||
	    (err = change_word(c->at2, &op, &old)))
		return err;
	a = futex_bucket_of(&k);
	b = futex_bucket_of(&k2);
	futex_lock_two(a, b);
	n = futex_wake_matching(a, &k, c->val, FUTEX_BITSET_ANY);
	if (n >= 0 && compare_op(&op, old))
		n2 = futex_wake_matching(b, &k2, c->timeout, FUTEX_BITSET_ANY);
	futex_unlock_two(a, b);
	return n2 < 0 ? n2 : n + n2;
}
