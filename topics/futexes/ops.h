/* SPDX-License-Identifier: MIT */
/*
 * Functions called through struct futex_ops (ops.c): see <kernel/futex/ops.h>.
 */
#ifndef TOPICS_FUTEXES_OPS_H
#define TOPICS_FUTEXES_OPS_H

#include <kernel/futex/waiter.h>
#include <kernel/futex/ops.h>
#include <kernel/task/part.h>

/*
 * The fields that this extension adds to each task.  The task itself writes
 * them; other tasks only read them.
 */
struct futex_fields {
	uaddr_t robust_list;		/* 0: none */
	unsigned robust_len;		/* size of the list's head in bytes */
	/* if TF_RSEQ: the length given to rseq(2) */
	unsigned rseq_len;
	unsigned rseq_sig;
	uaddr_t rseq;
};
extern unsigned futex_fields_at;	/* const after init */
static inline struct futex_fields *futex_fields(const struct task *t)
{
	return task_fields(t, futex_fields_at);
}

long futex_requeue_any(const struct futex_call *c);
long futex_requeue_if(const struct futex_call *c);
long futex_wake_op(const struct futex_call *c);
long futex_lock_pi(const struct futex_call *c);
long futex_lock_pi_clocked(const struct futex_call *c);
long futex_lock_pi2(const struct futex_call *c);
long futex_trylock_pi(const struct futex_call *c);
long futex_unlock_pi(const struct futex_call *c);
long futex_wait_requeue_pi(const struct futex_call *c);
long futex_cmp_requeue_pi(const struct futex_call *c);

void robust_exit(struct task *t);
void robust_set(uaddr_t head, unsigned len);
void rseq_inherit(struct task *child);
void rseq_resume(struct trapframe *tf);
void rseq_interrupted(struct trapframe *tf, bool in_segv);

#endif
