/* SPDX-License-Identifier: MIT */
/*
 * First instructions of a program: the kernel jumps here with esp at argc.
 * edx would be a function for atexit(); Linux passes 0 and so it is ignored.
 */
	.text
	.globl	_start
_start:
	xorl	%ebp, %ebp	/* ends the chain of frames for debuggers */
	movl	%esp, %eax
	andl	$-16, %esp
	subl	$12, %esp	/* 16-byte aligned where the argument stands */
	pushl	%eax
	call	__libc_start
	ud2

	.section .note.GNU-stack, "", @progbits
