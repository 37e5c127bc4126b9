/* SPDX-License-Identifier: MIT */
/*
 * Tracing (rows B6, B7, D2): functions of ptrace(2) that concern the tracee:
 * its stops, and the begin and end of tracing.  A tracee stops itself, at
 * certain points (stop.c).  Then its tracer may inspect it and resume it.
 *
 * Invariant: between trace_freeze() and the end of a request the tracee is off
 * every CPU, and nothing wakes it, not even SIGKILL.  So its registers have
 * been saved where the port's regset functions look for them.
 */
#ifndef TOPICS_DEBUGGER_PTRACE_H
#define TOPICS_DEBUGGER_PTRACE_H

#include "uapi.h"
#include <kernel/task/task.h>

/* trace.flags; [sighand->lock] of the tracee */
/* attached by SEIZE: got no SIGSTOP, and stops with EVENT_STOP */
#define TRACE_SEIZED	0x01
#define TRACE_SYSCALL	0x02	/* stops at system calls */
#define TRACE_STEP	0x04	/* resumed for one instruction */
#define TRACE_LISTENING	0x08	/* stopped, but reports changes of the group */
/* a stop with the group or by INTERRUPT is due */
#define TRACE_TRAP_STOP	0x10
#define TRACE_TRAP_NOTIFY 0x20	/* a report that the group continues is due */
#define TRACE_TRAP_HANDLER 0x40	/* a stop is due: a step reached a handler */
#define TRACE_TRAPPING	0x80	/* ATTACH waits for the tracee's stop */
#define TRACE_TRAPS	(TRACE_TRAP_STOP | TRACE_TRAP_NOTIFY | \
			 TRACE_TRAP_HANDLER)

#define TRACE_OPTIONS	(PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD | \
			 PTRACE_O_EVENT(PTRACE_EVENT_FORK) | \
			 PTRACE_O_EVENT(PTRACE_EVENT_VFORK) | \
			 PTRACE_O_EVENT(PTRACE_EVENT_CLONE) | \
			 PTRACE_O_EVENT(PTRACE_EVENT_EXEC) | \
			 PTRACE_O_EVENT(PTRACE_EVENT_VFORK_DONE) | \
			 PTRACE_O_EVENT(PTRACE_EVENT_EXIT))

/* ---- link.c: who traces whom --------------------------------------------- */

/* for /proc/sys; accessed without a lock */
extern unsigned trace_scope;
/*
 * Make tracer trace t with the rights cred, to which a reference is taken.
 * Context: [tree_lock].
 */
void trace_link(struct task *t, struct task *tracer, struct cred *cred,
		unsigned flags, unsigned options);
/*
 * End the tracing of t, which may be dead, and also the stop that t is in.
 * Context: [tree_lock].
 */
void trace_unlink(struct task *t);
/*
 * Send SIGCHLD to the tracer of t, and wake the tracer.  code: CLD_*.
 * Context: [tree_lock].
 */
void trace_tell(struct task *t, int code, int status);

/* Described in <kernel/ops/tracer_ops.h>; here for stop.c. */
bool trace_allowed(const struct task *t);
void trace_fork(struct task *child, const struct clone_args *a);
unsigned trace_clone_event(const struct clone_args *a);
void trace_release_all(struct task *tracer, struct list *reaped);

/* ---- stop.c: the tracee, about itself ------------------------------------ */

/*
 * True if t must end before it may stop for its tracer.  A task in its exit
 * stop has already obeyed one request to end, so only a further request counts.
 * Context: [sighand->lock]; without it, check again under the lock.
 */
static inline bool trace_must_end(const struct task *t)
{
	return READ_ONCE(t->ast) & AST_EXIT ||
		(t->pending.mask | t->process->pending.mask) &
		sig_bit(SIGKILL);
}

/* Make t stop for one of TRACE_TRAPS.  Context: [sighand->lock] of t. */
void trace_set_trap(struct task *t, unsigned trap);

#endif
