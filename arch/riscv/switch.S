/* SPDX-License-Identifier: MIT */
/*
 * The context switch (row B14).  Of the integer registers, it switches only
 * those that the C calling convention preserves.  The float registers are saved
 * if prev has written them, and loaded if next wrote them between its last two
 * switches.
 */
#include <arch/csr.h>
#include <arch/page.h>
#include "asm-offsets.h"

	.macro	context op, task
	/* lab switch: begin */
	\op	sp, TASK_SP(\task)
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
	\op	s\n, TASK_S + 8 * \n(\task)
	.endr
	/* lab switch: end */
	.endm

	.section .text.arch_switch, "ax"
	/* struct task *arch_switch(struct task *prev, struct task *next) */
	.globl	arch_switch
arch_switch:
	/*
	 * Cancel a reservation that prev's user code may hold (lr without sc).
	 * The sc may fail, so it does not store ra.
	 */
	addi	t0, a0, TASK_RA
	sc.d	t1, ra, (t0)
	/* lab switch: begin */
	sd	ra, TASK_RA(a0)
	context	sd, a0
	ld	t0, TASK_FRAME(a0)
	ld	t1, TF_STATUS(t0)
	bltz	t1, 3f			/* bit 63 (after the shift): dirty */
	slli	t2, t1, 63 - SSTATUS_FS_SHIFT - 1
	bltz	t2, 4f			/* clean: turn the FPU off for prev */
1:	ld	t0, TASK_FRAME(a1)
	ld	t1, TF_STATUS(t0)
	slli	t1, t1, 63 - SSTATUS_FS_SHIFT - 1
	bltz	t1, 5f			/* clean: next needs its registers */
2:	ld	ra, TASK_RA(a1)
	context	ld, a1
	mv	tp, a1
	ret

3:	mv	s0, a0
	mv	s1, a1
	call	fpu_save		/* fpu_save(task) preserves s
					   registers */
	mv	a0, s0
	mv	a1, s1
	j	1b

4:	li	t2, SSTATUS_FS
	not	t2, t2
	and	t1, t1, t2
	sd	t1, TF_STATUS(t0)
	j	1b

	/*
	 * is next still the last task of which this CPU loaded the registers?
	 */
5:	ld	t0, TASK_CPU(a1)
	ld	t1, CPU_FPU_OWNER(t0)
	ld	t2, TASK_FPU_CPU(a1)
	xor	t1, t1, a1
	xor	t2, t2, t0
	or	t1, t1, t2
	beqz	t1, 2b
	mv	s0, a0
	mv	s1, a1
	mv	a0, a1
	call	fpu_load
	mv	a0, s0
	mv	a1, s1
	j	2b
	/* lab switch: end, else ret */

	/* void arch_on_stack(void *stack, void (*fn)(void *), void *arg) */
	.globl	arch_on_stack
arch_on_stack:
	addi	sp, sp, -32
	sd	ra, 24(sp)
	sd	s0, 16(sp)
	sd	s1, 8(sp)
	ld	t0, TASK_STACK(tp)
	sd	t0, 0(sp)
	addi	s0, sp, 32
	mv	s1, sp
	sd	a0, TASK_STACK(tp)	/* for the vector's check of sp */
	li	t0, 1 << KSTACK_SHIFT
	add	sp, a0, t0
	mv	a0, a2
	jalr	a1
	.globl	on_stack_return
on_stack_return:
	mv	sp, s1
	ld	t0, 0(sp)
	sd	t0, TASK_STACK(tp)
	ld	s1, 8(sp)
	ld	s0, 16(sp)
	ld	ra, 24(sp)
	addi	sp, sp, 32
	ret
