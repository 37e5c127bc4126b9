/* SPDX-License-Identifier: MIT */
/*
 * What extensions add to the scheduler: deadlines and one CPU for all traps
 * (topics/scheduling), shares of groups (topics/cgrouplimits).
 */
#ifndef KERNEL_OPS_SCHED_OPS_H
#define KERNEL_OPS_SCHED_OPS_H

#include <lt/compiler.h>
#include <lt/types.h>

struct cpu;
struct task;

/* Of tasks under SCHED_DEADLINE, which only the extension makes. */
struct deadline_ops {
	/*
	 * t, which runs on c under SCHED_DEADLINE, has no budget left, or, with
	 * t->rt_due, yields what is; it may be forbidden all CPUs for a while
	 * (t->allowed).
	 * Context: [run queue].
	 */
	void (*deadline_spent)(struct cpu *c, struct task *t);
	/*
	 * t, likewise, is to be queued.  Return: false: not yet.
	 * Context: [run queue].
	 */
	bool (*deadline_wakes)(struct task *t);
};
extern const struct deadline_ops *deadline_ops;	/* const after init, or NULL */

/*
 * Of tasks with t->grouped, whose weight is a part of their group's.
 * Context: [run queue].
 */
struct share_ops {
	/* t wants to run from now on, or does not; it is in no queue. */
	void (*group_wants)(struct task *t, bool wants);
	/* What of `weight`, which t would have alone, it has now. */
	u32 (*group_weight)(struct task *t, u32 weight);
	/* t, which runs on c, ran ns more. */
	void (*group_ran)(struct cpu *c, struct task *t, u64 ns);
	/* t is on c's CPU from now on.  Return: ns for which it may be. */
	u64 (*group_turn)(struct cpu *c, struct task *t);
};
extern const struct share_ops *share_ops;	/* const after init, or NULL */

/* Option asmp: one CPU serves the traps and calls of all. */
struct asmp_ops {
	/*
	 * A trap or a call of current begins, and goes on on the CPU that
	 * serves all; may be called again meanwhile.
	 * Context: IPL_NONE, interrupts on; may sleep.
	 */
	void (*trap_enter)(void);
	/* A trap is done with but for these ASTs. */
	void (*trap_leave)(unsigned ast);
	/* A new task begins like its caller. */
	void (*trap_fork)(struct task *child);
	/*
	 * Return: the number of the CPU that t, with AST_MASTER, runs on in
	 * user mode.
	 */
	unsigned (*trap_came_from)(const struct task *t);
};
extern const struct asmp_ops *asmp_ops;		/* const after init, or NULL */

/* A trap or a call may have to go on on another CPU. */
static inline void asmp_trap_enter(void)
{
	if (unlikely(asmp_ops))
		asmp_ops->trap_enter();
}

/* A new task begins its life like its caller. */
static inline void asmp_trap_fork(struct task *child)
{
	if (unlikely(asmp_ops))
		asmp_ops->trap_fork(child);
}

#endif
