/* SPDX-License-Identifier: MIT */
/* The context switch: the registers that the C calling convention preserves. */
#include <arch/page.h>
#include "asm-offsets.h"

	.macro	context op, task
	\op	ra, TASK_RA(\task)
	\op	sp, TASK_SP(\task)
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
	\op	s\n, TASK_S + 4 * \n(\task)
	.endr
	.endm

	.section .text.arch_switch, "ax"
	/* struct task *arch_switch(struct task *prev, struct task *next) */
	.globl	arch_switch
arch_switch:
	/* cancel a reservation that prev's user code may hold (lr without sc) */
	addi	t0, a0, TASK_RA
	sc.w	t1, ra, (t0)
	context	sw, a0
	context	lw, a1
	mv	tp, a1
	ret

	/* void arch_on_stack(void *stack, void (*fn)(void *), void *arg) */
	.globl	arch_on_stack
arch_on_stack:
	addi	sp, sp, -16
	sw	ra, 12(sp)
	sw	s0, 8(sp)
	sw	s1, 4(sp)
	lw	t0, TASK_STACK(tp)
	sw	t0, 0(sp)
	addi	s0, sp, 16
	mv	s1, sp
	sw	a0, TASK_STACK(tp)	/* for the vector's check of sp */
	li	t0, 1 << KSTACK_SHIFT
	add	sp, a0, t0
	mv	a0, a2
	jalr	a1
	.globl	on_stack_return
on_stack_return:
	mv	sp, s1
	lw	t0, 0(sp)
	sw	t0, TASK_STACK(tp)
	lw	s1, 4(sp)
	lw	s0, 8(sp)
	lw	ra, 12(sp)
	addi	sp, sp, 16
	ret
