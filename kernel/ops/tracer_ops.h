/* SPDX-License-Identifier: MIT */
/* Hooks of ptrace(2) for traced tasks (topics/debugger). */
#ifndef KERNEL_OPS_TRACER_OPS_H
#define KERNEL_OPS_TRACER_OPS_H

#include <kernel/current.h>

struct clone_args;
struct list;
struct siginfo;
struct task;
struct trapframe;

/* Events that the core reports to a tracer, with the numbers of ptrace(2). */
#define TRACE_VFORK_DONE	5
#define TRACE_EXIT		6

/*
 * The core calls these functions only for tasks with trace.tracer or an AST of
 * tracing set.
 */
struct tracer_ops {
	/* Return: the PTRACE_EVENT_ of a clone if the tracer wants it, or 0. */
	unsigned (*trace_clone_event)(const struct clone_args *a);
	/*
	 * Stop current for an event, if the event's option is set.
	 * Context: no lock; may sleep.
	 */
	void (*trace_event)(unsigned event, unsigned long message);
	/* An exec is complete; old: the caller's tid before the exec. */
	void (*trace_exec)(int old);
	/*
	 * Let current's tracer trace the child, too, if the clone's flags or an
	 * option of the tracer ask for it.
	 * Context: [tree_lock].
	 */
	void (*trace_fork)(struct task *child, const struct clone_args *a);
	/*
	 * A signal was dequeued: stop and let the tracer decide.
	 * Context: [sighand->lock], released and taken again.
	 * Return: the signal to deliver, described in *info, which the tracer
	 * may have replaced; 0: none.
	 */
	int (*trace_signal)(struct siginfo *info);
	/*
	 * AST_TRACE: make the stops that are due.
	 * Context: no lock; may sleep.
	 */
	void (*trace_trap)(void);
	/* AST_SYSCALL_EXIT: stop at the end of a system call. */
	void (*trace_syscall_exit)(struct trapframe *tf);
	/*
	 * Report the start of a system call, for syscall_traced().  Return:
	 * false: do not make the call.
	 */
	bool (*trace_syscall_entry)(struct trapframe *tf);
	/*
	 * trace_group_stop: t, which is traced, must stop with its thread
	 * group; trace_group_cont: its thread group continues.
	 * Context: [sighand->lock].
	 */
	void (*trace_group_stop)(struct task *t);
	void (*trace_group_cont)(struct task *t);
	/*
	 * Send t's tracer a SIGCHLD with this code (CLD_) and wake it.
	 * Context: [tree_lock].
	 */
	void (*trace_tell)(struct task *t, int code, int status);
	/*
	 * Detach t, dead or alive, from its tracer, and end a stop of t.
	 * Context: [tree_lock].
	 */
	void (*trace_unlink)(struct task *t);
	/*
	 * The task tracer exits: detach its tracees or, with PTRACE_O_EXITKILL,
	 * kill them.  Append zombies that no parent waits for to the list
	 * `reaped`.
	 * Context: [tree_lock].
	 */
	void (*trace_release_all)(struct task *tracer, struct list *reaped);
	/*
	 * True if the system's policy lets current trace t.
	 * Context: [tree_lock].
	 */
	bool (*trace_allowed)(const struct task *t);
};
extern const struct tracer_ops *tracer_ops;	/* const after init, or NULL */

/* True if no policy forbids current to trace t.  Context: [tree_lock]. */
static inline bool tracer_may_trace(const struct task *t)
{
	return !tracer_ops || tracer_ops->trace_allowed(t);
}

/*
 * Return: the event of ptrace(2) that current's tracer wants for a clone; 0:
 * none.
 */
static inline unsigned tracer_clone_event(const struct clone_args *a)
{
	return unlikely(task_traced(current)) ?
		tracer_ops->trace_clone_event(a) : 0;
}

/*
 * Let current's tracer trace the child, too, if the tracer or the clone's flags
 * ask for it.
 */
static inline void tracer_fork(struct task *child, const struct clone_args *a)
{
	if (unlikely(task_traced(current)))
		tracer_ops->trace_fork(child, a);
}

/*
 * Stop for an event if current is traced and its tracer wants the event; event
 * 0: none.
 * Context: no lock; may sleep.
 */
static inline void tracer_stop(unsigned event, unsigned long message)
{
	if (unlikely(event && task_traced(current)))
		tracer_ops->trace_event(event, message);
}

#endif
