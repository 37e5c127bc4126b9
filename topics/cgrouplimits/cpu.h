/* SPDX-License-Identifier: MIT */
/* Controller cpu: shares (cpu.c, cpu_lag.c) and bandwidth (cpu_max.c). */
#ifndef TOPICS_CGROUPLIMITS_CPU_H
#define TOPICS_CGROUPLIMITS_CPU_H

#include "limits.h"

/* What a group keeps.  "[cpu]" stands for cpu_guard of cpu.c. */
struct cpu_state {
	struct cgroup *cg;		/* const: the group */
	u32 shares;			/* [cpu] 1024 is a cpu.weight of 100 */
	bool idle;			/* [cpu] cpu.idle: fixed least shares */
	u64 load;			/* [cpu] weights of runnable members */
	unsigned nr;			/* [cpu] runnable tasks in subtree */
	/* the group's lag (cpu_lag.c) */
	u32 rivals;			/* [cpu] shares of runnable children */
	u64 vtime;			/* [cpu] virtual time of the children */
	/* [cpu] the parent's vtime when it was last read; time of reading */
	u64 seen, seen_at;
	s64 lag;			/* [cpu] ns the group is owed */
	/* [cpu] ns that were due to the group, but that it could not use */
	s64 unused;
	u64 quota, period;		/* [cpu] ns; no limit: CPU_NO_QUOTA */
	u64 burst;			/* [cpu] ns carried over at most */
	s64 left;			/* [cpu] ns left in this period */
	s64 begun;			/* [cpu] `left` when the period began */
	bool active;			/* [cpu] the period's timer is set */
	u64 end;			/* [cpu] time when the timer fires */
	bool used;			/* [cpu] time was used in this period */
	bool throttled;			/* [cpu] no time is left */
	u64 since;			/* [cpu] time when it was throttled */
	u64 throttled_ns, nr_periods, nr_throttled;	/* [cpu] for cpu.stat */
	u64 burst_ns, nr_bursts;	/* [cpu] used beyond the quota */
	struct timer timer;		/* fires at the period's end */
	struct timer stopper;		/* fires at once, to make tasks rest */
};
#define CPU_NO_QUOTA	(~0ull)

/* What a member keeps. */
struct cpu_member {
	struct cgroup *share;		/* [run queue] its group, or NULL */
	u32 counted;			/* [cpu] own weight in share's load */
	/* [run queue] `stamp` of cpu.c when the weight was calculated */
	unsigned stamp;
};

static inline struct cpu_state *group_cpu(const struct cgroup *g)
{
	return g->state[CG_CPU];
}

static inline struct cpu_member *member_cpu(const struct member *m)
{
	return m->state[CG_CPU];
}

extern struct spinlock cpu_guard;

/* Note that all weights must be computed again.  Context: [cpu_guard]. */
void cpu_stale(void);

/* Return the group in whose load g counts; NULL: the root. */
static inline struct cgroup *cpu_above(struct cgroup *g)
{
	return g->parent && g->parent->parent ? g->parent : NULL;
}

#define CPU_LONG_TIME	(1ull << 62)	/* ns: no limit */

/* ---- cpu.c, cpu_max.c: settings ------------------------------------------ */

/*
 * Set the shares.  Context of all cpu_set_ functions: no lock.
 * Return: 0; -EINVAL: cg is idle.
 */
int cpu_set_shares(struct cgroup *cg, u32 shares);
/*
 * Set or clear cpu.idle.  An idle group gets the least shares; a group that
 * ceases to be idle gets the default.
 */
void cpu_set_idle(struct cgroup *cg, bool idle);
/* Set quota and period, or the burst, in ns.  CPU_NO_QUOTA: no limit. */
void cpu_set_max(struct cgroup *cg, u64 quota, u64 period);
void cpu_set_burst(struct cgroup *cg, u64 burst);

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
/* Stop the timers of a removed group for good.  Context: may sleep. */
void cpu_max_settle(struct cgroup *cg);
/* True if m's task must rest because its group or one above is throttled. */
bool cpu_must_rest(const struct member *m);

/* Account ns that t ran on c (cpu_max.c).  Context: [run queue]. */
void group_ran(struct cpu *c, struct task *t, u64 ns);

/* ---- cpu_files.c --------------------------------------------------------- */

extern const struct cg_file cpu_files[];
void cpu_show_stat(struct seq *s, struct cgroup *cg);

#endif
