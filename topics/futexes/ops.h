/* SPDX-License-Identifier: MIT */
/* What the core calls (ops.c): as <kernel/futex/ops.h> says. */
#ifndef TOPICS_FUTEXES_OPS_H
#define TOPICS_FUTEXES_OPS_H

#include <kernel/futex/waiter.h>
#include <kernel/futex/ops.h>

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
void rseq_resume(struct trapframe *tf);
void rseq_interrupted(struct trapframe *tf);

#endif
