/* SPDX-License-Identifier: MIT */
/*
 * The registers that the vector in trap.S saves.  The first 32 words are
 * Linux's user_regs_struct, so signal frames copy them unchanged.
 */
#ifndef ARCH_TRAP_H
#define ARCH_TRAP_H

#include <arch/csr.h>
#include <lt/types.h>

/* Index in regs[]: the pc, then x1 to x31. */
enum {
	REG_PC, REG_RA, REG_SP, REG_GP, REG_TP,
	REG_S0 = 8, REG_A0 = 10, REG_A1, REG_A2, REG_A7 = 17, REG_COUNT = 32
};

struct trapframe {
	unsigned long regs[REG_COUNT];
	unsigned long status;	/* sstatus */
	unsigned long cause;	/* scause, or TF_DONE: no system call to
				   restart */
	unsigned long tval;	/* stval; faults only */
	unsigned long orig_a0;	/* a0 at entry; system calls only */
};

/* For <lt/trap_ops.h>. */
#define FRAME_PC	regs[REG_PC]
#define FRAME_SP	regs[REG_SP]
#define FRAME_FP	regs[REG_S0]
#define FRAME_RESULT	regs[REG_A0]
#define FRAME_CAUSE	cause
#define FRAME_SYSCALL	CAUSE_ECALL_U
#define FRAME_STATUS	status
#define FRAME_IRQS	SSTATUS_SPIE
#define TF_DONE		(~0ul)
#include <lt/trap_ops.h>

/* For <lt/backtrace.h>. */
#define FRAME_RECORD	8		/* s0 - 4 holds the return address and
					   s0 - 8 the caller's s0 */
#define TRAP_CODE	trap_vector
#define TRAP_CODE_END	trap_vector_end

static inline bool tf_user(const struct trapframe *tf)
{
	return !(tf->status & SSTATUS_SPP);
}

static inline unsigned long tf_sp(const struct trapframe *tf)
{
	return tf->regs[REG_SP];
}

static inline unsigned long tf_nr(const struct trapframe *tf)
{
	return tf->regs[REG_A7];
}

static inline unsigned long tf_arg(const struct trapframe *tf, unsigned i)
{
	return i ? tf->regs[REG_A0 + i] : tf->orig_a0;
}

/* ecall has no compressed form: it is always 4 bytes long. */
static inline void tf_restart(struct trapframe *tf)
{
	tf->regs[REG_A0] = tf->orig_a0;
	tf->regs[REG_PC] -= 4;
	tf_end_syscall(tf);
}

static inline void tf_set_nr(struct trapframe *tf, unsigned long nr)
{
	tf->regs[REG_A7] = nr;
}

#endif
