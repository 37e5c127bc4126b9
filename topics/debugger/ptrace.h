/* SPDX-License-Identifier: MIT */
/*
 * One task watches another (rows B6, B7, D2): ptrace(2) as the tracee, its
 * death and its creation see it.  A tracee stops itself, at points of its own
 * (stop.c); its tracer may then look at it and let it go on.
 *
 * Invariant: between trace_freeze() and the end of a request the tracee is
 * off every CPU, and nothing wakes it, SIGKILL included: its registers are
 * where the port's regset functions look.
 */
#ifndef TOPICS_DEBUGGER_PTRACE_H
#define TOPICS_DEBUGGER_PTRACE_H

#include "uapi.h"
#include <kernel/task/task.h>

/* trace.flags; [sighand->lock] of the tracee */
#define TRACE_SEIZED	0x01	/* by SEIZE: no SIGSTOP, and EVENT_STOP */
#define TRACE_SYSCALL	0x02	/* stops at system calls */
#define TRACE_STEP	0x04	/* goes on for one instruction */
#define TRACE_LISTENING	0x08	/* stopped, but a change is to be told */
#define TRACE_TRAP_STOP	0x10	/* to do: group stop or INTERRUPT */
#define TRACE_TRAP_NOTIFY 0x20	/* to do: tell that the group goes on */
#define TRACE_TRAP_HANDLER 0x40	/* to do: a step has come to a handler */
#define TRACE_TRAPPING	0x80	/* ATTACH waits for the stop of a stopped one */
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

extern unsigned trace_scope;		/* any CPU; for /proc/sys */
/* cred: by which rights; a reference is taken.  Context: [tree_lock]. */
void trace_link(struct task *t, struct task *tracer, struct cred *cred,
		unsigned flags, unsigned options);
/* t, dead or alive, is nobody's tracee any more; a stop of it ends. */
void trace_unlink(struct task *t);
/* Tell the tracer of t by SIGCHLD and wake it.  code: CLD_ */
void trace_tell(struct task *t, int code, int status);

/* The rest as <kernel/ops/tracer_ops.h> says, for stop.c. */
bool trace_allowed(const struct task *t);
void trace_fork(struct task *child, const struct clone_args *a);
unsigned trace_clone_event(const struct clone_args *a);
void trace_release_all(struct task *tracer, struct list *reaped);

/* ---- stop.c: the tracee, about itself ------------------------------------ */

/*
 * Its end comes before anything a tracer may want.  One that stops at its exit
 * has obeyed what ended it; then these are about one more end.
 * Context: [sighand->lock], or to be looked at again.
 */
static inline bool trace_has_no_time(const struct task *t)
{
	return READ_ONCE(t->ast) & AST_EXIT ||
		(t->pending.mask | t->process->pending.mask) &
		sig_bit(SIGKILL);
}

/* Of others, [sighand->lock]: t is to make a stop for one of TRACE_TRAPS. */
void trace_set_trap(struct task *t, unsigned trap);

#endif
