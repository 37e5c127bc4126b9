/* SPDX-License-Identifier: MIT */
/*
 * The context switch (row B14).  Of the integer registers, it switches only
 * those that the C calling convention preserves, and the thread pointer.  The
 * float registers are saved and loaded for tasks that use them.
 */
#include <arch/page.h>
#include <arch/sysreg.h>
#include "asm-offsets.h"

	/* apply op to the saved registers of a task */
	.macro	context op, task
	/* lab switch: begin */
	\op	x19, x20, [\task, #TASK_X]
	\op	x21, x22, [\task, #TASK_X + 16]
	\op	x23, x24, [\task, #TASK_X + 32]
	\op	x25, x26, [\task, #TASK_X + 48]
	\op	x27, x28, [\task, #TASK_X + 64]
	\op	x29, x30, [\task, #TASK_X + 80]
	/* lab switch: end */
	.endm

	.section .text.arch_switch, "ax"
	/* struct task *arch_switch(struct task *prev, struct task *next) */
	.globl	arch_switch
arch_switch:
	/*
	 * The program may have begun to maintain caches; its own dsb, on another
	 * CPU by then, would not wait for what this CPU does.
	 */
	dsb	ish
	/* lab switch: begin */
	context	stp, x0
	mov	x9, sp
	mrs	x10, tpidr_el0
	stp	x9, x10, [x0, #TASK_SP]
	ldr	x9, [x0, #TASK_FPU_ON]
	ldr	x10, [x1, #TASK_FPU_ON]
	orr	x11, x9, x10
	cbnz	x11, 2f
1:	ldp	x9, x10, [x1, #TASK_SP]
	mov	sp, x9
	msr	tpidr_el0, x10
	context	ldp, x1
	mov	x18, x1
	msr	tpidr_el1, x1
	ret

	/* fpu_save() preserves x0, x1 and x10, fpu_load() x0 and x1 */
2:	tbz	x10, #(32 + MDSCR_MDE_SHIFT), 6f
	stp	x0, x1, [sp, #-32]!
	stp	x9, x10, [sp, #16]
	mov	x0, x1
	bl	debug_load
	ldp	x9, x10, [sp, #16]
	ldp	x0, x1, [sp], #32
6:	eor	x11, x9, x10
	lsr	x11, x11, #32
	cbz	x11, 5f			/* as for most tasks, mdscr is equal */
	lsr	x11, x10, #32
	msr	mdscr_el1, x11
5:	cbz	w9, 3f
	sub	w9, w9, #1
	str	w9, [x0, #TASK_FPU_ON]
	bl	fpu_save
3:	cbnz	w10, 4f
	msr	cpacr_el1, xzr		/* next's first use traps */
	b	1b
4:	mov	x12, x0
	mov	x0, x1
	bl	fpu_load
	mov	x0, x12
	b	1b
	/* lab switch: end, else ret */

	/* void arch_on_stack(void *stack, void (*fn)(void *), void *arg) */
	.globl	arch_on_stack
arch_on_stack:
	stp	x29, x30, [sp, #-32]!
	mov	x29, sp
	ldr	x9, [x18, #TASK_STACK]
	str	x9, [sp, #16]
	str	x0, [x18, #TASK_STACK]	/* for the vector's check of sp */
	add	x0, x0, #(1 << KSTACK_SHIFT)
	mov	sp, x0
	mov	x0, x2
	blr	x1
	.globl	on_stack_return
on_stack_return:
	mov	sp, x29
	ldr	x9, [sp, #16]
	str	x9, [x18, #TASK_STACK]
	ldp	x29, x30, [sp], #32
	ret
