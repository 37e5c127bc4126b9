/* SPDX-License-Identifier: MIT */
/*
 * A big-reader lock (row B13): a spin lock for each CPU.  Who reads takes its
 * own CPU's, and meets nobody; who writes takes all.  For what is read all the
 * time and changes seldom, and whose readers must not sleep.
 *
 *              CPU 0     CPU 1     CPU 2
 *            +---------+---------+---------+
 *   reader   |         |  taken  |         |    on CPU 1
 *   writer   |  taken  |  taken  |  taken  |    in this order
 *            +---------+---------+---------+
 *
 * Each has a line of the cache of its own, so readers do not pass one to and
 * fro.  A reader is a holder of a spin lock in all other respects.
 */
#ifndef KERNEL_LOCK_BRLOCK_H
#define KERNEL_LOCK_BRLOCK_H

#include <kernel/current.h>
#include "spin.h"
#include <lt/boot.h>

#define BR_LINE 64			/* bytes, at least, of a line */

struct brlock {
	struct br_slot {
		struct spinlock lock;
	} __aligned(BR_LINE) cpu[MAX_CPUS];
	unsigned taken;			/* [holder, writing] slots */
};

#define BR_INIT(n, l) { .cpu = { \
	[0 ... MAX_CPUS - 1] = { .lock = SPIN_INIT(n, l) } } }

/* A second look, as the first was at a CPU that the task could leave. */
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

/* All CPUs are there before anything is shared between them. */
void br_write_lock(struct brlock *l);
void br_write_unlock(struct brlock *l);

/* The caller reads or writes: looked at in a kernel with --check lock. */
static inline void br_must_hold(const struct brlock *l)
{
	spin_must_hold(&l->cpu[current->cpu->id].lock);
}

/* The caller writes, likewise. */
static inline void br_must_write(const struct brlock *l)
{
	spin_must_hold(&l->cpu[0].lock);
	spin_must_hold(&l->cpu[l->taken - 1].lock);
}

#endif
