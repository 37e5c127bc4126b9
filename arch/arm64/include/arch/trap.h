/* SPDX-License-Identifier: MIT */
/*
 * The registers that the vectors in trap.S save.  The first 34 words are
 * Linux's user_pt_regs, so signal frames and debuggers copy them unchanged.
 * The frame of a task's user mode lies at the top of its kernel stack.
 */
#ifndef ARCH_TRAP_H
#define ARCH_TRAP_H

#include <arch/sysreg.h>
#include <lt/types.h>

#define REG_COUNT	31		/* x0 to x30 */
#define REG_FP		29
#define REG_LR		30
#define REG_NR		8		/* of a system call */

struct trapframe {
	unsigned long regs[REG_COUNT];
	unsigned long sp, pc, pstate;
	unsigned long orig_x0;	/* x0 at entry; system calls only */
	unsigned long cause;	/* exception class, CAUSE_INTERRUPT or TF_DONE:
				   no system call to restart */
	unsigned long esr, far;	/* faults: syndrome and address; system calls:
				   the number, which a tracer may change */
};

/* For <lt/trap_ops.h>.  A set bit masks interrupts. */
#define FRAME_PC	pc
#define FRAME_SP	sp
#define FRAME_FP	regs[REG_FP]
#define FRAME_RESULT	regs[0]
#define FRAME_FIRST_ARG	orig_x0
#define FRAME_CAUSE	cause
#define FRAME_SYSCALL	EC_SVC
#define FRAME_STATUS	pstate
#define FRAME_MASKED	PSTATE_I
#define TF_DONE		(~0ul)
#include <lt/trap_ops.h>

/* For <lt/backtrace.h>. */
#define FRAME_RECORD	0		/* x29 points to the caller's x29 and
					   the return address */
#define TRAP_CODE	trap_vectors
#define TRAP_CODE_END	trap_vectors_end

static inline bool tf_user(const struct trapframe *tf)
{
	return (tf->pstate & PSTATE_MODE) == PSTATE_EL0;
}

/*
 * True if a program or its debugger may ask for this pstate.  Of its bits, those
 * outside of PSTATE_USER are ignored.
 */
static inline bool pstate_is_user(unsigned long pstate)
{
	return !(pstate & (PSTATE_MODE | PSTATE_MODE_32 | PSTATE_DAIF));
}

static inline unsigned long tf_sp(const struct trapframe *tf)
{
	return tf->sp;
}

/* The number is in w8; the upper half of x8 does not count. */
static inline unsigned long tf_nr(const struct trapframe *tf)
{
	return (unsigned long)(s32)tf->esr;
}

static inline unsigned long tf_arg(const struct trapframe *tf, unsigned i)
{
	return i ? tf->regs[i] : tf->orig_x0;
}

static inline void tf_restart(struct trapframe *tf)
{
	tf->regs[0] = tf->orig_x0;
	tf->pc -= 4;
	tf_end_syscall(tf);
}

static inline void tf_set_nr(struct trapframe *tf, unsigned long nr)
{
	tf->regs[REG_NR] = tf->esr = nr;
}

#endif
