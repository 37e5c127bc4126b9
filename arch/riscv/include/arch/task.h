/* SPDX-License-Identifier: MIT */
/*
 * The port's part of struct task.  Assembler reaches it through tp by the
 * offsets of asm-offsets.c.
 */
#ifndef ARCH_TASK_H
#define ARCH_TASK_H

#include <arch/page.h>
#include <arch/trap.h>
#include <lt/types.h>

struct cpu;

struct fpu_state {
	u64 f[32];
	u32 fcsr;
};

struct arch_task {
	/* Saved by arch_switch: the registers that C preserves. */
	unsigned long ra, sp, s[12];
	struct trapframe *frame;	/* user frame, top of kstack; const */
	unsigned long stack;		/* lowest address of kstack; const */
	unsigned long scratch;		/* for trap.S: user sp, or saved t0 */
	struct cpu *fpu_cpu;		/* CPU that loaded the registers last */
	struct fpu_state fpu;		/* valid unless FS of frame is dirty */
	bool fpu_used;			/* own task: has used the FPU since
					   exec */
};

#endif
