/* SPDX-License-Identifier: MIT */
/*
 * Hooks for tasks in namespaces other than the initial ones
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

/*
 * The core calls uts_name() for every task, and the other functions only if
 * such a namespace exists.
 */
struct namespace_ops {
	/*
	 * Return: the system's names as current sees them (uname(2)).
	 * Context: no lock.
	 */
	struct utsname *(*uts_name)(void);
	/*
	 * Called if time_spaces is set.  clock_ahead() returns how far a clock
	 * is ahead of arch_clock() for current, in ns.  vdso_frame() returns
	 * the frame that current maps in place of a frame of the vDSO.
	 * Context: any.
	 */
	u64 (*clock_ahead)(int clock);
	unsigned long (*vdso_frame)(unsigned long pfn);
	/*
	 * Convert PIDs to and from a namespace as pid_in() and pid_from() do.
	 */
	int (*pid_in)(int nr, const struct pid_space *to);
	int (*pid_from)(int nr, const struct pid_space *from);
	struct user_space *(*pid_owner)(const struct pid_space *n);
	/*
	 * End current's PID namespace; the init of the namespace dies as if of
	 * signal signo.
	 */
	void (*space_reboot)(int signo);
	/*
	 * Store in `in` the number that nr has in `to`, and then the numbers in
	 * the namespaces below `to`, down to `own`: at most PID_LEVELS numbers.
	 * If nr has no number in `to`, store a single 0.
	 * Context: [tree_lock].
	 * Return: the number of stored numbers.
	 */
	int (*pid_list)(int nr, const struct pid_space *own,
			const struct pid_space *to, int *in);
	/*
	 * Like assign_tid(), but assign a number in each namespace of child.
	 * Context: [tree_lock].
	 */
	int (*pid_enter)(struct task *child, const struct clone_args *a);
	/*
	 * A task, process group or session with number nr has ended.  last:
	 * nothing else has the number nr, so it is free now.  Namespaces may
	 * have numbers of their own for nr.
	 * Context: [tree_lock].
	 */
	void (*pid_leave)(int nr, bool last);
	/* p's last thread exits.  Context: no lock; may sleep. */
	void (*space_ends)(struct process *p);
	/*
	 * Return: the process that adopts p's children.  Context: [tree_lock].
	 */
	struct process *(*space_init)(const struct process *p);
	/*
	 * Return: the siginfo as process p in a nested namespace sees it, in
	 * *copy if it differs from *info.
	 */
	const struct siginfo *(*signal_seen)(const struct process *p,
					     const struct siginfo *info,
					     struct siginfo *copy);
	/*
	 * For user namespaces other than the initial one.  id_map implements
	 * id_map() of <kernel/cred/ids.h>, user_has implements cred_has() of
	 * <kernel/cred/capable.h>; user_hold takes or drops a reference.
	 * Context: any.
	 */
	unsigned (*id_map)(int to_do, unsigned id, const struct user_space *n);
	bool (*user_has)(const struct cred *c, const struct user_space *n,
			 int cap);
	void (*user_hold)(struct user_space *n, bool hold);
	/* If user_spaces is set: change st's ids to those that current sees. */
	void (*stat_shown)(struct kstat *st);
};
/* const after init, or NULL */
extern const struct namespace_ops *namespace_ops;
/*
 * A time or user namespace besides the initial one was created; may be set
 * while tasks run.
 */
extern bool time_spaces, user_spaces;

#endif
