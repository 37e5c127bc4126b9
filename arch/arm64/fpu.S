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

	/* apply op to all registers, two at a time, and their places at \base */
	.macro	all op, base
	\op	q0, q1, [\base, #16 * 0]
	\op	q2, q3, [\base, #16 * 2]
	\op	q4, q5, [\base, #16 * 4]
	\op	q6, q7, [\base, #16 * 6]
	\op	q8, q9, [\base, #16 * 8]
	\op	q10, q11, [\base, #16 * 10]
	\op	q12, q13, [\base, #16 * 12]
	\op	q14, q15, [\base, #16 * 14]
	\op	q16, q17, [\base, #16 * 16]
	\op	q18, q19, [\base, #16 * 18]
	\op	q20, q21, [\base, #16 * 20]
	\op	q22, q23, [\base, #16 * 22]
	\op	q24, q25, [\base, #16 * 24]
	\op	q26, q27, [\base, #16 * 26]
	\op	q28, q29, [\base, #16 * 28]
	\op	q30, q31, [\base, #16 * 30]
	.endm

	.text
	/* void fpu_save(struct task *t): changes x12 and x13 only */
	.globl	fpu_save
fpu_save:
	add	x12, x0, #TASK_FPU
	all	stp, x12
	mrs	x12, fpsr
	mrs	x13, fpcr
	add	x0, x0, #TASK_FPSR
	stp	w12, w13, [x0]
	sub	x0, x0, #TASK_FPSR
	ret

	/*
	 * void fpu_load(struct task *t): t is the CPU's fpu_owner afterwards.
	 * Changes x9 to x11, x13 and x14 only.
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
	all	ldp, x13
	add	x13, x0, #TASK_FPSR
	ldp	w13, w14, [x13]
	msr	fpsr, x13
	msr	fpcr, x14
	str	x0, [x9, #CPU_FPU_OWNER]
	str	x9, [x0, #TASK_FPU_CPU]
1:	ret
