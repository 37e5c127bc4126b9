/* SPDX-License-Identifier: MIT */
/*
 * The port's part of struct task.  Assembler reaches it through tp by the
 * offsets of asm-offsets.c.
 */
#ifndef ARCH_TASK_H
#define ARCH_TASK_H

#include <arch/page.h>
#include <arch/trap.h>

struct arch_task {
	/* Saved by arch_switch: the registers that C preserves. */
	unsigned long ra, sp, s[12];
	struct trapframe *frame;	/* user frame, top of kstack; const */
	unsigned long stack;		/* lowest address of kstack; const */
	unsigned long scratch;		/* for trap.S: user sp, or saved t0 */
};

#endif
