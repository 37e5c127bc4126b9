/* SPDX-License-Identifier: MIT */
/* Machine code for user threads over activations (uthread.c). */
	.text
/* void __call_on(void *top, void (*fn)(void *), void *arg): does not return */
	.globl	__call_on
	.type	__call_on, @function
__call_on:
	mv	sp, a0
	mv	a0, a2
	li	s0, 0			/* backtraces end here */
	jalr	a1
	unimp
	.size	__call_on, . - __call_on

/* void __resume(uint64_t frame): rt_sigreturn from frame */
	.globl	__resume
	.type	__resume, @function
__resume:
	mv	sp, a0
	li	a7, 139
	ecall
	unimp
	.size	__resume, . - __resume

	.section .note.GNU-stack, "", @progbits
