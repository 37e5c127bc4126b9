/* SPDX-License-Identifier: MIT */
/*
 * What the core has extensions do on the paths of traps, signals and the
 * clock, where a walk over a table would cost too much.  An extension stores
 * its functions by an INIT of its own.  Most are called only where a bit or a
 * field, tested anyway, says that there is something for them to do; what
 * nobody but the extension sets needs no test for NULL.
 */
#ifndef KERNEL_HOOKS_H
#define KERNEL_HOOKS_H

#include <lt/types.h>

struct clone_args;
struct cred;
struct cpu;
struct exec;
struct file;
struct kstat;
struct list;
struct process;
struct siginfo;
struct pid_space;
struct task;
struct trapframe;
struct user_space;
struct utsname;
struct wait_queue;

/* Events that the core tells a tracer of, as ptrace(2) numbers them. */
#define TRACE_VFORK_DONE	5
#define TRACE_EXIT		6

struct hooks {
	/*
	 * current dies of a signal whose default action is a core file.  May be
	 * NULL.
	 * Context: no lock; may sleep.
	 */
	void (*core_dump)(const struct siginfo *info);
	/*
	 * exec: the caller's personality may make the file its own, before any
	 * format sees it.  May be NULL.
	 * Return: as that of a format (kernel/exec/internal.h).
	 */
	int (*exec_first)(struct exec *e);
	/*
	 * process->core: a thread of it ends, and waits until the file is
	 * written.
	 * Context: [tree_lock], released meanwhile.
	 */
	void (*core_park)(struct process *p);
	/*
	 * A signal to p, or to a thread of it, was queued.  May be NULL.
	 * Context: [sighand->lock].
	 */
	void (*signal_queued)(struct process *p);
	/*
	 * A signal with the code SI_TIMER was taken off current's queues:
	 * brings its overrun count up to date and lets the timer expire again.
	 * May be NULL.
	 * Context: no lock.
	 */
	void (*timer_taken)(struct siginfo *info);
	/*
	 * A tick of a task of p: send what is due.  May be NULL.
	 * Context: the tick, no lock.
	 */
	void (*cpu_time_passed)(struct process *p);
	/*
	 * A real-time task of p has run so long without sleeping, ns.  May be
	 * NULL.
	 * Context: the tick, no lock.
	 */
	void (*rt_time_passed)(struct process *p, u64 ran);
	/* p's RLIMIT_CPU has been set.  May be NULL.  Context: [tree_lock]. */
	void (*cpu_limited)(struct process *p);
	/*
	 * clock_nanosleep(2) by a clock of CPU time; flags: TIMER_ABSTIME.
	 * remain: where to put what is left, in words or not.  NULL: ENOTSUP.
	 * Context: no lock.
	 */
	long (*cpu_nanosleep)(int clock, int flags, u64 time, uaddr_t remain,
			      bool word);
	/*
	 * A descriptor's file for p; flags: O_NONBLOCK.  May be NULL.
	 * Return: NULL: no memory.
	 */
	struct file *(*pidfd_file)(struct process *p, unsigned flags);
	/*
	 * The process of a pidfd with a reference, and the file's O_ flags.  It
	 * is there if pidfd_file is.
	 * Return: NULL: fd is no pidfd.
	 */
	struct process *(*pidfd_process)(int fd, unsigned *flags);
	/*
	 * The names of the system that current sees.  May be NULL.
	 * Context: no lock.
	 */
	struct utsname *(*uts_name)(void);
	/*
	 * How far a clock is ahead of arch_clock() for current, ns; and which
	 * frame it has in place of one of the vDSO's.  May be NULL, both or
	 * none; set while tasks run.  Context: any.
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
	 * <kernel/ids.h> and <kernel/capable.h>; take or drop a reference.
	 * Context: any.
	 */
	unsigned (*id_map)(int to_do, unsigned id, const struct user_space *n);
	bool (*user_has)(const struct cred *c, const struct user_space *n,
			 int cap);
	void (*user_hold)(struct user_space *n, bool hold);
	/*
	 * Give st the ids that current sees; NULL until there is a user name
	 * space, and then there for good.
	 */
	void (*stat_shown)(struct kstat *st);
	/*
	 * t->robust_list: current, which ends or leaves its memory, orphans the
	 * futexes that it holds.  Context: no lock; may sleep.
	 */
	void (*robust_exit)(struct task *t);
	/*
	 * A fault, and the signal that a program would get; how: enum
	 * fault_access of a page fault; of others -1.  It is asked first of
	 * all; of page faults only while EVENT_FAULT is wanted: else of those
	 * of the kernel that nothing can mend.  May be NULL.
	 * Context: any, interrupts off.
	 * Return: true: it has been seen to; the frame says where to go on.
	 */
	bool (*debugger)(struct trapframe *tf, int signo, vaddr_t va, int how);
	/*
	 * child has its number and is in the tree; t leaves it, reaped.  May be
	 * NULL, all or none; set while tasks run.
	 * Context: [tree_lock].
	 */
	void (*task_published)(struct task *child);
	/* Before that: may it?  Context: likewise.  Return: 0 or -errno. */
	int (*task_publishes)(const struct task *child);
	void (*task_reaped)(struct task *t);
	/*
	 * CLONE_INTO_CGROUP: the next clone of current is to be in the group of
	 * descriptor fd, -1: nowhere any more.  May be NULL.
	 * Context: no lock; may sleep.  Return: 0 or -errno.
	 */
	int (*clone_into)(int fd, bool thread);
	/* current is about to sleep for what it waits.  May be NULL. */
	void (*blocks)(struct task *t);
	/* AST_RSEQ, of tasks with t->rseq.  Context: no lock; may sleep. */
	void (*rseq_resume)(struct trapframe *tf);
	/*
	 * A handler is to run: if the frame is within a sequence, it is to go
	 * on at the sequence's abort.  It may send the task a SIGSEGV.
	 * Context: no lock; t->rseq is set.
	 */
	void (*rseq_interrupted)(struct trapframe *tf);
	/*
	 * asmp: a trap or a call of current begins, and goes on on the CPU that
	 * serves all; may be called again meanwhile.  May be NULL.
	 * Context: IPL_NONE, interrupts on; may sleep.
	 */
	void (*trap_enter)(void);
	/* With trap_enter.  A trap is done with but for these ASTs. */
	void (*trap_leave)(unsigned ast);
	/* With trap_enter.  A new task begins like its caller. */
	void (*trap_fork)(struct task *child);

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

