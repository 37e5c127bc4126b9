/* SPDX-License-Identifier: MIT */
/*
 * The port's part of struct task.  Assembler reaches it through x18 by the
 * offsets of asm-offsets.c.
 */
#ifndef ARCH_TASK_H
#define ARCH_TASK_H

#include <arch/page.h>
#include <arch/trap.h>
#include <lt/types.h>

struct cpu;

struct fpu_state {			/* in the order of signal frames */
	u32 fpsr, fpcr;
	u64 v[32][2];
};

/*
 * Breakpoints and watchpoints that a debugger has set: as many as a CPU may
 * have that this kernel serves.  While MDSCR_MDE is in mdscr and the task runs,
 * the CPU's debug registers hold them.
 */
#define DEBUG_MAX 6
enum debug_kind { DEBUG_BREAK, DEBUG_WATCH, DEBUG_KINDS };

struct debug_point {
	u64 at;				/* of the first byte */
	u32 control;			/* as in the CPU's register */
};

struct arch_task {
	/* Saved by arch_switch: x19 to x30, which C preserves, and sp. */
	unsigned long x[12], sp;
	unsigned long tls;		/* TPIDR_EL0 while it does not run */
	struct trapframe *frame;	/* user frame, top of kstack; const */
	unsigned long stack;		/* lowest address of kstack; const */
	unsigned long scratch[2];	/* for trap.S: x0 and x1 */
	struct cpu *fpu_cpu;		/* CPU whose registers had the values
					   of fpu last */
	u32 fpu_on;			/* own task: switches until the float
					   registers are off; while they are on
					   and the task runs, its values are in
					   the registers only */
	u32 mdscr;			/* MDSCR_EL1 while it runs; arch_switch
					   loads both in one word */
	bool fpu_used;			/* own task: since exec */
	/* of the task while it is off every CPU: its debugger's */
	struct debug_point debug[DEBUG_KINDS][DEBUG_MAX];
	struct fpu_state fpu;
};

#endif
