/* SPDX-License-Identifier: MIT */
/*
 * The port's part of struct task; assembler uses the offsets of asm-offsets.c.
 * FPU state is switched eagerly: one instruction in each direction, and so the
 * kernel may borrow an xmm register anywhere.
 */
#ifndef ARCH_TASK_H
#define ARCH_TASK_H

#include <arch/page.h>
#include <arch/trap.h>
#include <lt/types.h>

/* The fxsave image (Intel's manual, volume 1, table 10-2). */
struct fxsave {
	u16 cwd, swd;
	u8 twd, pad;
	u16 fop;
	u32 fip, fcs, foo, fos;
	u32 mxcsr, mxcsr_mask;
	u32 st[8][4];
	u32 xmm[8][4];
	u32 unused[56];
} __attribute__((aligned(16)));

/*
 * Watchpoints and breakpoints that a tracer has set.  While the task runs and
 * `control` has a bit of DR7_ON, the processor's debug registers hold `at` and
 * `control`.
 */
struct debug_regs {
	u32 control;			/* DR7: the enabled registers, and the
					   kinds of those in `made` */
	u32 at[4];			/* DR0 to DR3 */
	u32 why;			/* DR6 as a tracer reads it, XOR
					   DR6_CLEAR */
	u32 stored;			/* DR7, as a tracer stored it */
	u8 made;			/* bit n: at[n] was ever set or
					   enabled */
};

struct arch_task {
	struct fxsave fpu;		/* valid while switched out */
	u32 sp;				/* kernel sp while switched out */
	u32 stack_top;			/* for the TSS; const after init */
	u64 tls[GDT_TLS_SLOTS];		/* GDT slots; written by the own task */
	u16 gs;				/* valid while switched out */
	bool stepped;			/* the tracer, not the program, set the
					   frame's trap flag */
	struct debug_regs debug;	/* written by the own task, or by a
					   tracer while the task is switched
					   out */
};

#endif
