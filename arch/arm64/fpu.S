/* SPDX-License-Identifier: MIT */
/*
 * The float registers.  While fpu_on of the running task is not 0, its values
 * are in the registers; otherwise they are in struct arch_task, the registers
 * are off, and the first use traps.  The machine does not tell which values a
 * task has changed, so a task that has the registers pays for each switch.  Each
 * use that traps gives it the registers for FPU_SWITCHES switches: a task that
 * seldom computes does not pay for all, and one that always does seldom traps.
 *
 * A CPU's registers hold a task's values if the CPU names the task as its
 * fpu_owner and the task names the CPU as its fpu_cpu, the CPU that loaded the
 * values last.
 */
#include <arch/sysreg.h>
#include "asm-offsets.h"

	.arch	armv8-a+fp

	/* apply op to all registers and their places from \base on */
	.macro	all op, base
	\op	{ v0.2d - v3.2d }, [\base], #64
	\op	{ v4.2d - v7.2d }, [\base], #64
	\op	{ v8.2d - v11.2d }, [\base], #64
	\op	{ v12.2d - v15.2d }, [\base], #64
	\op	{ v16.2d - v19.2d }, [\base], #64
	\op	{ v20.2d - v23.2d }, [\base], #64
	\op	{ v24.2d - v27.2d }, [\base], #64
	\op	{ v28.2d - v31.2d }, [\base], #64
	.endm

	.text
	/* void fpu_save(struct task *t): changes x12 to x14 only */
	.globl	fpu_save
fpu_save:
	add	x14, x0, #TASK_FPU
	mrs	x12, fpsr
	mrs	x13, fpcr
	stp	w12, w13, [x14], #8
	all	st1, x14
	ret

	/*
	 * void fpu_load(struct task *t): t is the CPU's fpu_owner afterwards.
	 * Changes x9 to x11 and x13 only.
	 */
	.globl	fpu_load
fpu_load:
	mov	x13, #CPACR_FLOAT
	msr	cpacr_el1, x13
	isb
	/* do the registers hold the values already? */
	ldr	x9, [x0, #TASK_CPU]
	ldr	x10, [x9, #CPU_FPU_OWNER]
	ldr	x11, [x0, #TASK_FPU_CPU]
	cmp	x10, x0
	ccmp	x11, x9, #0, eq
	b.eq	1f
	add	x13, x0, #TASK_FPU
	ldp	w10, w11, [x13], #8
	msr	fpsr, x10
	msr	fpcr, x11
	all	ld1, x13
	str	x0, [x9, #CPU_FPU_OWNER]
	str	x9, [x0, #TASK_FPU_CPU]
1:	ret
