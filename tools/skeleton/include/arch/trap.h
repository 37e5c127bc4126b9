/* SPDX-License-Identifier: MIT */
/*
 * The registers that the trap vectors save: at first only those that portable
 * code uses.
 */
#ifndef ARCH_TRAP_H
#define ARCH_TRAP_H

#include <lt/types.h>

struct trapframe {
	unsigned long pc, sp, fp, result;
	unsigned long nr, args[6];	/* of a system call, at its entry */
	bool user;			/* came from user mode */
	unsigned long status;		/* 1: returns with interrupts on */
	unsigned long cause;		/* 1: a system call */
};

/* For <lt/trap_ops.h>. */
#define FRAME_PC	pc
#define FRAME_SP	sp
#define FRAME_FP	fp
#define FRAME_RESULT	result
#define FRAME_CAUSE	cause
#define FRAME_SYSCALL	1
#define FRAME_STATUS	status
#define FRAME_IRQS	1
#define TF_DONE		(~0ul)
#include <lt/trap_ops.h>

/* For <lt/backtrace.h>. */
#define FRAME_RECORD	0
#define TRAP_CODE	trap_code
#define TRAP_CODE_END	trap_code_end

static inline bool tf_user(const struct trapframe *tf)
{
	return tf->user;
}

static inline unsigned long tf_sp(const struct trapframe *tf)
{
	return tf->sp;
}

static inline unsigned long tf_nr(const struct trapframe *tf)
{
	return tf->nr;
}

static inline unsigned long tf_arg(const struct trapframe *tf, unsigned i)
{
	return tf->args[i];
}

static inline void tf_set_nr(struct trapframe *tf, unsigned long nr)
{
	tf->nr = nr;
}

void tf_restart(struct trapframe *tf);

#endif
