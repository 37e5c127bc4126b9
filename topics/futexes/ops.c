/* SPDX-License-Identifier: MIT */
/* The operations of futex(2) that this extension adds, and its other hooks. */
#include "ops.h"
#include <lt/init.h>
#include <uapi/errno.h>
#include <kernel/process/process.h>

#define FUTEX_REQUEUE		3
#define FUTEX_CMP_REQUEUE	4
#define FUTEX_WAKE_OP		5
#define FUTEX_LOCK_PI		6
#define FUTEX_UNLOCK_PI		7
#define FUTEX_TRYLOCK_PI	8
#define FUTEX_WAIT_REQUEUE_PI	11
#define FUTEX_CMP_REQUEUE_PI	12
#define FUTEX_LOCK_PI2		13

static long ops_other_op(const struct futex_call *c)
{
	switch ((unsigned)c->op & ~FUTEX_PRIVATE) {
	case FUTEX_REQUEUE:
		return futex_requeue_any(c);
	case FUTEX_CMP_REQUEUE:
		return futex_requeue_if(c);
	case FUTEX_WAKE_OP:
		return futex_wake_op(c);
	case FUTEX_LOCK_PI:
		return futex_lock_pi(c);
	case FUTEX_LOCK_PI | FUTEX_CLOCK_REALTIME:
		return futex_lock_pi_clocked(c);
	case FUTEX_LOCK_PI2:
	case FUTEX_LOCK_PI2 | FUTEX_CLOCK_REALTIME:
		return futex_lock_pi2(c);
	case FUTEX_TRYLOCK_PI:
		return futex_trylock_pi(c);
	case FUTEX_UNLOCK_PI:
		return futex_unlock_pi(c);
	case FUTEX_WAIT_REQUEUE_PI:
	case FUTEX_WAIT_REQUEUE_PI | FUTEX_CLOCK_REALTIME:
		return futex_wait_requeue_pi(c);
	case FUTEX_CMP_REQUEUE_PI:
		return futex_cmp_requeue_pi(c);
	}
	return -ENOSYS;
}

static const struct futex_ops ops = {
	.other_op = ops_other_op,
	.robust_exit = robust_exit, .robust_set = robust_set,
	.rseq_resume = rseq_resume, .rseq_interrupted = rseq_interrupted,
};

/*
 * Copy the fields to a child.  A child with a copy of the memory continues in
 * the copy of the caller's restartable sequence.
 */
static int fields_copy(struct task *child, u64 flags)
{
	if (!(flags & CLONE_VM))
		rseq_inherit(child);
	return 0;
}

unsigned futex_fields_at;

static const struct task_part fields __table(task_part) = {
	.at = &futex_fields_at, .size = sizeof(struct futex_fields),
	.copy = fields_copy,
};

static void futexes_init(void)
{
	futex_ops = &ops;
}
INIT(fs, futexes_init);
