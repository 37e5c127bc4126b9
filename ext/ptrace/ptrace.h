/* SPDX-License-Identifier: MIT */
/*
 * One task watches another (rows B6, B7, D2): ptrace(2) as the tracee, its
 * death and its creation see it.  A tracee stops itself, at points of its own
 * (ptrace_stop.c); its tracer may then look at it and let it go on.
 *
 * Invariant: between trace_freeze() and the end of a request the tracee is
 * off every CPU, and nothing wakes it, SIGKILL included: its registers are
 * where the port's regset functions look.
 */
#ifndef EXT_PTRACE_PTRACE_H
#define EXT_PTRACE_PTRACE_H

#include <kernel/task.h>
#include <uapi/ptrace.h>

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

static inline bool task_traced(const struct task *t)
{
	return READ_ONCE(t->trace.tracer) != NULL;
}

/* ---- ptrace_link.c: who traces whom -------------------------------------- */

/*
 * May current look into t, as ptrace(2) decides?  real: by its real user id,
 * not that of file accesses; attach: to trace it, so the policy of
 * kernel.yama.ptrace_scope counts as well.  => t referenced or [tree_lock]
 */
extern unsigned trace_scope;		/* any CPU; for /proc/sys */
bool trace_may_access(struct task *t, bool real, bool attach);
/* cred: by which rights; a reference is taken.  => [tree_lock] */
void trace_link(struct task *t, struct task *tracer, struct cred *cred,
		unsigned flags, unsigned options);
/* t, dead or alive, is nobody's tracee any more; a stop of it ends. */
void trace_unlink(struct task *t);
/* The tracer ends: its tracees are free, or die; corpses that nobody else
 * waits for go onto reaped. */
void trace_release_all(struct task *tracer, struct list *reaped);
/* Tell the tracer of t by SIGCHLD and wake it.  code: CLD_ */
void trace_tell(struct task *t, int code, int status);
/*
 * fork: the child is traced as current is, if wanted by the flag or an event.
 */
void trace_fork(struct task *child, bool wanted);

/* ---- ptrace_stop.c: the tracee, about itself ----------------------------- */

/* Which PTRACE_EVENT_ a clone is and the tracer wants to see, or 0. */
unsigned trace_clone_event(const struct clone_args *a);
/* Stop for a PTRACE_EVENT_ if its option is set.  => no lock; may sleep */
void trace_event(unsigned event, unsigned long message);
/* exec is done; old: the tid the caller had before. */
void trace_exec(int old);
/*
 * A signal was dequeued: the tracer decides.  [sighand->lock] is dropped and
 * retaken.  => its number with *info, which may be others; 0: none
 */
int trace_signal(struct siginfo *info);
/* AST_TRACE: the stops to do.  => no lock; may sleep */
void trace_trap(void);
/* AST_SYSCALL_EXIT. */
void trace_syscall_exit(struct trapframe *tf);
/* At the entry.  => false: the call is not to be made */
bool trace_syscall_entry(struct trapframe *tf);

/* Of others, [sighand->lock]: t is to make a stop for one of TRACE_TRAPS. */
void trace_set_trap(struct task *t, unsigned trap);
/* The task states out of which a deadly signal wakes t now. */
unsigned trace_kill_states(const struct task *t);

#endif
