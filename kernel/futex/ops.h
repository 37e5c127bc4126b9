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
	 * current ends or leaves its memory: orphan the futexes on its robust
	 * list, if it has one.  Context: no lock; may sleep.
	 */
	void (*robust_exit)(struct task *t);
	/*
	 * set_robust_list(2) of current; len: bytes of the head, three
	 * pointers.
	 */
	void (*robust_set)(uaddr_t head, unsigned len);
	/* AST_RSEQ, of tasks with TF_RSEQ.  Context: no lock; may sleep. */
	void (*rseq_resume)(struct trapframe *tf);
	/*
	 * A handler is to run: if the frame is within a sequence, it is to go
	 * on at the sequence's abort.  It may send the task a SIGSEGV.
	 * Context: no lock; current has TF_RSEQ.
	 */
	void (*rseq_interrupted)(struct trapframe *tf);
};
extern const struct futex_ops *futex_ops;	/* const after init, or NULL */

#endif
