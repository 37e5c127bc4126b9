/* SPDX-License-Identifier: MIT */
/*
 * The one trap vector (rows B1, B2, D6).  Invariant: sscratch is 0 while the
 * kernel runs and the current task while user mode runs; tp is the task in
 * the kernel.  A frame from user mode lies at the top of the kernel stack,
 * one from the kernel below the interrupted sp, after a check that it fits.
 */
#include <arch/csr.h>
#include <arch/page.h>
#include "asm-offsets.h"

	/*
	 * apply op to register xn and word n of the frame; word 0 holds the pc
	 */
	.macro	registers op, base, list:vararg
	.irp	n, \list
	\op	x\n, 8 * \n(\base)
	.endr
	.endm

	/*
	 * apply op to the registers that C preserves, s0 to s11, and their
	 * words in the frame at \base
	 */
	.macro	kept_registers op, base
	registers \op, \base, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27
	.endm

	/*
	 * apply op to all other registers but sp, tp and t0 - t2: ra, gp, a0 -
	 * a7, t3 - t6
	 */
	.macro	lost_registers op, base
	registers \op, \base, 1, 3, 10, 11, 12, 13, 14, 15, 16, 17, \
		28, 29, 30, 31
	.endm

	.macro	most_registers op, base
	kept_registers \op, \base
	lost_registers \op, \base
	.endm

	.macro	temp_registers op, base
	registers \op, \base, 5, 6, 7
	.endm

	/* Save a frame of the kernel at t0, and forbid access to user pages. */
	.macro	kernel_frame
	sd	sp, TF_SP(t0)
	mv	sp, t0
	ld	t0, TASK_SCRATCH(tp)
	temp_registers sd, sp
	most_registers sd, sp
	sd	tp, TF_TP(sp)
	li	t0, SSTATUS_SUM
	csrrc	t1, sstatus, t0
	csrr	t0, scause
	csrr	t2, sepc
	sd	t0, TF_CAUSE(sp)
	sd	t1, TF_STATUS(sp)
	sd	t2, TF_PC(sp)
	.endm

	.section .text.trap, "ax"
	.globl	trap_vector
	.balign	4
trap_vector:
	csrrw	tp, sscratch, tp
	beqz	tp, from_kernel

	sd	sp, TASK_SCRATCH(tp)
	ld	sp, TASK_FRAME(tp)
	temp_registers sd, sp
	most_registers sd, sp
	ld	t0, TASK_SCRATCH(tp)
	csrrw	t1, sscratch, zero
	sd	t0, TF_SP(sp)
	sd	t1, TF_TP(sp)
	csrr	t0, scause
	csrr	t1, sstatus
	csrr	t2, sepc
	sd	t0, TF_CAUSE(sp)
	sd	t1, TF_STATUS(sp)
	li	t3, CAUSE_ECALL_U
	bne	t0, t3, user_fault
	addi	t2, t2, 4		/* continue after the ecall */
	sd	t2, TF_PC(sp)
	sd	a0, TF_ORIG_A0(sp)
	mv	a0, sp
	call	trap_syscall
	/*
	 * Return without loading s0 to s11: C has preserved these registers,
	 * and the frame's copies are the same.  Code that changes the copies
	 * calls tf_end_syscall() or sets an AST, and then this path is not
	 * taken.
	 */
exit_kept:
	csrci	sstatus, SSTATUS_SIE
	lw	t0, TASK_AST(tp)
	bnez	t0, serve_asts		/* a jump out of line, because ASTs are
					   rare; a call here would double the
					   cost of the test */
	ld	t1, TF_CAUSE(sp)
	bgez	t1, restore_lost	/* causes TF_DONE and interrupts are
					   negative */
restore_user:
	kept_registers ld, sp
restore_lost:
	ld	t0, TF_PC(sp)
	ld	t1, TF_STATUS(sp)
	csrw	sepc, t0
	csrw	sstatus, t1
	csrw	sscratch, tp		/* from here on, traps count as from
					   user mode */
	lost_registers ld, sp
	temp_registers ld, sp
	ld	tp, TF_TP(sp)
	ld	sp, TF_SP(sp)
	sret

exit_user:
	csrci	sstatus, SSTATUS_SIE
	lw	t0, TASK_AST(tp)
	beqz	t0, restore_user
serve_asts:
	mv	a0, sp
	call	trap_exit_user
	j	restore_user

user_fault:
	sd	t2, TF_PC(sp)
	mv	a0, sp
	call	trap_dispatch
	j	exit_kept

from_kernel:
	csrrw	tp, sscratch, zero
	sd	t0, TASK_SCRATCH(tp)
	/* is KSTACK_HOLE <= sp - size of a frame - stack < KSTACK_SIZE? */
	ld	t0, TASK_STACK(tp)
	sub	t0, sp, t0
	addi	t0, t0, -TF_SIZE
	srli	t0, t0, PAGE_SHIFT
	addi	t0, t0, -(KSTACK_HOLE >> PAGE_SHIFT)
	sltiu	t0, t0, ((1 << KSTACK_SHIFT) - KSTACK_HOLE) >> PAGE_SHIFT
	beqz	t0, stack_overflow
	addi	t0, sp, -TF_SIZE
	kernel_frame
	mv	a0, sp
	call	trap_dispatch
	.globl	trap_return
trap_return:
	/*
	 * Cancel any reservation: an sc of the interrupted code must not pair
	 * with an lr from before the trap, or with one of the handler.
	 */
	addi	t0, sp, TF_CAUSE
	sc.d	t0, zero, (t0)
	ld	t0, TF_PC(sp)
	ld	t1, TF_STATUS(sp)
	csrw	sepc, t0
	csrw	sstatus, t1
	most_registers ld, sp
	temp_registers ld, sp
	ld	sp, TF_SP(sp)
	sret

	/*
	 * The kernel stack is full, or sp is invalid: report on the CPU's
	 * emergency stack, which counts as the task's own stack from here on.
	 */
stack_overflow:
	ld	t0, TASK_CPU(tp)
	ld	t0, CPU_EMERGENCY(t0)	/* the frame at the top of that stack */
	srli	t0, t0, KSTACK_SHIFT
	slli	t0, t0, KSTACK_SHIFT
	sd	t0, TASK_STACK(tp)
	ld	t0, TASK_CPU(tp)
	ld	t0, CPU_EMERGENCY(t0)
	kernel_frame
	csrr	t0, stval
	sd	t0, TF_TVAL(sp)
	mv	a0, sp
	call	trap_stack_overflow
	j	.

	/* First run of a forked child.  a0: the task that ran before. */
	.globl	fork_return
fork_return:
	call	sched_tail
	j	exit_user

	/* First run of a kernel thread: s1 = function, s2 = argument. */
	.globl	kthread_start
kthread_start:
	call	sched_tail
	mv	a0, s2
	jalr	s1
	/* the thread has become a program: arch_exec_init filled its frame */
	ld	sp, TASK_FRAME(tp)
	j	exit_user
	.globl	trap_vector_end
trap_vector_end:

	.section .bss.page, "aw", @nobits
	.balign	1 << KSTACK_SHIFT
	.globl	emergency_stack
emergency_stack:
	.space	1 << KSTACK_SHIFT
