/* SPDX-License-Identifier: MIT */
/*
 * Waiters for futexes and the buckets that hold them, also for the extension's
 * operations that requeue waiters or give a futex an owner.
 */
#ifndef KERNEL_FUTEX_WAITER_H
#define KERNEL_FUTEX_WAITER_H

#include <kernel/futex/futex.h>
#include <kernel/task/task.h>
#include <mm/uaccess.h>

/*
 * The identity of a futex word: two tasks that use one word have equal keys.
 * As on Linux, they must also agree that it is private, or that it is not.
 */
struct futex_key {
	const void *object;		/* vm_space or mapping */
	unsigned long at;		/* address, or file position; with
					   FUTEX_UNPROMISED */
	unsigned long id;		/* futex_id of the mapping; 0: object is
					   a vm_space */
};

#define FUTEX_UNPROMISED 1	/* in private memory, but without the caller's
				   promise (FUTEX_PRIVATE_FLAG) */

static inline bool futex_same(const struct futex_key *a,
			      const struct futex_key *b)
{
	return a->at == b->at && a->object == b->object && a->id == b->id;
}

struct futex_bucket {
	struct spinlock lock;		/* IPL_HIGH */
	struct list waiters;		/* [lock] marks, then by falling rank,
					   equals in order of arrival */
	unsigned nr;			/* [lock]; without the lock a hint */
};

#define FUTEX_MARK	255		/* rank: ahead of all waiters */

/* A waiting task, on the task's stack. */
struct futex_waiter {
	struct list link;		/* [bucket] */
	struct futex_key key;		/* [bucket] */
	struct futex_bucket *bucket;	/* [bucket]; a requeue changes this */
	struct task *task;		/* const */
	u32 bitset;			/* const; 0: a mark of topics/futexes,
					   which waits for nothing */
	u8 rank;			/* const; the task's own real-time
					   priority when it came; 0: none;
					   FUTEX_MARK */
	bool woken;			/* [bucket] */
};

#define FUTEX_BUCKETS 256
extern struct futex_bucket futex_buckets[FUTEX_BUCKETS];

/*
 * Return: the bucket of k.  Words are 4-byte aligned and objects come from
 * slabs, so the low bits carry no information.  The multiplier is 2^32 divided
 * by the golden ratio (Knuth, The Art of Computer Programming, 6.4).
 */
static inline struct futex_bucket *futex_bucket_of(const struct futex_key *k)
{
	unsigned long h = k->at >> 2;

	h ^= (unsigned long)k->object >> 6;
	h *= 0x9e3779b1u;
	return &futex_buckets[h >> 8 & (FUTEX_BUCKETS - 1)];
}

/*
 * Change k if the word at `at` is in shared memory.  The caller has filled k in
 * as for a word in private memory.
 * Context: may sleep.
 * Return: 0 or -EFAULT.
 */
int futex_key_shared(struct futex_key *k, uaddr_t at);

/*
 * Fill in the key of the word at `at`.  private: the caller promises that no
 * other address space uses the word, so its VMA need not be looked up.
 * Return: 0; -EINVAL: not aligned; -EFAULT.
 */
static inline int futex_key_get(struct futex_key *k, uaddr_t at, bool private)
{
	if (unlikely(at & 3))
		return -EINVAL;
	if (unlikely(!user_range_ok(at, 4)))
		return -EFAULT;
	k->object = current->space;
	k->at = at;
	k->id = 0;
	return private ? 0 : futex_key_shared(k, at);
}

/*
 * Insert w into b before all waiters of lower rank, so that the highest is
 * woken first.  Only real-time tasks look, and only at each other.
 * Context: [b->lock].
 */
static inline void futex_enqueue(struct futex_bucket *b, struct futex_waiter *w)
{
	struct list *next = &b->waiters;

	if (unlikely(w->rank))
		for (next = next->next; next != &b->waiters; next = next->next)
			if (list_entry(next, struct futex_waiter, link)->rank <
			    w->rank)
				break;
	list_append(next, &w->link);
	b->nr++;
}

/*
 * Insert w of current, whose key is set, into its bucket.  The caller must read
 * the word only afterwards.
 */
static inline void futex_enter(struct futex_waiter *w)
{
	struct futex_bucket *b = futex_bucket_of(&w->key);

	w->bucket = b;
	w->rank = HINT(current->rt_own);
	spin_lock(&b->lock);
	futex_enqueue(b, w);
	spin_unlock(&b->lock);
	/* w is visible before the word is read; pairs with futex_wake() */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/* Take w out of its bucket.  Context: [b->lock]. */
static inline void futex_dequeue(struct futex_bucket *b, struct futex_waiter *w)
{
	list_remove(&w->link);
	b->nr--;
}

/*
 * Remove w from its bucket, if no waker has done so.
 * Return: true if a waker has woken w meanwhile, and counted it.
 */
static inline bool futex_leave(struct futex_waiter *w)
{
	struct futex_bucket *b;
	bool woken;

	/* a requeue may move w, so lock its bucket and check again */
	for (;;) {
		b = READ_ONCE(w->bucket);
		spin_lock(&b->lock);
		if (b == w->bucket)
			break;
		spin_unlock(&b->lock);
	}
	woken = w->woken;
	if (!woken)
		futex_dequeue(b, w);
	spin_unlock(&b->lock);
	return woken;
}

/*
 * Read the word at `at` without handling faults.
 * Context: a spin lock may be held.
 * Return: 0; nonzero: the word's page is not mapped.
 */
static inline int futex_peek(u32 *value, uaddr_t at)
{
	int err;

	current->no_faults = true;
	barrier();
	err = arch_user_load32(value, at);
	barrier();
	current->no_faults = false;
	return err;
}

/* ---- wait.c -------------------------------------------------------------- */

/*
 * Compute when a wait ends from the timeout at `from`, which is relative for
 * FUTEX_WAIT, else absolute, by the clock that op names.  word: the timeout has
 * 32-bit fields.
 * Return: 0: deadline->at is not 0; -EFAULT; -EINVAL.
 */
int futex_deadline(struct timer_deadline *deadline, uaddr_t from, int op,
		   bool word);

/* ---- wake.c -------------------------------------------------------------- */

/*
 * Wake at most max waiters for key k whose bitset shares a bit with bitset.
 * Context: [b->lock].
 * Return: the number of tasks woken; -EINVAL: topics/futexes uses the
 * futex, as its mark (bitset 0) tells.
 */
int futex_wake_matching(struct futex_bucket *b, const struct futex_key *k,
			int max, u32 bitset);

/*
 * Lock two buckets, which may be the same one, by rising address: the rule for
 * two locks of one class (kernel/lock/lock.h).
 */
void futex_lock_two(struct futex_bucket *a, struct futex_bucket *b);
void futex_unlock_two(struct futex_bucket *a, struct futex_bucket *b);

/* ---- operations of extension futexes ------------------------------------- */

struct futex_call {
	uaddr_t at, at2;
	int op;				/* with its flags (FUTEX_PRIVATE_FLAG
					   ...) */
	unsigned val, val3;
	uaddr_t timeout;		/* the timeout, or a second value */
	bool word;			/* timeout has 32-bit fields */
};

#endif
