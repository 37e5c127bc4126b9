/* SPDX-License-Identifier: MIT */
/*
 * First instructions of a program: esp points to argc, and edx is a function to
 * call at exit if a runtime linker ran before.  ebx is set to the address of
 * the GOT, as in position-independent code, so this code does not depend on the
 * program's address and serves static and dynamic programs.
 */
	.text
	.globl	_start
_start:
	xorl	%ebp, %ebp	/* ends the chain of frames for debuggers */
	movl	%esp, %eax
	andl	$-16, %esp
	pushl	%eax		/* padding: the call needs 16-byte alignment */
	call	1f
1:	popl	%ebx
	addl	$_GLOBAL_OFFSET_TABLE_ + (. - 1b), %ebx
	pushl	%edx
	leal	main@GOTOFF(%ebx), %ecx
	pushl	%ecx
	pushl	%eax
	call	__libc_start@PLT
	ud2

	.section .note.GNU-stack, "", @progbits
