/* SPDX-License-Identifier: MIT */
/*
 * A big-reader lock (row B13): a spin lock for each CPU.  A reader takes the
 * lock of its own CPU, which no other reader uses; a writer takes all locks.
 * Meant for data that are read all the time but seldom changed, and whose
 * readers do not sleep.
 *
 *              CPU 0     CPU 1     CPU 2
 *            +---------+---------+---------+
 *   reader   |         |  taken  |         |    on CPU 1
 *   writer   |  taken  |  taken  |  taken  |    in this order
 *            +---------+---------+---------+
 *
 * Each spin lock has a cache line of its own, so that readers do not move a
 * line from CPU to CPU.  In all other respects a reader holds a spin lock.
 */
#ifndef KERNEL_LOCK_BRLOCK_H
#define KERNEL_LOCK_BRLOCK_H

#include <kernel/current.h>
#include "spin.h"
#include <lt/boot.h>

#define BR_LINE 64			/* bytes, at least one cache line */

struct brlock {
	struct br_slot {
		struct spinlock lock;
	} __aligned(BR_LINE) cpu[MAX_CPUS];
	unsigned taken;			/* [writer] slots that the writer has
					   taken */
};

#define BR_INIT(n, l) { .cpu = { \
	[0 ... MAX_CPUS - 1] = { .lock = SPIN_INIT(n, l) } } }

/*
 * Lock l for reading.  Check the CPU again afterwards, as the task may have
 * moved before it took the lock.
 */
static inline void br_read_lock(struct brlock *l)
{
	for (;;) {
		struct cpu *c = PEEK(current->cpu);

		spin_lock(&l->cpu[c->id].lock);
		if (likely(current->cpu == c))
			return;
		spin_unlock(&l->cpu[c->id].lock);
	}
}

static inline void br_read_unlock(struct brlock *l)
{
	spin_unlock(&l->cpu[current->cpu->id].lock);
}

/* Lock l for writing.  nr_cpus is final before tasks of several CPUs use l. */
void br_write_lock(struct brlock *l);
void br_write_unlock(struct brlock *l);

/* Check (with --check lock) that the caller has l for reading or writing. */
static inline void br_must_hold(const struct brlock *l)
{
	spin_must_hold(&l->cpu[current->cpu->id].lock);
}

/* Check (with --check lock) that the caller has l for writing. */
static inline void br_must_write(const struct brlock *l)
{
	spin_must_hold(&l->cpu[0].lock);
	spin_must_hold(&l->cpu[l->taken - 1].lock);
}

#endif
