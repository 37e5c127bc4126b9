/* SPDX-License-Identifier: MIT */
/* Machine code for user threads over activations (uthread.c). */
	.text
/* void __call_on(void *top, void (*fn)(void *), void *arg): does not return */
	.globl	__call_on
	.type	__call_on, @function
__call_on:
	movl	8(%esp), %ecx
	movl	12(%esp), %edx
	movl	4(%esp), %esp
	andl	$-16, %esp
	subl	$12, %esp		/* so the argument is 16-byte aligned */
	pushl	%edx
	xorl	%ebp, %ebp		/* backtraces end here */
	call	*%ecx
	ud2
	.size	__call_on, . - __call_on

/*
 * void __resume(uint64_t frame): rt_sigreturn from frame.  The stack pointer is
 * the one after the handler's ret, which pops the address of the restorer.
 */
	.globl	__resume
	.type	__resume, @function
__resume:
	movl	4(%esp), %esp
	addl	$4, %esp
	movl	$173, %eax
	int	$0x80
	ud2
	.size	__resume, . - __resume

	.section .note.GNU-stack, "", @progbits
