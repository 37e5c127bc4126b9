/* SPDX-License-Identifier: MIT */
/* What extension futexes does at traps, signals and the ends of tasks. */
#ifndef KERNEL_FUTEX_OPS_H
#define KERNEL_FUTEX_OPS_H

#include <lt/types.h>

struct futex_call;
struct task;
struct trapframe;

struct futex_ops {
	/*
	 * An operation of futex(2) that the core does not know.
	 * Return: as that of futex(2); -ENOSYS: nobody knows it.
	 */
	long (*other_op)(const struct futex_call *c);
	/*
	 * t->robust_list: current, which ends or leaves its memory, orphans the
	 * futexes that it holds.  Context: no lock; may sleep.
	 */
	void (*robust_exit)(struct task *t);
	/* AST_RSEQ, of tasks with t->rseq.  Context: no lock; may sleep. */
	void (*rseq_resume)(struct trapframe *tf);
	/*
	 * A handler is to run: if the frame is within a sequence, it is to go
	 * on at the sequence's abort.  It may send the task a SIGSEGV.
	 * Context: no lock; t->rseq is set.
	 */
	void (*rseq_interrupted)(struct trapframe *tf);
};
extern const struct futex_ops *futex_ops;	/* const after init, or NULL */

#endif
