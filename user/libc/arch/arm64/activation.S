/* SPDX-License-Identifier: MIT */
/* Machine code for user threads over activations (uthread.c). */
	.text
/* void __call_on(void *top, void (*fn)(void *), void *arg): does not return */
	.globl	__call_on
	.type	__call_on, @function
__call_on:
	mov	sp, x0
	mov	x0, x2
	mov	x29, #0			/* backtraces end here */
	mov	x30, #0
	blr	x1
	udf	#0
	.size	__call_on, . - __call_on

/* void __resume(uint64_t frame): rt_sigreturn from frame */
	.globl	__resume
	.type	__resume, @function
__resume:
	mov	sp, x0
	mov	x8, #139
	svc	#0
	udf	#0
	.size	__resume, . - __resume

	.section .note.GNU-stack, "", @progbits
