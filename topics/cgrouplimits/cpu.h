/* SPDX-License-Identifier: MIT */
/* The controller cpu: shares (cpu.c, cpu_lag.c), bandwidth (cpu_max.c). */
#ifndef TOPICS_CGROUPLIMITS_CPU_H
#define TOPICS_CGROUPLIMITS_CPU_H

#include <topics/cgroups/cgroup.h>

extern struct spinlock cpu_guard;

/* All weights are to be found anew.  Context: [cpu_guard]. */
void cpu_stale(void);

/* The group that g competes in; NULL: that is the root. */
static inline struct cgroup *cpu_above(struct cgroup *g)
{
	return g->parent && g->parent->parent ? g->parent : NULL;
}

#define CPU_LONG_TIME	(1ull << 62)	/* ns: as long as it likes */

/* ---- cpu_lag.c; context of all: [cpu_guard] ------------------------------ */

/* While g wants to run: what it is due at `now`, ns of the clock. */
void cpu_lag_look(struct cgroup *g, u64 now);
/* g wants to run from `now` on; or, just looked at, does no more. */
void cpu_lag_join(struct cgroup *g, u64 now);
void cpu_lag_leave(struct cgroup *g);
/* A task in or below g ran for ns until `now`. */
void cpu_lag_ran(struct cgroup *g, u64 ns, u64 now);
/* Return: a weight in g by what g is owed, as of the last look. */
u64 cpu_lag_scale(const struct cgroup *g, u64 weight);

/* ---- cpu_max.c ----------------------------------------------------------- */

/*
 * How many ns a task of g may run before a look; all CPUs may take from it.
 * Context: [cpu_guard].
 */
u64 cpu_time_left(struct cgroup *g);
/* No limit, as Linux has it at first.  Context: [cpu_guard], or s is new. */
void cpu_max_reset(struct cpu_state *s);
/* The timers of a new group. */
void cpu_max_init(struct cgroup *cg);

/* t, which runs on c, ran ns more (cpu_max.c).  Context: [run queue]. */
void group_ran(struct cpu *c, struct task *t, u64 ns);

#endif
