/* SPDX-License-Identifier: MIT */
/*
 * Single functions that extensions have the core call, each stored by an INIT
 * of its one owner.  Where an extension has more to do, it sets a structure of
 * operations, once, and the core has a header for it:
 *
 *	kernel/ops/tracer_ops.h	topics/debugger		who traces whom
 *	kernel/ops/namespace_ops.h	topics/namespaces	name spaces
 *	kernel/ops/cgroup_ops.h	topics/cgroups		tasks in groups
 *	kernel/ops/sched_ops.h	topics/scheduling	deadlines, asmp
 *				topics/cgrouplimits	shares of groups
 *	kernel/ops/timer_ops.h	compat/timers		timers of processes
 *	kernel/futex/ops.h	topics/futexes		futexes, rseq
 *	kernel/ops/core_ops.h	topics/coredump		programs that die
 *	kernel/ops/pidfd_ops.h	topics/processes	pidfds
 *
 * Most are called only where a bit or a field, tested anyway, says that there
 * is something for them to do; what nobody but the extension sets needs no test
 * for NULL.
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
	 * exec: the caller's personality may make the file its own, before any
	 * format sees it.  May be NULL.
	 * Return: as that of a format (kernel/exec/format.h).
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
	 * current is about to sleep for what it waits.  May be NULL; set while
	 * tasks run.
	 */
	void (*blocks)(struct task *t);
	/*
	 * A fault, and the signal that a program would get; how: enum
	 * fault_access of a page fault; of others -1.  They are asked first of
	 * all, a probe of the kernel's text before a debugger on the line; of
	 * page faults only while EVENT_FAULT is wanted: else of those of the
	 * kernel that nothing can mend.  May be NULL; probe is set while tasks
	 * run.
	 * Context: any, interrupts off.
	 * Return: true: it has been seen to; the frame says where to go on.
	 */
	bool (*probe)(struct trapframe *tf, int signo, vaddr_t va, int how);
	bool (*debugger)(struct trapframe *tf, int signo, vaddr_t va, int how);
};

extern struct hooks hooks;		/* const after init, but as said */

#endif
