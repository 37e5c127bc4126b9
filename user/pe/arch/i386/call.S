/* SPDX-License-Identifier: MIT */
/*
 * uint32_t machine_call(uintptr_t code, uint32_t a, uint32_t b, uint32_t c)
 *
 * A stdcall function removes its arguments, a cdecl one leaves them, and some
 * entry points take none.  The stack pointer is saved in ebp, so all work.
 */
	.text
	.globl	machine_call
	.type	machine_call, @function
machine_call:
	pushl	%ebp
	movl	%esp, %ebp
	pushl	%ebx
	pushl	%esi
	pushl	%edi
	subl	$4, %esp
	andl	$-16, %esp
	subl	$4, %esp	/* with three words: 16-byte aligned */
	pushl	20(%ebp)
	pushl	16(%ebp)
	pushl	12(%ebp)
	call	*8(%ebp)
	leal	-12(%ebp), %esp
	cld
	popl	%edi
	popl	%esi
	popl	%ebx
	popl	%ebp
	ret
	.size	machine_call, . - machine_call

	.section .note.GNU-stack, "", @progbits
