/* SPDX-License-Identifier: MIT */
/* Controller cpu: shares (cpu.c, cpu_lag.c) and bandwidth (cpu_max.c). */
#ifndef TOPICS_CGROUPLIMITS_CPU_H
#define TOPICS_CGROUPLIMITS_CPU_H

#include <topics/cgroups/cgroup.h>

extern struct spinlock cpu_guard;

/* Note that all weights must be computed again.  Context: [cpu_guard]. */
void cpu_stale(void);

/* Return the group in whose load g counts; NULL: the root. */
static inline struct cgroup *cpu_above(struct cgroup *g)
{
	return g->parent && g->parent->parent ? g->parent : NULL;
}

#define CPU_LONG_TIME	(1ull << 62)	/* ns: no limit */

/* ---- cpu_lag.c; context of all: [cpu_guard] ------------------------------ */

/* Bring g's lag up to date, if g is runnable.  now: arch_clock(), ns. */
void cpu_lag_look(struct cgroup *g, u64 now);
/*
 * cpu_lag_join(): g becomes runnable at `now`.  cpu_lag_leave(): g ceases to be
 * runnable; cpu_lag_look() was called before.
 */
void cpu_lag_join(struct cgroup *g, u64 now);
void cpu_lag_leave(struct cgroup *g);
/* Account ns that a task in or below g ran until `now`. */
void cpu_lag_ran(struct cgroup *g, u64 ns, u64 now);
/* Return `weight`, scaled by g's lag as of the last cpu_lag_look(). */
u64 cpu_lag_scale(const struct cgroup *g, u64 weight);

/* ---- cpu_max.c ----------------------------------------------------------- */

/*
 * Return the ns that a task of g may run before the next check.  All CPUs share
 * the time that is left.
 * Context: [cpu_guard].
 */
u64 cpu_time_left(struct cgroup *g);
/* Remove the limit, as for a new group.  Context: [cpu_guard], or s is new. */
void cpu_max_reset(struct cpu_state *s);
/* Initialize the timers of a new group. */
void cpu_max_init(struct cgroup *cg);

/* Account ns that t ran on c (cpu_max.c).  Context: [run queue]. */
void group_ran(struct cpu *c, struct task *t, u64 ns);

#endif
