/* SPDX-License-Identifier: MIT */
/*
 * Functions of extensions that the core calls.  Each hook belongs to one
 * extension, whose INIT function stores the pointer.  An extension with several
 * related functions sets one pointer to a structure of operations; each such
 * structure has its own header in the core:
 *
 *   header                      extension            hooks for
 *
 *   kernel/ops/tracer_ops.h     topics/debugger      tracing of tasks
 *   kernel/ops/namespace_ops.h  topics/namespaces    namespaces
 *   kernel/ops/cgroup_ops.h     topics/cgroups       tasks in groups
 *   kernel/ops/sched_ops.h      topics/scheduling    deadlines, asmp
 *                               topics/cgrouplimits  shares of groups
 *   kernel/ops/timer_ops.h      compat/timers        timers of processes
 *   kernel/futex/ops.h          topics/futexes       futexes, rseq
 *   kernel/ops/core_ops.h       topics/coredump      crashing programs
 *   kernel/ops/pidfd_ops.h      topics/processes     pidfds
 *
 * The core calls most hooks only if a bit or a field that it tests anyway says
 * that the extension has something to do.  If only the extension sets that bit
 * or field, the pointer needs no test for NULL.
 */
#ifndef KERNEL_OPS_HOOKS_H
#define KERNEL_OPS_HOOKS_H

#include <lt/types.h>

struct exec;
struct process;
struct task;
struct trapframe;

struct hooks {
	/*
	 * exec: let the caller's personality handle the file before any format
	 * does.  May be NULL.
	 * Return: like a format's function (kernel/exec/format.h).
	 */
	int (*exec_first)(struct exec *e);
	/*
	 * A signal to p, or to a thread of it, was queued.  May be NULL.
	 * Context: [sighand->lock].
	 */
	void (*signal_queued)(struct process *p);
	/* CLOCK_REALTIME has been set.  May be NULL.  Context: any, no lock. */
	void (*clock_jumped)(void);
	/*
	 * current is about to sleep in a wait.  May be NULL; may be set while
	 * tasks run.
	 */
	void (*blocks)(struct task *t);
	/*
	 * A fault occurred.  signo: the signal that a program would get; how:
	 * enum fault_access of a page fault, -1 of another fault.  Before any
	 * other handling, the core calls first probe, for probes of the
	 * kernel's text, and then debugger, for a debugger on a serial line.
	 * While EVENT_FAULT is not wanted, both hooks get no page faults except
	 * fatal ones of the kernel.  Each may be NULL; probe may be set while
	 * tasks run.
	 * Context: any, interrupts off.
	 * Return: true: the fault is handled, and tf says where to continue.
	 */
	bool (*probe)(struct trapframe *tf, int signo, vaddr_t va, int how);
	bool (*debugger)(struct trapframe *tf, int signo, vaddr_t va, int how);
};

extern struct hooks hooks;		/* const after init, but see above */

#endif
