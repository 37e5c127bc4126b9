/* SPDX-License-Identifier: MIT */
/*
 * The trap vectors (rows B1, B2, D6).  Invariant: while user mode runs, SP_EL1
 * is the address of the frame at the top of the task's kernel stack, and
 * TPIDR_EL1 is the task; x18 is the task in the kernel.  A frame from the
 * kernel lies below the interrupted sp, after a check that it fits.
 */
#include <arch/page.h>
#include <arch/sysreg.h>
#include "asm-offsets.h"

	/* apply op to x19 to x29, which C preserves */
	.macro	kept_registers op, single
	\op	x20, x21, [sp, #8 * 20]
	\op	x22, x23, [sp, #8 * 22]
	\op	x24, x25, [sp, #8 * 24]
	\op	x26, x27, [sp, #8 * 26]
	\op	x28, x29, [sp, #8 * 28]
	\single	x19, [sp, #8 * 19]
	.endm

	/* apply op to x2 to x18 and x30 */
	.macro	lost_registers op, single
	\op	x2, x3, [sp, #8 * 2]
	\op	x4, x5, [sp, #8 * 4]
	\op	x6, x7, [sp, #8 * 6]
	\op	x8, x9, [sp, #8 * 8]
	\op	x10, x11, [sp, #8 * 10]
	\op	x12, x13, [sp, #8 * 12]
	\op	x14, x15, [sp, #8 * 14]
	\op	x16, x17, [sp, #8 * 16]
	\single	x18, [sp, #8 * 18]
	\single	x30, [sp, #8 * 30]
	.endm

	/* Save x2 to x30, the pc and pstate at sp.  Changes x9 and x10. */
	.macro	save_registers
	lost_registers stp, str
	kept_registers stp, str
	mrs	x9, elr_el1
	mrs	x10, spsr_el1
	stp	x9, x10, [sp, #TF_PC]
	.endm

	/* Save a frame of user mode at sp, and make the task current. */
	.macro	user_frame
	stp	x0, x1, [sp]
	save_registers
	mrs	x18, tpidr_el1
	mrs	x11, sp_el0
	str	x11, [sp, #TF_SP]
	.endm

	/*
	 * Save a frame of the kernel at x0, with x0 and x1 from the task.  x29
	 * becomes the frame's address, where backtraces look for it.
	 */
	.macro	kernel_frame
	mov	x1, sp
	mov	sp, x0
	save_registers
	ldp	x2, x3, [x18, #TASK_SCRATCH]
	stp	x2, x3, [sp]
	str	x1, [sp, #TF_SP]
	mov	x29, sp
	.endm

	.macro	vector target
	.balign	128
	b	\target
	.endm

	.section .text.trap, "ax"
	.globl	trap_vectors
	.balign	2048
trap_vectors:
	.rept	4			/* EL1 on the user's stack pointer */
	vector	unexpected
	.endr
	vector	kernel_sync
	vector	kernel_interrupt
	vector	unexpected		/* fast interrupts, which nobody sends */
	vector	unexpected		/* errors of the bus */
	vector	user_sync
	vector	user_interrupt
	vector	user_unexpected
	vector	user_unexpected
	.rept	4			/* 32-bit programs, which cannot begin */
	vector	user_unexpected
	.endr

	.balign	128
user_sync:
	user_frame
	mrs	x9, esr_el1
	ubfx	x9, x9, #ESR_EC_SHIFT, #6
	cmp	x9, #EC_SVC
	b.ne	user_fault
	stp	x0, x9, [sp, #TF_ORIG_X0]
	str	x8, [sp, #TF_ESR]
	mov	x0, sp
	bl	trap_syscall
	/*
	 * Return without loading x19 to x29: C has preserved these registers,
	 * and the frame's copies are the same.  Code that changes the copies
	 * calls tf_end_syscall() or sets an AST, and then this path is not
	 * taken.
	 */
exit_kept:
	msr	daifset, #DAIF_IRQ
	ldr	w9, [x18, #TASK_AST]
	cbnz	w9, serve_asts		/* a jump out of line, because ASTs are
					   rare */
	ldr	x9, [sp, #TF_CAUSE]
	tbz	x9, #63, restore_lost	/* causes TF_DONE and interrupts are
					   negative */
restore_user:
	kept_registers ldp, ldr
restore_lost:
	ldp	x9, x10, [sp, #TF_PC]
	ldr	x11, [sp, #TF_SP]
	msr	elr_el1, x9
	msr	spsr_el1, x10
	msr	sp_el0, x11
	ldp	x0, x1, [sp]
	lost_registers ldp, ldr
	eret				/* also gives up an exclusive access */

exit_user:
	msr	daifset, #DAIF_IRQ
	ldr	w9, [x18, #TASK_AST]
	cbz	w9, restore_user
serve_asts:
	mov	x0, sp
	bl	trap_exit_user
	b	restore_user

user_interrupt:
	user_frame
	mov	x9, #CAUSE_INTERRUPT
user_fault:
	str	x9, [sp, #TF_CAUSE]
	mov	x0, sp
	bl	trap_dispatch
	b	exit_kept

user_unexpected:
	user_frame
	mov	x0, sp
	bl	trap_unexpected
	b	exit_user

	/*
	 * Is KSTACK_HOLE <= sp - size of a frame - stack < KSTACK_SIZE?  If so,
	 * sp - size is in x0.
	 */
	.macro	check_stack
	stp	x0, x1, [x18, #TASK_SCRATCH]
	mov	x0, sp
	ldr	x1, [x18, #TASK_STACK]
	sub	x0, x0, #TF_SIZE
	sub	x1, x0, x1
	sub	x1, x1, #KSTACK_HOLE
	cmp	x1, #((1 << KSTACK_SHIFT) - KSTACK_HOLE)
	b.hs	stack_overflow
	.endm

kernel_sync:
	check_stack
	kernel_frame
	mrs	x9, esr_el1
	ubfx	x9, x9, #ESR_EC_SHIFT, #6
	b	1f
kernel_interrupt:
	check_stack
	kernel_frame
	mov	x9, #CAUSE_INTERRUPT
1:	str	x9, [sp, #TF_CAUSE]
	mov	x0, sp
	bl	trap_dispatch
	.globl	trap_return
trap_return:
	ldp	x9, x10, [sp, #TF_PC]
	msr	elr_el1, x9
	msr	spsr_el1, x10
	kept_registers ldp, ldr
	lost_registers ldp, ldr
	ldr	x1, [sp, #TF_SP]
	mov	x0, sp
	mov	sp, x1			/* interrupts are off, so nothing below
					   it is lost */
	ldp	x0, x1, [x0]
	eret

	/*
	 * The kernel stack is full, or sp is invalid: report on the CPU's
	 * emergency stack, which counts as the task's own stack from here on.
	 */
stack_overflow:
	ldr	x0, [x18, #TASK_CPU]
	ldr	x0, [x0, #CPU_EMERGENCY]	/* the frame at the top of that
						   stack */
	and	x1, x0, #~((1 << KSTACK_SHIFT) - 1)
	str	x1, [x18, #TASK_STACK]
	kernel_frame
	mrs	x9, esr_el1
	mrs	x10, far_el1
	stp	x9, x10, [sp, #TF_ESR]
	mov	x0, sp
	bl	trap_stack_overflow
	b	.

unexpected:
	check_stack
	kernel_frame
	mov	x0, sp
	bl	trap_unexpected
	b	.

	/* First run of a forked child.  x0: the task that ran before. */
	.globl	fork_return
fork_return:
	bl	sched_tail
	b	exit_user

	/* First run of a kernel thread: x19 = function, x20 = argument. */
	.globl	kthread_start
kthread_start:
	bl	sched_tail
	mov	x0, x20
	blr	x19
	/* the thread has become a program: arch_exec_init filled its frame */
	ldr	x9, [x18, #TASK_FRAME]
	mov	sp, x9
	b	exit_user
	.globl	trap_vectors_end
trap_vectors_end:

	.section .bss.page, "aw", @nobits
	.balign	1 << KSTACK_SHIFT
	.globl	emergency_stack
emergency_stack:
	.space	1 << KSTACK_SHIFT
