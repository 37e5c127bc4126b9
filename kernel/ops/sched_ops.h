/* SPDX-License-Identifier: MIT */
/*
 * Hooks of extensions in the scheduler: deadlines and one CPU for all traps
 * (topics/scheduling), CPU shares of groups (topics/cgrouplimits).
 */
#ifndef KERNEL_OPS_SCHED_OPS_H
#define KERNEL_OPS_SCHED_OPS_H

#include <lt/compiler.h>
#include <lt/types.h>

struct cpu;
struct task;

/* For tasks under SCHED_DEADLINE, which only the extension creates. */
struct deadline_ops {
	/*
	 * t, which runs on c, has used up its budget under SCHED_DEADLINE, or
	 * t yields while it has a deadline (t->rt_due), which the hook ignores
	 * if the deadline is only a lent one.  The hook may clear t->allowed,
	 * so that t runs on no CPU for a while.
	 * Context: [run queue].
	 */
	void (*deadline_spent)(struct cpu *c, struct task *t);
	/*
	 * t, also under SCHED_DEADLINE, is about to be queued.
	 * Context: [run queue].
	 * Return: false: t must not be queued yet.
	 */
	bool (*deadline_wakes)(struct task *t);
};
extern const struct deadline_ops *deadline_ops;	/* const after init, or NULL */

/*
 * For tasks with t->grouped, whose weight is a share of their group's weight.
 * Context: [run queue].
 */
struct share_ops {
	/*
	 * t becomes runnable (wants), or is not runnable any more (!wants); t
	 * is in no queue.
	 */
	void (*group_wants)(struct task *t, bool wants);
	/*
	 * Return: t's weight in its group.  weight: t's weight outside of
	 * groups.
	 */
	u32 (*group_weight)(struct task *t, u32 weight);
	/* t, which runs on c, has run for another ns nanoseconds. */
	void (*group_ran)(struct cpu *c, struct task *t, u64 ns);
	/* t begins to run on c.  Return: how long it may run, ns. */
	u64 (*group_turn)(struct cpu *c, struct task *t);
};
extern const struct share_ops *share_ops;	/* const after init, or NULL */

/* Option asmp: one CPU serves the traps and system calls of all tasks. */
struct asmp_ops {
	/*
	 * A trap or a system call of current begins: move current to the CPU
	 * that serves all traps.  May be called again before the trap ends.
	 * Context: IPL_NONE, interrupts on; may sleep.
	 */
	void (*trap_enter)(void);
	/* A trap ends; only the ASTs in `ast` are left to serve. */
	void (*trap_leave)(unsigned ast);
	/* The new task child starts on the serving CPU, like its parent. */
	void (*trap_fork)(struct task *child);
	/*
	 * Return: the number of the CPU on which t, with AST_MASTER, runs in
	 * user mode.
	 */
	unsigned (*trap_came_from)(const struct task *t);
};
extern const struct asmp_ops *asmp_ops;		/* const after init, or NULL */

/* With option asmp, continue the trap or system call on the serving CPU. */
static inline void asmp_trap_enter(void)
{
	if (unlikely(asmp_ops))
		asmp_ops->trap_enter();
}

/* Start a new task on the serving CPU if its parent is there (option asmp). */
static inline void asmp_trap_fork(struct task *child)
{
	if (unlikely(asmp_ops))
		asmp_ops->trap_fork(child);
}

#endif
