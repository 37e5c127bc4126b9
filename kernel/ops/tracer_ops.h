/* SPDX-License-Identifier: MIT */
/* What a tracer does at the tasks it traces (topics/debugger, ptrace(2)). */
#ifndef KERNEL_OPS_TRACER_OPS_H
#define KERNEL_OPS_TRACER_OPS_H

#include <kernel/current.h>

struct clone_args;
struct list;
struct siginfo;
struct task;
struct trapframe;

/* Events that the core tells a tracer of, as ptrace(2) numbers them. */
#define TRACE_VFORK_DONE	5
#define TRACE_EXIT		6

/* Called for tasks with trace.tracer, or one of its ASTs. */
struct tracer_ops {
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
	 * The child is traced as current is, if its flags or an option of the
	 * tracer ask for it.
	 * Context: [tree_lock].
	 */
	void (*trace_fork)(struct task *child, const struct clone_args *a);
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
	 * May current trace t, as far as a policy of the system's says?
	 * Context: [tree_lock].
	 */
	bool (*trace_allowed)(const struct task *t);
};
extern const struct tracer_ops *tracer_ops;	/* const after init, or NULL */

/* A policy of who may trace whom may forbid it.  Context: [tree_lock]. */
static inline bool tracer_may_trace(const struct task *t)
{
	return !tracer_ops || tracer_ops->trace_allowed(t);
}

/* Which event of ptrace(2) a clone by current is to be told as; 0: none. */
static inline unsigned tracer_clone_event(const struct clone_args *a)
{
	return unlikely(task_traced(current)) ?
		tracer_ops->trace_clone_event(a) : 0;
}

/* Have current's tracer trace the child, too, if it wants to. */
static inline void tracer_fork(struct task *child, const struct clone_args *a)
{
	if (unlikely(task_traced(current)))
		tracer_ops->trace_fork(child, a);
}

/*
 * Stop for an event, if current is traced with its option; 0: none.
 * Context: no lock; may sleep.
 */
static inline void tracer_stop(unsigned event, unsigned long message)
{
	if (unlikely(event && task_traced(current)))
		tracer_ops->trace_event(event, message);
}

#endif
