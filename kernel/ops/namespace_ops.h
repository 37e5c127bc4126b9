/* SPDX-License-Identifier: MIT */
/*
 * What differs for tasks in name spaces other than the first
 * (topics/namespaces).
 */
#ifndef KERNEL_OPS_NAMESPACE_OPS_H
#define KERNEL_OPS_NAMESPACE_OPS_H

#include <lt/types.h>

struct clone_args;
struct cred;
struct kstat;
struct pid_space;
struct process;
struct siginfo;
struct task;
struct user_space;
struct utsname;

/* Called for who has such a space, where the core tests for one anyway. */
struct namespace_ops {
	/*
	 * The names of the system that current sees.
	 * Context: no lock.
	 */
	struct utsname *(*uts_name)(void);
	/*
	 * With time_spaces: how far a clock is ahead of arch_clock() for
	 * current, ns; and which frame it has in place of one of the vDSO's.
	 * Context: any.
	 */
	u64 (*clock_ahead)(int clock);
	unsigned long (*vdso_frame)(unsigned long pfn);
	/*
	 * Numbers in name spaces, as pid_in() and pid_from() say; the rest is
	 * only for processes that have such a space.
	 */
	int (*pid_in)(int nr, const struct pid_space *to);
	int (*pid_from)(int nr, const struct pid_space *from);
	struct user_space *(*pid_owner)(const struct pid_space *n);
	/*
	 * The space of current's numbers is to end, and its init as if by that
	 * signal.
	 */
	void (*space_reboot)(int signo);
	/*
	 * nr in `to` and in each space from there down to `own`, PID_LEVELS at
	 * most; only 0 if it is not in `to`.
	 * Context: [tree_lock].  Return: how many.
	 */
	int (*pid_list)(int nr, const struct pid_space *own,
			const struct pid_space *to, int *in);
	/* As assign_tid(), at all levels.  Context: [tree_lock]. */
	int (*pid_enter)(struct task *child, const struct clone_args *a);
	/*
	 * A task, group or session of nr has gone; last: nr is free.  It may
	 * have such numbers.  Context: [tree_lock].
	 */
	void (*pid_leave)(int nr, bool last);
	/* p's last thread ends.  Context: no lock; may sleep. */
	void (*space_ends)(struct process *p);
	/* Who adopts p's children.  Context: [tree_lock]. */
	struct process *(*space_init)(const struct process *p);
	/* info as p, which is nested, is to see it, in *copy. */
	const struct siginfo *(*signal_seen)(const struct process *p,
					     const struct siginfo *info,
					     struct siginfo *copy);
	/*
	 * User name spaces but the first: as id_map() and cred_has() of
	 * <kernel/cred/ids.h> and <kernel/cred/capable.h>; take or drop a reference.
	 * Context: any.
	 */
	unsigned (*id_map)(int to_do, unsigned id, const struct user_space *n);
	bool (*user_has)(const struct cred *c, const struct user_space *n,
			 int cap);
	void (*user_hold)(struct user_space *n, bool hold);
	/* With user_spaces: give st the ids that current sees. */
	void (*stat_shown)(struct kstat *st);
};
/* const after init, or NULL */
extern const struct namespace_ops *namespace_ops;
/* There has been such a space besides the first; set while tasks run. */
extern bool time_spaces, user_spaces;

#endif
