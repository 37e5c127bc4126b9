/* SPDX-License-Identifier: MIT */
/* Hooks of the extension futexes at traps, signals and exits of tasks. */
#ifndef KERNEL_FUTEX_OPS_H
#define KERNEL_FUTEX_OPS_H

#include <lt/types.h>

struct futex_call;
struct task;
struct trapframe;

struct futex_ops {
	/*
	 * Perform an operation of futex(2) that the core does not know.
	 * Return: the result of futex(2); -ENOSYS: unknown here, too.
	 */
	long (*other_op)(const struct futex_call *c);
	/*
	 * Mark the futexes in t's robust list, if t has one, as orphaned.  t is
	 * current, which exits or leaves its address space.
	 * Context: no lock; may sleep.
	 */
	void (*robust_exit)(struct task *t);
	/*
	 * Set current's robust list for set_robust_list(2): its head, which has
	 * three pointers, is at `head` and takes len bytes.
	 */
	void (*robust_set)(uaddr_t head, unsigned len);
	/*
	 * AST_RSEQ: abort the sequence that tf is in, store the CPU number.
	 * Context: no lock; may sleep.
	 */
	void (*rseq_resume)(struct trapframe *tf);
	/*
	 * A signal handler is about to run: if tf is inside a restartable
	 * sequence, make tf continue at the sequence's abort address.  May
	 * send the task a SIGSEGV; in_segv: the handler is that of SIGSEGV,
	 * and the new one ends the process.
	 * Context: no lock; current has TF_RSEQ.
	 */
	void (*rseq_interrupted)(struct trapframe *tf, bool in_segv);
};
extern const struct futex_ops *futex_ops;	/* const after init, or NULL */

#endif
