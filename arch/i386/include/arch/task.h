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
 * Watchpoints and breakpoints that a tracer has set.  For a running task, the
 * processor's registers hold `at`, and control while a bit of DR7_ON is set in
 * it.
 */
struct debug_regs {
	u32 control;			/* DR7: enabled ones, kinds of `made` */
	u32 at[4];			/* DR0 to DR3 */
	u32 why;			/* DR6 that a tracer reads, ^
					   DR6_CLEAR */
	u32 stored;			/* DR7, as a tracer stored it */
	u8 made;			/* bit n: at[n] was set, or enabled */
};

struct arch_task {
	struct fxsave fpu;		/* valid while switched out */
	u32 sp;				/* kernel sp while switched out */
	u32 stack_top;			/* for the TSS; const after init */
	u64 tls[GDT_TLS_SLOTS];		/* GDT slots; own task */
	u16 gs;				/* valid while switched out */
	bool stepped;			/* the frame's trap flag is a
					   tracer's */
	struct debug_regs debug;	/* by own task, or while it is off
					   CPU */
};

#endif