	/*
	 * Of tasks with t->grouped, whose weight is a part of their group's.
	 * Context: [run queue].
	 */

	/* t wants to run from now on, or does not; it is in no queue. */
	void (*group_wants)(struct task *t, bool wants);
	/* What of `weight`, which t would have alone, it has now. */
	u32 (*group_weight)(struct task *t, u32 weight);
	/* t, which runs on c, ran ns more. */
	void (*group_ran)(struct cpu *c, struct task *t, u64 ns);
	/* t is on c's CPU from now on.  Return: ns for which it may be. */
	u64 (*group_turn)(struct cpu *c, struct task *t);

	/* ptrace(2): of tasks with trace.tracer, or one of its ASTs. */

	/* Which PTRACE_EVENT_ a clone is and the tracer wants to see, or 0. */
	unsigned (*trace_clone_event)(const struct clone_args *a);
	/*
	 * Stop for an event if its option is set.
	 * Context: no lock; may sleep.
	 */
	void (*trace_event)(unsigned event, unsigned long message);
	/* exec is done; old: the tid the caller had before. */
	void (*trace_exec)(int old);
	/*
	 * The child is traced as current is, if wanted.
	 * Context: [tree_lock].
	 */
	void (*trace_fork)(struct task *child, bool wanted);
	/*
	 * A signal was dequeued: the tracer decides.
	 * Context: [sighand->lock], released and taken again.
	 * Return: its number with *info, which may be others; 0: none.
	 */
	int (*trace_signal)(struct siginfo *info);
	/* AST_TRACE: the stops to do.  Context: no lock; may sleep. */
	void (*trace_trap)(void);
	/* AST_SYSCALL_EXIT. */
	void (*trace_syscall_exit)(struct trapframe *tf);
	/* syscall_traced().  Return: false: the call is not to be made. */
	bool (*trace_syscall_entry)(struct trapframe *tf);
	/*
	 * t is to stop with its group, or its group goes on.
	 * Context: [sighand->lock].
	 */
	void (*trace_group_stop)(struct task *t);
	void (*trace_group_cont)(struct task *t);
	/*
	 * Tell t's tracer by SIGCHLD and wake it; code: CLD_.
	 * Context: [tree_lock].
	 */
	void (*trace_tell)(struct task *t, int code, int status);
	/*
	 * t, dead or alive, is nobody's tracee any more; a stop of it ends.
	 * Context: [tree_lock].
	 */
	void (*trace_unlink)(struct task *t);
	/*
	 * t->tracees: their tracer ends.  They are free, or die; zombies that
	 * nobody else waits for go onto reaped.
	 * Context: [tree_lock].
	 */
	void (*trace_release_all)(struct task *tracer, struct list *reaped);
	/*
	 * May current trace t, as far as a policy of the system's says?  May be
	 * NULL.
	 * Context: [tree_lock].
	 */
	bool (*trace_allowed)(const struct task *t);
};

extern struct hooks hooks;		/* const after init, but as said */

#endif
