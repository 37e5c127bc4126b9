/* SPDX-License-Identifier: MIT */
/*
 * Restartable sequences (rseq(2)).  A word in user memory always contains the
 * number of the CPU on which the thread runs.  A sequence is a short piece of
 * code with an abort address.  If the thread loses its CPU or takes a signal
 * within a sequence, the kernel makes it continue at the abort address.
 *
 * Invariant: AST_RSEQ is set in a thread before it returns to user mode, if it
 * has moved to another CPU, or has lost its CPU in a trap from user mode that
 * is no system call.  A system call that sleeps needs no such mark: a sequence
 * makes no system calls.
 */
#include "ops.h"
#include <kernel/current.h>
#include <kernel/ops/sched_ops.h>
#include <kernel/sched/sched.h>
#include <kernel/signal/signal.h>
#include <lt/arch.h>
#include <mm/uaccess.h>
#include <syscalls.h>
#include <uapi/rseq.h>

#define RSEQ_UNREGISTER	1
#define RSEQ_SIZE	32		/* size and alignment of the area */
#define RSEQ_NO_CPU	(~0u)		/* cpu_id if not registered */

/* The part of the ABI's struct rseq that is supported. */
struct uabi_rseq {
	u32 cpu_id_start, cpu_id;
	u64 rseq_cs;
	u32 flags, node_id;
};

_Static_assert(sizeof(struct uabi_rseq) == RSEQ_FEATURE_SIZE, "the ABI");

/* struct rseq_cs: one sequence. */
struct uabi_rseq_cs {
	u32 version, flags;
	u64 start_ip, post_commit_offset, abort_ip;
};

#define AT(t, member) \
	(futex_fields(t)->rseq + __builtin_offsetof(struct uabi_rseq, member))

/* ---- sequences ----------------------------------------------------------- */

/*
 * Check a sequence.  The abort address of the sequence must follow the
 * program's signature, so that nobody can redirect the jump.
 * Return: 0, -errno.
 */
static int check_sequence(const struct task *t, const struct uabi_rseq_cs *c)
{
	u64 end = c->start_ip + c->post_commit_offset;
	u32 sig;

	if (c->version || c->start_ip >= USER_TOP || end >= USER_TOP ||
	    end < c->start_ip || c->abort_ip >= USER_TOP ||
	    c->abort_ip < sizeof(sig) ||
	    c->abort_ip - c->start_ip < c->post_commit_offset)
		return -EINVAL;
	if (get_user(&sig, (uaddr_t)c->abort_ip - sizeof(sig)))
		return -EFAULT;
	return sig == futex_fields(t)->rseq_sig ? 0 : -EINVAL;
}

/*
 * Abort the sequence if tf is in one, and clear the sequence's address in the
 * area.
 * Return: 0, -errno.
 */
static int abort_sequence(struct trapframe *tf, const struct uabi_rseq *area)
{
	struct task *t = current;
	struct uabi_rseq_cs c;
	int err;

	if (area->rseq_cs >= USER_TOP ||
	    get_user(&c, (uaddr_t)area->rseq_cs))
		return -EFAULT;
	err = check_sequence(t, &c);
	if (err)
		return err;
	if (tf_pc(tf) - c.start_ip < c.post_commit_offset) {
		if (area->flags || c.flags)
			return -EINVAL;
		tf_set_pc(tf, (unsigned long)c.abort_ip);
	}
	return put_user((u64)0, AT(t, rseq_cs));
}

/*
 * Write the CPU's number into the area, if it is wrong: writing the same number
 * after a fork would copy the page needlessly.  The thread may move right after
 * this; then AST_RSEQ is set again.
 */
static int rseq_write_cpu(const struct task *t, const struct uabi_rseq *area)
{
	u32 cpu[2];

	cpu[0] = cpu[1] = sched_user_cpu(t);
	if (likely(area->cpu_id == cpu[0] && area->cpu_id_start == cpu[0] &&
		   !area->node_id))
		return 0;
	if (copy_to_user(AT(t, cpu_id_start), cpu, sizeof(cpu)) ||
	    put_user(0u, AT(t, node_id)))
		return -EFAULT;
	return 0;
}

void rseq_interrupted(struct trapframe *tf, bool in_segv)
{
	struct uabi_rseq area;

	if (get_user(&area, futex_fields(current)->rseq) ||
	    (area.rseq_cs && abort_sequence(tf, &area)))
		signal_frame_fault(in_segv);
}

void rseq_resume(struct trapframe *tf)
{
	struct task *t = current;
	struct uabi_rseq area;

	__atomic_fetch_and(&t->ast, ~AST_RSEQ, __ATOMIC_SEQ_CST);
	if (!(t->flags & TF_RSEQ))
		return;
	if (get_user(&area, futex_fields(t)->rseq) ||
	    (area.rseq_cs && abort_sequence(tf, &area)) ||
	    rseq_write_cpu(t, &area))
		signal_frame_fault(false);
}

void rseq_inherit(struct task *child)
{
	struct futex_fields *f = futex_fields(child);
	const struct futex_fields *own = futex_fields(current);

	if (!(current->flags & TF_RSEQ))
		return;
	f->rseq = own->rseq;
	f->rseq_len = own->rseq_len;
	f->rseq_sig = own->rseq_sig;
	child->flags |= TF_RSEQ;
	child->ast |= AST_RSEQ;
}

/* ---- the call ------------------------------------------------------------ */

static long unregister(struct task *t, uaddr_t at, unsigned len, u32 sig)
{
	struct uabi_rseq none = { .cpu_id = RSEQ_NO_CPU };
	const struct futex_fields *f = futex_fields(t);

	if (!(t->flags & TF_RSEQ) || f->rseq != at || f->rseq_len != len)
		return -EINVAL;
	if (f->rseq_sig != sig)
		return -EPERM;
	if (copy_to_user(AT(t, cpu_id_start), &none, 8) ||
	    put_user(0u, AT(t, node_id)))
		return -EFAULT;
	t->flags &= ~TF_RSEQ;
	return 0;
}

long sys_rseq(uaddr_t at, unsigned len, int flags, unsigned sig)
{
	struct task *t = current;
	struct futex_fields *f = futex_fields(t);

	if (asmp_ops)
		/* with asmp, a thread changes its CPU at every trap */
		return -ENOSYS;
	if (flags == RSEQ_UNREGISTER)
		return unregister(t, at, len, sig);
	if (flags)
		return -EINVAL;
	if (t->flags & TF_RSEQ) {
		if (f->rseq != at || f->rseq_len != len)
			return -EINVAL;
		return f->rseq_sig == sig ? -EBUSY : -EPERM;
	}
	if (len < RSEQ_SIZE || at & (RSEQ_SIZE - 1))
		return -EINVAL;
	if (!user_range_ok(at, len))
		return -EFAULT;
	f->rseq = at;
	f->rseq_len = len;
	f->rseq_sig = sig;
	t->flags |= TF_RSEQ;
	task_set_ast(t, AST_RSEQ);
	return 0;
}
