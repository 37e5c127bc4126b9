/* SPDX-License-Identifier: MIT */
/*
 * First instructions of a program: esp is at argc, and edx holds a function
 * to call at the end, if a runtime linker came before.  ebx is the address of
 * the GOT, as position-independent code has it: without needing to know where
 * the program lies, this serves static and dynamic ones.
 */
	.text
	.globl	_start
_start:
	xorl	%ebp, %ebp	/* ends the chain of frames for debuggers */
	movl	%esp, %eax
	andl	$-16, %esp
	pushl	%eax		/* fills the line that the arguments begin */
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
