/* SPDX-License-Identifier: MIT */
/*
 * Sequence lock (row B13): readers of a few words take no lock and write
 * nothing; they repeat the read if a writer was active meanwhile.  Meant for
 * data that readers copy often; readers must not follow pointers in the data.
 * The count is odd while a writer is active.
 *
 *	do {
 *		seq = seq_read_begin(&l);
 *		copy = data;
 *	} while (seq_read_retry(&l, seq));
 */
#ifndef KERNEL_LOCK_SEQLOCK_H
#define KERNEL_LOCK_SEQLOCK_H

#include "spin.h"
#include <lt/arch.h>
#include <lt/compiler.h>

struct seqlock {
	unsigned count;			/* [lock] odd: being written */
	struct spinlock lock;		/* for writers; its level blocks
					   readers */
};

#define SEQLOCK_INIT(name, level) { .lock = SPIN_INIT(name, level) }

/*
 * level: the highest level of any reader or writer, because a reader must not
 * interrupt a writer on its own CPU.
 */
static inline void seq_init(struct seqlock *l, const char *name,
			    enum ipl level)
{
	l->count = 0;
	spin_init(&l->lock, name, level);
}

static inline void seq_write_lock(struct seqlock *l)
{
	spin_lock(&l->lock);
	WRITE_ONCE(l->count, l->count + 1);
	/*
	 * the count is odd before the data change; pairs with seq_read_retry()
	 */
	__atomic_thread_fence(__ATOMIC_RELEASE);
}

static inline void seq_write_unlock(struct seqlock *l)
{
	/*
	 * the data have changed before the count is even; pairs with
	 * seq_read_begin()
	 */
	__atomic_store_n(&l->count, l->count + 1, __ATOMIC_RELEASE);
	spin_unlock(&l->lock);
}

/*
 * Return: the count, rounded down to even, so that a reader that begins while a
 * writer is active always reads again.
 */
static inline unsigned seq_read_begin(const struct seqlock *l)
{
	return __atomic_load_n(&l->count, __ATOMIC_ACQUIRE) & ~1u;
}

/* Return: true: the data read may be inconsistent; read again. */
static inline bool seq_read_retry(const struct seqlock *l, unsigned seq)
{
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	if (likely(READ_ONCE(l->count) == seq))
		return false;
	arch_relax();
	return true;
}

#endif
