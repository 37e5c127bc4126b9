/* SPDX-License-Identifier: MIT */
/*
 * The one trap vector.  Invariant: sscratch is 0 while the kernel runs and the
 * current task while user mode runs; tp is the task in the kernel.  A frame
 * from user mode lies at the top of the kernel stack, one from the kernel below
 * the interrupted sp, after a check that it fits.
 */
#include <arch/csr.h>
#include <arch/page.h>
#include "asm-offsets.h"

	/* apply op to all registers but sp and tp, and their words of the frame */
	.macro	registers op
	.irp	n, 1, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, \
		19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	\op	x\n, 4 * \n(sp)
	.endr
	.endm

	/* cause, status and pc, for which t0 to t2 must be saved */
	.macro	save_state
	csrr	t0, scause
	csrr	t1, sstatus
	csrr	t2, sepc
	sw	t0, TF_CAUSE(sp)
	sw	t1, TF_STATUS(sp)
	sw	t2, 0(sp)
	.endm

	/* Save a frame of the kernel at t0, and forbid access to user pages. */
	.macro	kernel_frame
	sw	sp, 4 * 2(t0)
	mv	sp, t0
	lw	t0, TASK_SCRATCH(tp)
	registers sw
	sw	tp, 4 * 4(sp)
	save_state
	li	t0, SSTATUS_SUM
	csrc	sstatus, t0
	.endm

	.section .text.trap, "ax"
	.globl	trap_vector
	.balign	4
trap_vector:
	csrrw	tp, sscratch, tp
	beqz	tp, from_kernel

	sw	sp, TASK_SCRATCH(tp)
	lw	sp, TASK_FRAME(tp)
	registers sw
	lw	t0, TASK_SCRATCH(tp)
	csrrw	t1, sscratch, zero
	sw	t0, 4 * 2(sp)
	sw	t1, 4 * 4(sp)
	save_state
	li	t3, CAUSE_ECALL_U
	mv	a1, a0
	mv	a0, sp
	bne	t0, t3, 1f
	addi	t2, t2, 4		/* continue after the ecall */
	sw	t2, 0(sp)
	sw	a1, TF_ORIG_A0(sp)
	call	trap_syscall
	j	exit_user
1:	call	trap_dispatch
exit_user:
	csrci	sstatus, SSTATUS_SIE
	lw	t0, TASK_AST(tp)
	beqz	t0, 1f
	mv	a0, sp
	call	trap_exit_user
1:	lw	t0, 0(sp)
	lw	t1, TF_STATUS(sp)
	csrw	sepc, t0
	csrw	sstatus, t1
	csrw	sscratch, tp		/* from here on, traps count as from
					   user mode */
	lw	tp, 4 * 4(sp)
	registers lw
	lw	sp, 4 * 2(sp)
	sret

from_kernel:
	csrrw	tp, sscratch, zero
	sw	t0, TASK_SCRATCH(tp)
	/* does a frame below sp lie in the stack? */
	lw	t0, TASK_STACK(tp)
	sub	t0, sp, t0
	addi	t0, t0, -TF_SIZE
	srli	t0, t0, KSTACK_SHIFT
	bnez	t0, stack_overflow
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
	sc.w	t0, zero, (t0)
	lw	t0, 0(sp)
	lw	t1, TF_STATUS(sp)
	csrw	sepc, t0
	csrw	sstatus, t1
	registers lw
	lw	sp, 4 * 2(sp)
	sret

	/*
	 * The kernel stack is full, or sp is invalid: report on the CPU's
	 * emergency stack, which counts as the task's own stack from here on.
	 */
stack_overflow:
	lw	t0, TASK_CPU(tp)
	lw	t0, CPU_EMERGENCY(t0)	/* the frame at the top of that stack */
	srli	t0, t0, KSTACK_SHIFT
	slli	t0, t0, KSTACK_SHIFT
	sw	t0, TASK_STACK(tp)
	lw	t0, TASK_CPU(tp)
	lw	t0, CPU_EMERGENCY(t0)
	kernel_frame
	csrr	t0, stval
	sw	t0, TF_TVAL(sp)
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
	lw	sp, TASK_FRAME(tp)
	j	exit_user
	.globl	trap_vector_end
trap_vector_end:

	.section .bss.page, "aw", @nobits
	.balign	1 << KSTACK_SHIFT
	.globl	emergency_stack
emergency_stack:
	.space	1 << KSTACK_SHIFT
