/* SPDX-License-Identifier: MIT */
/* The controller cpu: between its shares (cpu.c) and bandwidth (cpu_max.c). */
#ifndef EXT_CGROUP_CPU_H
#define EXT_CGROUP_CPU_H

#include <ext/cgroup/cgroup.h>

extern struct spinlock cpu_guard;

/* The group that g competes in; NULL: that is the root. */
static inline struct cgroup *cpu_above(struct cgroup *g)
{
	return g->parent && g->parent->parent ? g->parent : NULL;
}

#define CPU_LONG_TIME	(1ull << 62)	/* ns: as long as it likes */

/*
 * How many ns a task of g may run before a look; all CPUs may take from it.
 * Context: [cpu_guard].
 */
u64 cpu_time_left(struct cgroup *g);
/* No limit, as Linux has it at first.  Context: [cpu_guard], or s is new. */
void cpu_max_reset(struct cpu_state *s);
/* The timers of a new group. */
void cpu_max_init(struct cgroup *cg);

#endif
